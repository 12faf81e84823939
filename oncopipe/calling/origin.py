"""Where an allele comes from: somatic, germline or artefact, as probabilities; copy number and purity say what to expect.

METHOD: at purity `p` and `C` copies in the tumor cells an allele on `m` of them has the expected fraction

    germline  (p m + (1 - p) g) / (p C + 2 (1 - p))    g = 1 copy in normal cells, 2 where homozygous
    somatic    p m / (p C + 2 (1 - p))

`m` is not known, so it is mixed over. docs/calling.md derives the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oncopipe.calling.filters import panel_of_normals
from oncopipe.calling.fit import GERMLINE_INDEL, GERMLINE_SNV, INDEL_ALLELES, SNV_ALLELES, Model
from oncopipe.calling.hypotheses import GERMLINE, SOMATIC
from oncopipe.calling.score import PANEL_FACTOR
from oncopipe.data.alterations import Segment
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, REF, TUMOR

# METHOD: of a person's variants two in a hundred are in no population resource: an assumption. Frequencies of listed ones
# are taken as they are.
_PRIVATE = 0.02
# METHOD: fractions scatter by more than the binomial (capture, mapping, copies of copies): a beta with this many
# pseudo-molecules around what is expected, a standard deviation of .035 at one half. And molecules are misread.
_SPREAD, _MISREAD = 200.0, 1e-3
# METHOD: where copy number and purity are not both known, a heterozygous germline allele lies at one half seven times in ten,
# else where one of the usual states of the tumor (major and minor copies) puts it at a purity of 10 to 70 %.
_BALANCED = 0.7
_STATES, _PURITIES = ((1, 0), (2, 0), (2, 1), (3, 1)), tuple(i / 10 for i in range(1, 8))
# METHOD: of either kind one in a hundred lies elsewhere than copy number and purity say: they are estimates.
_ASTRAY = 0.01
# METHOD: half of the somatic alleles are in all cancer cells, on one copy seven times in ten; the others in some cells, at
# any fraction below that of one copy.
_CLONAL, _ON_ONE_COPY = 0.5, 0.7

Mixture = list[tuple[float, float]]  # weight, expected fraction


@dataclass(frozen=True)
class TumorState:
    """What is known of a tumor's cells. purity: None where unknown. segments: sorted or not, chromosomes without "chr"."""

    purity: float | None = None
    segments: tuple[Segment, ...] = ()

    def copies(self, contig: str, position: int) -> tuple[int, int | None] | None:
        """Total copies and (where known) those of the minor haplotype; None where no segment says it.

        METHOD: a log2 ratio is to a diploid genome: `2 r = p C + 2 (1 - p)`, rounded; without purity it says nothing.
        """
        name = contig.removeprefix("chr")
        name = "MT" if name == "M" else name
        for s in self.segments:
            if s.chromosome == name and s.start <= position < s.end:
                if s.n_major is not None:
                    minor = s.n_minor
                    return s.n_major + (minor or 0), minor
                if s.log2_ratio is not None and self.purity:
                    total = (2 * 2**s.log2_ratio - 2 * (1 - self.purity)) / self.purity
                    return max(0, round(total)), None
        return None


def origins(calls: Calls, model: Model, state: TumorState) -> np.ndarray:
    """Probability that each allele is somatic, germline, artefact, (n, 3); rows sum to one.

    With a normal these are the hypotheses' own. Without one, germline against somatic is judged anew by the counts, the
    population's frequency and what copy number and purity let expect; artefact against somatic is as it was.
    """
    if not len(calls):
        return np.zeros((0, 3))
    somatic, germline = calls.posterior[:, SOMATIC], calls.posterior[:, GERMLINE]
    artefact = np.clip(1.0 - somatic - germline, 0.0, 1.0)
    if model.has_normal:
        return np.stack([somatic, germline, artefact], axis=1)
    e = calls.evidence
    names, is_indel = list(calls.contigs), e.is_indel
    alt, ref = (e.allele_depth(TUMOR, allele).tolist() for allele in (ALT, REF))
    log_somatic = model.log_weights(is_indel)[:, SOMATIC]
    log_germline = np.log(_germline_prior(calls, is_indel))
    for i in range(len(calls)):
        copies = state.copies(names[e.contig[i]], int(e.position[i]))
        shown = (alt[i], ref[i])
        log_somatic[i] += _log_somatic(shown, state.purity, copies)
        log_germline[i] += _log_germline(shown, float(calls.population[i]), state.purity, copies)
    log_artefact = log_somatic + np.log(np.maximum(artefact, 1e-300)) - np.log(np.maximum(somatic, 1e-300))
    # METHOD: several normals showed what the panel lists, so it is no somatic allele by the same factor as in scoring.
    listed = calls.filters[:, calls.filter_names.index(panel_of_normals.FILTER.name)]
    log_somatic = log_somatic - np.where(listed, np.log(PANEL_FACTOR), 0.0)
    joint = np.stack([log_somatic, log_germline, log_artefact], axis=1)
    joint -= joint.max(axis=1, keepdims=True)
    weights = np.exp(joint)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _germline_prior(calls: Calls, is_indel: np.ndarray) -> np.ndarray:
    """Chance that a person carries this allele, (n,): by its frequency where it is listed, else that of any allele."""
    rate = np.where(is_indel, GERMLINE_INDEL / INDEL_ALLELES, GERMLINE_SNV / SNV_ALLELES)
    if calls.germline_from == "fraction only":
        return np.asarray(rate)
    frequency = np.minimum(calls.population, 0.9999)
    return np.asarray(np.where(frequency > 0, 1.0 - (1.0 - frequency) ** 2, _PRIVATE * rate))


def germline_fractions(purity: float, copies: tuple[int, int | None]) -> Mixture:
    """Expected fractions of a heterozygous germline allele: on the minor or the major haplotype, or on any share of the
    copies where only their sum is known.

    >>> germline_fractions(0.5, (1, 0))
    [(0.5, 0.3333333333333333), (0.5, 0.6666666666666666)]
    """
    total, minor = copies
    on = [minor, total - minor] if minor is not None else list(range(total + 1))
    whole = purity * total + 2 * (1 - purity)
    return [(1 / len(on), (purity * m + (1 - purity)) / whole) for m in on] if whole > 0 else [(1.0, 0.5)]


_ANY_STATE: Mixture = [(_BALANCED, 0.5)] + [
    ((1 - _BALANCED) * weight / len(_STATES) / len(_PURITIES), fraction)
    for major, minor in _STATES
    for purity in _PURITIES
    for weight, fraction in germline_fractions(purity, (major + minor, minor))
]


def somatic_fractions(purity: float, copies: tuple[int, int | None]) -> Mixture:
    """Expected fractions of a somatic allele of all cancer cells: on one copy, or on as many as a haplotype has."""
    total, minor = copies
    whole = purity * total + 2 * (1 - purity)
    if total == 0 or whole <= 0:
        return []
    most = {total - minor, minor} - {0, 1} if minor is not None else set(range(2, total + 1))
    found = [(_ON_ONE_COPY if most else 1.0, purity / whole)]
    return found + [((1 - _ON_ONE_COPY) / len(most), purity * m / whole) for m in sorted(most)]


def _log_germline(
    shown: tuple[int, int], frequency: float, purity: float | None, copies: tuple[int, int | None] | None
) -> float:
    """Log-likelihood of alternate and reference molecules of a germline allele.

    METHOD: of carriers of an allele of frequency `q` a share `q / (2 - q)` is homozygous (Hardy-Weinberg).
    """
    is_known = purity is not None and copies is not None
    expected = germline_fractions(purity, copies) if purity is not None and copies is not None else _ANY_STATE
    heterozygous = _mixed(shown, expected)
    if is_known:
        heterozygous = _or_anywhere(shown, heterozygous, 1 - _ASTRAY)
    homozygous = min(frequency, 0.9999) / (2 - min(frequency, 0.9999))
    both = math.log(max(homozygous, 1e-12)) + _beta_binomial(shown, 1.0)
    return float(np.logaddexp(math.log1p(-homozygous) + heterozygous, both))


def _log_somatic(shown: tuple[int, int], purity: float | None, copies: tuple[int, int | None] | None) -> float:
    """Log-likelihood of the molecules of a somatic allele: of all cancer cells, or of some; any fraction where purity or
    copies are unknown.
    """
    clonal = somatic_fractions(purity, copies) if purity and copies is not None else []
    if not clonal:
        return _uniform(shown, 1.0)
    some = _uniform(shown, clonal[0][1])
    expected = np.logaddexp(math.log(_CLONAL) + _mixed(shown, clonal), math.log(1 - _CLONAL) + some)
    return _or_anywhere(shown, float(expected), 1 - _ASTRAY)


def _or_anywhere(shown: tuple[int, int], expected: float, share: float) -> float:
    """Log-likelihood where this share lies as expected and the rest at any fraction."""
    return float(np.logaddexp(math.log(share) + expected, math.log(1 - share) + _uniform(shown, 1.0)))


def _mixed(shown: tuple[int, int], mixture: Mixture) -> float:
    terms = [math.log(weight) + _beta_binomial(shown, fraction) for weight, fraction in mixture]
    return float(np.logaddexp.reduce(terms))


def _beta_binomial(shown: tuple[int, int], fraction: float) -> float:
    """Log-probability of so many molecules around an expected fraction, misreading included."""
    alt, ref = shown
    f = fraction * (1 - _MISREAD) + (1 - fraction) * _MISREAD
    a, b = f * _SPREAD, (1 - f) * _SPREAD
    return _log_choose(alt, ref) + _log_beta(alt + a, ref + b) - _log_beta(a, b)


def _uniform(shown: tuple[int, int], upper: float) -> float:
    """Log-probability of the molecules where any fraction from 0 to `upper` is as likely.

    METHOD: by 64 fractions in the middles of equal parts; exact to a percent for what a mixture is used for.
    """
    alt, ref = shown
    f = np.clip((np.arange(64) + 0.5) / 64 * upper, 1e-6, 1 - 1e-6)
    logs = alt * np.log(f) + ref * np.log1p(-f)
    return _log_choose(alt, ref) + float(np.logaddexp.reduce(logs)) - math.log(64)


def _log_choose(alt: int, ref: int) -> float:
    return math.lgamma(alt + ref + 1) - math.lgamma(alt + 1) - math.lgamma(ref + 1)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def state_of(purity: float | None, segments: Sequence[Segment], tumor: str) -> TumorState:
    """The state by the segments of this tumor; of a table of one sample, whatever it is called, all."""
    if len({s.sample for s in segments}) > 1:
        segments = [s for s in segments if s.sample == tumor]
    return TumorState(purity, tuple(segments))
