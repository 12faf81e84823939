"""`oncopipe run`: killed anywhere it resumes to the same bytes, and it never takes a living run's folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from tests.cohort_builder import make_cohort
from tests.workflow.conftest import ROOT, environment, run_in

pytestmark = [pytest.mark.workflow, pytest.mark.xdist_group("runs")]  # one clean run serves all
ONCOPIPE = (sys.executable, "-m", "oncopipe.cli.main")
RUN = (*ONCOPIPE, "run", "--config", "config.yaml", "--cores", "2")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort after one undisturbed run."""
    folder = tmp_path_factory.mktemp("clean")
    make_cohort(folder, scatter=2)
    done = run_in(folder, *RUN)
    assert done.returncode == 0, done.stdout
    return folder


def inputs_of(clean: Path, folder: Path) -> Path:
    """A copy of a cohort without its results; times are kept, as they are of no matter."""
    shutil.copytree(clean, folder, ignore=shutil.ignore_patterns("results", ".snakemake"))
    return folder


def contents(results: Path) -> dict[str, str]:
    """Every result by name: digest of a file, target of a link. Logs and benchmarks tell of the run, not of the data."""
    found = {}
    for path in sorted(results.rglob("*")):
        name = str(path.relative_to(results))
        if name.startswith(("logs/", "benchmarks/")) or (path.is_dir() and not path.is_symlink()):
            continue
        found[name] = str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        RUN,
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run_until(folder: Path, words: str, *, whole_group: bool) -> list[int]:
    """Start a run, kill it with SIGKILL a moment after it says `words`; returns the processes it left alive."""
    process = start(folder)
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            break
    else:
        pytest.fail(f"the run never said {words!r}")
    time.sleep(0.7)
    children = psutil.Process(process.pid).children(recursive=True)
    if whole_group:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stderr.close()
    return [child.pid for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_run__killed_at_several_points_ends_in_the_same_bytes(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "killed")
    run_until(folder, "sample P1-T: align", whole_group=True)
    assert (folder / ".snakemake" / "oncopipe-run.json").is_file()
    orphans = run_until(folder, "patient P1, sample P1-T: call collect", whole_group=False)
    assert orphans, "the parent alone was killed: its steps live on"
    run_until(folder, "patient P1, sample P1-T: annotate", whole_group=True)
    assert not any(psutil.pid_exists(pid) for pid in orphans), "the next run ended what the killed one left"
    done = run_in(folder, *RUN)
    assert done.returncode == 0, done.stdout
    assert "an earlier run was killed" in done.stdout
    assert contents(folder / "results") == contents(clean / "results")
    assert not (folder / ".snakemake" / "oncopipe-run.json").exists()


def test_run__nothing_is_left_to_do_the_second_time(clean: Path) -> None:
    before = contents(clean / "results")
    done = run_in(clean, *RUN)
    assert done.returncode == 0, done.stdout
    assert " steps, " not in done.stdout and "earlier run" not in done.stdout
    assert contents(clean / "results") == before


def test_run__results_are_not_readable_by_the_world(clean: Path) -> None:
    files = [path for path in (clean / "results").rglob("*") if path.is_file() and not path.is_symlink()]
    assert files and not [path for path in files if path.stat().st_mode & 0o007]


def test_run__a_living_run_keeps_its_folder(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "busy")
    first = start(folder)
    assert first.stderr is not None
    try:
        next(line for line in first.stderr if "steps, " in line)
        second = run_in(folder, *RUN)
        assert second.returncode == 73
        assert "another `oncopipe run` is at work" in second.stdout and f"process {first.pid}" in second.stdout
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        first.stderr.close()


def test_run__a_stranger_with_the_recorded_process_id_is_left_alone(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "stranger")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        (folder / ".snakemake").mkdir()
        (folder / ".snakemake" / "oncopipe-run.json").write_text(
            json.dumps({"run": "abc", "pid": stranger.pid, "started": 1.0, "host": os.uname().nodename})
        )
        done = run_in(folder, *RUN, "--", "stage_reference")
        assert done.returncode == 0, done.stdout
        assert "an earlier run was killed" in done.stdout
        assert stranger.poll() is None
        stranger.kill()


def test_run__a_record_of_another_machine_is_not_taken(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "elsewhere")
    (folder / ".snakemake").mkdir()
    record = {"run": "abc", "pid": 1, "started": 1.0, "host": "another-machine"}
    (folder / ".snakemake" / "oncopipe-run.json").write_text(json.dumps(record))
    done = run_in(folder, *RUN)
    assert done.returncode == 73 and "another-machine" in done.stdout and "--unlock" in done.stdout
    taken = run_in(folder, *RUN, "--unlock", "--", "stage_reference")
    assert taken.returncode == 0, taken.stdout


def test_run__a_living_engine_of_somebody_keeps_its_lock(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "engine")
    engine = ["snakemake", "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(engine, executable=sys.executable, cwd=folder) as living:
        done = run_in(folder, *RUN, "--unlock")
        assert done.returncode == 73 and f"process {living.pid}" in done.stdout, done.stdout
        assert living.poll() is None
        living.kill()


def test_run__a_configuration_stands_alone(clean: Path, tmp_path: Path) -> None:
    """A config/config.yaml that happens to lie in the folder adds nothing to the one that was named."""
    folder = inputs_of(clean, tmp_path / "alone")
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text(
        (folder / "config.yaml").read_text() + "call: {min_base_quality: 33}\non_qc_fail: stop\n"
    )
    named = run_in(folder, *RUN, "--dry-run")
    assert named.returncode == 0 and "--min-base-quality" not in named.stdout and "qc_gate" not in named.stdout
    assert "call_collect" in named.stdout
    default = run_in(folder, *ONCOPIPE, "run", "--dry-run")
    assert "--min-base-quality 33" in default.stdout and "qc_gate" in default.stdout


def test_run__one_patients_failure_does_not_stop_the_others(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "failing")
    bam = folder / "P2-T.bam"
    data = bytearray(bam.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)  # head and tail are sound: only reading it tells
    bam.write_bytes(data)
    done = run_in(folder, *RUN)
    assert done.returncode == 1, done.stdout
    assert "FAILED sample P2-T: stage bam" in done.stdout or "FAILED patient P2" in done.stdout
    summary = done.stdout.partition("failed steps:")[2]
    assert "patient P2, sample P2-T" in summary and "log: results/logs/" in summary
    assert "patient P1" not in summary
    ours = {name: digest for name, digest in contents(folder / "results").items() if "P1" in name}
    assert ours == {name: digest for name, digest in contents(clean / "results").items() if "P1" in name}
    assert "P2-T" in (folder / "results" / "cohort" / "summary.txt").read_text()


def test_run__a_quality_fail_stops_its_patient_only_where_the_configuration_says_so(
    clean: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "stop"
    shutil.copytree(clean, folder, symlinks=True)  # with the engine's memory: it must see that an option changed
    config = folder / "config.yaml"
    # Only P1-N is a normal, and it has no 1000 reads a base.
    text = config.read_text().replace(
        "qc: {", "qc: {fail_normal_mean_coverage: 1000, warn_normal_mean_coverage: 2000, "
    )
    config.write_text(text)
    done = run_in(folder, *RUN)
    assert done.returncode == 0, done.stdout
    summary = (folder / "results" / "cohort" / "summary.txt").read_text()
    assert "failed quality control" in summary and "P1-T" in summary.partition("failed quality control")[2]
    config.write_text(text + "on_qc_fail: stop\n")
    (folder / "results" / "patients" / "P1" / "P1-T.findings.json").unlink()
    (folder / "results" / "patients" / "P2" / "P2-T.findings.json").unlink()
    stopped = run_in(folder, *RUN)
    assert stopped.returncode == 1, stopped.stdout
    assert "FAILED sample P1-N: qc gate" in stopped.stdout
    assert "patient P1, sample P1-N: qc_gate" in stopped.stdout and "FAIL" in stopped.stdout
    assert not (folder / "results" / "patients" / "P1" / "P1-T.findings.json").exists()
    assert (folder / "results" / "patients" / "P2" / "P2-T.report.html").exists()


def test_run__report_of_the_workflow(clean: Path, tmp_path: Path) -> None:
    snakemake = (sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--configfile", "config.yaml")
    done = run_in(clean, *snakemake, "--report", str(tmp_path / "report.html"))
    assert done.returncode == 0, done.stdout
    assert "P1-T" in (tmp_path / "report.html").read_text() and "Adding P2-T.report.html" in done.stdout
    assert "Adding P1-T.vaf.svg" in done.stdout and "Adding oncoplot.svg" in done.stdout
    assert "Jeffreys intervals" in (tmp_path / "report.html").read_text()


def test_run__faults_are_refused_before_anything_is_made(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "faulty")
    (folder / "P2-T.bam").unlink()
    done = run_in(folder, *RUN)
    assert done.returncode == 78 and "'P2-T.bam' does not exist" in done.stdout
    assert not (folder / "results").exists()


def test_run__dry_run_from_the_wheel(clean: Path, tmp_path: Path) -> None:
    folder = inputs_of(clean, tmp_path / "wheel")
    built = run_in(ROOT, sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path))
    assert built.returncode == 0, built.stdout
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    env = environment(PYTHONPATH=str(tmp_path / "installed"))
    done = run_in(folder, *RUN, "--dry-run", env=env)
    assert done.returncode == 0, done.stdout
    assert str(tmp_path / "installed" / "oncopipe" / "_workflow" / "Snakefile") in done.stdout
    assert "call_collect" in done.stdout
    assert not (folder / "results").exists()
