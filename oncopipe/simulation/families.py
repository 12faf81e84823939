"""Families of reads: the copies of a molecule, unmarked by anything but their ends, or told apart by a molecular barcode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.simulation.molecules import Library, Molecules

# METHOD: an error of an early PCR cycle stands in a quarter to all of the copies of one strand; damage before the first cycle
# in all copies of one strand. Rates a base of a molecule, of the order that duplex sequencing measures for simplex
# consensus (Kennedy et al. 2014, doi:10.1038/nprot.2014.170).
PCR_ERRORS, STRAND_DAMAGE = 2e-5, 1e-5
SIMPLEX_COPIES, DUPLEX_COPIES = 3.0, 2.0  # mean copies beyond the first of a family; mean copies of each strand
BARCODE = 6


@dataclass(frozen=True)
class Families:
    """Molecules with their copies, one row a sequenced pair. is_copy: what a duplicate marker would mark.

    barcodes: values of RX and of MI, (n,) bytes each; empty without barcodes.
    """

    molecules: Molecules
    is_copy: np.ndarray  # (n,) bool
    barcodes: tuple[np.ndarray, ...] = ()


def families_of(rng: np.random.Generator, molecules: Molecules, library: Library, first_number: int) -> Families:
    """Copies of each molecule as the library asks for them. first_number: of the first family."""
    n = len(molecules)
    if not library.barcodes:
        times = 1 + (rng.random(n) < library.copies).astype(np.int64)
        _, within = _expanded(times)
        return Families(repeated(molecules, times), within > 0)
    is_duplex = library.barcodes == "duplex"
    if is_duplex:
        strands = rng.poisson(DUPLEX_COPIES, (n, 2))
        strands[strands.sum(axis=1) == 0, 0] = 1
    else:
        strands = np.stack([1 + rng.poisson(SIMPLEX_COPIES, n), np.zeros(n, np.int64)], axis=1)
    times = strands.sum(axis=1)
    rows, within = _expanded(times)
    made = repeated(molecules, times)
    is_second = within >= strands[rows, 0]
    made.is_forward = made.is_forward ^ is_second
    _add_pcr_errors(rng, made, rows, is_second)
    barcode = _barcodes(rng, n, is_duplex)[rows, is_second.astype(np.int64)]
    return Families(
        made, np.zeros(rows.size, bool), (barcode, _family_names(first_number + rows, is_second, is_duplex))
    )


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


def _add_pcr_errors(rng: np.random.Generator, molecules: Molecules, rows: np.ndarray, is_second: np.ndarray) -> None:
    """Errors shared by copies of one strand of a family."""
    strand = 2 * rows + is_second
    starts = np.flatnonzero(np.concatenate([[True], np.diff(strand) != 0]))
    sizes = np.diff(np.concatenate([starts, [strand.size]]))
    span = (molecules.end - molecules.start)[starts]
    found = [molecules.substitutions]
    for rate, least in ((PCR_ERRORS, 0.25), (STRAND_DAMAGE, 1.0)):
        n = rng.poisson(rate * span)
        of = np.repeat(np.arange(starts.size), n)
        position = molecules.start[starts][of] + (rng.random(of.size) * span[of]).astype(np.int64)
        code = rng.integers(0, 4, of.size)  # a quarter changes nothing
        n_carriers = np.maximum(1, np.rint(rng.uniform(least, 1.0, of.size) * sizes[of])).astype(np.int64)
        error, within = _expanded(n_carriers)
        found.append(np.stack([starts[of][error] + within, position[error], code[error]]))
    molecules.substitutions = np.concatenate(found, axis=1)


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
