"""The record of a run: the same inputs, the same bytes; other inputs, other digests; nothing of the machine."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from oncopipe.cli.provenance import command
from oncopipe.errors import MissingInputError
from tests.cohort_builder import make_cohort


def record(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    CliRunner().invoke(command, ["--config", "config.yaml", "--output", "p.json"], catch_exceptions=False)
    content: dict[str, Any] = json.loads((folder / "p.json").read_text())
    return content


def test_provenance__same_inputs_same_bytes_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for name in ("a", "b"):
        make_cohort(tmp_path / name, depth=2)
        record(tmp_path / name, monkeypatch)
        texts.append((tmp_path / name / "p.json").read_bytes())
    assert texts[0] == texts[1]
    assert str(tmp_path).encode() not in texts[0]


def test_provenance__holds_digests_versions_and_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_cohort(tmp_path, depth=2)
    content = record(tmp_path, monkeypatch)
    bam = (tmp_path / "P2-T.bam").read_bytes()
    assert content["inputs"]["reads.P2-T.1"] == {
        "file": "P2-T.bam",
        "bytes": len(bam),
        "sha256": hashlib.sha256(bam).hexdigest(),
    }
    assert {"reference.fasta", "reference.genes", "samples", "reads.P1-T.4"} <= set(content["inputs"])
    assert content["parameters"]["scatter"] == 3 and content["parameters"]["call"]["min_base_quality"] == 10
    assert content["libraries"]["numpy"][0].isdigit() and "hypothesis" not in content["libraries"]
    assert not any("/" in str(value) for value in content["parameters"]["reference"].values())


def test_provenance__reads_can_be_left_out_of_the_digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_cohort(tmp_path, depth=2)
    config.write_text(config.read_text() + "digest_inputs: false\n")
    inputs = record(tmp_path, monkeypatch)["inputs"]
    assert inputs["reads.P2-T.1"]["sha256"] is None and inputs["reads.P2-T.1"]["bytes"] > 0
    assert inputs["reference.fasta"]["sha256"] is not None


def test_provenance__missing_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_cohort(tmp_path, depth=2)
    (tmp_path / "P2-T.bam").unlink()
    with pytest.raises(MissingInputError, match=r"P2-T\.bam"):
        record(tmp_path, monkeypatch)
