from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.data.findings import QcMetric
from oncopipe.errors import InputError, MissingInputError
from oncopipe.qc import read_metrics, summarize
from oncopipe.qc.summary import format_metrics


def metric(name: str, status: str, value: float | str | None = 0.5, reason: str | None = "because") -> QcMetric:
    return QcMetric.model_validate(
        {
            "sample": "T1",
            "metric": name,
            "label": name,
            "value": value,
            "unit": "u",
            "status": status,
            "reason": reason,
        }
    )


def test_read_metrics__returns_what_was_written(tmp_path: Path) -> None:
    rows = [metric("a", "PASS", 0.123456), metric("sex", "WARN", "male"), metric("b", "NOT_ASSESSED", None, None)]
    (tmp_path / "T1.metrics.tsv").write_text(format_metrics(rows))
    assert read_metrics(tmp_path, ["T1"]) == rows


def test_read_metrics__text_with_tabs_and_line_ends_comes_back(tmp_path: Path) -> None:
    rows = [metric("a", "PASS", "x\ty\\z", "two\nlines")]
    (tmp_path / "T1.metrics.tsv").write_text(format_metrics(rows), newline="")
    assert read_metrics(tmp_path, ["T1"]) == rows


def test_read_metrics__names_the_missing_sample(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="sample T1"):
        read_metrics(tmp_path, ["T1"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wrong\theader\n", "no metrics table"),
        (format_metrics([metric("a", "PASS")]).replace("PASS", "FINE"), "line 2"),
        (format_metrics([metric("a", "PASS")]) + "T1\ta\n", "line 3"),
        (format_metrics([metric("a", "PASS")]).replace("T1", "T2"), "speaks of sample 'T2'"),
    ],
)
def test_read_metrics__refuses_what_it_cannot_trust(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "T1.metrics.tsv").write_text(text)
    with pytest.raises(InputError, match=said):
        read_metrics(tmp_path, ["T1"])


def test_read_metrics__does_not_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sample id"):
        read_metrics(tmp_path, ["../T1"])


def test_summarize__is_the_worst_and_says_why() -> None:
    rows = [
        metric("mean_coverage", "WARN", 40.0, "mean coverage 40 reads per base is < 60"),
        metric("identity", "PASS", 1.0),
        metric("contamination", "FAIL", 0.494, "contamination 0.494 is >= 0.05"),
    ]
    quality = summarize(rows)
    assert quality.status == "FAIL"
    assert quality.sentence == (
        "Data quality WARN; identity PASS; contamination 49.4 % FAIL. "
        "T1: contamination 0.494 is >= 0.05 (and 1 more)."
    )


def test_summarize__what_was_not_assessed_is_not_a_pass() -> None:
    assert summarize([metric("reads", "NOT_ASSESSED")]).status == "NOT_ASSESSED"
    assert "identity NOT ASSESSED" in summarize([metric("mean_coverage", "PASS")]).sentence
    assert summarize([metric("mean_coverage", "PASS"), metric("reads", "NOT_ASSESSED")]).status == "PASS"
