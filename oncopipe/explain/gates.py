"""Each filter of the caller with its value, its threshold and the margin between them.

The filters judge whole columns; here one candidate is looked at in words. What the caller decided is what stands; a test
holds these values to that decision on every candidate of a data set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from oncopipe.calling.filters import FILTERS
from oncopipe.calling.filters.germline import NORMAL_LOG_ODDS
from oncopipe.calling.filters.map_qual import POOR, WORSE_BY
from oncopipe.calling.filters.strand_bias import one_strand_chance
from oncopipe.data.evidence import ALT, OTHER, REF, SUM_MAPPING_QUALITY, SUM_MISMATCHES, SUM_NEAR_END, TUMOR
from oncopipe.io.judged import Candidate
from oncopipe.options import CallOptions

MIN_QUALITY, ONE_IN, MOST_ALLELES, MOST_NEAR, NEAR_BASES = 18, 1e-3, 2, 4, 100


@dataclass(frozen=True)
class Measure:
    """A value against its threshold. `least`: the value must be at least the threshold, else at most."""

    what: str
    value: float
    threshold: float
    least: bool = True

    @property
    def margin(self) -> float:
        """How far on the good side; negative where it fails."""
        return self.value - self.threshold if self.least else self.threshold - self.value

    @property
    def text(self) -> str:
        bound = "at least" if self.least else "at most"
        return f"{self.what} {self.value:.4g}, {bound} {self.threshold:.4g} (margin {self.margin:+.4g})"


@dataclass(frozen=True)
class Gate:
    """A filter, what the caller decided, and what it looked at."""

    name: str
    description: str
    failed: bool
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Setting:
    """What a filter needs beside the candidate: its neighbors (itself included), the options, whether there is a normal."""

    near: Sequence[Candidate]
    options: CallOptions
    has_normal: bool


def gates_of(c: Candidate, setting: Setting) -> list[Gate]:
    """Every filter of a candidate, in the caller's order; one that this release does not know is told without values."""
    described = {f.name: f.description for f in FILTERS}
    return [
        Gate(name, described.get(name, ""), failed, tuple(_MEASURES[name](c, setting)) if name in _MEASURES else ())
        for name, failed in c.filters.items()
    ]


def _mean_quality(c: Candidate, s: Setting) -> list[Measure]:
    measure = Measure("mean base quality of the alternate molecules", c.mean_quality(TUMOR) or 0.0, MIN_QUALITY)
    return [measure, *_hypothesis("artefact")(c, s)]  # the latter where its molecules look poor


def _mapping(c: Candidate, s: Setting) -> list[Measure]:
    alt, n_ref = c.mean(TUMOR, SUM_MAPPING_QUALITY) or 0.0, c.references(TUMOR)
    measures = [Measure("mean mapping quality of the alternate molecules", alt, POOR)]
    if n_ref and s.has_normal:
        ref = float(c.sums[TUMOR, REF, SUM_MAPPING_QUALITY]) / n_ref
        measures.append(Measure("or: how much better the reference molecules map", ref - alt, WORSE_BY, least=False))
    return measures


def _strand(c: Candidate, s: Setting) -> list[Measure]:
    strands = c.counts[TUMOR].sum(axis=2)
    alt, ref = strands[ALT], strands[REF]
    one_sided = int(alt.min()) == 0
    chance = float(one_strand_chance(alt[None], ref[None])[0]) if one_sided else 1.0
    said = f"strands {int(alt[0])} forward, {int(alt[1])} reverse: chance of one strand alone"
    return [Measure(said, chance, ONE_IN)]


def _duplicate(c: Candidate, s: Setting) -> list[Measure]:
    return [Measure("alternate molecules", c.alternates(TUMOR), s.options.min_alternate_fragments)]


def _haplotype(c: Candidate, s: Setting) -> list[Measure]:
    most = 2 * c.alternates(TUMOR) + 2
    return [Measure("molecules of other alleles", int(c.counts[TUMOR, OTHER].sum()), most, least=False)]


def _likely(candidates: Sequence[Candidate], options: CallOptions) -> list[Candidate]:
    return [c for c in candidates if c.probabilities.get("somatic", 0.0) >= options.threshold]


def _multiallelic(c: Candidate, s: Setting) -> list[Measure]:
    n = sum(other.position == c.position for other in _likely(s.near, s.options))
    return [Measure("alleles of this position that would pass", n, MOST_ALLELES, least=False)]


def _clustered(c: Candidate, s: Setting) -> list[Measure]:
    n = sum(-NEAR_BASES <= other.position - c.position <= NEAR_BASES for other in _likely(s.near, s.options))
    return [Measure("likely alleles within 100 bases (fails on odd molecules only)", n, MOST_NEAR, least=False)]


def _germline(c: Candidate, s: Setting) -> list[Measure]:
    measures = _hypothesis("germline")(c, s)
    if s.has_normal:
        measures.append(Measure("NLOD, log-odds that the normal lacks it", c.normal_log_odds, NORMAL_LOG_ODDS))
    else:
        below = math.nextafter(s.options.max_population_frequency, 0.0)
        measures.append(Measure("population frequency", c.population_frequency, below, least=False))
    return measures


def _contamination(c: Candidate, s: Setting) -> list[Measure]:
    if not s.options.contamination:
        return []
    return [
        Measure(
            "population frequency (of a listed allele, with the stated contamination)",
            c.population_frequency,
            0.0,
            least=False,
        )
    ]


def _hypothesis(name: str) -> Callable[[Candidate, Setting], list[Measure]]:
    """A filter by probability: it fails where somatic is unlikely and this hypothesis the likeliest of the others."""

    def ask(c: Candidate, s: Setting) -> list[Measure]:
        others = {h: p for h, p in c.probabilities.items() if h != "somatic"}
        likeliest = max(others, key=lambda h: others[h]) if others else ""
        said = f"P(somatic), where {name} (P {c.probabilities.get(name, 0.0):.3g}) is the likeliest of the others"
        somatic = c.probabilities.get("somatic", 0.0)
        if likeliest != name:
            return [
                Measure(
                    f"P({name}) against {likeliest}, the likeliest of the others",
                    others.get(name, 0.0),
                    others.get(likeliest, 0.0),
                    least=False,
                )
            ]
        return [Measure(said, somatic, s.options.threshold)]

    return ask


def _near_end(c: Candidate, s: Setting) -> list[Measure]:
    return [*_hypothesis("artefact")(c, s), _against_reference("share near their ends", SUM_NEAR_END, c)]


def _misplaced(c: Candidate, s: Setting) -> list[Measure]:
    return [*_hypothesis("artefact")(c, s), _against_reference("other mismatches", SUM_MISMATCHES, c)]


def _against_reference(what: str, which: int, c: Candidate) -> Measure:
    """A mean over the alternate molecules against that over the reference ones."""
    usual = float(c.sums[TUMOR, REF, which]) / max(c.references(TUMOR), 1)
    said = f"alternate molecules' {what}, against the reference ones'"
    return Measure(said, c.mean(TUMOR, which) or 0.0, usual, least=False)


def _orientation(c: Candidate, s: Setting) -> list[Measure]:
    counts = c.counts[TUMOR, ALT]
    sides = int(counts[0, 0] + counts[1, 1]), int(counts[0, 1] + counts[1, 0])
    return [
        *_hypothesis("artefact")(c, s),
        Measure(f"molecules of the rarer orientation ({sides[0]} F1R2, {sides[1]} F2R1)", min(sides), 1),
    ]


_MEASURES: dict[str, Callable[[Candidate, Setting], list[Measure]]] = {
    "weak_evidence": _hypothesis("error"),
    "slippage": _hypothesis("error"),
    "germline": _germline,
    "normal_artifact": _hypothesis("noise"),
    "position": _near_end,
    "excess_mismatch": _misplaced,
    "orientation": _orientation,
    "base_qual": _mean_quality,
    "map_qual": _mapping,
    "strand_bias": _strand,
    "duplicate": _duplicate,
    "multiallelic": _multiallelic,
    "haplotype": _haplotype,
    "clustered_events": _clustered,
    "contamination": _contamination,
}
