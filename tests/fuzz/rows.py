"""A record as a row of plain values, read by us and by htslib: the two must be equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pysam

from oncopipe.data.reads import ReadBatch

# contig, position, end, flag, mapping quality, template length, NM, mate's contig and position, name, CIGAR, bases,
# qualities
Row = tuple[int, int, int, int, int, int, int, int, int, bytes, tuple[tuple[int, int], ...], str, bytes]
_BASES = "=ACMGRSVTWYHKDBN"
_PAIRS = [_BASES[i >> 4] + _BASES[i & 15] for i in range(256)]


def rows_of_batch(batch: ReadBatch) -> Iterator[Row]:
    """What our reader says."""
    buffer = batch.buffer
    for row, c in enumerate(batch.columns.tolist()):
        name = bytes(buffer[c[15] + 36 : c[15] + 36 + int(buffer[c[15] + 12])]).split(b"\0")[0]
        words = buffer[c[10] : c[10] + 4 * c[11]].copy().view("<u4").tolist()
        cigar = tuple((word & 15, word >> 4) for word in words)
        packed = buffer[c[12] : c[12] + (c[13] + 1) // 2].tolist()
        bases = "".join([_PAIRS[byte] for byte in packed])[: c[13]]
        quality = buffer[c[14] : c[14] + c[13]].tobytes()
        quality = b"" if quality[:1] == b"\xff" else quality
        assert batch.position[row] == c[1]
        yield (*c[:5], c[7], c[8], c[5], c[6], name, cigar, bases, quality)


def rows_of_pysam(reads: Iterable[pysam.AlignedSegment]) -> Iterator[Row]:
    """What htslib says."""
    for read in reads:
        # The SAM specification counts an unmapped record, and one without a CIGAR, as one base long.
        end = read.reference_end if read.reference_end is not None else read.reference_start + 1
        yield (
            read.reference_id, read.reference_start, end, read.flag, read.mapping_quality, read.template_length,
            _mismatches(read), read.next_reference_id, read.next_reference_start, _name(read),
            tuple((int(op), n) for op, n in read.cigartuples or ()), read.query_sequence or "",
            bytes(read.query_qualities or b""),
        )  # fmt: skip


def _name(read: pysam.AlignedSegment) -> bytes:
    try:
        name: str = read.query_name or ""
        return name.encode("utf-8")
    except UnicodeDecodeError as error:
        return bytes(error.object)


def _mismatches(read: pysam.AlignedSegment) -> int:
    try:
        value = read.get_tag("NM")
    except (KeyError, OverflowError, UnicodeDecodeError):  # absent, or a character that pysam cannot show
        return -1
    return value if isinstance(value, int) else -1
