"""Families of reads: the copies of a molecule, unmarked by anything but their ends, or told apart by a molecular barcode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.simulation.molecules import Library, Molecules

# METHOD: errors that copies share. Of PCR: one made in cycle c stands in 2^-c of the copies of its strand, each cycle at this
# rate a base. Of damage before the first cycle: in all copies of one strand, by what the base of that strand was and what it
# is read as (oxidized guanine, deaminated cytosine, and a little of anything). Together of the order that duplex sequencing
# measures for simplex consensus (Kennedy et al. 2014, doi:10.1038/nprot.2014.170).
PCR_ERRORS, CYCLES = 5e-6, 4
STRAND_DAMAGE = {("G", "T"): 3e-5, ("C", "T"): 3e-5}
ANY_DAMAGE = 3e-6
# METHOD: copies of a molecule beyond its first (mean; of each strand in duplex libraries) scatter more than by chance, since
# molecules are not amplified alike: negative binomial of this size, so that a fifth of the families are single reads.
SIMPLEX_COPIES, DUPLEX_COPIES, SPREAD = 3.0, 2.0, 1.5
BARCODE = 6
BARCODE_ERRORS = 1e-3  # a base of the barcode, as the sequencer reads it; MI is what the grouping made of it


@dataclass(frozen=True)
class Families:
    """Molecules with their copies, one row a sequenced pair. is_copy: what a duplicate marker would mark.

    barcodes: values of RX and (if told) of MI, (n,) bytes each; empty without barcodes.
    """

    molecules: Molecules
    is_copy: np.ndarray  # (n,) bool
    barcodes: tuple[np.ndarray, ...] = ()


def families_of(
    rng: np.random.Generator, molecules: Molecules, library: Library, first_number: int, codes: np.ndarray
) -> Families:
    """Copies of each molecule as the library asks for them. first_number: of the first family. codes: of the contig."""
    n = len(molecules)
    if not library.barcodes:
        times = 1 + (rng.random(n) < library.copies).astype(np.int64)
        _, within = _expanded(times)
        return Families(repeated(molecules, times), within > 0)
    is_duplex = library.barcodes == "duplex"
    yields = rng.gamma(SPREAD, 1 / SPREAD, n)
    if is_duplex:
        strands = rng.poisson(DUPLEX_COPIES * yields[:, None], (n, 2))
        strands[strands.sum(axis=1) == 0, 0] = 1
    else:
        strands = np.stack([1 + rng.poisson(SIMPLEX_COPIES * yields), np.zeros(n, np.int64)], axis=1)
    times = strands.sum(axis=1)
    rows, within = _expanded(times)
    made = repeated(molecules, times)
    is_second = within >= strands[rows, 0]
    made.is_forward = made.is_forward ^ is_second
    _add_shared_errors(rng, made, 2 * rows + is_second, codes)
    barcode = _misread(rng, _barcodes(rng, n, is_duplex)[rows, is_second.astype(np.int64)])
    names = (_family_names(first_number + rows, is_second, is_duplex),) if library.barcodes != "rx" else ()
    return Families(made, np.zeros(rows.size, bool), (barcode, *names))


def _expanded(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The molecule of each row, and which copy of it the row is."""
    rows = np.repeat(np.arange(times.size), times)
    return rows, np.arange(rows.size) - (np.cumsum(times) - times)[rows]


def repeated(molecules: Molecules, times: np.ndarray) -> Molecules:
    """Each molecule `times` times over, copies side by side, with all that it carries."""
    rows, _ = _expanded(times)
    first = np.cumsum(times) - times
    old = molecules.substitutions
    of_old, within = _expanded(times[old[0]])
    substitutions = old[:, of_old]
    substitutions[0] = first[old[0, of_old]] + within
    replacements = {
        int(first[row]) + k: changes
        for row, changes in molecules.replacements.items()
        for k in range(int(times[row]))
    }
    return Molecules(
        molecules.start[rows], molecules.end[rows], molecules.source[rows], molecules.is_forward[rows], substitutions,
        replacements,
    )  # fmt: skip


def _add_shared_errors(rng: np.random.Generator, molecules: Molecules, strand: np.ndarray, codes: np.ndarray) -> None:
    """Errors shared by copies of one strand of a family. strand: (n,) of each copy; copies stand side by side."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(strand) != 0]))
    sizes = np.diff(np.concatenate([starts, [strand.size]]))
    found = [molecules.substitutions]
    draws: list[tuple[float, float, tuple[str, str] | None]] = [(ANY_DAMAGE, 1.0, None)]
    draws += [(PCR_ERRORS, 2.0**-c, None) for c in range(1, CYCLES + 1)]
    draws += [(rate, 1.0, change) for change, rate in STRAND_DAMAGE.items()]
    for rate, share, change in draws:
        first, position, code = _hits(rng, molecules, starts, rate, change, codes)
        n_carriers = rng.binomial(sizes[first], share)
        error, _ = _expanded(n_carriers)
        # Any of the copies may carry it: those from a random one on, around the family.
        turn = (rng.random(first.size) * sizes[first]).astype(np.int64)
        within = (turn[error] + _expanded(n_carriers)[1]) % sizes[first][error]
        found.append(np.stack([starts[first][error] + within, position[error], code[error]]))
    molecules.substitutions = np.concatenate(found, axis=1)


def _hits(
    rng: np.random.Generator,
    molecules: Molecules,
    starts: np.ndarray,
    rate: float,
    change: tuple[str, str] | None,
    codes: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strands that are hit, where and with which base. change: bases on the strand that is read; None: any."""
    span = (molecules.end - molecules.start)[starts]
    of = np.repeat(np.arange(starts.size), rng.poisson(rate * span))
    position = molecules.start[starts][of] + (rng.random(of.size) * span[of]).astype(np.int64)
    if change is None:
        return of, position, (codes[position] + rng.integers(1, 4, of.size)) % 4
    # Read 1 reads the strand: its base is the genome's in F1R2 and the complement's in F2R1 copies.
    old, new = ("ACGT".index(base) for base in change)
    forward = molecules.is_forward[starts][of]
    hit = codes[position] == np.where(forward, old, 3 - old)
    return of[hit], position[hit], np.where(forward, new, 3 - new)[hit]


def _misread(rng: np.random.Generator, barcodes: np.ndarray) -> np.ndarray:
    """Barcodes as the sequencer reads them, (n,) bytes."""
    letters = np.ascontiguousarray(barcodes).view(np.uint8).reshape(barcodes.size, -1).copy()
    row, column = np.nonzero((rng.random(letters.shape) < BARCODE_ERRORS) & (letters != ord("-")))
    bases = np.frombuffer(b"ACGT", np.uint8)
    letters[row, column] = bases[(np.searchsorted(bases, letters[row, column]) + rng.integers(1, 4, row.size)) % 4]
    return letters.view(barcodes.dtype)[:, 0]


def _barcodes(rng: np.random.Generator, n: int, is_duplex: bool) -> np.ndarray:
    """RX of both strands of each family, (n, 2) bytes; the second strand reads the two halves the other way round."""
    bases = np.frombuffer(b"ACGT", np.uint8)[rng.integers(0, 4, (n, 2, BARCODE))]
    halves = np.ascontiguousarray(bases).view(f"S{BARCODE}")[..., 0]
    if not is_duplex:
        return np.stack([halves[:, 0], halves[:, 0]], axis=1)
    one, two = (np.char.add(np.char.add(halves[:, i], b"-"), halves[:, 1 - i]) for i in (0, 1))
    return np.stack([one, two], axis=1)


def _family_names(numbers: np.ndarray, is_second: np.ndarray, is_duplex: bool) -> np.ndarray:
    """MI as fgbio writes it: a number, and in duplex families the strand."""
    digits = (numbers[:, None] // 10 ** np.arange(7, -1, -1) % 10 + ord("0")).astype(np.uint8)
    names = np.ascontiguousarray(digits).view("S8")[:, 0]
    return np.char.add(names, np.where(is_second, b"/B", b"/A")) if is_duplex else names
