"""What each read says of each long allele: the haplotype that explains all of its bases best, alleles competing."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from oncopipe.calling import gather_kernels as g
from oncopipe.calling import haplotype_kernels as h
from oncopipe.calling.long_alleles import DECIDES, LongAlleles, fit_reads
from oncopipe.constants import FLAG_MATE_UNMAPPED, FLAG_READ2, FLAG_REVERSE
from oncopipe.data.evidence import ALT, OTHER, REF
from oncopipe.pileup.difference_kernels import READ_LEAD, READ_TRAIL
from oncopipe.pileup.pileup import Pileup
from oncopipe.read_kernels import (
    CONTIG,
    END,
    FLAG,
    LENGTH,
    MAPPING_QUALITY,
    MATE_CONTIG,
    MATE_POSITION,
    NAME_HASH,
    POSITION,
    TEMPLATE_LENGTH,
)

# METHOD: a read that neither haplotype explains within one good mismatch in 40 bases (four in a short read) is of another.
_POOR, _POOR_A_BASE = 120, 1.0
# METHOD: penalties of two alleles that differ by less are equal: half a mismatch.
_EQUAL = 20
# Bases on either side of a place that a read must reach to pass it.
_MARGIN = 10
# Bases by which an aligner may place the end of a read too far.
_SLACK = 5
_SILENT = -1


def say(pileup: Pileup, alleles: LongAlleles, site_of: np.ndarray, min_base_quality: int) -> np.ndarray:
    """What reads say of long alleles, (reads, N_OBSERVATION_COLUMNS) int64 as `gather` writes.

    site_of: (alleles,) int64, the candidate that an allele is, -1 for alleles that only compete.
    """
    if len(alleles) == 0:
        return np.empty((0, g.N_OBSERVATION_COLUMNS), np.int64)
    fits = fit_reads(pileup, alleles, min_base_quality)
    said, is_weak = _said(pileup, alleles, fits)
    said = _competed(alleles, fits, said)
    site = site_of[fits[:, h.FIT_ALLELE]]
    speaks = (said != _SILENT) & (site >= 0)
    name = pileup.batch.columns[fits[:, h.FIT_READ], NAME_HASH]
    speaks &= ~(is_weak & _mate_knows(site, name, speaks & ~is_weak))
    speaks &= ~_shown_by_alternate(pileup, alleles, fits, said, speaks & is_weak, speaks)
    fits, said, site = fits[speaks], said[speaks], site[speaks]
    made = _observations(pileup, alleles, fits, said, site)
    inside = (said == ALT) & ~_leaves(pileup, alleles, fits)
    made[inside, g.O_START], made[inside, g.O_END] = alleles.edges[fits[inside, h.FIT_ALLELE]][:, [1, 0]].T
    return made


def _mate_knows(site: np.ndarray, name: np.ndarray, is_strong: np.ndarray) -> np.ndarray:
    """Whether the fragment of a read has a strong word at its site, (n,) bool."""
    strong = set(zip(site[is_strong].tolist(), name[is_strong].tolist(), strict=True))
    return np.array([key in strong for key in zip(site.tolist(), name.tolist(), strict=True)], bool)


def _shown_by_alternate(
    pileup: Pileup, alleles: LongAlleles, fits: np.ndarray, said: np.ndarray, is_weak: np.ndarray, speaks: np.ndarray
) -> np.ndarray:
    """Reads that cannot tell, as many as molecules with the allele are expected to give, (n,) bool.

    METHOD: a molecule with a duplication shows its beginning as the reference does: for each that is seen at the junction one
    more is expected that cannot tell, or a share of one where most reads at the beginning reach the junction too. So many are
    left out, those with the smallest name hashes; else an inherited duplication would stand at a third instead of a half.
    """
    columns, left_out = pileup.batch.columns, np.zeros(len(fits), bool)
    name = columns[fits[:, h.FIT_READ], NAME_HASH]
    for i in np.unique(fits[is_weak, h.FIT_ALLELE]).tolist():
        own = fits[:, h.FIT_ALLELE] == i
        change = int(alleles.matrix[i, h.HAP_ALTERNATE] - alleles.matrix[i, h.HAP_REFERENCE])
        having = own & speaks & (said == ALT)
        if change <= 0 or not having.any():
            continue
        share = min(1.0, change / float(columns[fits[having, h.FIT_READ], LENGTH].mean()))
        wanted = round(share * np.unique(name[having]).size)
        undecided = own & is_weak & (said == REF)
        left_out |= undecided & np.isin(name, np.unique(name[undecided])[:wanted])
    return left_out


def _leaves(pileup: Pileup, alleles: LongAlleles, fits: np.ndarray) -> np.ndarray:
    """Whether a read's fragment reaches beyond the segment that an allele doubles, (n,) bool; true of other alleles.

    METHOD: a molecule that closed into a circle before it was broken reads as a duplication of its own length, and its pieces
    have several ends. All of them lie inside the doubled segment; fragments of a true duplication reach out of it unless they
    are shorter. So fragments that do not are copies of one molecule.
    """
    columns, allele = pileup.batch.columns, fits[:, h.FIT_ALLELE]
    rows, mate = columns[fits[:, h.FIT_READ]], columns[fits[:, h.FIT_READ], MATE_POSITION]
    first, last = alleles.edges[allele, 1] - _SLACK, alleles.edges[allele, 0] + _SLACK
    change = alleles.matrix[allele, h.HAP_ALTERNATE] - alleles.matrix[allele, h.HAP_REFERENCE]
    begin = fits[:, h.FIT_ALTERNATE_START]
    leaves = (begin < first) | (begin + rows[:, LENGTH] > last + change) | (last - first < change)
    has_mate = (rows[:, MATE_CONTIG] == rows[:, CONTIG]) & (rows[:, FLAG] & FLAG_MATE_UNMAPPED == 0)
    leaves |= has_mate & ((mate < first) | (mate >= last))
    for i in np.flatnonzero(~leaves & has_mate).tolist():
        at, end = np.searchsorted(columns[:, POSITION], [mate[i], mate[i] + 1])
        same = columns[at:end][columns[at:end, NAME_HASH] == rows[i, NAME_HASH]]
        leaves[i] = bool((same[:, END] > last[i]).any())
    return np.asarray(leaves)


def _said(pileup: Pileup, alleles: LongAlleles, fits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """REF, ALT, OTHER or nothing by each read of each allele, (n,); and whether that is weak, (n,) bool.

    METHOD: of reads that lack the allele only those that pass its anchor speak, as of reads that have it only those do that
    pass its junction: so fractions are of chances to see either. Reads that begin before a tandem duplication and end in its
    first copy look the same with and without it. They count for the reference, weakly (a mate that can tell is believed), since
    those long enough to lack the second copy are few, and a fraction of them alone would be far too high.
    """
    reference, alternate = fits[:, h.FIT_REFERENCE], fits[:, h.FIT_ALTERNATE]
    allele, length = fits[:, h.FIT_ALLELE], pileup.batch.columns[fits[:, h.FIT_READ], LENGTH]
    start, anchor = fits[:, h.FIT_REFERENCE_START], alleles.position[allele]
    gain, best = reference - alternate, np.minimum(reference, alternate)
    explained = best <= np.maximum(_POOR, _POOR_A_BASE * length)
    change = alleles.matrix[allele, h.HAP_ALTERNATE] - alleles.matrix[allele, h.HAP_REFERENCE]
    copied = alleles.edges[allele, 0] - anchor  # bases behind the anchor that both haplotypes have
    passes = (start <= anchor + 1 - _MARGIN) & (start + length >= anchor + 1 + _MARGIN)
    undecided = (np.abs(gain) < DECIDES) & passes & (change > 0) & (copied <= change + _MARGIN)
    odd = ~explained & (_depth_in_read(alleles, fits, length, start, 0) >= _MARGIN)
    said = np.full(len(fits), _SILENT)
    said[explained & (gain <= -DECIDES) & (start <= anchor)] = REF
    said[explained & undecided] = REF
    said[explained & (gain >= DECIDES)] = ALT
    said[odd] = OTHER
    return said, undecided | odd


def _depth_in_read(
    alleles: LongAlleles, fits: np.ndarray, length: np.ndarray, start: np.ndarray, on: int
) -> np.ndarray:
    """Bases between the nearer end of a read and the edge of the allele that lies deepest in it. on: 0 reference, 2 alternate."""
    edges = alleles.edges[fits[:, h.FIT_ALLELE]][:, on : on + 2] - start[:, None]
    return np.asarray(np.minimum(edges, length[:, None] - edges).max(axis=1))


def _competed(alleles: LongAlleles, fits: np.ndarray, said: np.ndarray) -> np.ndarray:
    """The same, a read speaking for one of several overlapping alleles only.

    METHOD: haplotypes compete. A read that another allele explains better has that one. Where both do as well, it goes to
    the allele by which all tumor reads together are better explained, and is silent of the other.
    """
    said = said.copy()
    order = np.lexsort([fits[:, h.FIT_ALLELE], fits[:, h.FIT_READ]])
    for _, group in groupby(order.tolist(), key=lambda row: int(fits[row, h.FIT_READ])):
        rows = list(group)
        having = [row for row in rows if said[row] == ALT]
        if len(rows) == 1 or not having:
            continue
        verdict = {row: _against(alleles, fits, row, [o for o in having if o != row]) for row in rows}
        for row, is_lost in verdict.items():
            if said[row] == ALT:
                said[row] = {0: ALT, 1: _SILENT, 2: OTHER}[is_lost]
            elif said[row] == REF and is_lost:
                said[row] = OTHER
    return said


def _against(alleles: LongAlleles, fits: np.ndarray, row: int, others: list[int]) -> int:
    """How one allele fares against others that a read shows: 0 well, 1 no better than a stronger one, 2 worse."""
    own, worst = int(fits[row, h.FIT_ALLELE]), 0
    for other in others:
        rival = int(fits[other, h.FIT_ALLELE])
        if not _overlap(alleles, own, rival):
            continue
        ahead = int(fits[row, h.FIT_ALTERNATE] - fits[other, h.FIT_ALTERNATE])
        if ahead > _EQUAL:
            return 2
        stronger = (alleles.strength[rival], own) > (alleles.strength[own], rival)
        if ahead >= -_EQUAL and stronger:
            worst = 1
    return worst


def _overlap(alleles: LongAlleles, one: int, other: int) -> bool:
    begin, size = alleles.position, alleles.matrix[:, [h.HAP_REFERENCE, h.HAP_ALTERNATE]].max(axis=1)
    return bool(
        begin[one] <= begin[other] + size[other] + _MARGIN and begin[other] <= begin[one] + size[one] + _MARGIN
    )


def _observations(
    pileup: Pileup, alleles: LongAlleles, fits: np.ndarray, said: np.ndarray, site: np.ndarray
) -> np.ndarray:
    columns, rows = pileup.batch.columns[fits[:, h.FIT_READ]], fits[:, h.FIT_READ]
    lead, trail = (pileup.reads[rows, k].astype(np.int64) for k in (READ_LEAD, READ_TRAIL))
    made = np.zeros((len(fits), g.N_OBSERVATION_COLUMNS), np.int64)
    made[:, g.O_CANDIDATE], made[:, g.O_ALLELE], made[:, g.O_QUALITY] = site, said, fits[:, h.FIT_QUALITY]
    made[:, g.O_MAPPING_QUALITY] = columns[:, MAPPING_QUALITY]
    is_reverse = columns[:, FLAG] & FLAG_REVERSE != 0
    made[:, g.O_REVERSE], made[:, g.O_READ2] = is_reverse, columns[:, FLAG] & FLAG_READ2 != 0
    on_ref = _depth_in_read(alleles, fits, columns[:, LENGTH], fits[:, h.FIT_REFERENCE_START], 0)
    on_alt = _depth_in_read(alleles, fits, columns[:, LENGTH], fits[:, h.FIT_ALTERNATE_START], 2)
    made[:, g.O_END_DISTANCE] = np.maximum(np.where(said == ALT, on_alt, on_ref), 0)
    mismatches = (fits[:, k] for k in (h.FIT_ALTERNATE_MISMATCHES, h.FIT_REFERENCE_MISMATCHES))
    made[:, g.O_MISMATCHES] = np.where(said == ALT, *mismatches)
    made[:, g.O_CLIPPED] = lead + trail
    begin, end, span = columns[:, POSITION] - lead, columns[:, END] + trail, columns[:, TEMPLATE_LENGTH]
    made[:, g.O_START] = np.where(is_reverse & (span < 0), columns[:, END] + span, begin)
    made[:, g.O_END] = np.where(~is_reverse & (span > 0), columns[:, POSITION] + span, end)
    made[:, g.O_NAME], made[:, g.O_ORDER] = columns[:, NAME_HASH], rows
    return made
