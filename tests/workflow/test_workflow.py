"""What can be said of the workflow without running it: it is well-formed, plans, and refuses what it must."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from oncopipe.knowledge.sources import import_source
from tests.workflow.conftest import ROOT, Run, run_in

pytestmark = pytest.mark.workflow
PROFILES = sorted((ROOT / "profiles").glob("*/config.yaml"))


def test_workflow__dry_run_needs_only_the_sample_sheet(snakemake: Run) -> None:
    done = snakemake("-n", "-q", "rules")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^align +2$", done.stdout, re.M) and re.search(r"^call_collect +16$", done.stdout, re.M)
    assert "row 5, column bam: 'reads/P2-T.bam' does not exist" in done.stdout


def test_workflow__real_run_is_refused_before_the_first_job(snakemake: Run, tmp_path: Path) -> None:
    done = snakemake("--cores", "1")
    assert done.returncode == 1
    assert "9 problems to mend before anything can run" in done.stdout
    assert not list(tmp_path.glob("results/*/*"))


def test_workflow__faults_of_the_sheet_come_in_one_message(snakemake: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "config" / "samples.tsv"
    sheet.write_text(sheet.read_text().replace("normal", "germline"))
    done = snakemake("-n", "--config", "scater=3")
    assert done.returncode == 1
    assert "key scater: 'scater' is no known key" in done.stdout and "write scatter" in done.stdout
    assert "row 4, column role: 'germline' is not a known role" in done.stdout
    assert "Traceback" not in done.stdout


def test_workflow__knowledge_and_the_sites_transcripts_reach_what_uses_them(snakemake: Run, tmp_path: Path) -> None:
    """Whatever was imported: the folder is handed on, and the verbs read each source that it holds."""
    import_source("targets", ROOT / "oncopipe" / "knowledge" / "data" / "targets.tsv", tmp_path / "known", "R1")
    (tmp_path / "list.txt").write_text("ENST00000288602\n")
    done = snakemake("-n", "-p", "--config", "resources={knowledge: known, transcripts: list.txt}")
    assert done.returncode == 0, done.stdout
    commands = [line.strip() for line in done.stdout.splitlines() if "--knowledge known" in line]
    assert sum("oncopipe knowledge sites" in line for line in commands) == 1
    assert sum("oncopipe interpret" in line for line in commands) == 2
    listed = [line for line in done.stdout.splitlines() if "--transcripts list.txt" in line]
    assert sum("oncopipe annotate" in line for line in listed) == 2 and commands[0] in {
        line.strip() for line in listed
    }


def test_workflow__lint_is_clean(snakemake: Run) -> None:
    done = snakemake("--lint")
    assert done.returncode == 0 and "good condition" in done.stdout, done.stdout


def test_workflow__format_is_clean() -> None:
    rules = map(str, sorted((ROOT / "rules").glob("*.smk")))
    done = run_in(ROOT, str(Path(sys.executable).parent / "snakefmt"), "--check", "Snakefile", *rules)
    assert done.returncode == 0, done.stdout


def test_workflow__can_be_imported_as_a_module(snakemake: Run, tmp_path: Path) -> None:
    (tmp_path / "outer.smk").write_text(
        f'configfile: "config/config.yaml"\n'
        f'module oncopipe:\n    snakefile: "{ROOT}/Snakefile"\n    config: config\n'
        f"use rule * from oncopipe as oncopipe_*\n"
        f"rule outer:\n    default_target: True\n    input: rules.oncopipe_all.input\n"
    )
    done = run_in(tmp_path, sys.executable, "-m", "snakemake", "-s", "outer.smk", "-n", "-q", "rules")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^oncopipe_report +2$", done.stdout, re.M)


def test_rules__each_has_what_a_rule_needs() -> None:
    for path in sorted((ROOT / "rules").glob("*.smk")):
        text = path.read_text()
        assert "lambda" not in text and "    run:" not in text
        for rule in re.split(r"(?m)^rule ", text)[1:]:
            name = rule.split(":")[0]
            assert '    """' in rule, f"{name} has no docstring"
            for part in ("input", "output", "log", "benchmark", "threads", "resources", "params", "conda"):
                assert f"    {part}:\n" in rule or f"    {part}: " in rule, f"{name} has no {part}"
            assert "version=VERSION" in rule, f"{name} does not rerun for a new release"
            shell = rule.partition("    shell:")[2]
            unquoted = set(re.findall(r"\{[^}]+\}", shell)) - {"{threads}", "{params.scatter}"}
            assert all(field.endswith(":q}") for field in unquoted), f"{name}: {unquoted}"
            assert not shell or "> {log:q} 2>&1" in shell, f"{name} does not keep its log"


def test_common__stays_short() -> None:
    assert len((ROOT / "rules" / "common.smk").read_text().splitlines()) <= 150


@pytest.mark.parametrize("path", sorted((ROOT / "envs").glob("*.yaml")), ids=lambda p: p.stem)
def test_environments__each_parses_and_is_pinned(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    assert set(content) == {"channels", "dependencies"} and content["dependencies"]
    for dependency in content["dependencies"]:
        for pin, pattern in (
            [(p, r"[A-Za-z0-9_.-]+==[0-9][0-9.]*") for p in dependency["pip"]]
            if isinstance(dependency, dict)
            else [(dependency, r"[a-z0-9_.-]+=[0-9][0-9.]*")]
        ):
            assert re.fullmatch(pattern, pin), f"{pin} is not pinned"


def test_environments__each_is_used_and_each_used_exists() -> None:
    used = {m for p in (ROOT / "rules").glob("*.smk") for m in re.findall(r'"\.\./envs/(.+?)\.yaml"', p.read_text())}
    assert used == {path.stem for path in (ROOT / "envs").glob("*.yaml")}


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.parent.name)
def test_profiles__options_are_known(path: Path) -> None:
    known = subprocess.run(
        [sys.executable, "-m", "snakemake", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for option in yaml.safe_load(path.read_text()):
        assert f"--{option}" in known or option.startswith(("slurm-", "cluster-generic-")), option
