"""Alleles of a VCF (a population resource, a panel of normals) as a table to look candidates up in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pysam

from oncopipe.data.evidence import Evidence
from oncopipe.errors import InputError, MissingInputError

FREQUENCY_KEYS = ("AF_popmax", "AF_grpmax", "AF")


class AlleleTable:
    """Looks alleles up by position and sequence, only at the places that are asked for."""

    def __init__(self, path: Path | str, contigs: list[str]) -> None:
        self.path, self.contigs = Path(path), contigs
        if not self.path.is_file():
            raise MissingInputError("the VCF is missing", where=str(path), fix="check the path")
        try:
            self._file = pysam.VariantFile(str(self.path))
        except (OSError, ValueError) as error:
            raise InputError(f"this is no VCF that can be read ({error})", where=str(path)) from error
        self._key = next((k for k in FREQUENCY_KEYS if k in self._file.header.info), None)

    def frequencies(self, evidence: Evidence) -> np.ndarray:
        """Allele frequency of each candidate, (n,); 0 where the VCF does not list it."""
        return self._look_up(evidence, self._frequency)

    def is_listed(self, evidence: Evidence) -> np.ndarray:
        """1 where the VCF lists the candidate's allele, (n,)."""
        return self._look_up(evidence, lambda record, i: 1.0)

    def _frequency(self, record: pysam.VariantRecord, i: int) -> float:
        if self._key is None or self._key not in record.info:
            return 0.0
        value = record.info[self._key]
        value = value[i] if isinstance(value, tuple) else value
        return float(value) if value is not None else 0.0

    def _look_up(self, evidence: Evidence, value: Callable[[pysam.VariantRecord, int], float]) -> np.ndarray:
        wanted: dict[tuple[str, int, str, str], int] = {}
        for i in range(len(evidence)):
            key = (self.contigs[evidence.contig[i]], int(evidence.position[i]))
            wanted[(*key, evidence.reference[i], evidence.alternate[i])] = i
        found = np.zeros(len(evidence))
        places = {key[:2] for key in wanted}
        try:
            self._file.reset()
            for record in self._file:
                if (record.contig, record.start) not in places:
                    continue
                for i, alternate in enumerate(record.alts or ()):
                    reference, alternate = trim(record.ref or "", alternate)
                    row = wanted.get((record.contig, record.start, reference, alternate))
                    if row is not None:
                        found[row] = max(found[row], value(record, i))
        except (OSError, ValueError) as error:
            raise InputError(f"the VCF is damaged ({error})", where=str(self.path)) from error
        return found


def trim(reference: str, alternate: str) -> tuple[str, str]:
    """Without the bases that both alleles end with, so that a multi-allelic record's alleles are parsimonious.

    >>> trim("CAA", "CA")
    ('CA', 'C')
    """
    while len(reference) > 1 and len(alternate) > 1 and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    return reference.upper(), alternate.upper()
