"""Alleles asked for by name: always written, called or not, with what would have been found in their place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from oncopipe.calling.detection import DetectionRule
from oncopipe.calling.fit import Model
from oncopipe.calling.limits import has_beside, plain_variants
from oncopipe.calling.score import AlleleLookup, score, worth_writing
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import NORMAL, TUMOR, Collected
from oncopipe.data.given import Given
from oncopipe.data.phase import AlleleKey
from oncopipe.options import CallOptions

# METHOD: an allele that too few molecules show is no candidate, so it fails, whatever its probability.
_NO_CANDIDATE = "weak_evidence"


def to_write(
    calls: Calls,
    collected: Collected,
    model: Model,
    options: CallOptions,
    rule: DetectionRule,
    *,
    population: AlleleLookup | None = None,
    panel: AlleleLookup | None = None,
) -> tuple[Calls, dict[AlleleKey, Given]]:
    """The rows that a VCF holds, and what is said of those that were asked for by name.

    What was not asked for is the same as without asking: given alleles are judged by themselves, and one that is a
    candidate anyway keeps the row that it has.
    """
    written = worth_writing(calls)
    if not len(collected.given):
        return calls.select(written), {}
    row_of = {key: i for i, key in enumerate(keys_of(calls))}
    judged = score(replace(collected, evidence=collected.given), model, options, population=population, panel=panel)
    asked = keys_of(judged)
    limits = _limits(collected, rule)
    given, is_new = {}, np.zeros(len(asked), bool)
    for i, key in enumerate(asked):
        row = row_of.get(key)
        is_new[i] = row is None
        given[key] = Given(limits[i], row is None or not bool(written[row]))
        if row is not None:
            written[row] = True
    judged.filters[:, judged.filter_names.index(_NO_CANDIDATE)] |= is_new
    return calls.select(written).joined(judged.select(is_new)), given


def keys_of(calls: Calls) -> list[AlleleKey]:
    """Contig, position and alleles of each row."""
    e = calls.evidence
    return list(zip(e.contig.tolist(), e.position.tolist(), e.reference, e.alternate, strict=True))


def _limits(collected: Collected, rule: DetectionRule) -> list[float | None]:
    """The limit of detection at each given allele, by the molecules that speak there and the kind of the allele.

    PERF: thousands of alleles share the limits of some dozens of depths: rounded down, to 1 part in 16 in the tumor and in 4
    in the normal, so that a limit errs upwards.
    """
    e, names, variants = collected.given, list(collected.contigs), plain_variants(collected)
    depths = zip(e.depth(TUMOR).tolist(), e.depth(NORMAL).tolist(), strict=True)
    known: dict[tuple[int, int, str, bool], float | None] = {}
    limits = []
    for i, (tumor, normal) in enumerate(depths):
        position, change = int(e.position[i]), len(e.alternate[i]) - len(e.reference[i])
        kind = "snv" if change == 0 else "insertion" if change > 0 else "deletion"
        # METHOD: the allele itself, where it is plain, is no variant beside it.
        others = {k: v[v != position] for k, v in variants.items() if k == names[e.contig[i]]}
        beside = has_beside(others, names[e.contig[i]], position, position + len(e.reference[i]))
        key = (_leading(tumor, 5), _leading(normal, 3), kind, beside)
        if key not in known:
            known[key] = rule.limit(*key[:3], beside=beside)
        limits.append(known[key])
    return limits


def _leading(depth: int, n_bits: int) -> int:
    """A depth with only its leading binary digits kept."""
    lost = max(0, depth.bit_length() - n_bits)
    return depth >> lost << lost
