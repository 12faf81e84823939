# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Clips of two sides laid over each other, so that what lies between them is read though no read holds all of it."""

from __future__ import annotations

import numpy as np

from oncopipe.constants import BASE_N
from oncopipe.jit import kernel
from oncopipe.read_kernels import LENGTH, QUALITY_OFFSET, SEQUENCE_OFFSET, base_code

# METHOD: so many bases must lie over each other: twenty random ones agree once in 10^12.
LEAST_OVERLAP = 20
# One mismatch is borne for each so many of them.
_BASES_PER_MISMATCH = 15
# A clip may begin so many bases too late on both sides, where the aligned part goes on by chance.
_TOO_FAR = 20


@kernel
def clip_bases(
    buffer: np.ndarray, columns: np.ndarray, clips: np.ndarray, is_left: bool, bases: np.ndarray, quality: np.ndarray
) -> None:
    """Write the bases of clips and their qualities, the base beside the aligned part first; N behind their ends.

    clips: (n, 3) int64, record, first base, number of bases. bases, quality: (n, longest) uint8.
    """
    for i in range(clips.shape[0]):
        row, first, n = clips[i, 0], clips[i, 1], clips[i, 2]
        for j in range(bases.shape[1]):
            bases[i, j], quality[i, j] = BASE_N, 0
            if j < n:
                query = first + n - 1 - j if is_left else first + j
                bases[i, j] = base_code(buffer, columns[row, SEQUENCE_OFFSET], query)
                quality[i, j] = buffer[columns[row, QUALITY_OFFSET] + query]


@kernel
def _beyond(x: int, joint: int, left: np.ndarray, codes: np.ndarray, place: int) -> int:
    """The base at x by what comes from the right: the reference from `joint` on, the clip (outermost base last) before it."""
    if x >= joint:
        at = place + x - joint
        return codes[at] if 0 <= at < codes.size else BASE_N
    back = joint - 1 - x
    return left[back] if back < left.size else BASE_N


@kernel
def join_clips(
    right: np.ndarray, left: np.ndarray, codes: np.ndarray, places: tuple[int, int], longest: int
) -> tuple[int, int]:
    """Where what follows the right clips' place begins again, counted from it, and the bases that lie over each other.

    right: clipped bases that follow the reference up to places[0]. left: clipped bases, from the last one backwards, that
    precede the reference from places[1] on. Both as codes. Zero overlap: they do not fit. Of several ways the one with the
    fewest mismatches counts, then that with the most bases.
    """
    best, best_overlap, least = 0, 0, 1 << 30
    for joint in range(-_TOO_FAR, min(longest, right.size + left.size - LEAST_OVERLAP) + 1):
        overlap, differ, x = 0, 0, min(0, joint - left.size)
        while x < right.size and differ <= 2 + overlap // _BASES_PER_MISMATCH:
            if x < 0:  # the reference of the left side against the clip of the right one
                at = places[0] + x
                one = codes[at] if 0 <= at < codes.size else BASE_N
                other = _beyond(x, joint, left, codes, places[1]) if x < joint else BASE_N
            else:
                one, other = right[x], _beyond(x, joint, left, codes, places[1])
            if one < BASE_N and other < BASE_N:
                overlap += 1
                differ += 1 if one != other else 0
            x += 1
        if overlap < LEAST_OVERLAP or differ > overlap // _BASES_PER_MISMATCH:
            continue
        if differ < least or (differ == least and overlap > best_overlap):
            best, best_overlap, least = joint, overlap, differ
    return best, best_overlap


@kernel
def find_partners(
    clip: np.ndarray, at: int, is_left: bool, others: tuple[np.ndarray, np.ndarray, np.ndarray], codes: np.ndarray,
    longest: int, fits: np.ndarray,
) -> None:  # fmt: skip
    """Mark the clips of the other side that one fits.

    clip: bases, that are cut off at codes[at]. others: bases (n, longest), numbers of bases and places of the others.
    """
    bases, sizes, places = others
    for i in range(bases.shape[0]):
        other = bases[i, : sizes[i]]
        if is_left:
            overlap = join_clips(other, clip, codes, (places[i], at), longest)[1]
        else:
            overlap = join_clips(clip, other, codes, (at, places[i]), longest)[1]
        fits[i] = overlap > 0


@kernel
def vote(buffer: np.ndarray, columns: np.ndarray, placed: np.ndarray, position: int, votes: np.ndarray) -> None:
    """Add the qualities of the bases that reads have for those of an alternate allele.

    placed: (n, 2) int64, record and where its first base lies on the haplotype. position: of the allele's first base.
    votes: (bases, 4) int64.
    """
    for i in range(placed.shape[0]):
        row = placed[i, 0]
        for k in range(votes.shape[0]):
            query = position + k - placed[i, 1]
            if 0 <= query < columns[row, LENGTH]:
                code = base_code(buffer, columns[row, SEQUENCE_OFFSET], query)
                if code < BASE_N:
                    votes[k, code] += np.int64(buffer[columns[row, QUALITY_OFFSET] + query])
