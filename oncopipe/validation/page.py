"""The metrics as one small HTML page that needs no network and no script."""

from __future__ import annotations

from html import escape
from typing import Any

from oncopipe.validation.metrics import with_interval

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; }
table { border-collapse: collapse; margin: 1rem 0 2rem; }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.bar { display: inline-block; height: .7rem; background: #3b6ea5; vertical-align: middle; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_BAR_WIDTH = 120  # pixels of a share of one


def page_of(metrics: dict[str, Any], facts: dict[str, str]) -> str:
    """The page of `metrics_of`'s metrics; `facts` (name -> text) are told below the title."""
    said = "".join(f"<li>{escape(name)}: {escape(text)}</li>" for name, text in facts.items())
    by_type = _table(
        ("type", "true", "false", "missed", "precision (95 %)", "recall (95 %)", "F1"),
        [_type_row(kind, metrics[kind]) for kind in ("snv", "indel")],
    )
    by_context = _table(
        ("sequence", "true", "false", "missed", "precision (95 %)", "recall (95 %)", "F1"),
        [_type_row(row["type"], row, row["context"]) for row in metrics["by_context"]],
    )
    by_fraction = _table(
        (
            "allele fraction",
            "found",
            "of",
            "recall (95 %), by the truth's",
            "",
            "false",
            "precision (95 %), by the call's",
        ),
        [_fraction_row(row) for row in metrics["by_vaf"]],
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Calls against truth</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>Calls against truth</h1><ul>{said}</ul>\n{by_type}\n"
        f"<h2>By sequence</h2>\n{by_context}\n"
        f"<h2>By allele fraction</h2>\n{by_fraction}\n"
        "<p>Intervals are exact (Clopper-Pearson). Precision belongs to the density of variants in this truth set; "
        "false calls per megabase need samples without variants.</p>\n</body></html>\n"
    )


def _table(header: tuple[str, ...], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _type_row(kind: str, m: dict[str, Any], context: str = "") -> list[str]:
    name = {"snv": "SNV", "indel": "indel"}[kind] + (f", {context}" if context else "")
    shares = [with_interval(m[key], m[f"{key}_ci95"]) for key in ("precision", "recall")]
    return [name, str(m["tp"]), str(m["fp"]), str(m["fn"]), *shares, "-" if m["f1"] is None else f"{m['f1']:.3f}"]


def _fraction_row(row: dict[str, Any]) -> list[str]:
    bar = f'<span class="bar" style="width:{round(_BAR_WIDTH * (row["recall"] or 0.0))}px"></span>'
    name = f"{row['type']}, above {row['vaf_above']:.2f} to {row['vaf_to']:.2f}"
    recall, precision = (with_interval(row[key], row[f"{key}_ci95"]) for key in ("recall", "precision"))
    return [name, str(row["tp"]), str(row["truth"]), recall, bar, str(row["called_false"]), precision]
