"""The workflow compiles the kernels before its first job, once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cohort_builder import make_cohort
from tests.workflow.conftest import ROOT, environment, run_in

pytestmark = pytest.mark.workflow

# Notes its verb and fails in all but the first: what would follow is not of interest.
_STAND_IN = '#!/bin/sh\necho "$1" >> "{log}"\n[ "$1" = warmup ]\n'


def test_workflow__warms_up_once_before_the_first_job(tmp_path: Path) -> None:
    make_cohort(tmp_path, scatter=2)
    programs, log = tmp_path / "programs", tmp_path / "verbs.log"
    programs.mkdir()
    (programs / "oncopipe").write_text(_STAND_IN.format(log=log))
    (programs / "oncopipe").chmod(0o755)
    env = environment()
    env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
    engine = (sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "config.yaml")
    assert run_in(tmp_path, *engine, "--dry-run", env=env).returncode == 0
    assert not log.exists()  # a dry run compiles nothing
    assert run_in(tmp_path, *engine, "--cores", "2", "--keep-going", env=env).returncode == 1
    verbs = log.read_text().split()
    assert verbs[0] == "warmup" and verbs.count("warmup") == 1 and len(verbs) > 1
