"""The workflow, run as its users run it: by the command, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, with the package of this checkout and the programs of this interpreter first."""
    programs = str(Path(sys.executable).parent)
    return os.environ | {"PYTHONPATH": str(ROOT), "PATH": f"{programs}:{os.environ['PATH']}"} | more


def run_in(folder: Path, *command: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What a command did in a folder: code, and standard output and error together."""
    return subprocess.run(
        command,
        cwd=folder,
        env=env or environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def snakemake(tmp_path: Path) -> Run:
    """`snakemake` on the repository's workflow in a folder that holds only the example configuration."""
    shutil.copytree(ROOT / "config", tmp_path / "config")

    def run(*arguments: str, folder: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return run_in(folder, sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), *arguments)

    return run
