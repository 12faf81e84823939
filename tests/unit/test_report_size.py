"""The report stays small in bytes and in memory, whatever the number of variants."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from oncopipe.io.findings import write_findings
from oncopipe.report import write_report
from tests import findings_builder as build
from tests.peak import peak_of

MOST_BYTES = 2_000_000
MOST_MEMORY = 500 * 1024  # kB, as the kernel counts


def many(path: Path, n: int) -> None:
    """Findings of one decisive variant and `n` unknown ones, written as text: models of all would fill the memory."""
    head = build.findings([build.braf_v600e()]).model_dump(mode="json")
    (first,) = head["variants"]
    unknown = build.unknowns(1)[0].model_dump(mode="json")
    head["variants"] = "HERE"
    before, after = json.dumps(head).split('"HERE"')
    with path.open("w") as file:
        file.write(before + "[" + json.dumps(first))
        for i in range(n):
            unknown |= {"position": 1000 + 17 * i, "gene": f"GENE{i % 997}", "hgvs_p_short": f"p.A{i + 2}T"}
            file.write("," + json.dumps(unknown))
        file.write("]" + after)


def test_report_command__of_100_000_variants_is_small_and_takes_little_memory(tmp_path: Path) -> None:
    many(tmp_path / "f.json", 100_000)
    assert (tmp_path / "f.json").stat().st_size > 50_000_000
    arguments = ["report", "--findings", str(tmp_path / "f.json"), "--output", str(tmp_path / "r.html")]
    status, peak = peak_of("-m", "oncopipe.cli.main", *arguments)
    assert status == 0 and peak < MOST_MEMORY
    page = (tmp_path / "r.html").read_text()
    assert len(page.encode()) <= MOST_BYTES
    assert page.count('data-tier="III"') == 1000 and "99,000" in page  # those left out are counted


def test_write_report__of_each_usual_case_is_far_below_two_megabytes(tmp_path: Path) -> None:
    for name, make in build.CASES.items():
        write_report(make(), tmp_path / f"{name}.html")
        assert (tmp_path / f"{name}.html").stat().st_size < MOST_BYTES / 2, name


def test_report_command__leaves_no_file_that_the_world_can_read(tmp_path: Path) -> None:
    """Under the loosest habit of a shell; nothing else is left behind."""
    write_findings(build.melanoma(), tmp_path / "f.json")
    made = ["r.html", "r.pdf", "r.svg"] if _has_typst() else ["r.html", "r.svg"]
    flags = {"r.html": "--output", "r.pdf": "--pdf", "r.svg": "--plot"}
    arguments = [part for name in made for part in (flags[name], str(tmp_path / "out" / name))]
    command = [
        sys.executable,
        "-m",
        "oncopipe.cli.main",
        "report",
        "--findings",
        str(tmp_path / "f.json"),
        *arguments,
    ]
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    subprocess.run(["sh", "-c", 'umask 000; exec "$@"', "sh", *command], check=True, env=environment)
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == dict.fromkeys(
        made, 0o640
    )
    assert list((tmp_path / "tmp").iterdir()) == []


def _has_typst() -> bool:
    from importlib.util import find_spec

    return find_spec("typst") is not None
