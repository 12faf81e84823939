"""Findings read as they go are the findings read at once, and what is wrong is refused with its place."""

from __future__ import annotations

import hashlib
import json
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.errors import FormatVersionError, InputError, MissingInputError
from oncopipe.io import findings_stream
from oncopipe.io.findings import read_findings, write_findings
from oncopipe.io.findings_stream import digest_of, open_findings
from oncopipe.report import write_report
from oncopipe.report.selection import MAX_LISTED, InMemory, select
from tests import findings_builder as build
from tests.findings_builder import CASES


@pytest.mark.parametrize("chunk", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize("case", ["melanoma", "nothing", "hostile"])
def test_open_findings__gives_what_read_findings_gives(
    case: str, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "f.json"
    write_findings(CASES[case](), path)
    monkeypatch.setattr(findings_stream, "_CHUNK", chunk)
    opened, whole = open_findings(path), read_findings(path)
    assert opened.head == whole.model_copy(update={"variants": []})
    assert list(opened.variants()) == whole.variants
    assert opened.digest == digest_of(whole) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_write_report__from_disk_and_from_memory_are_the_same_bytes(tmp_path: Path) -> None:
    write_findings(build.fullest(), tmp_path / "f.json")
    write_report(open_findings(tmp_path / "f.json"), tmp_path / "a.html")
    write_report(build.fullest(), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"depth":281', '"depth":-1', "$.variants[0].tumor.depth"),
        ('"patient":"P01"', '"patient":"../x"', "$.identity.patient"),
        ('"n_filtered":37', '"n_filtered":37,"extra":1', "$.extra"),
        ('"variants":[', '"variants":null,"x":[', "$.variants"),
        ('"variants":[', '"variants":[,', "$"),
    ],
)
def test_open_findings__names_the_json_path(old: str, new: str, place: str, tmp_path: Path) -> None:
    text = build.melanoma().model_dump_json()
    assert old in text
    path = tmp_path / "f.json"
    path.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=re.escape(place)):
        list(open_findings(path).variants())


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"\ud800"', '{"format_version": 1}', '{"a":1} x', '{"a" 1}', "[" * 9999]
)
def test_open_findings__refuses_what_is_not_findings(text: str, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError):
        open_findings(path)


def test_open_findings__refuses_another_version_and_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text('{"format_version": "9.0", "anything": 1}')
    with pytest.raises(FormatVersionError):
        open_findings(path)
    with pytest.raises(MissingInputError):
        open_findings(tmp_path / "none.json")


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), max_size=4
    ),
    st.integers(1, 9),
)
def test_members__are_those_of_any_object(content: dict[str, object], chunk: int) -> None:
    import tempfile

    content.pop("variants", None)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(findings_stream, "_CHUNK", chunk)
        path = Path(folder) / "o.json"
        path.write_text(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace").decode(), encoding="utf-8")
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert {key: value for key, _, value in findings_stream._members(path)} == expected


def test_select__keeps_little_of_many(tmp_path: Path) -> None:
    made = build.findings([])
    path = tmp_path / "many.json"
    one = build.unknowns(1)[0]
    items = ",".join(
        one.model_copy(update={"position": i + 1, "gene": f"G{i % 50}"}).model_dump_json() for i in range(20_000)
    )
    path.write_text(made.model_dump_json().replace('"variants":[]', f'"variants":[{items}]'))
    tracemalloc.start()
    write_report(open_findings(path), tmp_path / "r.html")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80e6  # all 20,000 at once take more than 200 MB
    assert (tmp_path / "r.html").stat().st_size < 2_000_000
    assert "20,000" in (tmp_path / "r.html").read_text()


def test_select__lists_the_most_severe_whatever_the_order() -> None:
    variants = build.unknowns(5 * MAX_LISTED)
    forward, backward = select(variants), select(variants[::-1])
    assert forward.listed == backward.listed
    assert forward.n_by_tier["III"] == 5 * MAX_LISTED and len(forward.listed["III"]) == MAX_LISTED
    assert select(InMemory(build.melanoma()).variants()).n_actionable == 3
