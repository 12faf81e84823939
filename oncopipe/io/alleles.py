"""Alleles of a VCF (a population resource, a panel of normals) as a table to look candidates up in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pysam

from oncopipe.data.evidence import Evidence
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError

# The first that the header declares is read: gnomAD v2, gnomAD v4, and the frequency over all.
FREQUENCY_KEYS = ("AF_popmax", "AF_grpmax", "AF")
# PERF: candidates closer than this are fetched with one seek; a seek costs about as much as reading this many bases.
_ONE_SEEK = 20_000
_Key = tuple[str, int, str, str]


class AlleleTable:
    """Looks alleles up by position and sequence. With an index beside the VCF only the needed places are read."""

    def __init__(self, path: Path | str, contigs: list[str]) -> None:
        """contigs: names of the reference's, in its order.

        Raises: MissingInputError, InputError, ReferenceMismatchError (no contig in common).
        """
        self.path, self.contigs = Path(path), contigs
        if not self.path.is_file():
            raise MissingInputError("the VCF is missing", where=str(path), fix="check the path")
        try:
            self._file = pysam.VariantFile(str(self.path))
        except (OSError, ValueError) as error:
            raise InputError(
                f"the VCF cannot be read ({error})", where=str(path), fix="check that it is a whole VCF or BCF"
            ) from error
        self._check_contigs([str(name) for name in self._file.header.contigs])

    def frequency_key(self) -> str:
        """The INFO key that holds frequencies. Raises: InputError when the header declares none."""
        key = next((k for k in FREQUENCY_KEYS if k in self._file.header.info), None)
        if key is None:
            raise InputError(
                f"the VCF holds no allele frequencies: its header declares none of {', '.join(FREQUENCY_KEYS)}",
                where=str(self.path),
                fix="give a germline resource with INFO/AF, such as gnomAD's",
            )
        return key

    def frequencies(self, evidence: Evidence) -> np.ndarray:
        """Allele frequency of each candidate, (n,); 0 where the VCF does not list it or says none.

        Raises: InputError when the VCF holds no frequencies at all or is damaged.
        """
        key = self.frequency_key()
        return self._look_up(evidence, lambda record, i: _frequency(record, key, i))

    def is_listed(self, evidence: Evidence) -> np.ndarray:
        """1 where the VCF lists the candidate's allele, (n,). Raises: InputError when it is damaged."""
        return self._look_up(evidence, lambda record, i: 1.0)

    def _look_up(self, evidence: Evidence, value: Callable[[pysam.VariantRecord, int], float]) -> np.ndarray:
        wanted: dict[_Key, int] = {}
        for i in range(len(evidence)):
            contig, position = self.contigs[evidence.contig[i]], int(evidence.position[i])
            wanted[contig, position, evidence.reference[i], evidence.alternate[i]] = i
        found = np.zeros(len(evidence))
        try:
            for record in self._records(sorted({key[:2] for key in wanted})):
                for i, alternate in enumerate(record.alts or ()):
                    place = trim(record.start, record.ref or "", alternate)
                    row = wanted.get((record.contig, *place))
                    if row is not None:
                        found[row] = max(found[row], value(record, i))
        except (OSError, ValueError) as error:
            raise InputError(f"the VCF is damaged ({error})", where=str(self.path), fix="get it again") from error
        return found

    def _records(self, places: list[tuple[str, int]]) -> Iterator[pysam.VariantRecord]:
        """Records near the places (contig, position; sorted), by the index; all of them where there is none."""
        if not self._file.index:
            self._file.reset()
            seen: dict[str, None] = {}
            for record in self._file:
                seen.setdefault(record.contig)
                yield record
            self._check_contigs(list(seen))
            return
        here = {str(name) for name in self._file.index}
        self._check_contigs(sorted(here))
        for contig, start, end in _stretches(places):
            if contig in here:
                yield from self._file.fetch(contig, start, end)

    def _check_contigs(self, names: list[str]) -> None:
        if not names or set(names) & set(self.contigs):
            return
        other = names[0].removeprefix("chr") if names[0].startswith("chr") else f"chr{names[0]}"
        hint = f" (the reference calls it {other})" if other in self.contigs else ""
        raise ReferenceMismatchError(
            f"no contig is shared with the reference: {names[0]} is not in it{hint}",
            where=str(self.path),
            fix="give a VCF of the same genome build and contig names",
        )


def _stretches(places: list[tuple[str, int]]) -> Iterator[tuple[str, int, int]]:
    """Intervals that hold all places (sorted), close ones together."""
    i = 0
    while i < len(places):
        contig, first = places[i]
        last = first
        while i < len(places) and places[i][0] == contig and places[i][1] - last <= _ONE_SEEK:
            last = places[i][1]
            i += 1
        yield contig, first, last + 1


def _frequency(record: pysam.VariantRecord, key: str, i: int) -> float:
    value = record.info.get(key)
    if isinstance(value, tuple):
        value = value[i] if i < len(value) else None
    return float(value) if value is not None else 0.0


def trim(position: int, reference: str, alternate: str) -> tuple[int, str, str]:
    """Without the bases that both alleles share at their ends, so that a multi-allelic record's are parsimonious.

    >>> trim(10, "CAA", "CA"), trim(10, "GCAT", "GCAC")
    ((10, 'CA', 'C'), (13, 'T', 'C'))
    """
    reference, alternate = reference.upper(), alternate.upper()
    while len(reference) > 1 and len(alternate) > 1 and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    while len(reference) > 1 and len(alternate) > 1 and reference[0] == alternate[0]:
        position, reference, alternate = position + 1, reference[1:], alternate[1:]
    return position, reference, alternate
