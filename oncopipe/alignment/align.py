"""Lanes of one sample to its BAM: align, mate, sort, mark duplicates, index."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pysam

from oncopipe.alignment.aligners import align_with_bwa, align_with_pybwa
from oncopipe.alignment.index import ensure_index, has_index, link_index
from oncopipe.alignment.sorting import sort_and_mark
from oncopipe.errors import ConfigError, OutputError
from oncopipe.io.fasta import Reference, open_reference
from oncopipe.io.fastq import read_pairs
from oncopipe.io.output import PRIVATE_MODE
from oncopipe.options import AlignOptions

_ALIGNERS = {"pybwa": align_with_pybwa, "bwa": align_with_bwa}


@dataclass(frozen=True)
class Lane:
    """The two FASTQ files of one lane of one library."""

    fastq_1: Path
    fastq_2: Path


def align_reads(
    lanes: Sequence[Lane],
    reference_path: Path,
    output: Path,
    *,
    sample: str,
    patient: str,
    index: Path | None = None,
    threads: int = 1,
    options: AlignOptions | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> int:
    """Write `output` (BAM) and its `.bai` from the lanes of one sample; returns the number of pairs.

    index: prefix of the aligner's index; None takes the one beside the reference, or builds one beside the output.
    report: is told one sentence a step. Memory: a batch of reads (some 300 MB with the index of a small genome,
    6 GB with the human one) and the sorter's share for each thread; the rest is on disk beside the output.

    Raises: InputError for damaged or unequal FASTQ (file and record), OutputError, ConfigError. No half-written
    BAM is left.
    """
    options = options or AlignOptions.model_validate({})
    _refuse_repeats(lanes)
    with open_reference(reference_path) as reference, _working_folder(output) as folder:
        prefix = ensure_index(reference, index or _default_prefix(reference.path, output))
        prefix = link_index(prefix, folder, reference)
        records = folder / "aligned.bam"
        header = _header(reference, sample, patient, len(lanes), options)
        n_pairs = 0
        with pysam.AlignmentFile(str(records), "wbu", header=header) as writer:
            for number, lane in enumerate(lanes, 1):
                pairs = _Counted(read_pairs(lane.fastq_1, lane.fastq_2))
                align = _ALIGNERS[options.aligner]
                for record in align(pairs, prefix, _read_group(sample, number), threads):
                    writer.write(record)
                report(f"lane {number} of {len(lanes)}: {pairs.n:,} pairs aligned")
                n_pairs += pairs.n
        _put(sort_and_mark(records, folder, threads, options.mark_duplicates), output)
        return n_pairs


class _Counted(Iterator[Any]):
    """An iterator that knows how many items it gave."""

    def __init__(self, items: Iterator[Any]) -> None:
        self.n, self._items = 0, items

    def __next__(self) -> Any:
        item = next(self._items)
        self.n += 1
        return item


def _default_prefix(reference: Path, output: Path) -> Path:
    return reference if has_index(reference) else output.parent / "bwa-index" / reference.name


def _read_group(sample: str, number: int) -> str:
    return f"{sample}.{number}"


def _header(
    reference: Reference, sample: str, patient: str, n_lanes: int, options: AlignOptions
) -> pysam.AlignmentHeader:
    """SAM header without a path, a time or a temporary name: the same input gives the same bytes."""
    program = f"pybwa {version('pybwa')}" if options.aligner == "pybwa" else "bwa mem"
    return pysam.AlignmentHeader.from_dict(
        {
            "HD": {"VN": "1.6", "SO": "unsorted", "GO": "query"},
            "SQ": [{"SN": name, "LN": length} for name, length in reference.lengths.items()],
            "RG": [
                {
                    "ID": _read_group(sample, number),
                    "SM": sample,
                    "LB": sample,
                    "PL": options.platform,
                    "DS": f"patient {patient}, lane {number}",
                }
                for number in range(1, n_lanes + 1)
            ],
            "PG": [{"ID": "oncopipe", "PN": "oncopipe", "VN": version("oncopipe"), "DS": f"aligned by {program}"}],
        }
    )


def _refuse_repeats(lanes: Sequence[Lane]) -> None:
    seen: set[Path] = set()
    for path in (path for lane in lanes for path in (lane.fastq_1, lane.fastq_2)):
        if path.resolve() in seen:
            raise ConfigError(
                "a FASTQ file is given twice; its reads would count twice", where=str(path), fix="name each file once"
            )
        seen.add(path.resolve())


@contextmanager
def _working_folder(output: Path) -> Iterator[Path]:
    """A private folder beside the output for large temporary files; what a killed run left there is swept first."""
    folder = output.parent / f".{output.name}.part"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot write {output.name}: {error.strerror}", where=str(output.parent)) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _put(bam: Path, output: Path) -> None:
    """The index first: where the BAM is, it is whole and indexed."""
    for source, target in ((Path(f"{bam}.bai"), Path(f"{output}.bai")), (bam, output)):
        source.chmod(PRIVATE_MODE)
        source.replace(target)
