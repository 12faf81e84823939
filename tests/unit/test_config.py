"""The configuration: what is read, and what is said about every fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oncopipe.data.config import Config, parse_config, read_config
from oncopipe.data.problems import ProblemsError
from oncopipe.errors import ConfigError, MissingInputError

MINIMAL: dict[str, Any] = {"samples": "samples.tsv", "reference": {"fasta": "g.fa", "genes": "g.gff3"}}


def parse(**changes: Any) -> Config:
    return parse_config(MINIMAL | changes, where="config.yaml", check_files=False)


def test_parse_config__defaults_fill_in() -> None:
    config = parse(call=None)
    assert config.scatter == 8 and config.call.min_base_quality == 10 and config.resources.regions is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scater": 3}, ["key scater: 'scater' is no known key", "write scatter;"]),
        ({"call": {"min_basequality": 3}}, ["key call.min_basequality", "write min_base_quality;"]),
        ({"scatter": 0}, ["key scatter: 0 cannot be used", "greater than or equal to 1", "parts that calling"]),
        ({"on_qc_fail": "explode"}, ["'explode' cannot be used", "'continue' or 'stop'"]),
        ({"reference": {"fasta": "g.fa"}}, ["key reference.genes: the key is missing", "GFF3"]),
        ({"align": {"aligner": "star"}}, ["'star' cannot be used", "'pybwa' or 'bwa'"]),
    ],
)
def test_parse_config__each_fault_is_named(changes: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(ProblemsError) as caught:
        parse(**changes)
    for text in expected:
        assert text in str(caught.value)


def test_parse_config__all_faults_come_in_one_message() -> None:
    with pytest.raises(ProblemsError, match="3 problems") as caught:
        parse(scatter=0, scater=1, samples=None)
    assert len(caught.value.problems) == 3


def test_parse_config__missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as caught:
        parse_config(MINIMAL | {"resources": {"knowledge": "nowhere"}}, where="config.yaml")
    message = str(caught.value)
    for text in ("key reference.fasta: 'g.fa' does not exist", "key reference.genes", "'nowhere' is no folder"):
        assert text in message


def test_read_config__yaml_with_exponents_and_empty_sections(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "samples: s\nreference: {fasta: a, genes: b}\nresources:\n  # regions: x\ncall: {pass_probability: 1e-5}\n"
    )
    assert read_config(path, check_files=False).call.pass_probability == 1e-5


@pytest.mark.parametrize("text", ["a: [", "- a", "", "just text", "samples: a\nsamples: b\n", "[1]: 2", "? [1]\n: 2"])
def test_read_config__what_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        read_config(path)


def test_read_config__missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="oncopipe init"):
        read_config(tmp_path / "c.yaml")
