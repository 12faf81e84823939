"""Calls as a VCF 4.3, bgzipped and indexed, with the names that readers of Mutect2's files know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pysam

from oncopipe.data.calls import Calls
from oncopipe.data.evidence import ALT, NORMAL, REF, TUMOR
from oncopipe.data.given import Given
from oncopipe.data.phase import AlleleKey, Phases
from oncopipe.io.output import whole_file
from oncopipe.phred import probability_to_phred

_INFO = (
    '##INFO=<ID=SOMATIC,Number=0,Type=Flag,Description="Passes as somatic">',
    '##INFO=<ID=TLOD,Number=A,Type=Float,Description="Log10 odds that the allele is in the tumor at any fraction">',
    '##INFO=<ID=NLOD,Number=A,Type=Float,Description="Log10 odds that the normal lacks it against heterozygous">',
    '##INFO=<ID=POPAF,Number=A,Type=Float,Description="Negative log10 of the frequency in the population resource">',
    '##INFO=<ID=RU,Number=1,Type=String,Description="Repeat unit of an indel in a tract of two units or more">',
    '##INFO=<ID=RPA,Number=R,Type=Integer,Description="Units of that tract, by allele">',
    '##INFO=<ID=PSOM,Number=A,Type=Float,Description="Probability that the allele is somatic">',
    '##INFO=<ID=PGERM,Number=A,Type=Float,Description="Probability that it is germline">',
    '##INFO=<ID=PART,Number=A,Type=Float,Description="Probability that it is an artefact: error, noise of the place, damage">',
    '##INFO=<ID=HOTSPOT,Number=0,Type=Flag,Description="Asked for by name, so written whether called or not">',
    '##INFO=<ID=LOD95,Number=1,Type=Float,Description="Lowest fraction of an allele of this kind that the whole decision '
    'rule finds here with 95 % probability; missing where there is none">',
    '##INFO=<ID=FORCED,Number=0,Type=Flag,Description="Written only because it was asked for: no call that failed">',
    '##INFO=<ID=PHASE,Number=.,Type=String,Description="Neighbors that the molecules of the tumor tell of, each: '
    "POS_REF_ALT | cis, trans, mixed or unknown | molecules with both alleles | with this one alone | with the other alone"
    '">',
)
# Phases, alleles asked for by name, and the probabilities of a record's origins.
Beside = tuple[Phases, Mapping[AlleleKey, Given], np.ndarray]
_FORMAT = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype: 0/1 where the allele is called, else 0/0">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Molecules of the reference and of the allele">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Fraction of molecules with the allele">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Molecules that speak, of any allele">',
    '##FORMAT=<ID=F1R2,Number=R,Type=Integer,Description="Molecules in F1R2 orientation, by allele">',
    '##FORMAT=<ID=F2R1,Number=R,Type=Integer,Description="Molecules in F2R1 orientation, by allele">',
    '##FORMAT=<ID=SB,Number=4,Type=Integer,Description="Molecules: ref forward, ref reverse, alt forward, alt reverse">',
    '##FORMAT=<ID=AFCI,Number=2,Type=Float,Description="95 % interval of the fraction, errors of the molecules considered">',
    '##FORMAT=<ID=PGT,Number=1,Type=String,Description="Genotype on the molecules of the phase set">',
    '##FORMAT=<ID=PID,Number=1,Type=String,Description="First allele of the phase set, POS_REF_ALT">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phase set: alleles on the same molecules, hardly one without the '
    'other; the position of the first">',
)


def write_vcf(
    calls: Calls,
    path: Path | str,
    *,
    filters: list[tuple[str, str]],
    facts: dict[str, str],
    phases: Phases,
    given: Mapping[AlleleKey, Given],
    origins: np.ndarray,
    intervals: np.ndarray,
) -> None:
    """Write calls and their index, whole or not at all. facts: header lines `##oncopipe_KEY=VALUE`, in that order.

    filters: name and description of each, in the order of `calls.filter_names`. given: alleles asked for by name.
    origins: (n, 3), probability of somatic, germline, artefact. intervals: (n, samples, 2), of each sample's fraction.
    """
    samples = [
        _samples(calls, sample, intervals[:, sample]) for sample in ((TUMOR, NORMAL) if calls.normal else (TUMOR,))
    ]
    lines = [
        *_header(calls, filters, facts),
        *(_record(calls, row, samples, (phases, given, origins[row])) for row in range(len(calls))),
    ]
    with whole_file(path) as part, whole_file(f"{path}.tbi") as index:
        with pysam.BGZFile(str(part), "wb", index=None) as out:
            out.write("".join(line + "\n" for line in lines).encode())
        pysam.tabix_index(str(part), preset="vcf", force=True, index=str(index))


def _header(calls: Calls, filters: list[tuple[str, str]], facts: dict[str, str]) -> list[str]:
    samples = [calls.tumor] + ([calls.normal] if calls.normal else [])
    return [
        "##fileformat=VCFv4.3",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        *(f'##FILTER=<ID={name},Description="{text}">' for name, text in filters),
        *_INFO,
        *_FORMAT,
        *(f"##contig=<ID={name},length={length}>" for name, length in calls.contigs.items()),
        f"##source=OncoPipe {version('oncopipe')}",
        f"##oncopipe_version={version('oncopipe')}",
        *(f"##oncopipe_{key}={value}" for key, value in facts.items()),
        f"##tumor_sample={calls.tumor}",
        *([f"##normal_sample={calls.normal}"] if calls.normal else []),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples]),
    ]


def _record(calls: Calls, row: int, samples: list[list[str]], beside: Beside) -> str:
    """One line. samples: of each sample, what it says of each row. beside: what is known beside the calls."""
    phases, given, origin = beside
    e = calls.evidence
    key = (int(e.contig[row]), int(e.position[row]), e.reference[row], e.alternate[row])
    failed = [name for name, fails in zip(calls.filter_names, calls.filters[row], strict=True) if fails]
    quality = probability_to_phred(float(1.0 - calls.posterior[row, 0]))
    info = [] if failed else ["SOMATIC"]
    info.append(f"TLOD={calls.tumor_log_odds[row]:.2f}")
    if calls.normal:
        info.append(f"NLOD={calls.normal_log_odds[row]:.2f}")
    if calls.population[row] > 0:
        info.append(f"POPAF={max(0.0, -math.log10(calls.population[row])):.4g}")
    info += _repeat(e.reference[row], e.alternate[row], int(e.repeat_unit[row]), int(e.repeat_count[row]))
    info += [f"{name}={share:.4g}" for name, share in zip(("PSOM", "PGERM", "PART"), origin.tolist(), strict=True)]
    info += _neighbors(key, phases)
    info += _asked(given.get(key))
    is_called, event = not failed or calls.tumor_log_odds[row] >= 3, phases.events.get(key)
    keys, genotypes, sets = "GT:AD:AF:DP:F1R2:F2R1:SB:AFCI", ("0/1" if is_called else "0/0", "0/0"), ("", "")
    if event is not None and is_called:
        keys, genotypes = f"{keys}:PGT:PID:PS", ("0|1", "0/0")
        sets = (f":0|1:{_allele_id(event)}:{event[1] + 1}", ":.:.:.")
    name = list(calls.contigs)[e.contig[row]]
    return "\t".join(
        [name, str(e.position[row] + 1), ".", e.reference[row], e.alternate[row], f"{quality:.2f}",
         ";".join(failed) or "PASS", ";".join(info), keys,
         *(f"{told}:{said[row]}{last}" for told, said, last in zip(genotypes, samples, sets, strict=False))]
    )  # fmt: skip


def _allele_id(key: AlleleKey) -> str:
    return f"{key[1] + 1}_{key[2]}_{key[3]}"


def _asked(given: Given | None) -> list[str]:
    """What is said of an allele that was asked for by name."""
    if given is None:
        return []
    limit = [] if given.limit is None else [f"LOD95={given.limit:.4g}"]
    return ["HOTSPOT", *limit, *(["FORCED"] if given.is_forced else [])]


def _neighbors(key: AlleleKey, phases: Phases) -> list[str]:
    links = phases.links.get(key, ())
    told = (f"{_allele_id(x.other)}|{x.relation}|{x.both}|{x.this_only}|{x.other_only}" for x in links)
    return [f"PHASE={','.join(told)}"] if links else []


def _repeat(reference: str, alternate: str, unit: int, count: int) -> list[str]:
    """RU and RPA of an indel in a tract; what changes is whole units by their definition.

    >>> _repeat("GCA", "G", 2, 4), _repeat("G", "C", 1, 5)
    (['RU=CA', 'RPA=4,3'], [])
    """
    change = len(alternate) - len(reference)
    if change == 0 or count < 2:
        return []
    return [f"RU={max(reference, alternate, key=len)[1 : 1 + unit]}", f"RPA={count},{count + change // unit}"]


def _samples(calls: Calls, sample: int, intervals: np.ndarray) -> list[str]:
    """What a sample says of each row, all but the genotype. intervals: (n, 2), of its fraction."""
    counts = calls.evidence.counts[:, sample]  # rows, alleles, strands, reads
    by_strand = counts[:, [REF, ALT]].sum(axis=3)
    # Forward read 1 or reverse read 2 is F1R2 (Mutect2's convention).
    f1r2 = counts[:, [REF, ALT], 0, 0] + counts[:, [REF, ALT], 1, 1]
    f2r1 = counts[:, [REF, ALT], 0, 1] + counts[:, [REF, ALT], 1, 0]
    allele_depth, depth = by_strand.sum(axis=2), counts.sum(axis=(1, 2, 3))
    fraction = allele_depth[:, 1] / np.maximum(allele_depth.sum(axis=1), 1)
    # PERF: whole columns at once; sums of one row's few numbers cost more than its line.
    columns = np.column_stack([allele_depth, depth, f1r2, f2r1, by_strand.reshape(-1, 4)]).tolist()
    return [
        f"{ref},{alt}:{share:.4f}:{total}:" + "{},{}:{},{}:{},{},{},{}".format(*by_side) + f":{low:.4g},{high:.4g}"
        for (ref, alt, total, *by_side), share, (low, high) in zip(
            columns, fraction.tolist(), intervals.tolist(), strict=True
        )
    ]


def numbers(values: np.ndarray | list[float]) -> str:
    """Numbers for a header line, comma-separated."""
    return ",".join(f"{float(v):.4g}" for v in values)
