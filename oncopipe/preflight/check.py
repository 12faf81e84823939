"""A plan to what is wrong with it: files, indexes, contigs, orders, places to write."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from oncopipe.data.plan import Plan
from oncopipe.data.problems import Problem
from oncopipe.data.sheet_checks import file_fault
from oncopipe.knowledge.diseases import tumor_types
from oncopipe.preflight.reads import fastq_problems, reads_problems
from oncopipe.preflight.resources import reference_contigs, resource_problems


@dataclass(frozen=True)
class Findings:
    """What stops a run, and what a person should know before it."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def check_run(plan: Plan, results: Path) -> Findings:
    """Everything that can be seen in seconds: it opens headers and first records, never whole files.

    results: the folder that will hold the results; it is tried, and left as it was.
    """
    problems = plan.missing()
    contigs, found = reference_contigs(plan)
    problems += found
    problems += resource_problems(plan, contigs)
    for sample in plan.sheet:
        if any(file_fault(path) for path in sample.files()):
            continue  # named already
        problems += fastq_problems(sample) if sample.form == "fastq" else reads_problems(sample, contigs)
    problems += _place_problems(plan, results)
    return Findings(tuple(problems), tuple(_warnings(plan)))


def _place_problems(plan: Plan, results: Path) -> Iterator[Problem]:
    """Is there a place to write, and a program that was asked for."""
    parent = next(folder for folder in (results, *results.absolute().parents) if folder.is_dir())
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        yield Problem(str(parent), f"the results cannot be written here ({error.strerror})", "run in another folder")
        return
    with_bwa = plan.config.align.aligner == "bwa" and any(sample.form == "fastq" for sample in plan.sheet)
    if with_bwa and shutil.which("bwa") is None:
        yield Problem("key align.aligner", "bwa is not installed", "install it, or write align: {aligner: pybwa}")
    # METHOD: a BAM is about as large as its FASTQ, and sorting holds a second copy for a while.
    need = 2 * sum(
        Path(path).stat().st_size
        for sample in plan.sheet
        if sample.form == "fastq"
        for path in sample.files()
        if not file_fault(path)
    )
    free = shutil.disk_usage(parent).free
    if free < need:
        yield Problem(
            str(parent),
            f"{free / 1e9:.1f} GB are free, aligning these FASTQ files needs about {need / 1e9:.1f} GB",
            "free some, or run in another folder",
        )


def _warnings(plan: Plan) -> Iterator[Problem]:
    resources = plan.config.resources
    alone = [t.sample for t in plan.sheet.tumors() if plan.sheet.normal(t.patient) is None]
    if alone and resources.population is None:
        yield Problem(
            "key resources.population",
            f"tumor-only without population frequencies: germline variants of {', '.join(alone)} will look somatic",
            "name a VCF with INFO/AF, such as gnomAD's",
        )
    if resources.sites is None:
        yield Problem(
            "key resources.sites",
            "without common SNPs neither identity nor contamination is measured",
            "name a VCF of common SNPs with INFO/AF",
        )
    for sample in plan.sheet.tumors():
        if sample.diagnosis is None:
            yield Problem(
                f"{plan.config.samples}, sample {sample.sample}, column diagnosis",
                "no diagnosis: no therapy can be said to fit this tumor",
                "write its OncoTree code, e.g. LUAD",
            )
        elif sample.diagnosis not in tumor_types():
            close = get_close_matches(sample.diagnosis.upper(), tumor_types(), n=3)
            yield Problem(
                f"{plan.config.samples}, sample {sample.sample}, column diagnosis",
                f"{sample.diagnosis} is no OncoTree code that is known here: no therapy can be said to fit this tumor",
                f"near: {', '.join(close)}" if close else "look it up in OncoTree",
            )
