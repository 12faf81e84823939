"""One variant from its reads to its place in the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncopipe.annotation.alleles import SequenceCache, change_of
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.data.findings import Findings
from oncopipe.data.variants import AnnotatedCalls, AnnotatedVariant
from oncopipe.errors import ConfigError, InputError
from oncopipe.explain.gates import NEAR_BASES, Setting, gates_of
from oncopipe.explain.places import Allele, checked_contig, contig_of, left_aligned
from oncopipe.explain.query import Query, alleles_of, named_among, parse_query, transcript_of
from oncopipe.explain.reads import ReadCounts, count_reads, sample_names
from oncopipe.explain.sections import (
    Section,
    absent_section,
    counts_section,
    evidence_section,
    filters_section,
    names_section,
    reads_section,
    report_section,
    scores_section,
    tier_section,
)
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.judged import NORMAL, TUMOR, Candidate, JudgedEvidence
from oncopipe.options import CallOptions


@dataclass(frozen=True)
class Sources:
    """What an explanation is made of; what is None is not told."""

    evidence: JudgedEvidence
    calls: AnnotatedCalls | None = None
    findings: Findings | None = None
    bam: Path | None = None
    normal_bam: Path | None = None
    reference: Path | None = None
    genes: Path | None = None
    options: CallOptions = field(default_factory=CallOptions)


@dataclass(frozen=True)
class Explanation:
    """One allele with its sections, in the order of its way."""

    title: str
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        parts = [self.title, "=" * len(self.title)]
        for section in self.sections:
            parts += ["", section.title, *(f"  {line}" for line in section.lines)]
        return "\n".join(parts) + "\n"


def explain(asked: str, sources: Sources) -> list[Explanation]:
    """What happened to the variant that `asked` names; several explanations where the name means several alleles.

    Raises: InputError for what names no variant, and for a name whose place the inputs cannot tell.
    """
    query = parse_query(asked)
    _check_reads(sources)
    called = named_among(query, sources.calls.variants if sources.calls else ())
    alleles = [Allele(v.contig, v.position, v.reference, v.alternate) for v in called] or _places(query, sources)
    seen = [(allele, _candidates(allele, sources)) for allele in alleles]
    if any(found for _, found in seen):
        seen = [(allele, found) for allele, found in seen if found]
    elif alleles and alleles[0].reference is None:
        seen = seen[:1]  # of a residue's three places one tells that nothing is there
    elif len(seen) > 1 and not called:
        # No allele that gives this name was ever a candidate: changes of one base are looked at first.
        seen = sorted(seen, key=lambda pair: len(pair[0].reference or ""))
    made = []
    for allele, candidates in seen:
        if not candidates:
            made.append(_explained(query, allele, None, sources))
        for c in candidates:
            own = Allele(c.chromosome, c.position, c.reference, c.alternate)
            made.append(_explained(query, own, c, sources))
    return made


def _places(query: Query, sources: Sources) -> list[Allele]:
    """Where a name lies that is not among the calls."""
    if query.allele is not None:
        if sources.reference is None:
            return [query.allele]
        with open_reference(sources.reference) as fasta:
            return [left_aligned(query.allele, fasta)]
    if sources.genes is None or sources.reference is None:
        raise InputError(
            f"{query.text!r} is not among the calls, and its place cannot be told without gene models",
            where="the variant asked for",
            fix="give --genes and --reference, or the coordinates",
        )
    with open_reference(sources.reference) as fasta:
        models = GeneModels(read_gff3(sources.genes, fasta.lengths))
        return _candidates_called(query, models, fasta, sources) or alleles_of(query, models, SequenceCache(fasta))


def _candidates_called(query: Query, models: GeneModels, fasta: Reference, sources: Sources) -> list[Allele]:
    """The candidates of the evidence that have the name, which the VCF of calls need not hold."""
    transcript, annotator = transcript_of(query, models), Annotator(fasta, models)
    found = []
    for c in _candidates_between(transcript.contig, transcript.start, transcript.end, sources):
        change = change_of(annotator.sequence, transcript.contig, c.position, c.reference, c.alternate)
        if change and any(query.fits(effect) for effect in annotator.names(change, c.alternate).effects):
            found.append(Allele(c.chromosome, c.position, c.reference, c.alternate))
    return found


def _candidates(allele: Allele, sources: Sources) -> list[Candidate]:
    """The candidates of the evidence that are this allele, or lie at this place."""
    found = _candidates_between(allele.chromosome, allele.position, allele.position + 1, sources)
    if allele.reference is None:
        return found
    return [c for c in found if (c.reference, c.alternate) == (allele.reference, allele.alternate)]


def _candidates_between(chromosome: str, start: int, end: int, sources: Sources) -> list[Candidate]:
    for contig in dict.fromkeys((chromosome, chromosome.removeprefix("chr"), f"chr{chromosome}")):
        if found := sources.evidence.at(contig, start, end):
            return found
    return []


def _check_reads(sources: Sources) -> None:
    """Refuse BAMs of another sample: their reads would be told as this patient's. Raises: InputError."""
    for bam, name in ((sources.bam, sources.evidence.tumor), (sources.normal_bam, sources.evidence.normal)):
        if bam is None:
            continue
        if name is None:
            raise InputError("the calls were made without a normal", where=str(bam), fix="leave --normal out")
        if (found := sample_names(bam)) and found != {name}:
            raise InputError(
                f"these reads are of {', '.join(sorted(found))}, the evidence is of {name}", where=str(bam),
                fix="give the reads that the evidence was collected from",
            )  # fmt: skip


def _explained(query: Query, allele: Allele, candidate: Candidate | None, sources: Sources) -> Explanation:
    call = _call(allele, sources.calls)
    has_normal = sources.evidence.normal is not None
    sections: list[Section] = []
    reads = _reads(allele, sources)
    if reads:
        sections.append(reads_section(reads, sources.options))
    if candidate is None:
        sections.append(absent_section(allele, reads, sources.options))
    else:
        near = sources.evidence.at(
            candidate.chromosome, candidate.position - NEAR_BASES, candidate.position + NEAR_BASES + 1
        )
        sections += [
            counts_section(candidate, sources.evidence),
            evidence_section(candidate, has_normal),
            scores_section(candidate, has_normal),
            filters_section(candidate, gates_of(candidate, Setting(near, sources.options, has_normal))),
        ]
    if call is not None:
        sections.append(names_section(call))
    if sources.findings is not None:
        sections += [
            *tier_section(allele, sources.findings),
            report_section(query, allele, call, candidate, sources.findings),
        ]
    name = f"{query.text} = {allele.where}" if query.allele is None else allele.where
    return Explanation(f"{name} in {sources.evidence.tumor}", tuple(sections))


def _call(allele: Allele, calls: AnnotatedCalls | None) -> AnnotatedVariant | None:
    for v in calls.variants if calls else ():
        same = (v.position, v.reference.upper(), v.alternate.upper()) == (
            allele.position,
            allele.reference,
            allele.alternate,
        )
        if same and contig_of(allele.chromosome, [v.contig]):
            return v
    return None


def _reads(allele: Allele, sources: Sources) -> Sequence[ReadCounts]:
    """The reads of the BAMs over the allele; none without BAMs, or where only a place was named."""
    if sources.bam is None and sources.normal_bam is None:
        return ()
    if sources.reference is None:
        raise ConfigError("the reads cannot be looked at without the reference", fix="give --reference")
    if allele.reference is None or allele.alternate is None:
        return ()
    bams = (
        (sources.bam, sources.evidence.tumor, TUMOR),
        (sources.normal_bam, sources.evidence.normal or "normal", NORMAL),
    )
    with open_reference(sources.reference) as fasta:
        contig = checked_contig(allele, fasta)
    place = contig, allele.position, allele.reference, allele.alternate
    return [
        count_reads(bam, sources.reference, place, sources.options, name) for bam, name, _ in bams if bam is not None
    ]
