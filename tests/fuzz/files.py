"""Changes of a BAM around its records: compressed bytes, block headers, the BAM header, the index."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable

import numpy as np

from tests.fuzz.bgzf import EOF_MARKER, wrap
from tests.fuzz.records import number
from tests.fuzz.seed import Seed

# BAM, index, suffix of the index, whether the index is to be made anew
Files = tuple[bytes, bytes, str, bool]
FileMutation = Callable[[Seed, np.random.Generator], Files]
FILE_MUTATIONS: dict[str, FileMutation] = {}


def mutation(name: str) -> Callable[[FileMutation], FileMutation]:
    """Put a mutation in the table under its name."""

    def put(function: FileMutation) -> FileMutation:
        FILE_MUTATIONS[name] = function
        return function

    return put


def _changed(data: bytes, rng: np.random.Generator, begin: int, end: int, most: int = 3) -> bytes:
    out = bytearray(data)
    for _ in range(int(rng.integers(1, most + 1))):
        at = int(rng.integers(begin, end))
        out[at] = (out[at] ^ 1 << int(rng.integers(8))) if rng.random() < 0.5 else int(rng.integers(256))
    return bytes(out)


@mutation("compressed: bytes")
def _flipped(seed: Seed, rng: np.random.Generator) -> Files:
    bam = seed.tumor.read_bytes()
    return _changed(bam, rng, 0, len(bam)), seed.bai, ".bai", False


@mutation("compressed: block header")
def _block_header(seed: Seed, rng: np.random.Generator) -> Files:
    bam = wrap(seed.inflated.raw, 4000)
    begins = [i for i in range(len(bam) - 4) if bam[i : i + 4] == b"\x1f\x8b\x08\x04"]
    begin = int(rng.choice(begins))
    return _changed(bam, rng, begin, min(begin + 18, len(bam))), seed.bai, ".bai", True


@mutation("compressed: block footer")
def _block_footer(seed: Seed, rng: np.random.Generator) -> Files:
    bam = wrap(seed.inflated.raw, 4000)
    begins = [i for i in range(1, len(bam) - 4) if bam[i : i + 4] == b"\x1f\x8b\x08\x04"]
    end = int(rng.choice(begins))
    return _changed(bam, rng, end - 8, end), seed.bai, ".bai", True


@mutation("compressed: cut short")
def _truncated(seed: Seed, rng: np.random.Generator) -> Files:
    bam = seed.tumor.read_bytes()
    bam = bam[: int(rng.integers(0, len(bam)))]
    return bam + (EOF_MARKER if rng.random() < 0.5 else b""), seed.bai, ".bai", False


@mutation("header: bytes")
def _header(seed: Seed, rng: np.random.Generator) -> Files:
    return wrap(_changed(seed.inflated.raw, rng, 0, seed.records[0])), seed.bai, ".bai", True


@mutation("header: a number")
def _header_number(seed: Seed, rng: np.random.Generator) -> Files:
    raw = bytearray(seed.inflated.raw)
    at = 8 + struct.unpack_from("<i", raw, 4)[0]
    places = [4, at]
    for _ in range(3):
        places += [at + 4, at + 8 + struct.unpack_from("<i", raw, at + 4)[0]]
        at = places[-1]
    place = int(rng.choice(places))
    raw[place : place + 4] = number(rng, 4, int.from_bytes(raw[place : place + 4], "little"))
    return wrap(bytes(raw)), seed.bai, ".bai", True


@mutation("index: BAI bytes")
def _bai(seed: Seed, rng: np.random.Generator) -> Files:
    return seed.tumor.read_bytes(), _changed(seed.bai, rng, 0, len(seed.bai)), ".bai", False


@mutation("index: BAI cut short")
def _bai_cut(seed: Seed, rng: np.random.Generator) -> Files:
    return seed.tumor.read_bytes(), seed.bai[: int(rng.integers(0, len(seed.bai)))], ".bai", False


@mutation("index: CSI bytes")
def _csi(seed: Seed, rng: np.random.Generator) -> Files:
    raw = gzip.decompress(seed.csi)
    return seed.tumor.read_bytes(), wrap(_changed(raw, rng, 0, len(raw))), ".csi", False


@mutation("index: CSI compressed bytes")
def _csi_flipped(seed: Seed, rng: np.random.Generator) -> Files:
    return seed.tumor.read_bytes(), _changed(seed.csi, rng, 0, len(seed.csi)), ".csi", False


@mutation("index: of another file")
def _foreign(seed: Seed, rng: np.random.Generator) -> Files:
    raw = seed.inflated.raw
    keep = seed.records[int(rng.integers(1, len(seed.records) - 1))]
    return wrap(raw[:keep], int(rng.integers(500, 60_000))), seed.bai, ".bai", False
