"""Population frequency of an allele, from a VCF such as gnomAD's, matched by the allele and not by the place."""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import pysam

from oncopipe.annotation.alleles import Change, SequenceCache, change_of
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.contig_names import name_in
from oncopipe.io.fasta import check_contigs
from oncopipe.io.vcf_lines import VcfHeader, VcfLine, VcfText, is_sequence

# The highest of those that are there is taken: gnomAD v2 AF_popmax, v4 AF_grpmax, and the frequency over all.
_KEYS = ("AF_popmax", "AF_grpmax", "AF")
_T = TypeVar("_T")


class Population:
    """Frequencies by allele. With an index beside the VCF only the needed places are read, else all of it at once."""

    def __init__(self, path: Path | str, sequence: SequenceCache) -> None:
        self.path = Path(path)
        self._sequence = sequence
        self._tabix: pysam.TabixFile | None = None
        self._names: dict[str, str] = {}  # name in the reference -> in the indexed file
        self._loaded: dict[tuple[str, int, int, str], float] = {}
        with VcfText(self.path, role="the population VCF") as vcf:
            self._keys = _frequency_keys(vcf.header, self.path)
            check_contigs(sequence.reference, self._own_names(vcf.header.contig_lengths), where=str(self.path))
            if _index_of(self.path) is None:
                self._load(vcf)
        if index := _index_of(self.path):
            self._open(index)

    def _open(self, index: Path) -> None:
        try:
            self._tabix = pysam.TabixFile(str(self.path), index=str(index))
        except (OSError, ValueError) as error:
            raise InputError(
                f"the index of the population VCF cannot be read ({error})",
                where=str(index),
                fix="run `tabix -f -p vcf`",
            ) from error
        _check_names(self._tabix.contigs, self._sequence, self.path)
        self._names = self._own_names({name: name for name in self._tabix.contigs})

    def _own_names(self, by_name: dict[str, _T]) -> dict[str, _T]:
        """The same by the reference's names of the chromosomes, where it has them."""
        return {name_in(self._sequence.lengths, name) or name: value for name, value in by_name.items()}

    def _load(self, vcf: VcfText) -> None:
        names: dict[str, None] = {}
        for line in vcf:
            names.setdefault(line.contig)
            if (own := name_in(self._sequence.lengths, line.contig)) is not None:
                line.fields[0] = own
                for key, value in self._frequencies(line):
                    self._loaded[key] = max(value, self._loaded.get(key, 0.0))
        _check_names(list(names), self._sequence, self.path)

    def frequency(self, change: Change) -> float | None:
        """The highest frequency that the resource gives this very allele; None when it has none.

        Raises: InputError for a broken record, ReferenceMismatchError for one of another genome build.
        """
        if self._tabix is None:
            return self._loaded.get(change.key)
        if (name := self._names.get(change.contig)) is None:
            return None
        # Every way to write the allele overlaps the stretch over which it can be moved.
        start, end = max(0, change.start - 1), change.end + change.n_shifts + 1
        best: float | None = None
        for text in self._tabix.fetch(name, start, end):
            fields = text.split("\t")
            where = f"{self.path}, {':'.join(fields[:2])}"
            if len(fields) < 8 or not fields[1].isdecimal():
                raise InputError("a record of the population VCF is broken", where=where, fix="repair it")
            fields[0] = change.contig
            line = VcfLine(fields, int(fields[1]) - 1, tuple(fields[4].split(",")), where)
            for key, value in self._frequencies(line):
                if key == change.key:
                    best = value if best is None else max(best, value)
        return best

    def _frequencies(self, line: VcfLine) -> list[tuple[tuple[str, int, int, str], float]]:
        """Key and frequency of each allele of a record that has one."""
        values = _values(line, self._keys)
        if values is None:
            return []
        check_reference_bases(self._sequence, line, "the population VCF")
        found = []
        for alternate, value in zip(line.alternates, values, strict=True):
            if value is not None and is_sequence(alternate):
                change = change_of(self._sequence, line.contig, line.position, line.reference, alternate)
                if change is not None:
                    found.append((change.key, value))
        return found

    def __enter__(self) -> Population:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tabix is not None:
            self._tabix.close()


def _index_of(path: Path) -> Path | None:
    return next((p for s in (".tbi", ".csi") if (p := path.with_name(path.name + s)).is_file()), None)


def _frequency_keys(header: VcfHeader, path: Path) -> tuple[str, ...]:
    keys = tuple(key for key in _KEYS if header.declares("INFO", key))
    if not keys:
        raise InputError(
            f"the population VCF declares none of INFO/{', '.join(_KEYS)}",
            where=str(path),
            fix="give a VCF with allele frequencies, such as gnomAD's sites",
        )
    return keys


def _check_names(names: list[str], sequence: SequenceCache, path: Path) -> None:
    if not names:
        return
    if not any(name_in(sequence.lengths, name) for name in names):
        check_contigs(sequence.reference, {names[0]: -1}, where=str(path))


def _values(line: VcfLine, keys: tuple[str, ...]) -> list[float | None] | None:
    """The highest frequency of each alternate allele; None when the record gives none."""
    best: list[float | None] = [None] * len(line.alternates)
    for key in keys:
        text = line.info(key)
        if text in (None, "", "."):
            continue
        parts = text.split(",") if text else []
        if len(parts) != len(best):
            raise InputError(
                f"INFO/{key} has {len(parts)} values for {len(best)} alternate alleles", where=line.where,
                fix="split the alleles with `bcftools norm -m -any`",
            )  # fmt: skip
        for i, part in enumerate(parts):
            value = _fraction(part, key, line)
            known = best[i]
            if value is not None and (known is None or value > known):
                best[i] = value
    return None if all(value is None for value in best) else best


def _fraction(text: str, key: str, line: VcfLine) -> float | None:
    if text == ".":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise InputError(f"INFO/{key} is no fraction: {text[:40]!r}", where=line.where, fix="repair it")
    return value


def check_reference_bases(sequence: SequenceCache, line: VcfLine, role: str) -> None:
    """Refuse a record whose REF is not what the FASTA has there; an unknown base of the FASTA agrees with all.

    Raises: ReferenceMismatchError.
    """
    end = line.position + len(line.reference)
    length = sequence.lengths.get(line.contig)
    if length is None or line.position < 0 or end > length:
        raise ReferenceMismatchError(
            f"a record of {role} lies at {line.contig}:{line.position + 1}, which the reference does not have",
            where=line.where,
            fix="use the reference that the calls were made on",
        )
    here = sequence.fetch(line.contig, line.position, end)
    if here == line.reference:
        return
    told = line.reference.upper()
    if here != told and any(a != b and a in "ACGT" and b in "ACGT" for a, b in zip(here, told, strict=True)):
        raise ReferenceMismatchError(
            f"REF of a record of {role} is {told[:30]}, the reference has {here[:30]} there",
            where=f"{line.where} ({line.contig}:{line.position + 1})",
            fix="use the reference that the calls were made on (genome build, patches)",
        )
