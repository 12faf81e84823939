"""Which genes are changed in which samples: the grid of the cohort's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from oncopipe.data.findings import Variant

MAX_GENES = 25
WIDTH, LABEL, ROW, WIDEST_CELL = 980.0, 150.0, 16.0, 30.0
LETTERS_UP_TO = 60  # samples; beyond, a cell is too narrow for a letter

# Kinds of change, most severe first: letter, word, the SO terms that make it.
KINDS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("T", "truncating", frozenset({"stop_gained", "frameshift_variant", "start_lost", "transcript_ablation"})),
    ("S", "splice", frozenset({"splice_acceptor_variant", "splice_donor_variant"})),
    ("M", "missense", frozenset({"missense_variant", "protein_altering_variant", "stop_lost"})),
    ("I", "in-frame indel", frozenset({"inframe_insertion", "inframe_deletion", "conservative_inframe_insertion",
                                       "conservative_inframe_deletion", "disruptive_inframe_insertion",
                                       "disruptive_inframe_deletion"})),
)  # fmt: skip
OTHER = ("O", "other", frozenset[str]())


@dataclass(frozen=True)
class Cell:
    """A changed gene of a sample."""

    x: float
    y: float
    letter: str
    is_actionable: bool
    is_doubtful: bool  # of a sample that failed quality control
    words: str


@dataclass(frozen=True)
class Grid:
    """Genes by samples in user units; only changed genes have a cell."""

    width: float
    height: float
    label: float
    cell_width: float
    ground: float  # width of a row
    has_letters: bool
    genes: tuple[tuple[str, float, str], ...]  # name, y, how many samples
    cells: tuple[Cell, ...]
    kinds: tuple[tuple[str, str], ...]
    n_genes_left_out: int


@dataclass
class GeneCounts:
    """What is kept of each sample for the grid: its most severe kind of change in each gene."""

    by_gene: dict[str, dict[str, tuple[int, bool]]] = field(
        default_factory=dict
    )  # gene -> sample -> kind, actionable

    def add(self, sample: str, variants: Iterable[Variant]) -> None:
        """Note the protein-changing variants and those of tier I and II."""
        for variant in variants:
            is_actionable = variant.tier.tier in ("I", "II")
            if variant.gene is None or variant.tier.tier == "IV":
                continue
            if not is_actionable and variant.impact not in ("HIGH", "MODERATE"):
                continue
            samples = self.by_gene.setdefault(variant.gene, {})
            kind, was_actionable = samples.get(sample, (len(KINDS), False))
            samples[sample] = (min(kind, _kind(variant)), was_actionable or is_actionable)

    def grid(self, samples: Sequence[str], doubtful: frozenset[str] = frozenset()) -> Grid:
        """The grid of `samples` in their order; genes by samples with tier I or II, then by samples, then by name."""
        ranked = sorted(self.by_gene, key=lambda g: (-self._n_actionable(g), -len(self.by_gene[g]), g))
        cell_width = min(WIDEST_CELL, (WIDTH - LABEL) / max(1, len(samples)))
        column = {sample: i for i, sample in enumerate(samples)}
        shown = ranked[:MAX_GENES]
        cells = [
            Cell(
                x=round(LABEL + cell_width * column[sample], 2),
                y=round(ROW * row, 2),
                letter=_letter(kind),
                is_actionable=is_actionable,
                is_doubtful=sample in doubtful,
                words=f"{sample}, {gene}: {_word(kind)}"
                + (", tier I or II" if is_actionable else "")
                + (", quality FAIL" if sample in doubtful else ""),
            )
            for row, gene in enumerate(shown)
            for sample, (kind, is_actionable) in self.by_gene[gene].items()
        ]
        return Grid(
            width=WIDTH,
            height=ROW * len(shown) + 4,
            label=LABEL,
            cell_width=round(cell_width, 2),
            ground=round(cell_width * len(samples), 2),
            has_letters=len(samples) <= LETTERS_UP_TO,
            genes=tuple(
                (g, round(ROW * i, 2), f"{len(self.by_gene[g])}/{len(samples)}") for i, g in enumerate(shown)
            ),
            cells=tuple(cells),
            kinds=tuple((letter, word) for letter, word, _ in (*KINDS, OTHER)),
            n_genes_left_out=len(ranked) - len(shown),
        )

    def _n_actionable(self, gene: str) -> int:
        return sum(is_actionable for _, is_actionable in self.by_gene[gene].values())


def _kind(variant: Variant) -> int:
    terms = set(variant.consequence)
    return next((i for i, (_, _, known) in enumerate(KINDS) if terms & known), len(KINDS))


def _letter(kind: int) -> str:
    return (*KINDS, OTHER)[kind][0]


def _word(kind: int) -> str:
    return (*KINDS, OTHER)[kind][1]
