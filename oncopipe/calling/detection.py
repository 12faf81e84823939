"""The limit of detection: the lowest allele fraction that the whole decision rule finds with 95 % probability.

METHOD: the rule itself is asked. For each number of alternate molecules that a place of this depth can show, alleles are
drawn as the sample's molecules look (qualities, ends, other mismatches, strands, misreadings in tumor and normal) and
judged by `calling.score` with the sample's model, filters and normal included. The share that passes, weighted by the
binomial chance of that number, is the probability of detection at a fraction; the limit is where it reaches 95 %.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from oncopipe.calling.fit import Model
from oncopipe.calling.likelihoods import log_gamma
from oncopipe.calling.score import score
from oncopipe.data.evidence import (
    ALT,
    FAIR_QUALITY,
    N_QUALITY_BINS,
    N_SUMS,
    NORMAL,
    QUALITY_BIN,
    REF,
    SUM_END_DISTANCE,
    SUM_MAPPING_QUALITY,
    SUM_MISMATCHES,
    SUM_NEAR_END,
    TUMOR,
    Collected,
    Evidence,
    concatenate,
    no_statistics,
)
from oncopipe.options import CallOptions

POWER = 0.95
# METHOD: 98 % is aimed at, and 95 % claimed: what the drawing leaves out (mates that disagree, noise nearby) costs up to two
# points, as plants at stated limits show (`python -m benchmarks.limits`).
AIM = 0.98
# Drawn alleles for each number of alternate molecules, and the numbers that are tried; where more molecules would be
# needed, the limit is given by the last.
DRAWS, MOST_MOLECULES = 40, 64
_STEP, _NEARLY_ALL = 8, 0.99
_SEED = 20_240
# METHOD: where the sample has a variant nearby, an allele lies on its haplotype or on the other one.
_SAME_HAPLOTYPE = 0.5
# METHOD: an aligner places no gap right at the end of a read. Of molecules with an indel within 10 bases of an end 70 % are
# taken not to show it: all within five bases of either border of a gap of three. Real ones (bwa) hide fewer: of 71 true indels of
# spike_train the share of such molecules is .062, of the reference ones .101, and 3 % of all molecules do not show theirs.
# As many may show theirs near an end after all, and speak against it: of those only half as many are taken to be hidden.
_HIDDEN, _SURELY_HIDDEN = 0.7, 0.35
_BEHIND = 50  # bases from a drawn allele to the variant beside it
_ALLELES = {"snv": ("A", "C"), "insertion": ("A", "ACGT"), "deletion": ("ACGT", "A")}
# METHOD: the quality of an indel is the worst of its bases and of one on either side, taken to be independent.
_BASES = {"snv": 1, "insertion": 5, "deletion": 2}


@dataclass(frozen=True)
class Looks:
    """What the sample's molecules look like: shares of base qualities (samples, bins), of molecules with a place near
    their end, and other mismatches and mapping quality of a molecule (means).
    """

    quality: np.ndarray
    near_end: float
    mismatches: float
    mapping_quality: float


def looks_of_sample(collected: Collected, options: CallOptions) -> Looks:
    """The looks of a sample's reference molecules."""
    bases = collected.statistics.bases_by_quality.astype(float).copy()
    bases[:, : options.min_base_quality] = 0.0
    edges = range(0, N_QUALITY_BINS * QUALITY_BIN, QUALITY_BIN)
    by_bin = np.add.reduceat(bases, [*edges], axis=1) + 1e-9
    sums = collected.evidence.sums[:, TUMOR, REF].sum(axis=0, dtype=np.int64)
    n = int(collected.evidence.allele_depth(TUMOR, REF).sum())
    # Two of fourteen molecules, as in calling.looks, when there are none to look at.
    return Looks(
        by_bin / by_bin.sum(axis=1, keepdims=True),
        float((sums[SUM_NEAR_END] + 2) / (n + 14)),
        float((sums[SUM_MISMATCHES] + 0.5) / (n + 2)),
        float((sums[SUM_MAPPING_QUALITY] + 600) / (n + 10)),
    )


# Depth in tumor and normal, kind, and whether the sample has a variant nearby.
_Place = tuple[int, int, str, bool]


@dataclass(frozen=True)
class DetectionRule:
    """A sample's decision rule, asked for its limit at any depth."""

    model: Model
    looks: Looks
    options: CallOptions
    has_population: bool = False
    _known: dict[_Place, np.ndarray] = field(default_factory=dict, compare=False, repr=False)

    def limit(self, depth: int, normal_depth: int, kind: str = "snv", *, beside: bool = False) -> float | None:
        """Lowest fraction found with 95 % probability where so many molecules speak; None where even 1.0 is not.

        kind: `snv`, `insertion` or `deletion` (of three bases outside repeats). beside: the sample has a variant nearby,
        on whose haplotype the allele may lie.
        """
        if depth <= 0 or (self.model.has_normal and normal_depth <= 0):
            return None
        low, high = 0.0, 1.0
        best = self.power(high, depth, normal_depth, kind, beside=beside)
        if best < POWER:
            return None
        aim = min(AIM, best)
        while high - low > 1e-4:
            middle = (low + high) / 2
            found = self.power(middle, depth, normal_depth, kind, beside=beside) >= aim
            low, high = (low, middle) if found else (middle, high)
        return high

    def power(
        self, fraction: float, depth: int, normal_depth: int, kind: str = "snv", *, beside: bool = False
    ) -> float:
        """Probability that an allele of this fraction is called."""
        passing = self.passing(depth, normal_depth, kind, beside=beside)
        return _chance(passing, depth, fraction * self._captured(kind))

    def passing(self, depth: int, normal_depth: int, kind: str, *, beside: bool = False) -> np.ndarray:
        """Share of drawn alleles that pass, by the number of alternate molecules, up to where nearly all do.

        The last entry is that of so many molecules or more, the mean of the last that were drawn.
        """
        key = (_rounded_down(depth, 32), _rounded_down(normal_depth, 8), kind, beside)
        if key not in self._known:
            self._known[key] = self._passing(*key)
        return self._known[key]

    def _passing(self, depth: int, normal_depth: int, kind: str, beside: bool) -> np.ndarray:
        """PERF: in steps of eight molecules, until nearly all of a step pass: more pass as well, unless they look inherited."""
        shares = [np.zeros(min(self.options.min_alternate_fragments, depth + 1))]
        first, last = shares[0].size, min(depth, MOST_MOLECULES)
        while first <= last:
            some = np.arange(first, min(first + _STEP, last + 1))
            evidence = drawn_alleles(np.repeat(some, DRAWS), (depth, normal_depth), kind, self, beside=beside)
            drawn = np.arange(len(evidence))
            if beside:
                evidence, drawn = with_variants(evidence, (depth, normal_depth))
            contigs = {"drawn": int(evidence.position[-1]) + 1000}
            normal = "normal" if self.model.has_normal else None
            collected = Collected(evidence, no_statistics(), "tumor", normal, contigs)
            # Like most alleles, those that are drawn stand in no population resource.
            population = _unlisted if self.has_population else None
            calls = score(collected, self.model, self.options, population=population)
            found = (calls.is_pass & self._is_candidate(evidence))[drawn]
            shares.append(found.reshape(-1, DRAWS).mean(axis=1))
            if self._tells_germline and shares[-1].min() >= _NEARLY_ALL:
                break
            first += some.size
        if len(shares) > 1:
            shares.append(shares[-1].mean(keepdims=True))
        # METHOD: more molecules pass as well or better, so what goes down between two numbers is chance of the drawing.
        from scipy.optimize import isotonic_regression  # heavy, and needed here alone

        drawn = np.concatenate(shares)
        return np.asarray(isotonic_regression(drawn).x) if self._tells_germline else drawn

    def _is_candidate(self, evidence: Evidence) -> np.ndarray:
        """Whether enough molecules of fair quality show the allele for it to be looked at, (n,) bool."""
        fair = evidence.quality[:, TUMOR, ALT, FAIR_QUALITY // QUALITY_BIN :].sum(axis=1)
        return np.asarray(fair >= self.options.min_alternate_fragments)

    @property
    def _tells_germline(self) -> bool:
        """False where an allele of more molecules is likelier to be called germline."""
        return self.model.has_normal or self.has_population

    def _captured(self, kind: str) -> float:
        """Share of the molecules with an allele that show it; the others count as reference molecules."""
        return 1.0 if kind == "snv" else 1.0 - _HIDDEN * self.looks.near_end


def _unlisted(evidence: Evidence) -> np.ndarray:
    return np.zeros(len(evidence))


def _rounded_down(depth: int, per_octave: int) -> int:
    """Downwards to one of so many depths between a number and its double, so that many sites share one answer."""
    step = 1 << max(0, depth.bit_length() - per_octave.bit_length())
    return depth // step * step


def _chance(passing: np.ndarray, depth: int, fraction: float) -> float:
    """Binomial mean of `passing`; beyond its last entry the last one holds."""
    if fraction >= 1.0:
        return float(passing[min(depth, passing.size - 1)])
    k = np.arange(passing.size)
    k = k[k <= depth]
    log_chance = (
        math.lgamma(depth + 1) - log_gamma(k, 1.0) - log_gamma(depth - k, 1.0)
        + k * math.log(fraction) + (depth - k) * math.log1p(-fraction)
    )  # fmt: skip
    chance = np.exp(log_chance)
    beyond = max(0.0, 1.0 - float(chance.sum()))
    return float(chance @ passing[: k.size] + beyond * passing[min(depth, passing.size - 1)])


def drawn_alleles(
    n_alt: np.ndarray, depths: tuple[int, int], kind: str, rule: DetectionRule, *, beside: bool = False
) -> Evidence:
    """Alleles with so many alternate molecules each, far from each other, as molecules of this sample look."""
    random, n = np.random.default_rng(_SEED), n_alt.size
    counts, quality = np.zeros((n, 2, 3, 2, 2), np.int32), np.zeros((n, 2, 2, N_QUALITY_BINS), np.int32)
    sums, copies = np.zeros((n, 2, 2, N_SUMS), np.int64), np.zeros((n, 2, 2), np.int32)
    molecules = np.zeros((n, 2, 2), np.int64)
    molecules[:, TUMOR, ALT], molecules[:, TUMOR, REF] = n_alt, depths[TUMOR] - n_alt
    in_normal = _misreading(kind, rule) + rule.model.tumor_in_normal * n_alt / max(depths[TUMOR], 1)
    molecules[:, NORMAL, ALT] = random.binomial(depths[NORMAL], np.minimum(in_normal, 1.0))
    molecules[:, NORMAL, REF] = depths[NORMAL] - molecules[:, NORMAL, ALT]
    carriers = _carriers(molecules, random) if beside else {}
    for sample in (TUMOR, NORMAL):
        for allele in (REF, ALT):
            here = molecules[:, sample, allele]
            forward = random.binomial(here, 0.5)
            for strand, some in enumerate((forward, here - forward)):
                counts[:, sample, allele, strand, 0] = random.binomial(some, 0.5)
                counts[:, sample, allele, strand, 1] = some - counts[:, sample, allele, strand, 0]
            quality[:, sample, allele] = random.multinomial(here, _worst_of(rule.looks.quality[sample], _BASES[kind]))
            copies[:, sample, allele] = here
            near = rule.looks.near_end
            if allele == ALT and kind != "snv":
                near *= (1.0 - _SURELY_HIDDEN) / (1.0 - _SURELY_HIDDEN * near)
            _look(sums[:, sample, allele], here, replace(rule.looks, near_end=near), random)
            if beside:
                sums[:, sample, allele, SUM_MISMATCHES] += carriers[allele][:, sample]
    reference, alternate = _ALLELES[kind]
    one = np.ones(n, np.int32)
    where = 10_000 * np.arange(n, dtype=np.int64)
    columns = ([reference] * n, [alternate] * n, one, one, counts, quality, sums, copies)
    return Evidence(np.zeros(n, np.int32), where, *columns)


def with_variants(evidence: Evidence, depths: tuple[int, int]) -> tuple[Evidence, np.ndarray]:
    """The alleles and, some bases behind each, a heterozygous variant; and the rows of the alleles then."""
    n = len(evidence)
    counts, quality = np.zeros_like(evidence.counts), np.zeros_like(evidence.quality)
    for sample in (TUMOR, NORMAL):
        for allele, share in ((REF, depths[sample] - depths[sample] // 2), (ALT, depths[sample] // 2)):
            counts[:, sample, allele, 0, 0] = share
            quality[:, sample, allele, -1] = share
    one = np.ones(n, np.int32)
    columns = (["A"] * n, ["C"] * n, one, one, counts, quality, np.zeros_like(evidence.sums), counts[:, :, :2, 0, 0])
    both = concatenate([evidence, Evidence(evidence.contig, evidence.position + _BEHIND, *columns)])
    return both, 2 * np.arange(n)


def _worst_of(quality: np.ndarray, n: int) -> np.ndarray:
    """Shares of the worst of n bases' qualities, (bins,), from those of one."""
    at_least = np.r_[np.cumsum(quality[::-1])[::-1], 0.0] ** n
    return np.asarray(at_least[:-1] - at_least[1:])


def _misreading(kind: str, rule: DetectionRule) -> float:
    """Chance that a molecule of the normal shows the allele by error."""
    if kind == "snv":
        return float(rule.looks.quality[NORMAL] @ np.array(rule.model.base_errors[NORMAL])) / 3
    return 1e-6


def _carriers(molecules: np.ndarray, random: np.random.Generator) -> dict[int, np.ndarray]:
    """Molecules that carry a heterozygous variant nearby as well, by allele, (n, samples). `molecules`: (n, samples, alleles).

    Half of all molecules are of its haplotype. Those of the allele are all of it or none of it is theirs.
    """
    half = molecules.sum(axis=2) // 2
    shared = (random.random(len(molecules)) < _SAME_HAPLOTYPE)[:, None]
    alternate = np.where(shared, molecules[:, :, ALT], 0)
    reference = np.where(shared, half - molecules[:, :, ALT], np.minimum(half, molecules[:, :, REF]))
    return {ALT: alternate, REF: np.maximum(reference, 0)}


def _look(sums: np.ndarray, molecules: np.ndarray, looks: Looks, random: np.random.Generator) -> None:
    """Sums of molecules that look like the sample's."""
    sums[:, SUM_MAPPING_QUALITY] = np.rint(looks.mapping_quality * molecules)
    sums[:, SUM_NEAR_END] = random.binomial(molecules, looks.near_end)
    sums[:, SUM_END_DISTANCE] = 25 * molecules
    sums[:, SUM_MISMATCHES] = random.poisson(looks.mismatches * molecules)


def rule_of(
    collected: Collected, model: Model, options: CallOptions, *, has_population: bool = False
) -> DetectionRule:
    """The decision rule of a sample whose model has been fitted. `has_population`: a population resource was asked."""
    return DetectionRule(model, looks_of_sample(collected, options), options, has_population)
