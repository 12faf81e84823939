"""Match calls with truth, allele by allele, once both are left-aligned, trimmed and split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pysam

from oncopipe.data.regions import Regions
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.fasta import Reference

Allele = tuple[str, int, str, str]  # contig, 0-based position, reference, alternate
_WINDOW = 200


@dataclass(frozen=True)
class Comparison:
    """Alleles by outcome. truth_fraction: allele fraction that the truth states, where it does."""

    true_positive: tuple[Allele, ...]
    false_positive: tuple[Allele, ...]
    false_negative: tuple[Allele, ...]
    truth_fraction: dict[Allele, float]


def is_indel(allele: Allele) -> bool:
    return len(allele[2]) != len(allele[3])


def normalize(reference: Reference, allele: Allele) -> Allele:
    """The left-aligned, parsimonious form (Tan et al. 2015, doi:10.1093/bioinformatics/btv112).

    Raises: InputError when the allele's reference bases are not the genome's.
    """
    contig, position, ref, alt = allele
    if reference.fetch(contig, position, position + len(ref)) != ref:
        raise InputError(f"the reference allele {ref} is not the genome's", where=f"{contig}:{position + 1}")
    start = max(0, position - _WINDOW)
    before = reference.fetch(contig, start, position)
    while True:
        if ref[-1] == alt[-1] and ((len(ref) > 1 and len(alt) > 1) or before):
            ref, alt = ref[:-1], alt[:-1]
        else:
            break
        if not ref or not alt:
            ref, alt, position, before = before[-1] + ref, before[-1] + alt, position - 1, before[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        ref, alt, position = ref[1:], alt[1:], position + 1
    return contig, position, ref, alt


def read_alleles(path: Path, reference: Reference, regions: Regions | None) -> dict[Allele, float | None]:
    """Alleles of the records whose FILTER is PASS or missing, inside the regions, with the fraction they state.

    Raises: MissingInputError, InputError.
    """
    if not path.is_file():
        raise MissingInputError("the VCF is missing", where=str(path), fix="check the path")
    alleles: dict[Allele, float | None] = {}
    try:
        with pysam.VariantFile(str(path)) as file:
            key = next((k for k in ("AF", "VAF") if k in file.header.info), None)
            for record in file:
                if list(record.filter) not in ([], ["PASS"]):
                    continue
                for i, alt in enumerate(record.alts or ()):
                    if alt.startswith(("<", "*")) or "[" in alt or "]" in alt:
                        continue
                    raw = (record.contig, record.start, (record.ref or "").upper(), alt.upper())
                    allele = normalize(reference, raw)
                    if regions is None or _inside(allele, regions):
                        alleles[allele] = _fraction(record, key, i)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"this is no VCF of the reference ({error})", where=str(path)) from error
    return alleles


def _fraction(record: pysam.VariantRecord, key: str | None, i: int) -> float | None:
    if key is None or key not in record.info:
        return None
    value = record.info[key]
    value = value[min(i, len(value) - 1)] if isinstance(value, tuple) else value
    return float(value) if value is not None else None


def _inside(allele: Allele, regions: Regions) -> bool:
    return any(r.contig == allele[0] and r.start <= allele[1] < r.end for r in regions)


def compare_calls(truth: Path, calls: Path, reference: Reference, regions: Regions | None) -> Comparison:
    """Match the PASS calls with the truth. Raises: MissingInputError, InputError."""
    wanted, made = read_alleles(truth, reference, regions), read_alleles(calls, reference, regions)
    fractions = {allele: fraction for allele, fraction in wanted.items() if fraction is not None}
    return Comparison(
        tuple(sorted(a for a in made if a in wanted)),
        tuple(sorted(a for a in made if a not in wanted)),
        tuple(sorted(a for a in wanted if a not in made)),
        fractions,
    )
