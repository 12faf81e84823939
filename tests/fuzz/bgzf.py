"""BGZF and BAI by hand, for files that htslib would not write."""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

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
