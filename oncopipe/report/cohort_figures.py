"""The figures of a cohort's page: which genes are changed in whom, how far the samples came, what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from oncopipe.data.findings import Variant
from oncopipe.report.catalogue import Text, text
from oncopipe.report.cohort_outcomes import Outcome

MAX_GENES = 25
WIDTH, LABEL, ROW, WIDEST_CELL = 980.0, 170.0, 16.0, 30.0
BURDEN = 46.0  # height of the bars above the genes
LETTERS_UP_TO = 60  # samples; beyond, a cell is too narrow for a letter

# Kinds of change, most severe first: letter, key of its word, the SO terms that make it.
KINDS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("T", "truncating", frozenset({"stop_gained", "frameshift_variant", "start_lost", "transcript_ablation"})),
    ("S", "splice", frozenset({"splice_acceptor_variant", "splice_donor_variant"})),
    ("M", "missense", frozenset({"missense_variant", "protein_altering_variant", "stop_lost"})),
    ("I", "inframe", frozenset({"inframe_insertion", "inframe_deletion", "conservative_inframe_insertion",
                                "conservative_inframe_deletion", "disruptive_inframe_insertion",
                                "disruptive_inframe_deletion"})),
    ("O", "other", frozenset()),
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A changed gene of a sample, where there is room for its letter."""

    x: float
    y: float
    letter: str
    is_actionable: bool
    words: Text


@dataclass(frozen=True)
class Area:
    """All cells of one kind as one path, so that 2,000 samples make a small page."""

    kind: str
    is_actionable: bool
    path: str


@dataclass(frozen=True)
class GeneRow:
    name: str
    y: float
    n: int
    share: str
    bar: float  # width of the bar of samples
    strong: float  # of those with tier I or II


@dataclass(frozen=True)
class Oncoplot:
    """Genes by samples in user units. Samples stand in the order that makes steps: by the first gene, then the next."""

    width: float
    height: float
    left: float
    top: float
    cell_width: float
    ground: float  # width of a row
    rows: tuple[GeneRow, ...]
    areas: tuple[Area, ...]
    cells: tuple[Cell, ...]  # empty where there is no room for letters
    burden: str  # path of the bars of protein-changing variants a sample
    most: int  # of one sample
    doubtful: str  # path below the samples that failed quality
    kinds: tuple[tuple[str, Text], ...]
    n_samples: int
    n_genes_left_out: int


@dataclass(frozen=True)
class Bar:
    """One bar of a bar chart of the page."""

    words: Text
    n: int
    width: float
    kind: str = ""


@dataclass
class GeneCounts:
    """What is kept of each sample: its most severe kind of change in each gene, and how many variants it has."""

    by_gene: dict[str, dict[str, tuple[int, bool]]] = field(
        default_factory=dict
    )  # gene -> sample -> kind, actionable
    n_changing: dict[str, int] = field(default_factory=dict)

    def add(self, sample: str, variant: Variant) -> None:
        """Note a variant when it changes a protein or is of tier I or II."""
        is_actionable = variant.tier.is_actionable
        self.n_changing.setdefault(sample, 0)
        if variant.tier.tier == "IV" or not (is_actionable or variant.impact in ("HIGH", "MODERATE")):
            return
        self.n_changing[sample] += 1
        if variant.gene is not None:
            samples = self.by_gene.setdefault(variant.gene, {})
            kind, was_actionable = samples.get(sample, (len(KINDS) - 1, False))
            samples[sample] = (min(kind, _kind(variant)), was_actionable or is_actionable)

    def oncoplot(self, samples: Sequence[str], doubtful: frozenset[str] = frozenset()) -> Oncoplot:
        """The plot of `samples`; genes by samples with tier I or II, then by samples, then by name."""
        ranked = sorted(self.by_gene, key=lambda g: (-self._n_actionable(g), -len(self.by_gene[g]), g))
        genes = ranked[:MAX_GENES]
        ordered = sorted(samples, key=lambda s: [self.by_gene[g].get(s, (len(KINDS), False))[0] for g in genes])
        column = {sample: i for i, sample in enumerate(ordered)}
        width = min(WIDEST_CELL, (WIDTH - LABEL - 90) / max(1, len(samples)))
        most = max((self.n_changing.get(s, 0) for s in samples), default=0)
        has_letters = len(samples) <= LETTERS_UP_TO
        below = BURDEN + ROW * len(genes) + 3
        return Oncoplot(
            width=WIDTH,
            height=below + 8,
            left=LABEL,
            top=BURDEN,
            cell_width=round(width, 2),
            ground=round(width * len(samples), 2),
            rows=tuple(self._row(gene, i, len(samples)) for i, gene in enumerate(genes)),
            areas=tuple(self._areas(genes, column, width)),
            cells=tuple(self._cells(genes, column, width)) if has_letters else (),
            burden="".join(
                _rectangle(
                    LABEL + width * i, BURDEN - 4, width, -(BURDEN - 12) * self.n_changing.get(s, 0) / max(1, most)
                )
                for i, s in enumerate(ordered)
                if self.n_changing.get(s, 0)
            ),
            most=most,
            doubtful="".join(
                _rectangle(LABEL + width * column[s], below, width, 5) for s in ordered if s in doubtful
            ),
            kinds=tuple((letter, text(f"cohort.kind_{key}")) for letter, key, _ in KINDS),
            n_samples=len(samples),
            n_genes_left_out=len(ranked) - len(genes),
        )

    def _row(self, gene: str, i: int, n_samples: int) -> GeneRow:
        n = len(self.by_gene[gene])
        return GeneRow(
            name=gene,
            y=round(BURDEN + ROW * i, 2),
            n=n,
            share=f"{100 * n / max(1, n_samples):.0f} %",
            bar=round(50 * n / max(1, n_samples), 2),
            strong=round(50 * self._n_actionable(gene) / max(1, n_samples), 2),
        )

    def _areas(self, genes: Sequence[str], column: dict[str, int], width: float) -> list[Area]:
        paths: dict[tuple[int, bool], list[str]] = {}
        for row, gene in enumerate(genes):
            at = {column[s]: found for s, found in self.by_gene[gene].items() if s in column}
            for start, stop, found in _runs(at):
                paths.setdefault(found, []).append(
                    _rectangle(LABEL + width * start, BURDEN + ROW * row + 1, width * (stop - start), 14)
                )
        return [Area(KINDS[kind][1], strong, "".join(paths[kind, strong])) for kind, strong in sorted(paths)]

    def _cells(self, genes: Sequence[str], column: dict[str, int], width: float) -> list[Cell]:
        return [
            Cell(
                x=round(LABEL + width * (column[sample] + 0.5), 2),
                y=round(BURDEN + ROW * row + 11.2, 2),
                letter=KINDS[kind][0],
                is_actionable=strong,
                words=text("cohort.cell", sample=sample, gene=gene, kind=text(f"cohort.kind_{KINDS[kind][1]}")),
            )
            for row, gene in enumerate(genes)
            for sample, (kind, strong) in self.by_gene[gene].items()
            if sample in column
        ]

    def _n_actionable(self, gene: str) -> int:
        return sum(is_actionable for _, is_actionable in self.by_gene[gene].values())


def funnel(outcomes: Sequence[Outcome]) -> tuple[Bar, ...]:
    """How many samples came how far: asked for, called, named, interpreted, reported, of passing quality."""
    steps = (
        ("asked", [True for _ in outcomes]),
        ("called", [o.reached >= 1 for o in outcomes]),
        ("annotated", [o.reached >= 2 for o in outcomes]),
        ("interpreted", [bool(o.tiers) for o in outcomes]),
        ("reported", [o.status == "done" for o in outcomes]),
        ("trusted", [o.status == "done" and o.quality != "FAIL" for o in outcomes]),
        ("actionable", [o.status == "done" and o.quality != "FAIL" and o.n_actionable > 0 for o in outcomes]),
    )
    return _bars([(text(f"cohort.step_{key}"), sum(held), "") for key, held in steps])


def tier_mix(outcomes: Sequence[Outcome]) -> tuple[Bar, ...]:
    """How many samples have which tier as their best."""
    known = [o for o in outcomes if o.tiers]
    rows: list[tuple[Text, int, str]] = []
    for i, tier in enumerate(("I", "II", "III", "IV")):
        best = [o for o in known if o.tiers[i] and not any(o.tiers[:i])]
        rows.append((text(f"tier.{tier}"), len(best), f"tier-{tier}"))
    rows.append((text("cohort.no_variant"), sum(not any(o.tiers) for o in known), ""))
    return _bars(rows)


def _bars(rows: Sequence[tuple[Text, int, str]]) -> tuple[Bar, ...]:
    most = max((n for _, n, _ in rows), default=0) or 1
    return tuple(Bar(words, n, round(100 * n / most, 1), kind) for words, n, kind in rows)


def _runs(at: dict[int, tuple[int, bool]]) -> list[tuple[int, int, tuple[int, bool]]]:
    """Neighboring columns of the same kind as one: start, stop, kind."""
    runs: list[tuple[int, int, tuple[int, bool]]] = []
    for column in sorted(at):
        if runs and runs[-1][1] == column and runs[-1][2] == at[column]:
            runs[-1] = (runs[-1][0], column + 1, at[column])
        else:
            runs.append((column, column + 1, at[column]))
    return runs


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    gap = 1 if width > 4 else 0  # narrow cells touch, so that they are seen at all
    return f"M{x:.2f} {y:.1f}h{max(width - gap, 0.3):.2f}v{height:.1f}h-{max(width - gap, 0.3):.2f}z"


def _kind(variant: Variant) -> int:
    terms = set(variant.consequence)
    return next((i for i, (_, _, known) in enumerate(KINDS) if terms & known), len(KINDS) - 1)
