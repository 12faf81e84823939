"""The map is true, the command is quick, and no file of ours is where it should not be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from oncopipe.cli.main import VERBS

ROOT = Path(__file__).parent.parent
HEAVY = ("numba", "pandas", "pyarrow", "pysam", "scipy", "snakemake", "cyvcf2")


def test_architecture__names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {p.name for p in (ROOT / "oncopipe").iterdir() if (p / "__init__.py").is_file()}
    assert {room for room in rooms if f"oncopipe/{room}/" not in text} == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *[[name, "--help"] for name, _, _ in VERBS]])
def test_help__imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom oncopipe.cli.main import cli\n"
        f"cli.main({arguments!r}, prog_name='oncopipe', standalone_mode=False)\n"
        f"print('HEAVY', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("HEAVY []")


def test_docs__name_only_verbs_that_exist() -> None:
    known = {name for name, _, _ in VERBS}
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "config").glob("*.md")]
    said = {(page.name, verb) for page in pages for verb in re.findall(r"`oncopipe ([a-z][a-z-]+)", page.read_text())}
    assert {(page, verb) for page, verb in said if verb not in known} == set()


def test_sources__name_no_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    places = re.compile(r"/" + "work/|/" + "home/[a-z]|/" + "root/")
    wrong = [
        name
        for name in tracked
        if name and (ROOT / name).is_file() and places.search((ROOT / name).read_bytes().decode("utf-8", "replace"))
    ]
    assert wrong == []


def test_docs__link_only_to_pages_that_exist() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    links = {(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())}
    assert {(page.name, link) for page, link in links if not (page.parent / link).exists()} == set()
