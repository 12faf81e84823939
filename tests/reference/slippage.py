"""The plain twin of `oncopipe.calling.slippage`: strings, one place after another."""

from __future__ import annotations

LAST = 16


def primitive(unit: str) -> bool:
    return not any(unit == unit[:n] * (len(unit) // n) for n in range(1, len(unit)) if len(unit) % n == 0)


def tract_at(genome: str, first: int, size: int) -> int:
    """Whole units of the maximal tract of `size`-base units that begins at `first`; 0 where none begins."""
    unit = genome[first : first + size]
    if len(unit) < size or "N" in unit or not primitive(unit):
        return 0
    n = 0
    while first + n < len(genome) and genome[first + n] == unit[n % size]:
        n += 1
    begins_earlier = first > 0 and size <= n and genome[first - 1] == genome[first - 1 + size]
    return 0 if begins_earlier else n // size


def chances(genome: str, start: int, end: int, depth: list[int]) -> list[list[int]]:
    """Reads that could show an indel, by kind and column, of the anchors in [start, end)."""
    table = [[0] * (LAST + 1) for _ in range(8)]
    for anchor in range(start, end):
        n = depth[anchor - start]
        table[1][0] += 3 * n
        for row in (6, 7):
            table[row] = [value + n for value in table[row]]
        for size in range(1, 7):
            units = tract_at(genome, anchor + 1, size)
            column = min(units, LAST)
            if size == 1 and units >= 1:
                table[0][column] += n
                table[1][column] += n
            if size > 1 and units >= 2:
                table[2][column] += n
                table[3][column] += n
            if units >= 2:
                table[4][column] += n
                table[5][column] += n
    return table
