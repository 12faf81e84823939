from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from oncopipe.exports import FORMATS
from oncopipe.exports.xlsx import SHEETS, write_xlsx
from tests.export_data import FORMULA, batch, cohort, harmful

pytest.importorskip("xlsxwriter", reason="XlsxWriter is not installed (extra xlsx)")


def sheets_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed: it reads the workbook back")
    book = openpyxl.load_workbook(path)
    made = {}
    for sheet in book:
        header, *rows = [list(row) for row in sheet.iter_rows()]
        made[sheet.title] = [dict(zip([c.value for c in header], row, strict=True)) for row in rows]
    return made


def test_write_xlsx__says_what_the_findings_say(tmp_path: Path) -> None:
    write_xlsx(batch(tmp_path, *cohort()), tmp_path / "out.xlsx")
    sheets = sheets_of(tmp_path / "out.xlsx")
    assert list(sheets) == [name for name, _ in SHEETS]
    assert [row["sample"].value for row in sheets["Samples"]] == ["P01-T", "P01-R", "P02-T", "P03-T", "P04-T"]
    assert len(sheets["Variants"]) == sum(len(f.variants) for f in cohort())
    braf = sheets["Variants"][0]
    assert (braf["tier"].value, braf["gene"].value, braf["protein"].value) == ("I-A", "BRAF", "p.V600E")
    assert braf["position"].value == 140453136 and abs(braf["VAF"].value - 96 / 281) < 1e-9
    assert "Vemurafenib" in braf["therapies"].value and "Melanoma" in braf["therapies"].value
    assert len(sheets["Evidence"]) == sum(len(v.evidence) for f in cohort() for v in f.variants)
    assert sheets["Quality"][0]["sample"].value == "P01-T" and sheets["Limits"][0]["patient"].value == "P01"


def test_write_xlsx__of_harmful_text_has_no_formula_and_no_link(tmp_path: Path) -> None:
    write_xlsx(batch(tmp_path, harmful()), tmp_path / "out.xlsx")
    cells = [c for rows in sheets_of(tmp_path / "out.xlsx").values() for row in rows for c in row.values()]
    assert any(c.value == FORMULA for c in cells)
    # A string cell stays a string: openpyxl calls a cell with a formula "f" and a link a hyperlink.
    assert {c.data_type for c in cells} <= {"s", "n", "inlineStr"} and not any(c.hyperlink for c in cells)
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        for name in book.namelist():
            assert b"<f>" not in book.read(name) and b"<hyperlink" not in book.read(name)
            assert "macro" not in name.lower() and "external" not in name.lower()


def test_write_xlsx__same_input_same_bytes(tmp_path: Path) -> None:
    given = batch(tmp_path, *cohort())
    for name in ("a.xlsx", "b.xlsx"):
        write_xlsx(given, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        assert {info.date_time[0] for info in book.infolist()} == {1980}  # no clock's
        assert set(re.findall(rb"\d{4}-\d\d-\d\dT", book.read("docProps/core.xml"))) == {b"2000-01-01T"}


def test_check_installed__says_which_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from oncopipe.errors import ConfigError

    (form,) = (f for f in FORMATS if f.name == "xlsx")
    form.check_installed()
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    monkeypatch.setattr("oncopipe.exports.shape.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'oncopipe\[xlsx\]'"):
        form.check_installed()
