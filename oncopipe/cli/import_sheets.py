"""Rows of a sample sheet from a folder of reads, a sarek sheet or Hydra's units; guesses are said aloud."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

from oncopipe.data.samples import KEY_COLUMNS
from oncopipe.errors import ConfigError, MissingInputError
from oncopipe.io.output import write_text

Rows = list[dict[str, str]]
COLUMNS = (*KEY_COLUMNS, "sex", "diagnosis", "purity")
# One name ends with its role: P1-T, P1_normal, P1.tumor2; N and T stand alone between signs, never inside a word.
_ROLE = re.compile(
    r"^(?P<patient>.+?)[._-](?P<role>tumou?r|normal|germline|blood|control|t|n)(?P<number>\d*)$", re.IGNORECASE
)
_NORMAL = frozenset({"normal", "germline", "blood", "control", "n"})
_MATE = re.compile(r"^(?P<stem>.+?)[._](?:R)?(?P<mate>[12])(?:_001)?\.(?:fastq|fq)(?:\.gz)?$")
_LANE = re.compile(r"(?:_S\d+)?_L\d+$")
_READS = (".bam", ".cram")


def rows_from_folder(folder: Path) -> tuple[Rows, list[str]]:
    """A row for each BAM, CRAM and FASTQ pair. Raises: MissingInputError, ConfigError for a mate that is alone."""
    if not folder.is_dir():
        raise MissingInputError("there is no such folder", where=str(folder))
    rows: Rows = []
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(folder.rglob("*")):
        mate = _MATE.match(path.name)
        if path.suffix in _READS:
            rows.append({"sample": _identifier(path.stem), "bam": str(path)})
        elif mate:
            pairs.setdefault((str(path.parent), mate["stem"]), {})[f"fastq_{mate['mate']}"] = str(path)
    for (_, stem), files in sorted(pairs.items()):
        if len(files) == 1:
            raise ConfigError("a FASTQ file has no mate", where=next(iter(files.values())), fix="add it, or move it")
        rows.append({"sample": _identifier(_LANE.sub("", stem)), **files})
    notes = []
    for row in rows:
        match = _ROLE.match(row["sample"])
        row["patient"] = match["patient"] if match else row["sample"]
        row["role"] = "normal" if match and match["role"].lower() in _NORMAL else "tumor"
        why = "by its name" if match else "a guess: its name says neither tumor nor normal"
        notes.append(f"{row['sample']}: {row['role']} of patient {row['patient']} ({why})")
    return rows, list(dict.fromkeys(notes))


def rows_from_sarek(path: Path) -> tuple[Rows, list[str]]:
    """Rows of a sarek CSV: status 0 is normal, 1 tumor; XX and XY are female and male."""
    rows: Rows = []
    for number, given in _table(path, ",", ("patient", "sample")):
        status = given.get("status") or "0"
        if status not in ("0", "1"):
            raise ConfigError(f"status {status!r} is neither 0 nor 1", where=f"{path}, row {number}")
        rows.append(
            {
                "patient": given["patient"],
                "sample": given["sample"],
                "role": "tumor" if status == "1" else "normal",
                "fastq_1": given.get("fastq_1", ""),
                "fastq_2": given.get("fastq_2", ""),
                "bam": given.get("bam") or given.get("cram") or "",
                "sex": {"XX": "female", "XY": "male"}.get(given.get("sex", ""), ""),
            }
        )
    return rows, [] if any(row["role"] == "tumor" for row in rows) else ["no row has status 1: no tumor"]


def rows_from_hydra(path: Path) -> tuple[Rows, list[str]]:
    """Rows of Hydra's units.tsv: types T and N of a sample are the tumor and the normal of a patient; R is RNA."""
    rows: Rows = []
    notes = []
    for number, given in _table(path, "\t", ("sample", "type", "fastq1", "fastq2")):
        kind = given["type"].upper()
        if kind == "R":
            notes.append(f"row {number}: RNA of {given['sample']} is left out")
        elif kind not in ("T", "N"):
            raise ConfigError(f"type {given['type']!r} is none of T, N, R", where=f"{path}, row {number}")
        else:
            rows.append(
                {
                    "patient": given["sample"],
                    "sample": f"{given['sample']}_{kind}",
                    "role": "tumor" if kind == "T" else "normal",
                    "fastq_1": given["fastq1"],
                    "fastq_2": given["fastq2"],
                }
            )
    return rows, notes


def write_run(rows: Rows, config: Path, sheet: Path, reference: dict[str, str]) -> None:
    """Write the sheet and a configuration that names it. Raises: OutputError."""
    used = [c for c in COLUMNS if c in KEY_COLUMNS or any(row.get(c) for row in rows)]
    ordered = sorted(rows, key=lambda row: (row["patient"], row["role"] != "tumor", row["sample"]))
    lines = ["\t".join(used), *("\t".join(row.get(column, "") for column in used) for row in ordered)]
    write_text(sheet, "\n".join(lines) + "\n")
    # A JSON string is a YAML string, whatever the path holds.
    write_text(
        config,
        "# What to analyse. All keys and options: docs/configuration.md, docs/options.md.\n"
        f"samples: {json.dumps(str(sheet))}\n\nreference:\n"
        + "".join(f"  {key}: {json.dumps(value)}\n" for key, value in reference.items())
        + "\nresources:\n"
        + "".join(
            f"  # {key}:\n"
            for key in (
                "regions",
                "population",
                "panel_of_normals",
                "sites",
                "knowledge",
                "transcripts",
                "biomarkers",
            )
        ),
    )


def _identifier(name: str) -> str:
    """A name with every sign that an id must not hold made a hyphen."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip("._-")


def _table(path: Path, separator: str, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise MissingInputError("the sheet is missing", where=str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=separator)
            missing = [column for column in needed if column not in (reader.fieldnames or ())]
            if missing:
                raise ConfigError(f"the sheet has no column {', '.join(missing)}", where=str(path))
            return [
                (number, {key: (value or "").strip() for key, value in row.items() if key})
                for number, row in enumerate(reader, 2)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"the sheet cannot be read: {error}", where=str(path)) from error
