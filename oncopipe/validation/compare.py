"""Match calls with truth, allele by allele, once both are left-aligned, trimmed and split."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pysam

from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.fasta import Reference
from oncopipe.io.normalized import normalize
from oncopipe.validation.context import Allele, context_of

_BASES = frozenset("ACGTN")
# FILTERs of truth records whose allele is there, or near one that is, but not as the truth would state it.
UNSURE = ("NEAR", "UNSURE")


@dataclass(frozen=True)
class Comparison:
    """Alleles by outcome.

    truth_fraction, called_fraction: allele fraction that truth and calls state, where they do. context: the kind of
    sequence around each allele (`validation.context`).
    """

    true_positive: tuple[Allele, ...]
    false_positive: tuple[Allele, ...]
    false_negative: tuple[Allele, ...]
    truth_fraction: dict[Allele, float]
    called_fraction: dict[Allele, float]
    context: dict[Allele, str]

    def inside(self, regions: Regions) -> Comparison:
        """The same for the alleles whose first base lies in `regions`."""
        places = _Places(regions)
        true, false, missed = (
            tuple(allele for allele in alleles if allele in places)
            for alleles in (self.true_positive, self.false_positive, self.false_negative)
        )
        return Comparison(true, false, missed, self.truth_fraction, self.called_fraction, self.context)


def is_indel(allele: Allele) -> bool:
    return len(allele[2]) != len(allele[3])


def read_alleles(
    path: Path, reference: Reference, regions: Regions | None, *, filters: tuple[str, ...] = ("PASS",)
) -> dict[Allele, float | None]:
    """Alleles inside the regions of the records with one of these FILTERs, with the fraction they state.

    A missing FILTER counts as PASS.

    Raises: MissingInputError, InputError, ReferenceMismatchError.
    """
    if not path.is_file():
        raise MissingInputError("the VCF is missing", where=str(path), fix="check the path")
    places = _Places(regions)
    alleles: dict[Allele, float | None] = {}
    try:
        with pysam.VariantFile(str(path)) as file:
            fraction_of = _fraction_reader(file.header)
            for record in file:
                if (tuple(record.filter) or ("PASS",))[0] not in filters or len(record.filter) > 1:
                    continue
                for i, alt in enumerate(record.alts or ()):
                    if not set(alt.upper()) <= _BASES:  # symbolic alleles, breakends, spanning deletions
                        continue
                    raw = (record.contig, record.start, (record.ref or "").upper(), alt.upper())
                    for allele in normalize(reference, raw):
                        if allele in places:
                            alleles[allele] = fraction_of(record, i)
    except (OSError, ValueError) as error:
        raise InputError(
            f"the VCF cannot be read ({error})", where=str(path), fix="check that it is a whole VCF or BCF"
        ) from error
    return alleles


class _Places:
    """Whether an allele's first base lies inside regions; everywhere when there are none."""

    def __init__(self, regions: Regions | None) -> None:
        self._by_contig: dict[str, list[Region]] | None = None if regions is None else {}
        for region in regions or ():
            if self._by_contig is not None:
                self._by_contig.setdefault(region.contig, []).append(region)

    def __contains__(self, allele: Allele) -> bool:
        if self._by_contig is None:
            return True
        rows = self._by_contig.get(allele[0], [])
        at = bisect_right(rows, allele[1], key=lambda region: region.start) - 1
        return at >= 0 and allele[1] < rows[at].end


def _fraction_reader(header: pysam.VariantHeader) -> Callable[[pysam.VariantRecord, int], float | None]:
    """How a file states the fraction of an allele: INFO AF or VAF, else the tumor's FORMAT AF (Mutect2's layout)."""
    key = next((k for k in ("AF", "VAF") if k in header.info), None)
    named = [str(line.value) for line in header.records if line.key == "tumor_sample"]
    samples = [name for name in named if name in header.samples] or list(header.samples)[:1]

    def read(record: pysam.VariantRecord, i: int) -> float | None:
        if key is not None:
            value = record.info.get(key)
        elif samples and "AF" in record.format:
            value = record.samples[samples[0]].get("AF")
        else:
            return None
        value = value[min(i, len(value) - 1)] if isinstance(value, tuple) else value
        return round(float(value), 6) if value is not None else None  # BCF keeps single precision

    return read


def compare_calls(truth: Path, calls: Path, reference: Reference, regions: Regions | None) -> Comparison:
    """Match the PASS calls with the truth. A call that the truth lists as UNSURE is neither right nor wrong.

    Raises: MissingInputError, InputError.
    """
    wanted, made = read_alleles(truth, reference, regions), read_alleles(calls, reference, regions)
    unsure = read_alleles(truth, reference, regions, filters=UNSURE)
    made = {allele: fraction for allele, fraction in made.items() if allele in wanted or allele not in unsure}
    return Comparison(
        tuple(sorted(a for a in made if a in wanted)),
        tuple(sorted(a for a in made if a not in wanted)),
        tuple(sorted(a for a in wanted if a not in made)),
        _stated(wanted),
        _stated(made),
        {allele: context_of(reference, allele) for allele in sorted(wanted.keys() | made.keys())},
    )


def _stated(alleles: dict[Allele, float | None]) -> dict[Allele, float]:
    return {allele: fraction for allele, fraction in alleles.items() if fraction is not None}
