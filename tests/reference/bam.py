"""Plain twins of the kernels that walk BAM records, BGZF blocks and indexes: struct and lists (SAMv1, sections 4, 5)."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from oncopipe.io import bam_kernels as k

_FORMATS = {"A": "c", "c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "f": "f"}


def find_records(raw: bytes, n: int, at: int) -> tuple[int, list[int], int]:
    """Status, offsets of whole records, offset behind the last."""
    offsets: list[int] = []
    while at + 4 <= n:
        (size,) = struct.unpack_from("<I", raw, at)
        if not k.MIN_RECORD <= size <= k.MAX_RECORD:
            return k.BAD_BLOCK_SIZE, offsets, at
        if at + 4 + size > n:
            break
        name, n_cigar, length = raw[at + 12], *struct.unpack_from("<HxxI", raw, at + 16)
        needed = 32 + name + 4 * n_cigar + (length + 1) // 2 + length
        if name == 0 or length > k.MAX_RECORD or needed > size or raw[at + 35 + name] != 0:
            return k.BAD_FIELDS, offsets, at
        offsets.append(at)
        at += 4 + size
    return k.OK, offsets, at


def tags(raw: bytes, at: int, end: int) -> list[tuple[str, str, Any, int]] | None:
    """Name, type, value and the value's place of each tag; None when they are malformed."""
    found: list[tuple[str, str, Any, int]] = []
    while at < end:
        if at + 3 > end:
            return None
        name, kind = raw[at : at + 2].decode("latin1"), chr(raw[at + 2])
        at += 3
        if kind in _FORMATS:
            size = struct.calcsize(_FORMATS[kind])
            if at + size > end:
                return None
            found.append((name, kind, struct.unpack_from("<" + _FORMATS[kind], raw, at)[0], at))
        elif kind == "B":
            if at + 5 > end:
                return None
            of, count = chr(raw[at]), struct.unpack_from("<I", raw, at + 1)[0]
            if of not in _FORMATS or of == "A":
                return None
            size = 5 + struct.calcsize(_FORMATS[of]) * count
            if at + size > end:
                return None
            found.append((name, "B" + of, count, at + 5))
        elif kind in "ZH":
            zero = raw.find(0, at, end)
            if zero < 0:
                return None
            size = zero + 1 - at
            found.append((name, kind, raw[at:zero], at))
        else:
            return None
        at += size
    return found


def scan_aux(raw: bytes, at: int, end: int) -> tuple[bool, int, int, int]:
    """Whether tags are well formed; when they are, NM and the place and length of CG."""
    found = tags(raw, at, end)
    if found is None:
        return False, 0, 0, 0
    kind, value = next(((t, v) for n, t, v, _ in found if n == "NM"), ("", -1))
    cg_kind, place, count = next(((t, place, count) for n, t, count, place in found if n == "CG"), ("", -1, 0))
    return True, value if kind in tuple("cCsSiI") else -1, *((place, count) if cg_kind in ("BI", "Bi") else (-1, 0))


def cigar(raw: bytes, at: int, n: int) -> list[tuple[int, int]]:
    return [(word & 15, word >> 4) for (word,) in struct.iter_unpack("<I", raw[at : at + 4 * n])]


def cigar_spans(raw: bytes, at: int, n: int) -> tuple[int, int]:
    """Bases on the reference and in the read; -1 for what no CIGAR holds."""
    words = cigar(raw, at, n)
    if any(op > 8 or (length == 0 and op in (1, 2)) for op, length in words):
        return -1, -1
    return sum(x for op, x in words if op in (0, 2, 3, 7, 8)), sum(x for op, x in words if op in (0, 1, 4, 7, 8))


def name_hash(name: bytes) -> int:
    """The hash of a name, as int64: the words of eight bytes, or the bytes of a short name, mixed in turn."""
    mask, prime = (1 << 64) - 1, 1099511628211
    value, n = 14695981039346656037 ^ len(name), len(name)
    words = [int.from_bytes(name[i : i + 8], "little") for i in range(0, n - 7, 8)]
    for word in words:
        value = (value ^ word) * prime & mask
        value ^= value >> 32
    rest = [int.from_bytes(name[-8:], "little")] if n > 8 and n % 8 else []
    for word in rest if words else name:
        value = (value ^ word) * prime & mask
    value = (value ^ value >> 29) * 0x9E3779B97F4A7C15 & mask
    value ^= value >> 32
    return value - (1 << 64) if value >> 63 else value


def row(raw: bytes, at: int, lengths: list[int], *, with_tags: bool) -> list[int] | int:
    """The columns of one record, or the status that says what is wrong with it. Without tags NM is absent."""
    size, ref, position, l_name, quality, _, n_cigar, flag, length, mate, mate_position, template = (
        struct.unpack_from("<IiiBBHHHIiii", raw, at)
    )
    if not (-1 <= ref < len(lengths) and -1 <= mate < len(lengths) and position >= -1):
        return k.BAD_PLACE
    words = at + 36 + l_name
    bases = words + 4 * n_cigar
    qualities = bases + (length + 1) // 2
    is_long = n_cigar > 0 and cigar(raw, words, 1) == [(4, length)] and ref >= 0 and position >= 0
    good, mismatches, cg, count = scan_aux(raw, qualities + length, at + 4 + size)
    if not good and (with_tags or is_long):
        return k.BAD_AUX
    if is_long and count >= n_cigar:
        words, n_cigar = cg, count
    if not (with_tags or is_long):
        mismatches = -1
    on_reference, in_read = cigar_spans(raw, words, n_cigar)
    if on_reference < 0 or (n_cigar > 0 and length > 0 and in_read != length):
        return k.BAD_CIGAR
    end = position + (1 if flag & 4 else max(on_reference, 1))
    if ref >= 0 and not flag & 4 and (position < 0 or end > lengths[ref]):
        return k.BAD_PLACE
    hashed = name_hash(raw[at + 36 : at + 35 + l_name])
    return [ref, position, end, flag, quality, mate, mate_position, template, mismatches, hashed, words, n_cigar,
            bases, length, qualities, at]  # fmt: skip


def fill_columns(
    raw: bytes, offsets: list[int], lengths: list[int], bounds: tuple[int, int, int, int]
) -> tuple[int, list[list[int]]]:
    """Status and rows of the records that overlap an interval; contig -2 keeps all."""
    contig, start, stop, with_tags = bounds
    rows: list[list[int]] = []
    places = [struct.unpack_from("<ii", raw, at + 4) for at in offsets]
    order = [(ref if ref >= 0 else 1 << 40, position) for ref, position in places]
    for i, at in enumerate(offsets):
        ref, position = places[i]
        if contig != -2 and -1 <= ref < len(lengths) and position >= -1:
            if i and order[i] < order[i - 1]:
                return k.UNSORTED, rows
            if order[i] >= (contig, stop):
                return (k.UNSORTED if order[i:] != sorted(order[i:]) else k.OK), rows
            if ref != contig and -1 <= struct.unpack_from("<i", raw, at + 24)[0] < len(lengths):
                continue
        made = row(raw, at, lengths, with_tags=bool(with_tags))
        if isinstance(made, int):
            return made, rows
        if contig == -2 or made[2] > start:
            rows.append(made)
    return k.OK, rows


def inflate(compressed: bytes, at: int) -> bytes:
    """The bytes of the block at `at`. Raises: zlib.error, struct.error."""
    extra = struct.unpack_from("<H", compressed, at + 10)[0]
    return zlib.decompress(compressed[at + 12 + extra :], -15)


def bai(raw: bytes) -> list[tuple[dict[int, list[tuple[int, int]]], list[int]]]:
    """Chunks by bin, and the linear index, of each contig."""
    made = []
    at = 8
    for _ in range(struct.unpack_from("<I", raw, 4)[0]):
        bins: dict[int, list[tuple[int, int]]] = {}
        (n_bins,) = struct.unpack_from("<I", raw, at)
        at += 4
        for _ in range(n_bins):
            number, n_chunks = struct.unpack_from("<II", raw, at)
            bins[number] = list(struct.iter_unpack("<QQ", raw[at + 8 : at + 8 + 16 * n_chunks]))
            at += 8 + 16 * n_chunks
        (n_windows,) = struct.unpack_from("<I", raw, at)
        made.append((bins, [v for (v,) in struct.iter_unpack("<Q", raw[at + 4 : at + 4 + 8 * n_windows])]))
        at += 4 + 8 * n_windows
    return made


def bins_over(position: int) -> list[int]:
    """Bins that hold records over a base (SAMv1, section 5.3)."""
    return [0, *(t + (position >> s) for s, t in ((26, 1), (23, 9), (20, 73), (17, 585), (14, 4681)))]
