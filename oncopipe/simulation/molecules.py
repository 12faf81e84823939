"""Molecules of a tube: where they start and end, from which chromosome, what each carries that its chromosome does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.simulation.people import BASES, Paralogs
from oncopipe.simulation.reads import MadeVariant
from oncopipe.simulation.tracts import SHORTER, Tracts

# Rows of the stack of chromosomes that molecules are cut from.
HAPLOTYPE_A, HAPLOTYPE_B, PARALOG, STRANGER_A, STRANGER_B = range(5)
ANCHOR = 5  # a read shows a slip only with this many bases on both sides of the tract


@dataclass(frozen=True)
class Library:
    """How a tube was prepared and sequenced. depth: reads a base, copies not counted.

    damage: "", "oxog" or "ffpe". barcodes: "", "simplex" or "duplex" (RX and MI tags, families of copies), or
    "rx" (simplex without MI).
    """

    depth: float
    read: int = 150
    insert: tuple[float, float] = (350.0, 70.0)
    copies: float = 0.06  # share of molecules that were sequenced twice
    damage: str = ""
    barcodes: str = ""
    contamination: float = 0.0  # share of molecules that are a stranger's


@dataclass(frozen=True)
class Replacement:
    """The bases [start, end) of a molecule's chromosome, replaced."""

    start: int
    end: int
    inserted: np.ndarray


@dataclass
class Molecules:
    """One row a molecule, sorted by start.

    substitutions: (3, n) int64 of molecule, position and base code. replacements: by molecule.
    """

    start: np.ndarray  # (n,) int64
    end: np.ndarray  # (n,) int64
    source: np.ndarray  # (n,) int64, row of the stack
    is_forward: np.ndarray  # (n,) bool, read 1 is the left one (F1R2)
    substitutions: np.ndarray
    replacements: dict[int, list[Replacement]]

    def __len__(self) -> int:
        return len(self.start)


def draw_molecules(
    rng: np.random.Generator, window: tuple[int, int], codes: np.ndarray, paralogs: Paralogs | None, library: Library
) -> Molecules:
    """Molecules whose first base lies in a window, of known sequence only."""
    low, high = window
    n = int(rng.poisson(library.depth * (high - low) / (2 * library.read)))
    start = rng.integers(low, high, n)
    source = rng.integers(0, 2, n) + np.where(rng.random(n) < library.contamination, STRANGER_A, 0)
    end = start + _spans(rng, n, library)
    if paralogs is not None:
        more = [_paralog_molecules(rng, span, copies, window, library)
                for span, copies in zip(paralogs.spans, paralogs.copies, strict=True)
                if span[0] < high and span[1] > low]  # fmt: skip
        start = np.concatenate([start, *(m[0] for m in more)])
        end = np.concatenate([end, *(m[1] for m in more)])
        source = np.concatenate([source, np.full(start.size - n, PARALOG)])
    unknown = np.concatenate([[0], np.cumsum(codes[low : high + 2000] > 3)])
    known = end < codes.size
    known[known] = unknown[end[known] - low] == unknown[start[known] - low]
    start, end, source = start[known], end[known], source[known]
    order = np.argsort(start, kind="stable")
    is_forward = rng.random(start.size) < 0.5  # adapters ligate to either strand
    return Molecules(start[order], end[order], source[order], is_forward, np.empty((3, 0), np.int64), {})


def _spans(rng: np.random.Generator, n: int, library: Library) -> np.ndarray:
    mean, sd = library.insert
    return np.clip(rng.normal(mean, sd, n), library.read + 10, mean + 5 * sd).astype(np.int64)


def _paralog_molecules(
    rng: np.random.Generator, span: tuple[int, int], copies: float, window: tuple[int, int], library: Library
) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the molecules of a hidden copy that begin in the window and lie inside the copy."""
    low, high = max(span[0], window[0]), min(span[1], window[1])
    n = int(rng.poisson(library.depth * copies / 2 * (high - low) / (2 * library.read)))
    start = rng.integers(low, high, n)
    end = start + _spans(rng, n, library)
    return start[end <= span[1]], end[end <= span[1]]


def carry(
    rng: np.random.Generator,
    molecules: Molecules,
    variants: tuple[MadeVariant, ...],
    scale: float,
    first_row: int = 0,
) -> None:
    """Give each allele to its share of the molecules of its haplotype. first_row: of the person's two in the stack."""
    longest = int((molecules.end - molecules.start).max(initial=0))
    found = [molecules.substitutions]
    for v in variants:
        first, last = np.searchsorted(molecules.start, [v.position - longest, v.position + 1])
        share = v.fraction * scale if v.haplotype == 2 else 2 * v.fraction * scale
        there = slice(first, last)
        of_haplotype = molecules.source[there] - first_row
        is_own = (of_haplotype == 0) | (of_haplotype == 1) if v.haplotype == 2 else of_haplotype == v.haplotype
        spans = is_own & (molecules.end[there] > v.end)
        rows = first + np.flatnonzero(spans & (rng.random(last - first) < share))
        if len(v.reference) == len(v.alternate):
            code = np.full(rows.size, BASES.index(v.alternate))
            found.append(np.stack([rows, np.full(rows.size, v.position), code]))
            continue
        inserted = np.array([BASES.index(b) for b in v.alternate[1:]], np.uint8)
        _replace(molecules, rows, Replacement(v.position + 1, v.end, inserted))
    molecules.substitutions = np.concatenate(found, axis=1)


def _replace(molecules: Molecules, rows: np.ndarray, replacement: Replacement) -> None:
    for row in rows.tolist():
        molecules.replacements.setdefault(row, []).append(replacement)


def slip(rng: np.random.Generator, molecules: Molecules, codes: np.ndarray, tracts: Tracts) -> None:
    """Polymerase slippage: in some molecules a tract has lost or won one unit."""
    longest = int((molecules.end - molecules.start).max(initial=0))
    near = np.flatnonzero(
        (tracts.start > molecules.start.min(initial=0)) & (tracts.end < molecules.end.max(initial=0))
    )
    first = np.searchsorted(molecules.start, tracts.start[near] - longest)
    last = np.searchsorted(molecules.start, tracts.start[near] - ANCHOR)
    n_slips = rng.binomial(last - first, tracts.slip[near])
    tract = np.repeat(near, n_slips)
    row = np.repeat(first, n_slips) + (rng.random(tract.size) * np.repeat(last - first, n_slips)).astype(np.int64)
    # A molecule drawn twice for a tract slips once; one that does not span the tract shows nothing.
    pairs = np.unique(np.stack([tract, row]), axis=1)
    tract, row = pairs[:, molecules.end[pairs[1]] >= tracts.end[pairs[0]] + ANCHOR]
    is_shorter = rng.random(tract.size) < SHORTER
    for t, r, shorter in zip(tract.tolist(), row.tolist(), is_shorter.tolist(), strict=True):
        start, unit = int(tracts.start[t]), int(tracts.unit[t])
        inserted = codes[:0] if shorter else codes[start : start + unit]
        change = Replacement(start, start + (unit if shorter else 0), inserted)
        molecules.replacements.setdefault(r, []).append(change)


# METHOD: damage of one strand before ligation. Oxidized guanine reads as T: G>T in read 1, so on the genome G>T in F1R2 and
# C>A in F2R1 molecules, most in CCG (Costello et al. 2013, doi:10.1093/nar/gks1443). Deaminated cytosine (FFPE) reads as T:
# C>T in F1R2, G>A in F2R1, most in CpG. Both reads of a molecule show it, with good qualities. Values: rate at the worst
# context, share of that rate elsewhere.
_DAMAGE = {"oxog": (1e-2, 0.1), "ffpe": (4e-3, 0.25)}


def damage(rng: np.random.Generator, molecules: Molecules, codes: np.ndarray, kind: str) -> None:
    """Add the substitutions of oxidized (`oxog`) or deaminated (`ffpe`) bases."""
    rate, elsewhere = _DAMAGE[kind]
    span = molecules.end - molecules.start
    n = rng.poisson(rate * span)
    row = np.repeat(np.arange(len(molecules)), n)
    position = np.repeat(molecules.start, n) + (rng.random(row.size) * np.repeat(span, n)).astype(np.int64)
    old, before, after = codes[position], codes[position - 1], codes[np.minimum(position + 1, codes.size - 1)]
    forward = molecules.is_forward[row]
    c, g = BASES.index("C"), BASES.index("G")
    if kind == "oxog":
        is_hit, is_worst = np.where(forward, old == g, old == c), (before == c) & (after == g)
    else:
        is_hit, is_worst = np.where(forward, old == c, old == g), np.where(forward, after == g, before == c)
    new = np.where(forward, BASES.index("T"), BASES.index("A"))
    keep = is_hit & (is_worst | (rng.random(row.size) < elsewhere))
    made = np.stack([row[keep], position[keep], new[keep]])
    molecules.substitutions = np.concatenate([molecules.substitutions, made], axis=1)
