"""A truth set to its counts: call it, match the calls with the truth, in all and by slice.

How to measure a change of the caller, from the root of a clone, seconds a set:

    oncopipe benchmark run --known ../shared/data --set spike_train --set sim_train
    oncopipe benchmark run --genome ../shared/data/genome/grch38.chr20_and_21_10M.fa.gz --made accuracy --set oxog
    oncopipe benchmark simulate             # the names: null clean oxog ffpe contaminated tin02 ... long wgsim umi_duplex
    make accuracy                           # everything, against tests/golden/{bounds,calls,reasons}.tsv

The first use of a simulated set makes it (10 s a megabase; `null` a few minutes); later uses find it in `accuracy/`.
From Python, with any option of the caller:

    from oncopipe.validation import known_sets, measure, report_of, slices_of
    spike, sim, f50, f20, f10 = known_sets(Path("../shared/data"))
    m = measure(spike, threads=2, pass_probability=0.6)     # m.comparison, m.slices, m.metrics, m.germline
    print(report_of(m))

Cross-validation: `slices_of(read_bed(...), set.blocks)` cuts a set into its slices; train on all but one, measure on it.
After a gain, raise the floors in bounds.tsv and write the new list of calls: `--known ... --list tests/golden/calls.tsv`;
a truth that is lost needs a row in reasons.tsv.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from oncopipe.calling import collect_reads, fit, score_evidence, write_calls
from oncopipe.calling.hypotheses import SOMATIC
from oncopipe.data.evidence import ALT, NORMAL, Collected
from oncopipe.data.regions import Regions
from oncopipe.io.bed import read_bed
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.options import CallOptions
from oncopipe.validation.compare import Allele, Comparison, compare_calls, is_indel, read_alleles
from oncopipe.validation.metrics import KINDS, metrics_of, rate_interval, table_of
from oncopipe.validation.sets import TruthSet, slices_of

# An allele at this fraction of the normal's molecules is plainly the person's own.
PLAIN_IN_NORMAL = 0.2


@dataclass(frozen=True)
class Measured:
    """What one caller made of a set. germline: calls that the person was born with. seconds: CPU of calling.

    somatic_prior: that our caller learned for an SNV at a base; None for others.
    """

    name: str
    caller: str
    comparison: Comparison
    slices: tuple[Comparison, ...]
    germline: tuple[Allele, ...]
    megabases: float
    seconds: float
    somatic_prior: float | None = None

    @property
    def metrics(self) -> dict[str, Any]:
        return metrics_of(self.comparison)

    def false_per_megabase(self, kind: str) -> tuple[int, float, tuple[float, float]]:
        """False calls of a kind, their rate, and its exact interval."""
        n = sum(is_indel(a) == (kind == "indel") for a in self.comparison.false_positive)
        return n, n / self.megabases, rate_interval(n, self.megabases)


def measure(truth_set: TruthSet, *, threads: int = 1, **options: Any) -> Measured:
    """Call a set with the present caller and count. options: as `CallOptions`, over those of the set."""
    chosen = CallOptions.model_validate(dict(truth_set.options) | options)
    began = time.process_time()
    collected = collect_set(truth_set, chosen, threads)
    return judge_set(truth_set, collected, chosen, time.process_time() - began)


def collect_set(truth_set: TruthSet, options: CallOptions, threads: int = 1) -> Collected:
    """The evidence of a set: the step that reads, done once for several ways of judging."""
    pair = (truth_set.bam(truth_set.tumor), truth_set.bam(truth_set.normal))
    return collect_reads(*pair, truth_set.reference, truth_set.regions, options, threads=threads)


def judge_set(truth_set: TruthSet, collected: Collected, options: CallOptions, seconds: float = 0.0) -> Measured:
    """Fit, score and count collected evidence. seconds: CPU that collecting took."""
    began = time.process_time()
    model = fit(collected, options)
    calls = score_evidence(collected, model, options, truth_set.population)
    seconds += time.process_time() - began
    passed = calls.select(calls.is_pass).evidence
    plain = passed.allele_depth(NORMAL, ALT) >= PLAIN_IN_NORMAL * passed.depth(NORMAL).clip(1)
    names = list(calls.contigs)
    rows = zip(passed.contig, passed.position.tolist(), passed.reference, passed.alternate, plain, strict=True)
    shared = {(names[c], p, r, a) for c, p, r, a, is_plain in rows if is_plain}
    with tempfile.TemporaryDirectory(prefix="oncopipe-measure-") as folder:
        vcf = Path(folder) / "calls.vcf.gz"
        write_calls(calls, model, options, vcf, None)
        counted = count(truth_set, vcf, "oncopipe", seconds, shared)
    return replace(counted, somatic_prior=float(model.weights_snv[SOMATIC]))


def count(
    truth_set: TruthSet, calls: Path, caller: str, seconds: float, shared: set[Allele] | None = None
) -> Measured:
    """Count anyone's calls of a set. shared: alleles that the normal plainly shows, counted as germline too."""
    with open_reference(truth_set.reference) as genome:
        regions = read_bed(truth_set.regions, genome.lengths)
        comparison = compare_calls(truth_set.truth, calls, genome, regions)
        inherited = _germline(truth_set, genome, regions) | (shared or set())
    return Measured(
        truth_set.name,
        caller,
        comparison,
        tuple(comparison.inside(piece) for piece in slices_of(regions, truth_set.blocks)),
        tuple(a for a in comparison.false_positive if a in inherited),
        sum(len(region) for region in regions) / 1e6,
        seconds,
    )


def _germline(truth_set: TruthSet, genome: Reference, regions: Regions) -> set[Allele]:
    if truth_set.germline is None:  # admix names what the normal has too by a FILTER of its truth
        return set(read_alleles(truth_set.truth, genome, regions, filters=("GERMLINE",)))
    return set(read_alleles(truth_set.germline, genome, regions))


def report_of(measured: Measured, *, details: bool = True) -> str:
    """The tables of a set as text: by type, slice, context and fraction, false calls per megabase, germline."""
    lines = [f"== {measured.name} by {measured.caller}: {measured.megabases:.3f} Mb, {measured.seconds:.1f} s CPU"]
    has_truth = bool(measured.comparison.true_positive or measured.comparison.false_negative)
    if has_truth:
        lines.append(table_of(measured.metrics, details=details))
        for number, piece in enumerate(measured.slices if len(measured.slices) > 1 else (), 1):
            lines += [f"-- slice {number} of {len(measured.slices)}", table_of(metrics_of(piece), details=False)]
    for kind in KINDS:
        n, rate, (low, high) = measured.false_per_megabase(kind)
        lines.append(f"{kind} false per Mb: {rate:.2f} ({low:.2f}-{high:.2f}), {n} in {measured.megabases:.2f} Mb")
    if measured.somatic_prior is not None:
        lines.append(f"somatic prior of an SNV at a base, learned or given: {measured.somatic_prior:.3g}")
    lines.append(f"germline alleles among the calls: {len(measured.germline)}")
    return "\n".join(lines)
