"""Reads to calls, in three steps: collect (reads BAMs), fit (learns the sample), score (judges each allele)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from oncopipe.calling.collect import collect
from oncopipe.calling.detection import rule_of
from oncopipe.calling.filters import FILTERS
from oncopipe.calling.fit import Model, fit
from oncopipe.calling.given import to_write
from oncopipe.calling.hypotheses import HYPOTHESES
from oncopipe.calling.likelihoods import fraction_intervals
from oncopipe.calling.limits import Tubes, plain_variants, site_limits
from oncopipe.calling.origin import TumorState, origins, state_of
from oncopipe.calling.phase import phase_calls
from oncopipe.calling.score import score, worth_writing
from oncopipe.data.calls import Calls
from oncopipe.data.evidence import Collected
from oncopipe.data.given import Given
from oncopipe.data.phase import AlleleKey, Phases
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError
from oncopipe.io.alleles import AlleleTable
from oncopipe.io.alterations import read_alterations
from oncopipe.io.bam import open_alignment
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.hotspots import read_hotspots
from oncopipe.io.limits import Limits, Site
from oncopipe.io.vcf import numbers, write_vcf
from oncopipe.options import CallOptions

__all__ = [
    "call_somatic",
    "call_tumor_only",
    "check_resources",
    "chosen_calls",
    "collect_reads",
    "fit",
    "limits_at",
    "phases_of_calls",
    "score_evidence",
    "tumor_state",
    "write_calls",
]

# Rows of a VCF, and what is said of those that were asked for by name.
Chosen = tuple[Calls, dict[AlleleKey, Given]]
_DEFAULTS, _UNPHASED, _UNKNOWN = CallOptions(), Phases(), TumorState()


def call_somatic(
    tumor: Path | str,
    normal: Path | str,
    reference: Path | str,
    regions: Path | str | None = None,
    options: CallOptions = _DEFAULTS,
    *,
    threads: int = 1,
) -> Calls:
    """Somatic calls of a tumor against its normal: collect, fit and score in one."""
    collected = collect_reads(tumor, normal, reference, regions, options, threads=threads)
    return score_evidence(collected, fit(collected, options), options)


def call_tumor_only(
    tumor: Path | str,
    reference: Path | str,
    regions: Path | str | None = None,
    options: CallOptions = _DEFAULTS,
    *,
    germline_resource: Path | str | None = None,
    panel_of_normals: Path | str | None = None,
    threads: int = 1,
) -> Calls:
    """Somatic calls of a tumor alone; population frequencies and a panel of normals stand in for the normal."""
    check_resources(reference, germline_resource, panel_of_normals)
    collected = collect_reads(tumor, None, reference, regions, options, threads=threads)
    model = fit(collected, options)
    return score_evidence(collected, model, options, germline_resource, panel_of_normals)


def regions_of(reference: Reference, regions: Path | str | None) -> Regions:
    """The regions of a BED, or every contig of the reference whole."""
    if regions is not None:
        return read_bed(regions, reference.lengths)
    return Regions(tuple(Region(name, 0, length) for name, length in reference.lengths.items()))


def collect_reads(
    tumor: Path | str,
    normal: Path | str | None,
    reference: Path | str,
    regions: Path | str | None,
    options: CallOptions = _DEFAULTS,
    *,
    threads: int = 1,
    progress: Callable[[Region], None] | None = None,
    hotspots: Path | str | None = None,
) -> Collected:
    """Open the files and collect. hotspots: alleles whose evidence is wanted whether reads show them or not."""
    with open_reference(reference) as genome, open_alignment(tumor, reference) as tumor_reader:
        given = read_hotspots(hotspots, genome).alleles if hotspots is not None else None
        collect_all = partial(collect, threads=threads, progress=progress, given=given)
        places = regions_of(genome, regions)
        if regions is None:  # the reference may have contigs that no read was aligned to
            known = set(tumor_reader.header.contigs)
            places = Regions(tuple(region for region in places if region.contig in known))
        if normal is None:
            return collect_all(tumor_reader, None, genome, places, options)
        with open_alignment(normal, reference) as normal_reader:
            return collect_all(tumor_reader, normal_reader, genome, places, options)


def check_resources(
    reference: Path | str, germline_resource: Path | str | None, panel_of_normals: Path | str | None
) -> None:
    """Refuse resources that scoring could not use, before the reads are read.

    Raises: MissingInputError, InputError, ReferenceMismatchError.
    """
    with open_reference(reference) as genome:
        contigs = list(genome.contigs)
    if germline_resource:
        AlleleTable(germline_resource, contigs).frequency_key()
    if panel_of_normals:
        AlleleTable(panel_of_normals, contigs)


def score_evidence(
    collected: Collected,
    model: Model,
    options: CallOptions = _DEFAULTS,
    germline_resource: Path | str | None = None,
    panel_of_normals: Path | str | None = None,
) -> Calls:
    """Judge evidence by a model; every candidate comes back, filtered ones too."""
    contigs = list(collected.contigs)
    population = AlleleTable(germline_resource, contigs).frequencies if germline_resource else None
    panel = AlleleTable(panel_of_normals, contigs).is_listed if panel_of_normals else None
    return score(collected, model, options, population=population, panel=panel)


def chosen_calls(
    calls: Calls,
    collected: Collected,
    model: Model,
    options: CallOptions = _DEFAULTS,
    germline_resource: Path | str | None = None,
    panel_of_normals: Path | str | None = None,
) -> Chosen:
    """The rows that a VCF holds, those asked for by name among them, and what is said of these."""
    contigs = list(collected.contigs)
    population = AlleleTable(germline_resource, contigs).frequencies if germline_resource else None
    panel = AlleleTable(panel_of_normals, contigs).is_listed if panel_of_normals else None
    rule = rule_of(collected, model, options, has_population=population is not None)
    return to_write(calls, collected, model, options, rule, population=population, panel=panel)


def tumor_state(tumor: str, purity: float | None, copy_number: Path | str | None) -> TumorState:
    """What purity and a table of segments (docs/exports.md) say of a tumor. Raises: MissingInputError, InputError."""
    segments = read_alterations(segments=Path(copy_number)).segments if copy_number is not None else ()
    return state_of(purity, segments, tumor)


def limits_at(
    sites: list[Site],
    collected: Collected,
    model: Model,
    bams: tuple[Path | str, Path | str | None],
    reference: Path | str,
    options: CallOptions = _DEFAULTS,
    *,
    has_population: bool = False,
) -> Limits:
    """The limit of detection at each site. `bams`: the tumor's and the normal's, the ones that were collected from;
    `has_population`: calls were scored with population frequencies.

    Raises: InputError (reads of other samples than the evidence, damaged file).
    """
    rule = rule_of(collected, model, options, has_population=has_population)
    with ExitStack() as stack:
        tumor, normal = (stack.enter_context(open_alignment(b, reference)) if b is not None else None for b in bams)
        assert tumor is not None
        names = tuple(reader.header.samples if reader is not None else (None,) for reader in (tumor, normal))
        if names != ((collected.tumor,), (collected.normal,)):
            raise InputError(
                f"the evidence is of {collected.tumor} and {collected.normal}, these reads are not",
                where=str(bams[0]),
                fix="give the reads that the evidence was collected from",
            )
        tubes = Tubes(tumor, normal, collected.statistics, plain_variants(collected))
        return site_limits(tubes, sites, rule, collected.tumor)


def phases_of_calls(
    calls: Calls, tumor: Path | str, reference: Path | str, options: CallOptions = _DEFAULTS
) -> Phases:
    """Which of the calls lie on the same molecules of the tumor. Raises: InputError (reads of another sample, damaged)."""
    with open_reference(reference) as genome, open_alignment(tumor, reference) as reader:
        if reader.header.samples != (calls.tumor,):
            raise InputError(
                f"the calls are of {calls.tumor}, these reads are not",
                where=str(tumor),
                fix="give the tumor's reads that the evidence was collected from",
            )
        return phase_calls(calls, reader, genome.codes, options)


def write_calls(
    calls: Calls,
    model: Model,
    options: CallOptions,
    output: Path | str,
    evidence: Path | str | None,
    phases: Phases = _UNPHASED,
    chosen: Chosen | None = None,
    state: TumorState = _UNKNOWN,
) -> None:
    """Write the VCF and, when asked for, every candidate with its evidence and probabilities.

    chosen: the rows of the VCF, where alleles were asked for by name (`chosen_calls`). state: purity and copy number.
    """
    facts = {
        "hypotheses": ",".join(HYPOTHESES),
        "germline_told_by": calls.germline_from,
        "prior_snv": numbers(model.weights_snv),
        "prior_indel": numbers(model.weights_indel),
        "tumor_in_normal": f"{model.tumor_in_normal:g}",
        "contamination": f"{calls.contamination:.3g}",
        "families": "; ".join(model.families),
        "prior": "fixed" if options.somatic_prior is not None else "learned",
        "options": ",".join(f"{key}={value}" for key, value in options.model_dump().items()),
    }
    written, given = chosen or (calls.select(worth_writing(calls)), {})
    filters = [(f.name, f.description) for f in FILTERS]
    write_vcf(
        written, output, filters=filters, facts=facts, phases=phases, given=given,
        origins=origins(written, model, state), intervals=fraction_intervals(written.evidence, model.errors),
    )  # fmt: skip
    if evidence is not None:
        from oncopipe.io.evidence import write_judged  # imports pyarrow, which most calls need not

        write_judged(calls, HYPOTHESES, evidence)
