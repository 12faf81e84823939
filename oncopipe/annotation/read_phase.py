"""Whether neighboring alleles lie on the same molecules, seen in the reads of the tumor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pysam

from oncopipe.annotation.alleles import Change
from oncopipe.errors import InputError, MissingInputError

# METHOD: two substitutions are of one haplotype when at least three fragments carry both, and at least four of five
# that show both places and carry one of them carry the other too. Errors of sequencing and a second clone leave the
# rest; two alleles on different haplotypes, or in different cells, share no fragment at all.
_LEAST_FRAGMENTS, _LEAST_SHARE = 3, 0.8
_LEAST_BASE_QUALITY = 10
_UNUSED = pysam.FUNMAP | pysam.FSECONDARY | pysam.FQCFAIL | pysam.FDUP | pysam.FSUPPLEMENTARY


class ReadPhase:
    """The tumor's BAM or CRAM, with its index. Use as a context manager."""

    def __init__(self, path: Path | str, reference: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise MissingInputError("the reads of the tumor are missing", where=str(path), fix="check --tumor-bam")
        try:
            self._file = pysam.AlignmentFile(str(path), reference_filename=str(reference))
            self._file.check_index()
        except (OSError, ValueError, AttributeError) as error:
            raise InputError(
                f"the reads of the tumor, or their index, cannot be read ({error})", where=str(path),
                fix="give a sorted BAM or CRAM with its index (`samtools index`)",
            ) from error  # fmt: skip

    def __enter__(self) -> ReadPhase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def are_together(self, first: Change, second: Change) -> bool:
        """True when two substitutions of as many bases, side by side, lie on the same molecules.

        Raises: InputError when the file is damaged or lacks the contig.
        """
        n_both = n_one = 0
        for carries in self._fragments(first, second):
            n_both += all(carries)
            n_one += any(carries) and not all(carries)
        return n_both >= _LEAST_FRAGMENTS and n_both >= _LEAST_SHARE * (n_both + n_one)

    def _fragments(self, first: Change, second: Change) -> Iterator[tuple[bool, bool]]:
        """For each fragment that shows both places whether it carries each allele; the first of its reads speaks."""
        seen: set[str] = set()
        try:
            for read in self._file.fetch(first.contig, first.start, second.end):
                if read.flag & _UNUSED or read.query_name in seen:
                    continue
                bases = _bases(read, first.start, second.end)
                shown = [bases[c.start - first.start : c.end - first.start] for c in (first, second)]
                if "." not in "".join(shown):
                    seen.add(str(read.query_name))
                    yield shown[0] == first.inserted, shown[1] == second.inserted
        except (OSError, ValueError) as error:
            raise InputError(
                f"the reads of the tumor cannot be read at {first.contig}:{first.start + 1} ({error})",
                where=str(self.path),
                fix="give the reads that the calls were made from",
            ) from error


def _bases(read: pysam.AlignedSegment, start: int, end: int) -> str:
    """The read's bases at `[start, end)`, `.` where it has none or a poor one."""
    sequence, qualities = read.query_sequence or "", read.query_qualities
    found = ["."] * (end - start)
    for at, position in read.get_aligned_pairs(matches_only=True):
        if start <= position < end and (qualities is None or qualities[at] >= _LEAST_BASE_QUALITY):
            found[position - start] = sequence[at]
    return "".join(found)
