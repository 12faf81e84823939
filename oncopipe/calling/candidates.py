"""Differences to candidates: the alleles that enough distinct tumor fragments show, normalized on the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.calling import gather_kernels as g
from oncopipe.calling.gate import LEVELS, Gate
from oncopipe.calling.long_alleles import LongAlleles, find_long_alleles, is_long, no_long_alleles, text
from oncopipe.calling.repeat_kernels import MAX_UNIT, repeat_reach, run_lengths
from oncopipe.constants import BASES
from oncopipe.pileup import difference_kernels as d
from oncopipe.pileup.pileup import Pileup
from oncopipe.read_kernels import NAME_HASH, base_code

__all__ = ["MAX_UNIT", "Sites", "describe", "find_sites", "repeat_context"]

_KEYS = [d.INDEL_POSITION, d.INDEL_KIND, d.INDEL_LENGTH, d.INDEL_CODE]

# Position, reference, alternate, kind, length and code of an allele.
Allele = tuple[int, str, str, int, int, int]


@dataclass(frozen=True)
class Sites:
    """Candidates of one piece, sorted by position, reference, alternate. `matrix`: (n, N_SITE_COLUMNS) for kernels."""

    matrix: np.ndarray
    reference: list[str]
    alternate: list[str]
    repeat_unit: np.ndarray
    repeat_count: np.ndarray
    long: LongAlleles

    def __len__(self) -> int:
        return len(self.reference)


def find_sites(pileup: Pileup, min_fragments: int, min_base_quality: int, gate: Gate | None = None) -> Sites:
    """Alleles that at least `min_fragments` distinct fragments show; of SNVs, those that a gate lets through."""
    long = find_long_alleles(pileup, min_fragments, min_base_quality)
    shown = _snvs(pileup, min_fragments, gate) + _indels(pileup, min_fragments) + _owned(long, pileup)
    return _sites(sorted(shown), pileup.codes, pileup.codes_start, long)


def sites_at(alleles: list[tuple[int, str, str]], codes: np.ndarray, codes_start: int) -> Sites:
    """Given alleles (position, reference, alternate; sorted, left-aligned) as sites; all must be `is_simple`."""
    return _sites([(*allele, *_key_of(*allele[1:])) for allele in alleles], codes, codes_start)


def is_simple(reference: str, alternate: str) -> bool:
    """Whether reads are asked for such an allele: a substitution of one base, or an indel behind one shared base."""
    if set(reference + alternate) - set(BASES):
        return False
    sizes = sorted((len(reference), len(alternate)))
    if sizes == [1, 1]:
        return reference != alternate
    return sizes[0] == 1 < sizes[1] and reference[0] == alternate[0] and len(alternate) <= d.MAX_INSERTION


def _key_of(reference: str, alternate: str) -> tuple[int, int, int]:
    """Kind, length and code, as `find_differences` writes them."""
    change = len(alternate) - len(reference)
    if change == 0:
        return d.KIND_SNV, 1, BASES.index(alternate)
    if change < 0:
        return d.KIND_DELETION, -change, 0
    hashed = int(d.HASH_OFFSET)
    for base in alternate[1:]:
        hashed = (hashed ^ BASES.index(base)) * int(d.HASH_PRIME) % 2**64
    return d.KIND_INSERTION, change, hashed % 2**63


def _sites(alleles: list[Allele], codes: np.ndarray, start: int, long: LongAlleles | None = None) -> Sites:
    n = len(alleles)
    matrix = np.zeros((n, g.N_SITE_COLUMNS), np.int64)
    units, counts = np.ones(n, np.int32), np.ones(n, np.int32)
    if n:
        numbers = np.array([(a[0], *a[3:]) for a in alleles], np.int64)
        matrix[:, [g.SITE_POSITION, g.SITE_KIND, g.SITE_LENGTH, g.SITE_CODE]] = numbers
        matrix[:, g.SITE_REF_CODE] = codes[numbers[:, 0] - start]
        matrix[:, g.SITE_TRACT_END] = numbers[:, 0]
        run_lengths(codes, numbers[:, 0] - start, counts)
    for i in np.flatnonzero(matrix[:, g.SITE_KIND] != d.KIND_SNV).tolist():
        position, reference, alternate, *_ = alleles[i]
        units[i], counts[i], matrix[i, g.SITE_TRACT_END] = repeat_context(
            position, reference, alternate, codes, start
        )
    return Sites(matrix, [a[1] for a in alleles], [a[2] for a in alleles], units, counts, long or no_long_alleles())


def _owned(long: LongAlleles, pileup: Pileup) -> list[Allele]:
    """The long alleles of the region itself."""
    region, rows = pileup.batch.region, enumerate(zip(long.reference, long.alternate, strict=True))
    places = long.position.tolist()
    return [(places[i], *pair, g.KIND_LONG, 0, i) for i, pair in rows if region.start <= places[i] < region.end]


def _snvs(pileup: Pileup, min_fragments: int, gate: Gate | None) -> list[Allele]:
    rows = pileup.mismatches
    position, code = rows[d.MISMATCH_POSITION], rows[d.MISMATCH_CODE]
    rows = rows[:, pileup.alleles[position, code] >= min_fragments]
    keys = rows[d.MISMATCH_POSITION].astype(np.int64) << 2 | rows[d.MISMATCH_CODE]
    names = pileup.batch.columns[rows[d.MISMATCH_READ], NAME_HASH]
    kept = _shown_by(np.stack([keys, names]), min_fragments)
    if gate is not None and kept.size and gate.speaks(pileup.depth):
        kept = kept[_stands_out(keys, names, rows[d.MISMATCH_QUALITY], kept, pileup.depth, gate)]
    codes, start = pileup.codes, pileup.batch.region.start
    made = []
    for key in np.sort(keys[kept]).tolist():
        position, code = start + (key >> 2), key & 3
        reference = BASES[codes[position - pileup.codes_start]]
        made.append((position, reference, BASES[code], d.KIND_SNV, 1, code))
    return made


def _stands_out(
    keys: np.ndarray, names: np.ndarray, quality: np.ndarray, kept: np.ndarray, depth: np.ndarray, gate: Gate
) -> np.ndarray:
    """Which of the kept alleles enough fragments of some quality show, (kept,) bool. A fragment has its better read's."""
    order = np.lexsort((-quality, names, keys))
    key, name = keys[order], names[order]
    firsts = order[np.r_[True, (key[1:] != key[:-1]) | (name[1:] != name[:-1])]]
    wanted = np.sort(keys[kept])
    allele = np.searchsorted(wanted, keys[firsts])
    known = allele < wanted.size
    known[known] = wanted[allele[known]] == keys[firsts][known]
    least = gate.least_fragments(depth[wanted >> 2])
    passes = np.zeros(wanted.size, bool)
    for i, level in enumerate(LEVELS):
        good = known & (quality[firsts] >= level)
        passes |= np.bincount(allele[good], minlength=wanted.size) >= least[:, i]
    return passes[np.searchsorted(wanted, keys[kept])]


def _indels(pileup: Pileup, min_fragments: int) -> list[Allele]:
    rows = pileup.indels
    names = pileup.batch.columns[rows[d.INDEL_READ], NAME_HASH]
    kept = _shown_by(np.vstack([rows[_KEYS], names]), min_fragments)
    made = [describe(rows[:, i], pileup) for i in kept.tolist()]
    return [allele for allele in made if "N" not in allele[1] and not is_long(*allele[1:3])]


def _shown_by(keys: np.ndarray, min_fragments: int) -> np.ndarray:
    """One column of each allele that enough fragments show. keys: (rows, n); the last row is the fragment's name."""
    if keys.shape[1] == 0:
        return np.zeros(0, np.int64)
    order = np.lexsort(keys[::-1])
    keys = keys[:, order]
    new_allele = np.r_[True, (keys[:-1, 1:] != keys[:-1, :-1]).any(axis=0)]
    new_fragment = new_allele | np.r_[True, keys[-1, 1:] != keys[-1, :-1]]
    allele = np.cumsum(new_allele) - 1
    n_fragments = np.bincount(allele, weights=new_fragment)
    return order[np.flatnonzero(new_allele)[n_fragments >= min_fragments]]


def describe(indel: np.ndarray, pileup: Pileup) -> Allele:
    """The allele that a row of `Pileup.indels` shows."""
    position, kind, length, code = (int(indel[i]) for i in _KEYS)
    codes, start = pileup.codes, pileup.codes_start
    anchor = text(codes[position - start : position - start + 1])
    if kind == d.KIND_DELETION:
        deleted = text(codes[position + 1 - start : position + 1 + length - start])
        return position, anchor + deleted, anchor, kind, length, code
    batch, query, shift = pileup.batch, int(indel[d.INDEL_QUERY]), int(indel[d.INDEL_SHIFT])
    sequence = int(batch.sequence_offset[indel[d.INDEL_READ]])
    bases = [base_code(batch.buffer, sequence, query + (j - shift) % length) for j in range(length)]
    return position, anchor, anchor + "".join(BASES[b] for b in bases), kind, length, code


def repeat_context(
    position: int, reference: str, alternate: str, codes: np.ndarray, codes_start: int
) -> tuple[int, int, int]:
    """Bases of the repeat unit at an indel, units in the reference, and the first base behind the tract."""
    unit = _repeat_unit((reference if len(reference) > len(alternate) else alternate)[1:])
    reach = repeat_reach(codes, position + 1 - codes_start, np.array([BASES.index(b) for b in unit], np.uint8))
    return len(unit), reach // len(unit), position + 1 + reach


def _repeat_unit(text: str) -> str:
    """The shortest unit whose repetition is the text.

    >>> _repeat_unit("CACA"), _repeat_unit("CAT")
    ('CA', 'CAT')
    """
    for n in range(1, len(text) // 2 + 1):
        if len(text) % n == 0 and text == text[:n] * (len(text) // n):
            return text[:n]
    return text
