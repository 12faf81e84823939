"""A BAM (and its normal) in, every metric with its status out: the page a newcomer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from oncopipe.data.findings import QcMetric, Quality
from oncopipe.data.regions import Regions
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.families.sample import sampled_sizes
from oncopipe.io.bam import AlignmentReader, open_alignment
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import Reference, check_contigs, open_reference
from oncopipe.io.sites import Sites, read_sites
from oncopipe.options import QcOptions
from oncopipe.qc.collect import QualityWatch, collect_counts, count_sites
from oncopipe.qc.contamination import Contamination, contamination_alone, contamination_with_normal
from oncopipe.qc.counts import SampleCounts, VariantAlleles
from oncopipe.qc.identity import Identity, estimate_identity
from oncopipe.qc.judgment import Measurement, Role, Sex
from oncopipe.qc.metrics import METRICS
from oncopipe.qc.site_model import SiteCounts, genotype_posterior, independent_sites
from oncopipe.qc.summary import metrics_path, summarize
from oncopipe.qc.swap import PrivateAlleles, candidate_alleles, count_private

# METHOD: a sample of the private alleles, evenly spaced over the genome, is enough for a sign test.
MAX_PRIVATE_ALLELES = 1_000


@dataclass(frozen=True)
class QualityResult:
    """The metrics of a sample with the counts they come from."""

    sample: str
    metrics: tuple[QcMetric, ...]
    counts: SampleCounts
    sites: Sites | None
    normal_sites: SiteCounts | None
    contigs: tuple[str, ...]

    @property
    def quality(self) -> Quality:
        """The worst status and the sentence of the trust line."""
        return summarize(self.metrics)


def measure_quality(
    bam: Path | str,
    reference: Path | str,
    *,
    regions: Path | str | None = None,
    sites: Path | str | None = None,
    normal: Path | str | None = None,
    role: Role = "tumor",
    sample: str | None = None,
    declared_sex: Sex | None = None,
    options: QcOptions | None = None,
    threads: int = 1,
) -> QualityResult:
    """Every metric of a sample's BAM; with `normal`, also whether both are of one person and in their places.

    Each BAM is read once for everything, and a few positions a second time to see whether tumor and normal are
    swapped.
    Raises: InputError and its kin for files that are missing, damaged or of another reference.
    """
    options = options or QcOptions()
    with open_reference(reference) as genome, open_alignment(bam, reference) as reader:
        check_contigs(genome, reader.header.contig_lengths, where=str(bam))
        name = sample or sample_of(reader)
        metrics_path(".", name)
        targets = _targets(regions, genome, reader)
        common = read_sites(sites, genome) if sites else None
        counts = collect_counts(reader, genome, targets, common, options, threads)
        normal_counts, private = None, None
        if normal is not None:
            with open_alignment(normal, reference) as other:
                check_contigs(genome, other.header.contig_lengths, where=str(normal))
                normal_counts = collect_counts(other, genome, targets, common, options, threads)
                private = _private_alleles(reader, other, counts, normal_counts, genome, options)
        judged = _Judged(genome, common, options, targets is not None)
        families = sampled_sizes(reader, options.min_mapping_quality)
        return judged.result(name, role, counts, normal_counts, private, declared_sex, families)


def watch_quality(
    readers: Sequence[AlignmentReader],
    genome: Reference,
    targets: Regions | None,
    sites: Path | str | None,
    options: QcOptions,
) -> QualityWatch:
    """What counts the samples of `readers` (a tumor, and its normal if there is one) while calling reads them."""  # fmt: skip
    common = read_sites(sites, genome) if sites else None
    return QualityWatch(readers, genome, targets, common, options)


def watched_quality(
    watch: QualityWatch, readers: Sequence[AlignmentReader], genome: Reference, *, has_targets: bool
) -> list[QualityResult]:
    """The metrics of the samples that were watched, as `measure_quality` gives them for each."""
    counts = [watch.counts(sample) for sample in range(len(readers))]
    judged = _Judged(genome, watch.sites, watch.options, has_targets)
    names = [sample_of(reader) for reader in readers]
    families = [sampled_sizes(reader, watch.options.min_mapping_quality) for reader in readers]
    if len(readers) == 1:
        return [judged.result(names[0], "tumor", counts[0], None, None, None, families[0])]
    private = _private_alleles(readers[0], readers[1], counts[0], counts[1], genome, watch.options)
    return [
        judged.result(names[0], "tumor", counts[0], counts[1], private, None, families[0]),
        judged.result(names[1], "normal", counts[1], None, None, None, families[1]),
    ]


@dataclass(frozen=True)
class _Judged:
    """What counts are judged with, the same for all samples of a run."""

    genome: Reference
    common: Sites | None
    options: QcOptions
    has_targets: bool

    def result(
        self,
        name: str,
        role: Role,
        counts: SampleCounts,
        normal: SampleCounts | None,
        private: PrivateAlleles | None,
        declared_sex: Sex | None,
        families: np.ndarray | None,
    ) -> QualityResult:
        """Every metric of a sample from its counts, its normal's, and what both have to themselves."""
        identity, contamination = None, None
        if self.common is not None:
            identity, contamination = _compare(counts, normal, self.common)
        measurement = Measurement(
            name, role, counts, self.options, self.has_targets, declared_sex, normal is not None,
            contamination, identity, private, families,
        )  # fmt: skip
        metrics = tuple(metric for family in METRICS for metric in family.measure(measurement))
        normal_sites = normal.sites if normal else None
        return QualityResult(name, metrics, counts, self.common, normal_sites, self.genome.contigs)


def sample_of(reader: AlignmentReader) -> str:
    """The one sample name in a BAM's read groups. Raises: InputError when there is none, or several."""
    samples = [name for name in reader.header.samples if name]
    if len(samples) != 1:
        said = f"names {len(samples)} samples ({', '.join(samples[:3])})" if samples else "names no sample"
        raise InputError(f"the BAM {said} in its read groups", where=str(reader.path), fix="say which with --sample")
    return samples[0]


def _targets(regions: Path | str | None, genome: Reference, reader: AlignmentReader) -> Regions | None:
    if regions is None:
        return None
    targets = read_bed(regions, genome.lengths)
    missing = [region.contig for region in targets if region.contig not in reader.header.contigs]
    if missing:
        raise ReferenceMismatchError(
            f"contig {missing[0]} of the regions is not in the BAM", where=f"{regions} against {reader.path}"
        )
    return targets


def _compare(
    counts: SampleCounts, normal: SampleCounts | None, sites: Sites
) -> tuple[Identity | None, Contamination]:
    """Identity (with a normal) and contamination from fragments at common sites."""
    assert counts.sites is not None
    if normal is None or normal.sites is None:
        rows = independent_sites(sites.contig, sites.position, counts.sites.depth > 0)
        return None, contamination_alone(counts.sites.select(rows), sites.frequency[rows])
    posterior = genotype_posterior(normal.sites, sites.frequency)
    is_homozygous = posterior[:, 1] < 0.5
    covered = (counts.sites.depth > 0) & (normal.sites.depth > 0)
    rows = independent_sites(sites.contig, sites.position, is_homozygous & covered)
    tumor, other, frequency = counts.sites.select(rows), normal.sites.select(rows), sites.frequency[rows]
    return estimate_identity(tumor, other, frequency), contamination_with_normal(tumor, other, frequency)


def _private_alleles(
    tumor: AlignmentReader,
    normal: AlignmentReader,
    tumor_counts: SampleCounts,
    normal_counts: SampleCounts,
    genome: Reference,
    options: QcOptions,
) -> PrivateAlleles:
    """How many alleles below one half each sample has to itself."""
    found = []
    for mine, theirs, reader in (
        (tumor_counts.variants, normal_counts.variants, normal),
        (normal_counts.variants, tumor_counts.variants, tumor),
    ):
        rows = candidate_alleles(mine, theirs)
        # The sample is drawn from as many as there are, so the two sides stay comparable.
        share = max(1.0, len(rows) / MAX_PRIVATE_ALLELES)
        rows = rows[np.unique(np.floor(np.arange(0, len(rows), share)).astype(np.int64))] if len(rows) else rows
        counts = count_sites(reader, genome, _as_sites(mine, rows, genome), options)
        found.append(round(share * count_private(counts.alternate, counts.depth + counts.other)))
    return PrivateAlleles(found[0], found[1])


def _as_sites(variants: VariantAlleles, rows: np.ndarray, genome: Reference) -> Sites:
    contig, position = variants.contig[rows], variants.position[rows]
    reference = [
        genome.codes(genome.contigs[c], p, p + 1)[0] for c, p in zip(contig.tolist(), position.tolist(), strict=True)
    ]
    unknown = np.full(len(rows), np.nan)
    return Sites(contig, position, np.array(reference, np.uint8), variants.base[rows], unknown, 0)
