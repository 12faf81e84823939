"""Write what is published from the models: config/schemas/*.json, oncopipe/data/findings.schema.json, docs/options.md."""

import json
from pathlib import Path

from oncopipe.data.findings import schema_text
from oncopipe.data.published import config_schema, options_page, sheet_schema

ROOT = Path(__file__).resolve().parent.parent


def published() -> dict[Path, str]:
    """Every generated file and its text."""
    return {
        ROOT / "config/schemas/config.schema.json": json.dumps(config_schema(), indent=2) + "\n",
        ROOT / "config/schemas/samples.schema.json": json.dumps(sheet_schema(), indent=2) + "\n",
        ROOT / "oncopipe/data/findings.schema.json": schema_text(),
        ROOT / "docs/options.md": options_page(),
    }


if __name__ == "__main__":
    for path, text in published().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
