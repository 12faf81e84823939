from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.errors import ReferenceMismatchError
from oncopipe.exports.vrs import write_vrs
from oncopipe.exports.vrs_alleles import VrsMaker, identify
from tests.export_data import batch
from tests.findings_builder import findings, variant

BASES = st.sampled_from("ACGT")
REPEATS = st.lists(st.sampled_from(["A", "CA", "GAT", "ACGT", "T", "N"]), min_size=1, max_size=14).map("".join)


class Text:
    """A reference of one contig, in memory."""

    def __init__(self, sequence: str) -> None:
        self.sequence, self.lengths = sequence, {"1": len(sequence)}

    def fetch(self, contig: str, start: int, end: int) -> str:
        return self.sequence[max(0, start) : end] if contig == "1" else ""


def official(sequence: str, start: int, end: int, alternate: str) -> dict[str, Any]:
    """What the official package makes of a literal allele on this sequence."""
    pytest.importorskip("ga4gh.vrs", reason="the official VRS package is not installed")
    from ga4gh.core import ga4gh_identify, sha512t24u
    from ga4gh.vrs import models
    from ga4gh.vrs.dataproxy import _DataProxy
    from ga4gh.vrs.normalize import normalize

    accession = f"SQ.{sha512t24u(sequence.encode())}"

    class Proxy(_DataProxy):
        def get_sequence(self, identifier: str, start: int | None = None, end: int | None = None) -> str:
            return sequence[start:end]

        def get_metadata(self, identifier: str) -> dict[str, Any]:
            return {"length": len(sequence), "aliases": [f"ga4gh:{accession}"], "alphabet": "ACGTN"}

    allele = models.Allele(
        location=models.SequenceLocation(
            sequenceReference=models.SequenceReference(refgetAccession=accession), start=start, end=end
        ),
        state=models.LiteralSequenceExpression(sequence=alternate),
    )
    made = normalize(allele, Proxy(), rle_seq_limit=0)
    ga4gh_identify(made.location, in_place="always")
    ga4gh_identify(made, in_place="always")
    return made.model_dump(exclude_none=True, mode="json")


def without_digests(thing: dict[str, Any]) -> dict[str, Any]:
    return {
        k: without_digests(v) if isinstance(v, dict) else v
        for k, v in thing.items()
        if k not in ("digest", "sequence") or thing.get("type") == "LiteralSequenceExpression"
    }


def test_identify__is_the_documented_identifier() -> None:
    """The example in the package's documentation, APOE rs429358's place on GRCh38."""
    location = {
        "type": "SequenceLocation",
        "start": 44908821,
        "end": 44908822,
        "sequenceReference": {
            "type": "SequenceReference",
            "refgetAccession": "SQ.F-LrLMe1SRpfUZHkQmvkVKFEGaoDeHul",
        },
    }
    assert identify(location) == "ga4gh:SL.4t6JnYWqHwYw9WzBT_lmWBb3tLQNalkT"


@settings(max_examples=300, deadline=None)
@given(
    left=st.text("ACGT", max_size=6), repeat=REPEATS, right=st.text("ACGT", max_size=6), data=st.data()
)  # fmt: skip
def test_allele__equals_the_official_package(left: str, repeat: str, right: str, data: st.DataObject) -> None:
    sequence = left + repeat + right
    start = data.draw(st.integers(0, len(sequence) - 1))
    end = data.draw(st.integers(start + 1, min(len(sequence), start + 8)))
    inserted = data.draw(st.one_of(st.text("ACGT", max_size=6), st.just(sequence[start:end] * 2), REPEATS))
    alternate = sequence[start] + inserted
    ours = VrsMaker(Text(sequence)).allele("chr1", start + 1, sequence[start:end], alternate)
    assert ours == without_digests(official(sequence, start, end, alternate))


@settings(max_examples=100, deadline=None)
@given(unit=st.text("ACGT", min_size=1, max_size=4), n=st.integers(2, 200), where=st.data())
def test_allele__of_one_change_is_one_wherever_it_is_written(unit: str, n: int, where: st.DataObject) -> None:
    """Law: one more or less of a repeat has one identifier, at whatever copy a caller writes it. Beyond one block."""
    sequence = "GG" + unit * n + "CC"
    maker = VrsMaker(Text(sequence))

    def id_at(copy: int, change: int) -> str:
        start = 2 + copy * len(unit)
        anchor = sequence[start - 1]
        alleles = (anchor + unit, anchor) if change < 0 else (anchor, anchor + unit)
        return str(maker.allele("1", start, *alleles)["id"])

    copy = where.draw(st.integers(0, n - 1))
    assert id_at(copy, -1) == id_at(0, -1) and id_at(copy, 1) == id_at(0, 1)


def test_allele__refuses_another_reference() -> None:
    maker = VrsMaker(Text("ACGTACGT"))
    with pytest.raises(ReferenceMismatchError, match="1:3 has T in the findings and G in the FASTA"):
        maker.allele("1", 3, "T", "A")
    with pytest.raises(ReferenceMismatchError, match="no contig 2"):
        maker.allele("2", 3, "T", "A")
    with pytest.raises(ReferenceMismatchError, match="nothing in the FASTA"):
        maker.allele("1", 30, "T", "A")


def test_write_vrs__one_entry_a_variant(tmp_path: Path) -> None:
    (tmp_path / "genome.fa").write_text(">chr7\nACGTACGTACGTAAAAAACG\n")
    rows = [
        variant("G", "p.V1E", 5, 10, chromosome="7", position=3, reference="G", alternate="T"),
        variant("G", "p.V2fs", 5, 10, chromosome="chr7", position=12, reference="TA", alternate="T"),
    ]
    given_batch = batch(tmp_path, findings(rows), reference=tmp_path / "genome.fa")
    write_vrs(given_batch, tmp_path / "out.json")
    first = (tmp_path / "out.json").read_bytes()
    write_vrs(given_batch, tmp_path / "out.json")
    assert (tmp_path / "out.json").read_bytes() == first
    (sample,) = json.loads(first)["samples"]
    allele = sample["variants"][1]["allele"]
    assert (allele["location"]["start"], allele["location"]["end"]) == (12, 18)
    assert allele["state"] == {"type": "ReferenceLengthExpression", "length": 5, "repeatSubunitLength": 1}
    assert sample["variants"][0]["allele"]["state"]["sequence"] == "T"
