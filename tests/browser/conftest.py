"""A headless Chromium, where there is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oncopipe.report import write_report
from oncopipe.report.changes import snapshot_of
from oncopipe.report.content import Beside
from oncopipe.report.selection import InMemory
from tests.findings_builder import CASES

# At its fullest, page one also tells what has changed.
BESIDE = {"fullest": Beside(previous=snapshot_of(InMemory(CASES["melanoma"]())))}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of the system. Absent: skip, or fail where `ONCOPIPE_REQUIRE_BROWSER=1` says that it must be there."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("ONCOPIPE_REQUIRE_BROWSER") == "1":
            pytest.fail("ONCOPIPE_REQUIRE_BROWSER=1, but there is no chromium on PATH")
        pytest.skip("no chromium on PATH: the report is not looked at in a browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of every case."""
    folder = tmp_path_factory.mktemp("reports")
    for name, make in CASES.items():
        write_report(make(), folder / f"{name}.html", beside=BESIDE.get(name))
    return {name: folder / f"{name}.html" for name in CASES}
