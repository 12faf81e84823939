# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Inflate BGZF blocks from nopython code: libdeflate through its C symbols, CRC checked, bounds checked.

BGZF (SAMv1, section 4.1): gzip members of at most 64 KiB, each with its own size in the `BC` extra field.
"""

from __future__ import annotations

from pathlib import Path

import deflate
import llvmlite.binding
import numpy as np
from numba import types

from oncopipe.jit import kernel

# The wheel exports libdeflate's symbols. They must be known to LLVM before any kernel that calls them is
# loaded, also from the cache: an unresolved symbol would crash the process instead of raising. Where they are not
# exported, `bgzf` does without `inflate_blocks`, which is then never compiled.
_SYMBOLS = (
    "libdeflate_alloc_decompressor",
    "libdeflate_free_decompressor",
    "libdeflate_deflate_decompress",
    "libdeflate_crc32",
)


def _has_libdeflate() -> bool:
    """Whether the deflate package exports every symbol. Makes them known to LLVM."""
    for library in Path(deflate.__file__).parent.glob("_deflate*.so"):
        llvmlite.binding.load_library_permanently(str(library))
    return all(llvmlite.binding.address_of_symbol(symbol) is not None for symbol in _SYMBOLS)


HAS_LIBDEFLATE = _has_libdeflate()

_alloc = types.ExternalFunction("libdeflate_alloc_decompressor", types.intp())
_free = types.ExternalFunction("libdeflate_free_decompressor", types.void(types.intp))
_inflate = types.ExternalFunction(
    "libdeflate_deflate_decompress",
    types.int32(types.intp, types.uintp, types.uintp, types.uintp, types.uintp, types.uintp),
)
_crc32 = types.ExternalFunction("libdeflate_crc32", types.uint32(types.uint32, types.uintp, types.uintp))

OK, TRUNCATED, NOT_BGZF, BAD_DEFLATE, BAD_CRC = range(5)
MAX_BLOCK = 65536


@kernel
def _u16(data: np.ndarray, at: int) -> int:
    return np.int64(data[at]) | np.int64(data[at + 1]) << 8


@kernel
def _u32(data: np.ndarray, at: int) -> int:
    return _u16(data, at) | _u16(data, at + 2) << 16


@kernel
def block_size(data: np.ndarray, at: int) -> int:
    """Bytes of the block that starts at `at`, or minus a status. The BC subfield need not be the first."""
    if at + 18 > data.size:
        return -TRUNCATED
    if data[at] != 31 or data[at + 1] != 139 or data[at + 2] != 8 or data[at + 3] & 4 == 0:
        return -NOT_BGZF
    field = at + 12
    extra_end = field + _u16(data, at + 10)
    if extra_end > data.size:
        return -TRUNCATED
    while field + 4 <= extra_end:
        length = _u16(data, field + 2)
        if data[field] == 66 and data[field + 1] == 67 and length == 2 and field + 6 <= extra_end:
            size = _u16(data, field + 4) + 1
            if at + size > data.size:
                return -TRUNCATED
            # header with extra field, at least two bytes of deflate, CRC and size
            return size if at + size >= extra_end + 10 else -NOT_BGZF
        field += 4 + length
    return -NOT_BGZF


@kernel
def inflate_blocks(
    data: np.ndarray, at: int, max_blocks: int, out: np.ndarray, blocks: np.ndarray
) -> tuple[int, int, int, int]:
    """Inflate up to `max_blocks` blocks from file offset `at` into `out`.

    data: (file bytes,) uint8. out: (bytes,) uint8. blocks: (max_blocks, 2) int64, filled with the file offset
    and the offset in `out` of each block. Returns status, blocks done, next file offset, bytes written; stops
    before a block that might not fit.
    """
    n_blocks, n_out, status = 0, 0, OK
    actual = np.zeros(1, np.uint64)
    decompressor = _alloc()
    while n_blocks < max_blocks and at < data.size:
        size = block_size(data, at)
        if size < 0:
            status = -size
            break
        inflated = _u32(data, at + size - 4)
        if inflated > MAX_BLOCK:
            status = NOT_BGZF
            break
        if n_out + inflated > out.size:
            break
        start = at + 12 + _u16(data, at + 10)
        done = _inflate(
            decompressor,
            data.ctypes.data + np.uintp(start),
            np.uintp(at + size - 8 - start),
            out.ctypes.data + np.uintp(n_out),
            np.uintp(inflated),
            actual.ctypes.data,
        )
        if done != 0 or actual[0] != inflated:
            status = BAD_DEFLATE
            break
        if np.int64(_crc32(np.uint32(0), out.ctypes.data + np.uintp(n_out), np.uintp(inflated))) != _u32(
            data, at + size - 8
        ):
            status = BAD_CRC
            break
        blocks[n_blocks, 0], blocks[n_blocks, 1] = at, n_out
        n_blocks += 1
        n_out += inflated
        at += size
    _free(decompressor)
    return status, n_blocks, at, n_out
