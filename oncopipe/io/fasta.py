"""The reference genome: an indexed FASTA, plain or bgzipped, read by interval."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pysam

from oncopipe.constants import BASE_N, BASES
from oncopipe.errors import InputError, MissingInputError, OncoPipeError, ReferenceMismatchError

_CODES = bytes(BASES.index(chr(b).upper()) if chr(b).upper() in BASES else BASE_N for b in range(256))


@dataclass(frozen=True)
class Contigs:
    """The contigs (name -> length) of a reference that is not open."""

    path: Path
    lengths: dict[str, int]


class Reference:
    """Contigs by name, bases by 0-based half-open interval. Use as a context manager.

    One object serves one thread; open another for another thread.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = pysam.FastaFile(str(path))
        self.contigs: tuple[str, ...] = tuple(self._file.references)
        self.lengths: dict[str, int] = dict(zip(self.contigs, self._file.lengths, strict=True))

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Bases of `contig[start, end)` in upper case; the interval is clipped to the contig."""
        return self._file.fetch(contig, max(0, start), min(end, self.lengths[contig])).upper()

    def codes(self, contig: str, start: int, end: int) -> np.ndarray:
        """The same as uint8: A=0 C=1 G=2 T=3, anything else 4. Axes: (bases,)."""
        text = self._file.fetch(contig, max(0, start), min(end, self.lengths[contig]))
        return np.frombuffer(text.encode("ascii").translate(_CODES), dtype=np.uint8)

    def __enter__(self) -> Reference:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def unknown_codes(n: int) -> np.ndarray:
    """Codes of n bases that the reference does not have, of the type that `Reference.codes` gives (read-only)."""
    return np.frombuffer(bytes([BASE_N]) * n, np.uint8)


def open_reference(path: Path | str) -> Reference:
    """Open a FASTA; its `.fai` (and `.gzi`) is made when missing and the folder is writable.

    Raises: MissingInputError, InputError when it is no FASTA, plain gzip, or cannot be indexed.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the reference FASTA is missing", where=str(path), fix="check reference.fasta")
    try:
        return Reference(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"the reference cannot be read as an indexed FASTA ({error})",
            where=str(path),
            fix="compress with bgzip, not gzip, and run `samtools faidx` where you may write",
        ) from error


def check_contigs(reference: Reference | Contigs, contigs: dict[str, int], *, where: str) -> None:
    """Refuse contigs (name -> length) of another file that this reference does not have.

    Raises: ReferenceMismatchError naming the first contig and, when only "chr" differs, saying so.
    """
    shared = [name for name in contigs if reference.lengths.get(name) == contigs[name]]
    wrong_length = [
        name for name in contigs if name in reference.lengths and reference.lengths[name] != contigs[name]
    ]
    error: OncoPipeError | None = None
    if wrong_length:
        name = wrong_length[0]
        error = ReferenceMismatchError(
            f"contig {name} has {contigs[name]} bases here and {reference.lengths[name]} in the reference",
            where=f"{where} against {reference.path}",
            fix="use the FASTA that the reads were aligned to",
        )
    elif not shared and contigs:
        name = next(iter(contigs))
        other = name.removeprefix("chr") if name.startswith("chr") else f"chr{name}"
        hint = f" (the reference calls it {other})" if other in reference.lengths else ""
        error = ReferenceMismatchError(
            f"no contig is shared with the reference: {name} is not in it{hint}",
            where=f"{where} against {reference.path}",
            fix="use the FASTA that the reads were aligned to, with the same contig names",
        )
    if error is not None:
        raise error
