"""A sample's reads, looked at from outside: whole, sorted, of this reference, in pairs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pysam

from oncopipe.data.problems import Problem
from oncopipe.data.samples import Sample
from oncopipe.errors import OncoPipeError
from oncopipe.io.alignment_file import check_whole
from oncopipe.io.fasta import Contigs, check_contigs
from oncopipe.io.fastq import read_pairs


def as_problem(error: OncoPipeError, where: str) -> Problem:
    """An error as one of many problems."""
    place = f"{where}: {error.where}" if error.where and error.where not in where else where
    return Problem(place, error.what, error.fix or "see the documentation")


def fastq_problems(sample: Sample) -> Iterator[Problem]:
    """Lanes whose first records are no FASTQ, or not mates."""
    for lane in sample.lanes:
        try:
            next(read_pairs(Path(lane.fastq_1), Path(lane.fastq_2)), None)
        except OncoPipeError as error:
            yield as_problem(error, f"sample {sample.sample}, {lane.fastq_1}")


def reads_problems(sample: Sample, contigs: Contigs | None) -> Iterator[Problem]:
    """What keeps a BAM or CRAM from being used: cut short, unsorted, another reference, another name."""
    path = Path(sample.bam or "")
    where = f"sample {sample.sample}, {path}"
    try:
        check_whole(path)
        # An index is no matter: where the giver has none, one is made beside the results.
        with pysam.AlignmentFile(str(path), check_sq=False) as file:
            header = file.header.to_dict()
        lengths = {row["SN"]: int(row["LN"]) for row in header.get("SQ", [])}
        if contigs is not None:
            check_contigs(contigs, lengths, where=str(path))
    except OncoPipeError as error:
        yield as_problem(error, where)
        return
    except (OSError, ValueError) as error:
        yield Problem(where, f"the header cannot be read ({error})", "copy the file again, or make it anew")
        return
    if not lengths:
        yield Problem(where, "the reads are not aligned: the header names no contig", "give FASTQ, or align them")
    order = header.get("HD", {}).get("SO", "unknown")
    if order in ("unsorted", "queryname"):
        yield Problem(where, f"the reads are not sorted by coordinate ({order})", "sort and index: samtools sort")
    names = {group["SM"] for group in header.get("RG", []) if "SM" in group}
    if len(names) > 1:
        yield Problem(
            where,
            f"the read groups speak of several samples: {', '.join(sorted(names))}",
            "split the file: one sample a BAM",
        )
    elif not names:
        yield Problem(where, "the reads do not say whose they are (no SM in a read group)", "samtools addreplacerg")
    elif names != {sample.sample}:
        # Calls carry the name in the reads. Two names for one sample may as well be two samples.
        (name,) = names
        yield Problem(
            where,
            f"the reads say that they are sample {name} (SM of the read groups), the sheet says {sample.sample}",
            f"write {name} in the sheet (external_id may hold another name), or mend the BAM: samtools addreplacerg",
        )
