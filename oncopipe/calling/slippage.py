"""How often reads show an indel that is not there: counted by repeat, in the normal where there is one.

Kinds of indel (rows) and their measure (columns, capped at the last):
    base    one base, in a run of that base           column: bases in the run (0: an insertion beside no such base)
    unit    one unit of 2 to 6 bases, in its tract    column: units in the tract
    units   several units of a tract                  column: units in the tract
    other   anything else                             column: bases inserted or deleted
Rows come in pairs, deletion before insertion.
"""

from __future__ import annotations

import numpy as np

from oncopipe.calling.candidates import MAX_UNIT, describe, repeat_context
from oncopipe.calling.repeat_kernels import tract_chances
from oncopipe.data.evidence import ALT, N_INDEL_COLUMNS, N_INDEL_KINDS, NORMAL, TUMOR, Evidence
from oncopipe.pileup.difference_kernels import INDEL_CODE, INDEL_KIND, INDEL_LENGTH, INDEL_POSITION
from oncopipe.pileup.pileup import Pileup

BASE, UNIT, UNITS, OTHER_INDEL = 0, 2, 4, 6  # rows of the deletions
_LAST = N_INDEL_COLUMNS - 1

# METHOD: an indel that so many reads and this share of the depth show is a variant, not an error: in the normal a
# germline one; in a tumor alone a somatic one too, which begins lower.
VARIANT_READS = 2
VARIANT_FRACTION_NORMAL, VARIANT_FRACTION_TUMOR = 0.2, 0.1

# METHOD: slips expected at three units, and how many times as many with each unit more (Lai & Sun 2003,
# doi:10.1093/molbev/msg228).
_SLIPS, _GROWTH = 1e-4, 1.6


def indel_kind(unit: int, count: int, change: int) -> tuple[int, int]:
    """Row and column of an indel. unit, count: its repeat; change: bases inserted (above zero) or deleted (below).

    >>> indel_kind(1, 5, -1), indel_kind(2, 4, 4), indel_kind(3, 1, 3)
    ((0, 5), (5, 4), (7, 3))
    """
    size, insertion = abs(change), int(change > 0)
    if size == 1:
        return BASE + insertion, min(count, _LAST)
    if unit <= MAX_UNIT and count >= 2:
        return (UNIT if size == unit else UNITS) + insertion, min(count, _LAST)
    return OTHER_INDEL + insertion, min(size, _LAST)


def kinds_of(evidence: Evidence) -> np.ndarray:
    """Row and column of each candidate, (n, 2) int64; zeros for SNVs."""
    kinds = np.zeros((len(evidence), 2), np.int64)
    for i in np.flatnonzero(evidence.is_indel):
        change = len(evidence.alternate[i]) - len(evidence.reference[i])
        kinds[i] = indel_kind(int(evidence.repeat_unit[i]), int(evidence.repeat_count[i]), change)
    return kinds


def indel_errors(evidence: Evidence, table: np.ndarray) -> np.ndarray:
    """Chance that a molecule shows each indel by error, (n,); zeros for SNVs. table: (kinds, columns).

    METHOD: haplotypes compete. A molecule may have slipped from the reference or from another indel of the same anchor that
    the person carries (as often as the normal, or a tumor alone, shows that one): in a run where GT is inherited beside G,
    GTT is one step from it and no event of two units. The likelier way counts.
    """
    kinds = kinds_of(evidence)
    errors = np.where(evidence.is_indel, table[kinds[:, 0], kinds[:, 1]], 0.0)
    rows = np.flatnonzero(evidence.is_indel)
    place = evidence.contig[rows].astype(np.int64) << 40 | evidence.position[rows]
    shared = np.flatnonzero(place[1:] == place[:-1])
    for group in np.split(rows, np.flatnonzero(np.diff(place)) + 1) if shared.size else ():
        for one in group:
            ways = [_from_other(evidence, one, other, table) for other in group if other != one]
            errors[one] = max([errors[one], *ways])
    return errors


def _from_other(evidence: Evidence, one: int, other: int, table: np.ndarray) -> float:
    """Chance that a molecule of another allele of this anchor shows this one, times how common the other is."""
    normal_depth = evidence.counts[other, NORMAL].sum()
    sample = NORMAL if normal_depth else TUMOR
    carried = evidence.counts[other, sample, ALT].sum() / max(evidence.counts[other, sample].sum(), 1)
    if carried < VARIANT_FRACTION_NORMAL:
        return 0.0
    changes = [len(evidence.alternate[i]) - len(evidence.reference[i]) for i in (one, other)]
    if changes[0] == changes[1]:
        return 0.0
    unit = int(evidence.repeat_unit[other])
    count = max(int(evidence.repeat_count[other]) + changes[1] // unit, 0)
    return float(carried * table[indel_kind(unit, count, changes[0] - changes[1])])


def count_indels(pileup: Pileup, variant_fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Reads with an indel by error, and chances to show one (reads times places), each (kinds, columns) int64.

    Both belong to the anchor's position.
    """
    codes, depth, start = pileup.codes, pileup.depth, pileup.batch.region.start
    behind = start + 1 - pileup.codes_start
    chances = _chances(codes[behind:], codes[:behind], depth)
    shown = np.zeros((N_INDEL_KINDS, N_INDEL_COLUMNS), np.int64)
    indels = pileup.indels
    if indels.shape[1] == 0:
        return shown, chances
    keys = indels[[INDEL_POSITION, INDEL_KIND, INDEL_LENGTH, INDEL_CODE]]
    _, firsts, n_reads = np.unique(keys, axis=1, return_index=True, return_counts=True)
    there = depth[indels[INDEL_POSITION, firsts] - start]
    is_variant = (n_reads >= VARIANT_READS) & (n_reads >= variant_fraction * there)
    for first, n in zip(firsts[~is_variant], n_reads[~is_variant], strict=True):
        position, reference, alternate, *_ = describe(indels[:, first], pileup)
        if "N" in reference:
            continue
        unit, count, _ = repeat_context(position, reference, alternate, codes, pileup.codes_start)
        shown[indel_kind(unit, count, len(alternate) - len(reference))] += n
    return shown, chances


def _chances(codes: np.ndarray, before: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Reads at the anchors of every place an indel can happen. codes: from the base behind the first anchor on.

    before: bases up to the first anchor, so that a tract that began there is not taken for one that begins here.
    """
    context = before[-MAX_UNIT:]
    joined = np.concatenate([context, codes[: depth.size + MAX_UNIT * N_INDEL_COLUMNS]])
    by_count = np.zeros((MAX_UNIT, N_INDEL_COLUMNS), np.int64)
    tract_chances(joined, context.size, depth, by_count)
    chances = np.zeros((N_INDEL_KINDS, N_INDEL_COLUMNS), np.int64)
    chances[BASE : BASE + 2] = by_count[0]
    chances[UNIT : UNIT + 2] = by_count[1:].sum(axis=0)
    chances[UNITS : UNITS + 2, 2:] = by_count.sum(axis=0)[2:]
    n_reads = int(depth.sum(dtype=np.int64))
    chances[BASE + 1, 0] = 3 * n_reads  # any base but the one that follows
    chances[OTHER_INDEL : OTHER_INDEL + 2] = n_reads
    return chances


def expected_error() -> np.ndarray:
    """What is expected before any read is seen, (kinds, columns)."""
    # METHOD: slippage grows by a factor with each unit; indels outside repeats are rare. These weigh half an event each, so
    # a sample's own counts soon outweigh them.
    growth = np.minimum(_SLIPS * _GROWTH ** np.maximum(np.arange(N_INDEL_COLUMNS) - 3, 0), 0.1)
    table = np.empty((N_INDEL_KINDS, N_INDEL_COLUMNS))
    table[BASE : UNIT + 2], table[UNITS : UNITS + 2], table[OTHER_INDEL:] = growth, growth / 10, 1e-6
    return table


def measured_error(shown: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Chance that a read shows a certain indel by error, (kinds, columns)."""
    return np.asarray(np.clip((shown + 0.5) / (chances + 0.5 / expected_error()), 1e-7, 0.3))
