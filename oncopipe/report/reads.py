"""Stacks of reads to coordinates. The templates draw them as inline SVG."""

from __future__ import annotations

from dataclasses import dataclass

from oncopipe.report.stacks import Stack, StackRead, indels_of, letters_of

LOW_QUALITY = 20
COLUMN, ROW, TOP = 9.0, 12.0, 15.0  # user units


@dataclass(frozen=True)
class Run:
    """Neighboring letters of one kind: `low` base quality, a `difference`, or plain."""

    x: float
    width: float
    letters: str
    kind: str


@dataclass(frozen=True)
class DrawnRead:
    """One read in user units. `gaps` are deletions, `bars` insertions with their bases."""

    y: float
    outline: str  # path, with an arrow where the read ends in sight
    has_alternate: bool
    runs: tuple[Run, ...]
    gaps: tuple[tuple[float, float], ...]
    bars: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Pileup:
    """A drawn stack."""

    role: str  # tumor or normal
    sample: str
    place: str
    width: float
    height: float
    site: tuple[float, float]  # x and width of the variant's columns
    reference: Run
    reads: tuple[DrawnRead, ...]
    n: int
    n_alternate: int

    @property
    def n_alternate_drawn(self) -> int:
        return sum(read.has_alternate for read in self.reads)


def draw(stacks: list[Stack]) -> dict[str, tuple[Pileup, ...]]:
    """The stacks of each variant, by its key."""
    drawn: dict[str, tuple[Pileup, ...]] = {}
    for stack in stacks:
        drawn[stack.variant] = (*drawn.get(stack.variant, ()), _pileup(stack))
    return drawn


def _pileup(stack: Stack) -> Pileup:
    width = COLUMN * len(stack.reference)
    return Pileup(
        role=stack.role,
        sample=stack.sample,
        place=stack.place,
        width=width,
        height=TOP + ROW * len(stack.reads) + 2,
        site=(COLUMN * (stack.site - stack.window_start), COLUMN * stack.span),
        reference=Run(0.0, width, stack.reference, "reference"),
        reads=tuple(_drawn(read, stack, TOP + ROW * row) for row, read in enumerate(stack.reads)),
        n=stack.n,
        n_alternate=stack.n_alternate,
    )


def _drawn(read: StackRead, stack: Stack, y: float) -> DrawnRead:
    start, stop = stack.window_start, stack.window_start + len(stack.reference)
    gaps, added = indels_of(read)
    return DrawnRead(
        y=y,
        outline=_outline(read, start, stop, y),
        has_alternate=read.has_alternate,
        runs=_runs(read, stack.reference, start, stop),
        gaps=tuple(
            (COLUMN * (max(a, start) - start), COLUMN * (min(b, stop) - start))
            for a, b in gaps
            if a < stop and b > start
        ),
        bars=tuple((COLUMN * (at - start), bases) for at, bases in added if start <= at <= stop),
    )


def _runs(read: StackRead, reference: str, start: int, stop: int) -> tuple[Run, ...]:
    """Letters as runs of one kind; a difference stands alone, low qualities are small letters."""
    runs: list[Run] = []
    last = -2
    for position, base, quality in letters_of(read):
        if not start <= position < stop:
            continue
        differs, is_low = base not in (reference[position - start], "="), quality < LOW_QUALITY
        letter = base.lower() if is_low else base
        kind = " ".join(name for name, holds in (("difference", differs), ("low", is_low)) if holds) or "plain"
        if runs and position == last + 1 and kind == runs[-1].kind and not differs:
            runs[-1] = Run(runs[-1].x, runs[-1].width + COLUMN, runs[-1].letters + letter, kind)
        else:
            runs.append(Run(COLUMN * (position - start), COLUMN, letter, kind))
        last = position
    return tuple(runs)


def _outline(read: StackRead, start: int, stop: int, y: float) -> str:
    left, right = COLUMN * (max(read.start, start) - start), COLUMN * (min(read.end, stop) - start)
    height = ROW - 2
    if read.is_reverse and read.start >= start:
        return f"M{right:g} {y:g}H{left:g}l-4 {height / 2:g} 4 {height / 2:g}H{right:g}z"
    if not read.is_reverse and read.end <= stop:
        return f"M{left:g} {y:g}H{right:g}l4 {height / 2:g}-4 {height / 2:g}H{left:g}z"
    return f"M{left:g} {y:g}H{right:g}v{height:g}H{left:g}z"
