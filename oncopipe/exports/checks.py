"""What would stop a run's exports, found before anything runs: absent packages, faults of the tables, strangers in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncopipe.data.config import ExportConfig
from oncopipe.data.plan import Plan
from oncopipe.data.problems import Problem
from oncopipe.errors import OncoPipeError
from oncopipe.exports.formats import FORMATS
from oncopipe.io.alterations import read_alterations

TABLES = ("segments", "copy_number", "structural_variants", "patients")


def export_problems(plan: Plan) -> list[Problem]:
    """Every problem of the formats that the configuration lists. A table that is not there is the plan's own matter."""
    config = plan.config.export
    return [*package_problems(config), *_table_problems(plan)] if config.formats else []


def package_problems(config: ExportConfig) -> list[Problem]:
    """The listed formats whose package is not installed."""
    found = []
    for form in FORMATS:
        if form.name in config.formats:
            try:
                form.check_installed()
            except OncoPipeError as error:
                found.append(Problem("configuration, key export.formats", error.what, error.fix or ""))
    return found


def _table_problems(plan: Plan) -> Iterator[Problem]:
    tumors, patients = {t.sample for t in plan.sheet.tumors()}, set(plan.sheet.patients())
    for key in TABLES:
        path = getattr(plan.config.export, key)
        if path is None or not Path(path).is_file():
            continue
        try:
            table = read_alterations(**{key: Path(path)})
        except OncoPipeError as error:
            yield Problem(str(error.where or path), error.what, error.fix or "")
            continue
        known, named, who = (patients, set(table.patients), "patient") if key == "patients" else (
            tumors, table.samples(), "tumor sample")  # fmt: skip
        for stranger in sorted(named - known):
            yield Problem(path, f"{who} {stranger} is not in the sample sheet", "take it out of the table, or add it")
