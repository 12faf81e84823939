"""The sections of an explanation, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from oncopipe.data.evidence import (
    ALT,
    OTHER,
    REF,
    SUM_CLIPPED,
    SUM_END_DISTANCE,
    SUM_MAPPING_QUALITY,
    SUM_MISMATCHES,
)
from oncopipe.data.findings import Findings, Variant
from oncopipe.data.variants import AlleleCounts, AnnotatedVariant
from oncopipe.explain.gates import Gate
from oncopipe.explain.places import Allele, contig_of
from oncopipe.explain.query import Query
from oncopipe.explain.reads import ALLELES, FATES, ReadCounts
from oncopipe.interpretation.variants import support_of
from oncopipe.io.judged import NORMAL, TUMOR, Candidate, JudgedEvidence
from oncopipe.options import CallOptions


@dataclass(frozen=True)
class Section:
    title: str
    lines: tuple[str, ...]


def reads_section(reads: Sequence[ReadCounts], options: CallOptions) -> Section:
    """Reads by fate, as the BAMs hold them."""
    lines = []
    for counts in reads:
        total = sum(counts.fates.values())
        lines.append(f"{counts.sample}: {total} reads over the place (reference / alternate / other)")
        for fate in FATES:
            of = counts.of_fate(fate)
            if any(of.values()):
                lines.append(f"  {fate}: " + " / ".join(str(of[name]) for name in ALLELES))
        lines.append("  fragments that speak: " + " / ".join(str(len(counts.fragments[name])) for name in ALLELES))
        if counts.mapping:
            strands = f"{counts.strands['forward']} forward, {counts.strands['reverse']} reverse"
            means = f"mean mapping quality {_mean(counts.mapping):.1f}, mean base quality {_mean(counts.quality):.1f}"
            lines.append(f"  alternate reads: {strands}; {means}")
    lines.append(
        f"asked for: mapping quality {options.min_mapping_quality}, base quality {options.min_base_quality} or better"
    )
    return Section("Reads", tuple(lines))


def absent_section(allele: Allele, reads: Sequence[ReadCounts], options: CallOptions) -> Section:
    """Why an allele was never a candidate, as far as it can be told."""
    lines = [f"{allele.where} was never a candidate: the evidence of the calls holds no such row."]
    if allele.alternate is None:
        lines.append(
            "No candidate at all lies at this position; name the alleles and give the BAMs to look at the reads."
        )
    elif not reads:
        lines.append("Give the BAMs (--bam, --normal, --reference) to see what the reads say.")
    else:
        n, depth = len(reads[0].fragments["alternate"]), sum(len(f) for f in reads[0].fragments.values())
        lines.append(
            f"{n} of {depth} fragments that speak carry it; {options.min_alternate_fragments} make a candidate."
        )
        if depth == 0:
            lines.append("No fragment speaks here: nothing can be said about this allele (NOT ASSESSABLE).")
        elif n >= options.min_alternate_fragments:
            lines.append(
                "So it should have been one: it lies outside the regions that were called, or its reads differ in placement."
            )
    return Section("Candidate", tuple(lines))


def counts_section(c: Candidate, evidence: JudgedEvidence) -> Section:
    """Molecules of both samples by allele, with the interval of the fraction."""
    lines = []
    for sample, name in ((TUMOR, evidence.tumor), (NORMAL, evidence.normal)):
        if name is None:
            lines.append("no normal sample")
            continue
        ref, alt, other = (int(c.counts[sample, allele].sum()) for allele in (REF, ALT, OTHER))
        support = support_of(AlleleCounts(c.depth(sample), ref, alt))
        forward, reverse = (int(n) for n in c.counts[sample, ALT].sum(axis=1))
        lines.append(
            f"{name}: {c.depth(sample)} molecules: {ref} reference, {alt} alternate ({forward} forward, {reverse} reverse), "
            f"{other} other; fraction {support.vaf:.4f} ({support.vaf_low:.4f}-{support.vaf_high:.4f})"
        )
    return Section("Counts", tuple(lines))


def evidence_section(c: Candidate, has_normal: bool) -> Section:
    """What the alternate molecules look like."""
    lines = []
    for sample, name in ((TUMOR, "tumor"), (NORMAL, "normal")):
        if not c.alternates(sample) or (sample == NORMAL and not has_normal):
            continue
        means = (
            ("base quality", c.mean_quality(sample)),
            ("mapping quality", c.mean(sample, SUM_MAPPING_QUALITY)),
            ("other mismatches", c.mean(sample, SUM_MISMATCHES)),
            ("bases to the read's end", c.mean(sample, SUM_END_DISTANCE)),
            ("clipped bases", c.mean(sample, SUM_CLIPPED)),
        )
        lines.append(f"{name}, means: " + ", ".join(f"{what} {_said(value)}" for what, value in means))
    if c.repeat_count > 1:
        lines.append(f"in a repeat: {c.repeat_count} units of {c.repeat_unit} bases in the reference")
    return Section("Alternate molecules", tuple(lines) or ("none",))


def scores_section(c: Candidate, has_normal: bool) -> Section:
    """Probabilities of the hypotheses and the log-odds."""
    lines = [f"P({name}) = {value:.6g}" for name, value in sorted(c.probabilities.items(), key=lambda item: -item[1])]
    lines.append(f"TLOD {c.tumor_log_odds:.2f} (log10 odds that the tumor has it)")
    if has_normal and not math.isnan(c.normal_log_odds):
        lines.append(f"NLOD {c.normal_log_odds:.2f} (log10 odds that the normal lacks it)")
    lines.append(
        f"population frequency {c.population_frequency:.3g}"
        if c.population_frequency
        else "in no population resource in use"
    )
    return Section("Scores", tuple(lines))


def filters_section(c: Candidate, gates: Sequence[Gate]) -> Section:
    """Every filter, the failed ones first, with value, threshold and margin."""
    lines = []
    for gate in sorted(gates, key=lambda gate: not gate.failed):
        lines.append(f"{'FAILED' if gate.failed else 'passed'} {gate.name}: {gate.description}")
        lines += [f"    {measure.text}" for measure in gate.measures]
    verdict = f"failed {', '.join(c.failed)}" if c.failed else "PASS"
    return Section(f"Filters: {verdict}", tuple(lines))


def names_section(v: AnnotatedVariant) -> Section:
    """The names of a call."""
    lines = []
    for i, effect in enumerate(v.effects):
        name = " ".join(filter(None, (effect.hgvs_c, effect.hgvs_p)))
        chosen = f" [the report speaks of this transcript: {v.transcript_choice}]" if i == 0 else ""
        lines.append(f"{effect.gene} {effect.transcript} {name} ({', '.join(effect.consequences)}){chosen}")
    return Section("Names", tuple(lines[:6]) or ("no transcript lies here",))


def tier_section(allele: Allele, findings: Findings) -> list[Section]:
    """Matches, tier rules and oncogenicity of a reported variant."""
    found = _reported(allele, findings)
    if found is None:
        return []
    v = found[1]
    matches = [
        f"{e.evidence_id or e.regulatory_label or e.source}: {e.match} ({e.match_reason}); {e.disease}: {e.disease_match}"
        for e in v.evidence
    ]
    level = f"-{v.tier.level}" if v.tier.level else ""
    sections = [
        Section("Matching", tuple(matches) or ("no statement of the knowledge in use fits",)),
        Section(f"Tier {v.tier.tier}{level}", (v.tier.reason, *v.tier.trace)),
    ]
    if v.oncogenicity:
        # What was not assessed has no points, not zero.
        said = [
            f"{c.code} not assessed: {c.reason}" if c.status == "not_assessed"
            else f"{c.code} {c.status.replace('_', ' ')} ({c.points:+d}): {c.reason}"
            for c in v.oncogenicity.criteria
        ]  # fmt: skip
        sections.append(
            Section(f"Oncogenicity: {v.oncogenicity.classification}, {v.oncogenicity.vector}", tuple(said))
        )
    if v.disagreements:
        sections.append(Section("Contradictions", tuple(v.disagreements)))
    return sections


def report_section(
    query: Query, allele: Allele, call: AnnotatedVariant | None, candidate: Candidate | None, findings: Findings
) -> Section:
    """Where in the report it stands, or why it does not."""
    found = _reported(allele, findings)
    lines = []
    if found is not None:
        number, v = found
        lines.append(f"variant {number} of {len(findings.variants)} in the table of variants")
        actionable = findings.actionable()
        if v in actionable:
            lines.append(
                f"row {actionable.index(v) + 1} of {len(actionable)} of tier I or II, which page one shows first"
            )
    elif candidate is not None and candidate.failed:
        lines.append(f"not reported: it failed {', '.join(candidate.failed)}")
    elif candidate is None:
        lines.append("not reported: it was never a candidate")
    else:
        lines.append("not reported, though it passed: the findings were made from other calls")
    gene = query.gene or (call.effect.gene if call and call.effect else "")
    for negative in findings.negatives:
        if negative.gene == gene:
            limit = f" at fractions of {negative.limit:.3g} or more" if negative.limit else ""
            why = f" ({negative.reason})" if negative.reason else ""
            lines.append(
                f"negatives: {negative.gene} {negative.target}: {negative.status.replace('_', ' ')}{limit}{why}"
            )
    return Section("Report", tuple(lines))


def _reported(allele: Allele, findings: Findings) -> tuple[int, Variant] | None:
    for number, v in enumerate(findings.variants, 1):
        same = (v.position - 1, v.reference.upper(), v.alternate.upper()) == (
            allele.position,
            allele.reference,
            allele.alternate,
        )
        if same and contig_of(allele.chromosome, [v.chromosome]):
            return number, v
    return None


def _mean(values: list[int]) -> float:
    return sum(values) / len(values)


def _said(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
