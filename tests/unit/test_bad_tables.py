"""Every source against every fault of real tables: met, left out by row and reason, or refused whole with nothing written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from oncopipe.errors import OncoPipeError
from oncopipe.interpretation.references import read_references
from oncopipe.knowledge.sources import SOURCES, import_source, read_knowledge
from oncopipe.knowledge.statements import COLUMNS, shipped_targets


@dataclass(frozen=True)
class Good:
    """A table of one row that is right. `n_head`: lines before it. `unknown`: column and a value that is none there."""

    header: str
    row: str
    unknown: tuple[tuple[int, str], ...]
    n_head: int = 1
    is_whole: bool = False  # refused whole, with the row, where others leave a row out
    key: int = 0  # a column that makes a copy of the row another one

    def with_cell(self, column: int, value: str) -> str:
        cells = self.row.split("\t")
        cells[column] = value
        return "\t".join(cells)


_CIVIC = ("gene\tvariant\tdisease\tdrugs\tdrug_interaction_type\tevidence_type\tevidence_direction\tevidence_level\t"
          "clinical_significance\tcitation_id\tsource_type\tevidence_status\tevidence_id")  # fmt: skip
_CIVIC_ROW = "BRAF\tV600E\tMelanoma\tDrug A\t\tPredictive\tSupports\tB\tSensitivity/Response\t7\tPubMed\taccepted\t{}"
_TODAY = ("molecular_profile\tdisease\ttherapies\ttherapy_interaction_type\tevidence_type\tevidence_direction\t"
          "evidence_level\tsignificance\tcitation_id\tsource_type\tevidence_status\tevidence_id\tis_flagged")  # fmt: skip
_TODAY_ROW = (
    "BRAF V600E\tMelanoma\tDrug A\t\tPredictive\tSupports\tB\tSensitivity/Response\t7\tPubMed\taccepted\t1\tfalse"
)
_OLD = "gene\tvariant\tdisease\tdrugs\tevidence_type\tevidence_direction\tclinical_significance\tpubmed_id"
_OLD_ROW = "BRAF\tV600E\tMelanoma\tDrug A\tPredictive\tSupports\tSensitivity\t7"
_ASSERTION = ("gene\tvariant\tdisease\tdrugs\tassertion_type\tassertion_direction\tclinical_significance\tamp_category\t"
              "assertion_id")  # fmt: skip
_VCF = "##fileformat=VCFv4.1\n##reference=GRCh37\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
_OWN = next(row for row in shipped_targets() if row.evidence_id)
_OWN_TABLE = Good(
    "\t".join(COLUMNS), "\t".join(getattr(_OWN, column) for column in COLUMNS),
    ((1, "no such rule"), (6, "Predictable"), (9, "F"), (13, "maybe"), (14, "NO_CODE"), (16, "9"), (18, "I-Z")),
    is_whole=True, key=3,
)  # fmt: skip
TABLES = {
    "civic": Good(_CIVIC, _CIVIC_ROW.format(1), ((5, "Predictable"), (7, "F"), (12, "EID1")), key=12),
    "civic:today": Good(_TODAY, _TODAY_ROW, ((4, "Predictable"), (6, "F"), (11, "x")), key=11),
    "civic:2015": Good(_OLD, _OLD_ROW, ((4, "Predictable"), (5, "Neither")), key=7),
    "assertions": Good(
        _ASSERTION, "BRAF\tV600E\tMelanoma\tDrug A\tPredictive\tSupports\tSensitivity/Response\tTier I - Level A\t7",
        ((4, "Predictable"), (7, "Tier IX"), (8, "AID7")), key=8),
    "targets": _OWN_TABLE,
    "table": _OWN_TABLE,
    "oncokb": Good("Hugo_Symbol\tHGVSp_Short\tONCOGENIC\tLEVEL_1", "BRAF\tp.V600E\tOncogenic\tDrug A",
                   ((1, "p.Val600Glu!"), (2, "Perhaps")), key=0),
    "hotspots": Good("hugo_symbol\tresidue\ttype\tvariant_amino_acid\ttumor_count\ttranscript_id",
                     "BRAF\tV600\tsingle residue\tE:833|K:24\t857\tENST00000288602",
                     ((1, "600"[:0]), (2, "new kind"), (3, "E"), (4, "many")), key=0),
    "hotspot_sites": Good("", "7\t140453136\tA\tT\tBRAF\tMissense_Mutation\tV600E\t", ((1, "x"), (2, "?"), (3, "U")),
                          n_head=0, key=1),
    "mane": Good("#enst_id\tgene_name\trefseq_id", "ENST00000646891\tBRAF\tNM_004333.6",
                 ((0, "ENSG1"), (2, "XM_1")), key=1),
    "oncotree": Good("code\tmain_type\tname\ttissue", "MEL\tMelanoma\tMelanoma\tSkin", ((0, "m e l"), (2, "")), key=0),
    "domains": Good("gene\tfirst\tlast\tname\tcitation", "BRAF\t594\t623\tactivation segment\tPMID:1",
                    ((0, ""), (1, "x"), (2, "5"), (4, "")), key=1),
    "clinvar": Good(_VCF, "7\t140453136\t13961\tA\tT\t.\t.\tCLNSIG=Pathogenic;CLNREVSTAT=practice_guideline",
                    ((4, "<DEL>"), (7, "CLNREVSTAT=x")), n_head=3, key=1),
}  # fmt: skip
MET: dict[str, Callable[[Good], bytes]] = {
    "LF": lambda g: _lines(g, g.row),
    "CRLF": lambda g: _lines(g, g.row).replace(b"\n", b"\r\n"),
    "CR": lambda g: _lines(g, g.row).replace(b"\n", b"\r"),
    "a byte order mark": lambda g: b"\xef\xbb\xbf" + _lines(g, g.row),
    "no end of the last line": lambda g: _lines(g, g.row).rstrip(b"\n"),
    "empty lines": lambda g: _lines(g, g.row, "", ""),
}
REFUSED: dict[str, Callable[[Good], bytes]] = {
    "no byte": lambda g: b"",
    "other columns": lambda g: b"a\tb\n1\t2\n",
    "without the first column": lambda g: _lines(
        replace(g, header=g.header.partition("\t")[2]), g.row.partition("\t")[2]
    ),
    "no row": lambda g: _lines(g),
    "UTF-16": lambda g: _lines(g, g.row).decode().encode("utf-16"),
    "a page of a browser": lambda g: b"<!DOCTYPE html>\n<html><body>404</body></html>\n",
    "a truncated gzip": lambda g: b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03ab",
    "only bad rows": lambda g: _lines(g, g.row + "\textra"),
}
BY_ROW: dict[str, Callable[[Good], str | bytes]] = {
    "a field too many": lambda g: g.row + "\textra",
    "a field too few": lambda g: g.row.rpartition("\t")[0],
    "one word": lambda g: "short",
    "Latin-1": lambda g: g.with_cell(g.key, "caf\xe9").encode("latin-1"),
    "a bell": lambda g: g.with_cell(g.key, "9\a"),
    "NUL": lambda g: g.with_cell(g.key, "9\0"),
    "what Unicode calls a line's end": lambda g: g.with_cell(g.key, "9\u2028"),
    "the same row": lambda g: g.row,
}


def _lines(good: Good, *rows: str | bytes) -> bytes:
    lines = [good.header.encode()] if good.header else []
    lines += [row if isinstance(row, bytes) else row.encode() for row in rows]
    return b"\n".join(lines) + b"\n"


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*"))}


def brought_in(tmp_path: Path, source: str, content: bytes, folder: Path) -> None:
    path = tmp_path / "input.tsv"
    path.write_bytes(content)
    import_source(source.partition(":")[0], path, folder, "R")


def table_of(source: str, folder: Path) -> bytes:
    name = source.partition(":")[0]
    return (folder / next(s.file for s in SOURCES if s.name == name)).read_bytes()


def reads_back(folder: Path) -> None:
    """What was imported can be used: no row breaks a reader later."""
    read_knowledge(folder, targets=False)
    read_references(folder, (), "unknown")


def test_tables__are_of_every_source() -> None:
    assert {name.partition(":")[0] for name in TABLES} == {s.name for s in SOURCES}


@pytest.mark.parametrize("source", list(TABLES))
@pytest.mark.parametrize("form", list(MET))
def test_import_source__odd_forms_are_read_as_the_plain_one(tmp_path: Path, source: str, form: str) -> None:
    good = TABLES[source]
    brought_in(tmp_path, source, _lines(good, good.row), tmp_path / "plain")
    if source == "clinvar" and form in ("CR", "a byte order mark"):
        with pytest.raises(OncoPipeError, match=r"end with CR alone|does not begin with ##fileformat"):
            brought_in(tmp_path, source, MET[form](good), tmp_path / "odd")
        assert not (tmp_path / "odd").exists()
        return
    brought_in(tmp_path, source, MET[form](good), tmp_path / "odd")
    assert table_of(source, tmp_path / "odd") == table_of(source, tmp_path / "plain")
    assert (tmp_path / "odd" / f"{source.partition(':')[0]}.rejects.tsv").read_text().count("\n") == 1
    reads_back(tmp_path / "odd")


@pytest.mark.parametrize("source", list(TABLES))
@pytest.mark.parametrize("fault", list(REFUSED))
def test_import_source__refused_whole_leaves_what_was_there(tmp_path: Path, source: str, fault: str) -> None:
    good = TABLES[source]
    content = REFUSED[fault](good)
    if good.header == "" and fault == "no row":
        content = b"\n"
    with pytest.raises(OncoPipeError) as refused:
        brought_in(tmp_path, source, content, tmp_path / "new")
    assert "input.tsv" in str(refused.value)
    assert not (tmp_path / "new").exists()
    brought_in(tmp_path, source, _lines(good, good.row), tmp_path / "old")
    before = files_of(tmp_path / "old")
    with pytest.raises(OncoPipeError):
        brought_in(tmp_path, source, content, tmp_path / "old")
    assert files_of(tmp_path / "old") == before
    reads_back(tmp_path / "old")


def _bad_rows(source: str) -> list[tuple[str, str | bytes]]:
    good = TABLES[source]
    faults = [(name, make(good)) for name, make in BY_ROW.items()]
    return [*faults, *((f"column {i}: {value!r}", good.with_cell(i, value)) for i, value in good.unknown)]


@pytest.mark.parametrize(
    ("source", "fault", "row"), [(s, name, row) for s in TABLES for name, row in _bad_rows(s)],
    ids=lambda value: value if isinstance(value, str) and "\t" not in value else "",
)  # fmt: skip
def test_import_source__a_bad_row_is_told_by_number_and_reason(
    tmp_path: Path, source: str, fault: str, row: str | bytes
) -> None:
    """Behind a good row: left out, the good one stays; or, of a table of one's own, refused with its row."""
    good, name = TABLES[source], source.partition(":")[0]
    number = good.n_head + 2
    if good.is_whole or _breaks_vcf(source, fault):
        with pytest.raises(OncoPipeError) as refused:
            brought_in(tmp_path, source, _lines(good, good.row, row), tmp_path / "k")
        assert not (tmp_path / "k").exists()
        where = "line" if source == "clinvar" else "row"
        is_placed = f"{where} {number}" in str(refused.value) or "UTF-8" in str(refused.value)
        assert is_placed, refused.value
        return
    brought_in(tmp_path, source, _lines(good, good.row), tmp_path / "plain")
    brought_in(tmp_path, source, _lines(good, good.row, row), tmp_path / "k")
    if source == "oncokb" and fault == "the same row":  # of two patients with the same change
        assert table_of(source, tmp_path / "k") == table_of(source, tmp_path / "plain")
        return
    (told,) = (tmp_path / "k" / f"{name}.rejects.tsv").read_text("utf-8").splitlines()[1:]
    assert told.split("\t")[1] == str(number) and len(told.split("\t")[2]) > 10
    assert table_of(source, tmp_path / "k") == table_of(source, tmp_path / "plain")
    reads_back(tmp_path / "k")


def _breaks_vcf(source: str, fault: str) -> bool:
    """A VCF whose lines are broken is refused whole."""
    return source == "clinvar" and fault in (
        "a field too many", "a field too few", "one word", "Latin-1", "a bell", "NUL", "what Unicode calls a line's end",
    )  # fmt: skip
