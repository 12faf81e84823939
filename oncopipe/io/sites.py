"""A VCF of common variation: biallelic SNVs with the alternate allele's population frequency where it is given."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.constants import BASES
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.fasta import Reference

# INFO keys that hold an alternate allele's linear population frequency, the first found is taken.
FREQUENCY_KEYS = ("AF", "POPAF_MAX")


@dataclass(frozen=True)
class Sites:
    """Biallelic SNV sites. Axes: (sites,), sorted by contig and position, each position once."""

    contig: np.ndarray  # int32, index into the contigs of the reference
    position: np.ndarray  # int64, 0-based
    reference: np.ndarray  # uint8, A=0 C=1 G=2 T=3
    alternate: np.ndarray  # uint8
    frequency: np.ndarray  # float64, of the alternate allele in the population; NaN where the VCF does not say
    n_skipped: int  # records that are no biallelic SNV, or a position seen before

    def __len__(self) -> int:
        return len(self.position)


def read_sites(path: Path | str, reference: Reference) -> Sites:
    """The biallelic SNVs of a VCF (plain or gzipped), checked against the reference.

    Raises: MissingInputError; InputError with the line of a record that cannot be read, or without any site;
    ReferenceMismatchError when a contig is unknown or REF is not the reference's base.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the VCF of common sites is missing", where=str(path), fix="check --sites")
    rank = {name: i for i, name in enumerate(reference.contigs)}
    rows: dict[tuple[int, int], tuple[int, int, float]] = {}
    n_records = 0
    opener = gzip.open if path.suffix in (".gz", ".bgz") else open
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.startswith("#") or not line.strip():
                    continue
                n_records += 1
                row = _site(line.rstrip("\r\n").split("\t"), f"{path}, line {number}", reference, rank)
                if row is not None:
                    rows.setdefault(*row)
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"the VCF of common sites cannot be read as text ({error})", where=str(path)) from error
    if not rows:
        raise InputError("the VCF has no biallelic SNV", where=str(path), fix="give a VCF of common variation")
    keys = sorted(rows)
    columns = [rows[key] for key in keys]
    return Sites(
        np.array([key[0] for key in keys], np.int32),
        np.array([key[1] for key in keys], np.int64),
        np.array([column[0] for column in columns], np.uint8),
        np.array([column[1] for column in columns], np.uint8),
        np.array([column[2] for column in columns], np.float64),
        n_records - len(keys),
    )


def _site(
    fields: list[str], where: str, reference: Reference, rank: dict[str, int]
) -> tuple[tuple[int, int], tuple[int, int, float]] | None:
    """Contig and position, alleles and frequency of a record; None when it is no biallelic SNV."""
    if len(fields) < 8 or not fields[1].isdecimal() or int(fields[1]) < 1:
        raise InputError("a VCF record needs eight columns and a position", where=where)
    contig, position = fields[0], int(fields[1]) - 1
    ref, alt = fields[3].upper(), fields[4].upper()
    if contig not in rank:
        other = contig.removeprefix("chr") if contig.startswith("chr") else f"chr{contig}"
        hint = f"the reference calls it {other}" if other in rank else "use the reference's contig names"
        raise ReferenceMismatchError(f"contig {contig} is not in the reference", where=where, fix=hint)
    if len(ref) != 1 or len(alt) != 1 or ref not in BASES or alt not in BASES or ref == alt:
        return None
    found = reference.fetch(contig, position, position + 1) if position < reference.lengths[contig] else ""
    if found == "N":
        return None
    if found != ref:
        raise ReferenceMismatchError(
            f"REF is {ref}, the reference has {found or 'nothing'} there",
            where=where,
            fix="use sites of the same genome build as the reference",
        )
    return (rank[contig], position), (BASES.index(ref), BASES.index(alt), _frequency(fields[7], where))


def _frequency(info: str, where: str) -> float:
    """The alternate allele's frequency in INFO, NaN when there is none. Raises: InputError for what is no share."""
    values = dict(item.partition("=")[::2] for item in info.split(";"))
    text = next((values[key] for key in FREQUENCY_KEYS if key in values), ".")
    if text == ".":
        return float("nan")
    try:
        frequency = float(text)
    except ValueError:
        frequency = -1.0
    if not 0.0 <= frequency <= 1.0:
        raise InputError(f"the allele frequency {text[:20]!r} is no number from 0 to 1", where=where)
    return frequency
