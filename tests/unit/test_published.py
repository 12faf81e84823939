"""Schemas and the options page are written from the models, checked in, and current; the example follows them."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema
import pytest
import yaml

from oncopipe.data.config import read_config
from oncopipe.data.samples import read_sample_sheet
from oncopipe.data.sheet_rows import COLUMNS

ROOT = Path(__file__).parent.parent.parent
PUBLISHED = runpy.run_path(str(ROOT / "scripts" / "write_published.py"))["published"]()


@pytest.mark.parametrize("path", list(PUBLISHED), ids=lambda path: path.name)
def test_published__files_are_current(path: Path) -> None:
    assert path.read_text() == PUBLISHED[path], "run: python scripts/write_published.py"


def test_published__example_follows_schema_and_checks() -> None:
    schema = json.loads((ROOT / "config/schemas/config.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    content = {k: v for k, v in yaml.safe_load((ROOT / "config/config.yaml").read_text()).items() if v is not None}
    jsonschema.validate(content, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {"scater": 1}, schema)
    read_config(ROOT / "config/config.yaml", check_files=False)
    sheet = read_sample_sheet(ROOT / "config/samples.tsv", check_files=False)
    assert sheet.patients() == ["P1", "P2"]


def test_published__rows_of_the_example_sheet_follow_their_schema() -> None:
    schema = json.loads((ROOT / "config/schemas/samples.schema.json").read_text())
    header, *rows = (ROOT / "config/samples.tsv").read_text().splitlines()
    for row in rows:
        jsonschema.validate(dict(zip(header.split("\t"), row.split("\t"), strict=False)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"patient": "P1", "sample": "T 1", "role": "tumor"}, schema)


def test_published__every_column_and_key_is_explained() -> None:
    page = (ROOT / "docs/options.md").read_text()
    assert "| `min_base_quality` | `10` | at least 0, at most 93 |" in page
    readme = (ROOT / "config/README.md").read_text()
    assert [column for column in COLUMNS if f"`{column}`" not in readme] == []
