"""BGZF and BAI by hand, for files that htslib would not write."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BLOCK = 60_000
METADATA_BIN = 37450


def block(data: bytes, *, odd_extra: bool = False, level: int = 1) -> bytes:
    """One BGZF block with a right checksum; `odd_extra` puts a foreign subfield in front of BC."""
    deflater = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = deflater.compress(data) + deflater.flush()
    extra = (b"XY\x03\x00abc" if odd_extra else b"") + b"BC\x02\0"
    size = 12 + len(extra) + 2 + len(body) + 8
    head = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra) + 2) + extra
    return head + struct.pack("<H", size - 1) + body + struct.pack("<II", zlib.crc32(data), len(data))


@dataclass(frozen=True)
class Inflated:
    """A BGZF file's inflated bytes, and where each block begins in the file and in them."""

    raw: bytes
    files: tuple[int, ...]
    starts: tuple[int, ...]

    def offset(self, virtual: int) -> int:
        """Offset in `raw` of a virtual offset."""
        return self.starts[self.files.index(virtual >> 16)] + (virtual & 0xFFFF)

    def virtual(self, at: int) -> int:
        """Virtual offset of an offset in `raw`."""
        row = bisect_right(self.starts, at) - 1
        return self.files[row] << 16 | (at - self.starts[row])


def inflate(compressed: bytes) -> Inflated:
    """Every block of a BGZF file whose first subfield is BC."""
    at, raw, files, starts = 0, bytearray(), [], []
    while at < len(compressed):
        files.append(at)
        starts.append(len(raw))
        extra, size = struct.unpack_from("<H", compressed, at + 10)[0], _block_size(compressed, at)
        raw += zlib.decompress(compressed[at + 12 + extra : at + size - 8], -15)
        at += size
    return Inflated(bytes(raw), (*files, at), (*starts, len(raw)))


def _block_size(compressed: bytes, at: int) -> int:
    field, end = at + 12, at + 12 + struct.unpack_from("<H", compressed, at + 10)[0]
    while compressed[field : field + 2] != b"BC":
        field += 4 + struct.unpack_from("<H", compressed, field + 2)[0]
        assert field < end
    return int(struct.unpack_from("<H", compressed, field + 4)[0]) + 1


def wrap(raw: bytes, size: int = BLOCK, *, odd_extra: bool = False, level: int = 1) -> bytes:
    """A whole BGZF file of some inflated bytes."""
    blocks = [block(raw[i : i + size], odd_extra=odd_extra, level=level) for i in range(0, len(raw), size)]
    return b"".join(blocks) + EOF_MARKER


def moved_bai(bai: bytes, old: Inflated, new: Inflated, to: Callable[[int], int] = lambda at: at) -> bytes:
    """A BAI of the same records in other blocks; `to` says where an inflated offset went."""
    out = bytearray(bai)

    def move(at: int, n: int) -> None:
        for place in range(at, at + 8 * n, 8):
            virtual = struct.unpack_from("<Q", bai, place)[0]
            if virtual:
                struct.pack_into("<Q", out, place, new.virtual(to(old.offset(virtual))))

    at = 8
    for _ in range(struct.unpack_from("<I", bai, 4)[0]):
        n_bins, at = struct.unpack_from("<I", bai, at)[0], at + 4
        for _ in range(n_bins):
            number, n_chunks = struct.unpack_from("<II", bai, at)
            move(at + 8, 2 if number == METADATA_BIN else 2 * n_chunks)
            at += 8 + 16 * n_chunks
        n_windows = struct.unpack_from("<I", bai, at)[0]
        move(at + 4, n_windows)
        at += 4 + 8 * n_windows
    return bytes(out)


def record_offsets(raw: bytes) -> list[int]:
    """Where each record of a sound BAM begins in its inflated bytes; the end of all comes last."""
    at = 8 + struct.unpack_from("<i", raw, 4)[0]
    n_contigs, at = struct.unpack_from("<i", raw, at)[0], at + 4
    for _ in range(n_contigs):
        at += 8 + struct.unpack_from("<i", raw, at)[0]
    offsets = [at]
    while at < len(raw):
        at += 4 + struct.unpack_from("<i", raw, at)[0]
        offsets.append(at)
    return offsets


def fine_bai(inflated: Inflated, records: tuple[int, ...], n_contigs: int) -> bytes:
    """A BAI as the specification has it, without htslib's merging of small bins: every window counts."""
    chunks: list[dict[int, list[list[int]]]] = [{} for _ in range(n_contigs)]
    linear: list[dict[int, int]] = [{} for _ in range(n_contigs)]
    counts = [[0, 0] for _ in range(n_contigs)]
    unplaced = 0
    for at, behind in pairwise(records):
        contig, begin = struct.unpack_from("<ii", inflated.raw, at + 4)
        if contig < 0:
            unplaced += 1
            continue
        is_unmapped = struct.unpack_from("<H", inflated.raw, at + 18)[0] & 4
        end = begin + (1 if is_unmapped else _span(inflated.raw, at))
        low, high = inflated.virtual(at), inflated.virtual(behind)
        here = chunks[contig].setdefault(_bin(begin, end), [])
        if here and here[-1][1] == low:
            here[-1][1] = high
        else:
            here.append([low, high])
        for window in () if is_unmapped else range(begin >> 14, (end - 1 >> 14) + 1):
            linear[contig].setdefault(window, low)
        counts[contig][1 if is_unmapped else 0] += 1
    out = bytearray(b"BAI\x01" + struct.pack("<I", n_contigs))
    for bins, windows, (mapped, unmapped) in zip(chunks, linear, counts, strict=True):
        if bins:
            whole = [min(c[0][0] for c in bins.values()), max(c[-1][1] for c in bins.values())]
            bins = {**bins, METADATA_BIN: [whole, [mapped, unmapped]]}
        out += struct.pack("<I", len(bins))
        for number, here in sorted(bins.items()):
            out += struct.pack("<II", number, len(here)) + b"".join(struct.pack("<QQ", *chunk) for chunk in here)
        n_windows = max(windows, default=-1) + 1
        out += struct.pack("<I", n_windows) + b"".join(struct.pack("<Q", windows.get(w, 0)) for w in range(n_windows))
    return bytes(out + struct.pack("<Q", unplaced))


def _span(raw: bytes, at: int) -> int:
    """Bases on the reference; a CIGAR in the CG tag covers what stands for it in its place."""
    cigar, n = at + 36 + raw[at + 12], struct.unpack_from("<H", raw, at + 16)[0]
    words = struct.unpack_from(f"<{n}I", raw, cigar)
    return max(1, sum(word >> 4 for word in words if word & 15 in (0, 2, 3, 7, 8)))


def _bin(begin: int, end: int) -> int:
    """The smallest bin over an interval (SAMv1, section 5.3)."""
    for shift, first in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if begin >> shift == (end - 1) >> shift:
            return first + (begin >> shift)
    return 0
