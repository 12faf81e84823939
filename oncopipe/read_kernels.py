# mypy: ignore-errors
# Numba types kernels; mypy cannot.
"""Words of a BAM record that every kernel over reads needs: a base, a CIGAR operation (SAMv1, section 4.2)."""

from __future__ import annotations

import numpy as np

from oncopipe.jit import kernel

# BAM's 4-bit base codes "=ACMGRSVTWYHKDBN" as A=0 C=1 G=2 T=3, anything else 4.
_CODE_OF_NIBBLE = np.array([4, 0, 1, 4, 2, 4, 4, 4, 3, 4, 4, 4, 4, 4, 4, 4], np.uint8)


@kernel
def base_code(buffer: np.ndarray, sequence: int, query: int) -> int:
    """The read's base at `query`: A=0 C=1 G=2 T=3, else 4."""
    packed = np.int64(buffer[sequence + (query >> 1)])
    return np.int64(_CODE_OF_NIBBLE[packed & 15 if query & 1 else packed >> 4])


@kernel
def cigar_word(buffer: np.ndarray, at: int) -> int:
    """The CIGAR operation at an offset: length << 4 | operation."""
    return (
        np.int64(buffer[at])
        | np.int64(buffer[at + 1]) << 8
        | np.int64(buffer[at + 2]) << 16
        | np.int64(buffer[at + 3]) << 24
    )
