# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Words of a BAM record that every kernel over reads needs: a base, a CIGAR operation (SAMv1, section 4.2)."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from oncopipe.jit import kernel

# Columns of the record matrix (records, N_COLUMNS); `data.reads.ReadBatch` names them.
(CONTIG, POSITION, END, FLAG, MAPPING_QUALITY, MATE_CONTIG, MATE_POSITION, TEMPLATE_LENGTH) = range(8)
(N_MISMATCHES, NAME_HASH, CIGAR_OFFSET, N_CIGAR, SEQUENCE_OFFSET, LENGTH, QUALITY_OFFSET, OFFSET) = range(8, 16)
N_COLUMNS = 16

# BAM's 4-bit base codes "=ACMGRSVTWYHKDBN" as A=0 C=1 G=2 T=3, anything else 4.
CODE_OF_NIBBLE = np.array([4, 0, 1, 4, 2, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4], np.uint8)


@kernel
def base_code(buffer: np.ndarray, sequence: int, query: int) -> int:
    """The read's base at `query`: A=0 C=1 G=2 T=3, else 4."""
    packed = np.int64(buffer[sequence + (query >> 1)])
    return np.int64(CODE_OF_NIBBLE[packed & 15 if query & 1 else packed >> 4])


@kernel
def cigar_word(buffer: np.ndarray, at: int) -> int:
    """The CIGAR operation at an offset: length << 4 | operation."""
    return (
        np.int64(buffer[at])
        | np.int64(buffer[at + 1]) << 8
        | np.int64(buffer[at + 2]) << 16
        | np.int64(buffer[at + 3]) << 24
    )


def load_u64(data: np.ndarray, at: int) -> int:
    """Eight bytes of a uint8 array from `at` on as a little-endian word; the caller knows that they are there."""
    return np.uint64(int.from_bytes(bytes(data[int(at) : int(at) + 8]), "little"))


@intrinsic
def _load_u64(_context, data, at):
    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        word = builder.bitcast(builder.gep(array.data, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(word, align=1)

    return types.uint64(data, types.intp), generate


def trailing_zeros(word: int) -> int:
    """Zero bits below the lowest set bit of a word that is not zero."""
    return (int(word) & -int(word)).bit_length() - 1


@intrinsic
def _trailing_zeros(_context, word):
    def generate(_context, builder, _signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@overload(trailing_zeros, inline="always")
def _compiled_trailing_zeros(word):
    return lambda word: _trailing_zeros(word)


@overload(load_u64, inline="always")
def _compiled_load_u64(data, at):  # PERF: one unaligned load where eight byte loads would stand.
    return lambda data, at: _load_u64(data, np.intp(at))
