"""Reads that lie where they were drawn, as BAM records in one array; and BAMs written from records, quickly."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import deflate
import numpy as np
import pysam

from oncopipe.io.output import whole_file
from oncopipe.simulation.families import Families
from oncopipe.simulation.sequencing import Reads

NAME_DIGITS = 9
_PAIRED, _REVERSE, _MATE_REVERSE, _READ_1, _READ_2 = 1 | 2, 16, 32, 64, 128
DUPLICATE = 1024
_NIBBLE = np.array([1, 2, 4, 8, 15], np.uint8)  # A C G T N, as BAM packs them
_BLOCK = 65_280
_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def record_type(length: int, group: str, barcode: int = 0, family: int = 0) -> np.dtype:
    """A record of `length` matched bases with NM, MC and RG (SAMv1, section 4.2), as it lies in a BAM.

    barcode, family: characters of RX and MI, which are there when these are not 0.
    """
    sizes = {"rx": barcode, "mi": family}
    barcodes = [
        column
        for name, size in sizes.items()
        if size
        for column in ((f"{name}_tag", "S3"), (name, f"S{size}"), (f"{name}_end", "u1"))
    ]
    return np.dtype([
        ("size", "<i4"), ("contig", "<i4"), ("position", "<i4"), ("name_size", "u1"), ("mapping", "u1"), ("bin", "<u2"),
        ("n_cigar", "<u2"), ("flag", "<u2"), ("length", "<i4"), ("next_contig", "<i4"), ("next_position", "<i4"),
        ("template", "<i4"), ("name", "u1", (NAME_DIGITS + 1,)), ("cigar", "<u4"), ("bases", "u1", ((length + 1) // 2,)),
        ("quality", "u1", (length,)), ("nm_tag", "S3"), ("nm", "u1"), ("mc_tag", "S3"), ("mc", f"S{len(str(length)) + 2}"),
        ("rg_tag", "S3"), ("rg", f"S{len(group) + 1}"), *barcodes,
    ])  # fmt: skip


def placed_records(
    families: Families, reads: Reads, numbers: np.ndarray, contig: int, codes: np.ndarray, group: str
) -> np.ndarray:
    """Two records a molecule, left reads first, not yet sorted. numbers: (molecules,) int64, told as names."""
    molecules, length = families.molecules, reads.left.shape[1]
    tags = [values.itemsize for values in families.barcodes]
    dtype = record_type(length, group, *tags)
    made = []
    for is_right in (False, True):
        bases, quality = (reads.right, reads.right_quality) if is_right else (reads.left, reads.left_quality)
        here, there = (reads.right_start, molecules.start) if is_right else (molecules.start, reads.right_start)
        records = np.zeros(len(molecules), dtype)
        records["size"] = records.dtype.itemsize - 4
        records["contig"] = records["next_contig"] = contig
        records["position"], records["next_position"] = here, there
        records["name_size"], records["mapping"], records["n_cigar"] = NAME_DIGITS + 1, 60, 1
        records["bin"] = _bins(here, here + length)
        is_first = molecules.is_forward != is_right
        records["flag"] = (
            _PAIRED + (_REVERSE if is_right else _MATE_REVERSE) + np.where(is_first, _READ_1, _READ_2)
            + np.where(families.is_copy, DUPLICATE, 0)
        )  # fmt: skip
        records["length"], records["cigar"] = length, length << 4
        span = molecules.end - molecules.start
        records["template"] = -span if is_right else span
        powers = 10 ** np.arange(NAME_DIGITS - 1, -1, -1)
        records["name"][:, :NAME_DIGITS] = numbers[:, None] // powers % 10 + ord("0")
        nibbles = _NIBBLE[bases]
        if length % 2:
            nibbles = np.pad(nibbles, ((0, 0), (0, 1)))
        records["bases"] = nibbles[:, ::2] << 4 | nibbles[:, 1::2]
        records["quality"] = quality
        differs = bases != codes[here[:, None] + np.arange(length)]
        records["nm_tag"], records["nm"] = b"NMC", differs.sum(axis=1)
        records["mc_tag"], records["mc"] = b"MCZ", f"{length}M".encode()
        records["rg_tag"], records["rg"] = b"RGZ", group.encode()
        for tag, name, values in zip((b"RXZ", b"MIZ"), ("rx", "mi"), families.barcodes, strict=False):
            records[f"{name}_tag"], records[name] = tag, values
        made.append(records)
    return np.concatenate(made)


def _bins(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Bins of intervals (SAMv1, section 5.3)."""
    last = end - 1
    result = np.zeros(start.size, np.int64)
    for shift, offset in ((26, 1), (23, 9), (20, 73), (17, 585), (14, 4681)):
        result = np.where(start >> shift == last >> shift, offset + (start >> shift), result)
    return result


def raw_records(bam: Path) -> Iterator[tuple[tuple[int, int], bytes]]:
    """(contig, position) and bytes of each record of a BAM."""
    with pysam.BGZFile(str(bam), "rb", index=None) as file:
        file.read(4)
        (n,) = struct.unpack("<i", file.read(4))
        file.read(n)
        (n_contigs,) = struct.unpack("<i", file.read(4))
        for _ in range(n_contigs):
            (n,) = struct.unpack("<i", file.read(4))
            file.read(n + 4)
        while size := file.read(4):
            record = size + file.read(struct.unpack("<i", size)[0])
            yield struct.unpack("<ii", record[4:12]), record


def merged(placed: np.ndarray, aligned: list[tuple[tuple[int, int], bytes]]) -> Iterator[bytes]:
    """Bytes of sorted placed records and sorted aligned ones (contig, position, record), in one order."""
    keys = placed["contig"].astype(np.int64) << 32 | placed["position"]
    wanted = np.array([c << 32 | p for (c, p), _ in aligned], np.int64)
    cuts = np.searchsorted(keys, wanted, side="right")
    before = 0
    for cut, (_, record) in zip(cuts.tolist(), aligned, strict=True):
        if cut > before:
            yield placed[before:cut].tobytes()
            before = cut
        yield record
    for low in range(before, placed.size, 4096):
        yield placed[low : low + 4096].tobytes()


def write_bam(path: Path, header: pysam.AlignmentHeader, pieces: Iterable[bytes], threads: int) -> None:
    """A BAM of sorted raw records, and its index. Fast rather than small: level 1."""
    text = str(header).encode()
    first = [b"BAM\1", struct.pack("<i", len(text)), text, struct.pack("<i", header.nreferences)]
    for name, length in zip(header.references, header.lengths, strict=True):
        first += [struct.pack("<i", len(name) + 1), name.encode() + b"\0", struct.pack("<i", length)]
    with whole_file(path) as part, whole_file(f"{path}.bai") as index:
        with part.open("wb") as file, ThreadPoolExecutor(threads) as pool:
            for group in _groups(_blocks(chain([b"".join(first)], pieces)), 64 * threads):
                file.writelines(pool.map(_compressed, group))
            file.write(_EOF)
        pysam.samtools.index("-o", str(index), str(part), catch_stdout=False)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _BLOCK:
            yield bytes(waiting[:_BLOCK])
            del waiting[:_BLOCK]
    if waiting:
        yield bytes(waiting)


def _groups(blocks: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    for block in blocks:
        group.append(block)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _compressed(block: bytes) -> bytes:
    """One BGZF block (SAMv1, section 4.1)."""
    data = deflate.deflate_compress(block, 1)
    head = bytes.fromhex("1f8b08040000000000ff060042430200")
    return head + struct.pack("<H", len(data) + 25) + data + struct.pack("<II", deflate.crc32(block), len(block))
