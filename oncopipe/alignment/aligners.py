"""Pairs of reads to aligned records in the order of the input: by pybwa in this process, or by the program bwa."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import pysam

from oncopipe.alignment.pairing import parse_insert_sizes, repair_pair
from oncopipe.errors import ConfigError, OncoPipeError
from oncopipe.io.fastq import FastqRecord

# METHOD: bwa estimates insert sizes batch by batch, so batches are part of the result. They are cut by bases as
# `bwa mem -K 10000000` cuts them, whatever the number of threads.
BATCH_BASES = 10_000_000

Result = TypeVar("Result")
Pair = tuple[FastqRecord, FastqRecord]


def align_with_pybwa(
    pairs: Iterator[Pair], prefix: Path, read_group: str, threads: int, batch_bases: int = BATCH_BASES
) -> Iterator[pysam.AlignedSegment]:
    """Records as `bwa mem -K batch_bases -R` writes them, all of a pair together, read 1 first.

    bwa chooses among equally good places (or equally good halves of a split read) by the rank of the read in the
    input, and pybwa counts from each batch anew: from the second batch on such reads may lie elsewhere than in
    bwa's output.
    """
    from pybwa.libbwa import BwaVerbosity, set_bwa_verbosity
    from pybwa.libbwaindex import BwaIndex
    from pybwa.libbwamem import BwaMem, BwaMemOptions

    set_bwa_verbosity(BwaVerbosity.ERROR)
    options = BwaMemOptions(interleaved_paired_end=True, threads=threads, chunk_size=2**31 - 1).finalize()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pybwa forgets to close the sequence dictionary
        index = BwaIndex(str(prefix))
    with BwaMem(index=index) as aligner:
        for batch in _batches(pairs, batch_bases):
            queries = [
                pysam.FastxRecord(name=read.name, sequence=read.sequence, quality=read.quality)
                for pair in batch
                for read in pair
            ]
            set_bwa_verbosity(BwaVerbosity.INFO)
            results, log = _with_standard_error(partial(aligner.align, queries, options))
            sizes = parse_insert_sizes(log)
            for records_1, records_2 in zip(results[::2], results[1::2], strict=True):
                repair_pair(records_1, records_2, sizes)
                for record in (*records_1, *records_2):
                    yield _finished(record, read_group)


def _finished(record: pysam.AlignedSegment, read_group: str) -> pysam.AlignedSegment:
    """The record with its read group, and without MQ, which only some releases of bwa write; fixmate writes it."""
    record.set_tag("RG", read_group, "Z")
    record.set_tag("MQ", None)
    return record


def _batches(pairs: Iterator[Pair], batch_bases: int) -> Iterator[list[Pair]]:
    batch: list[Pair] = []
    n_bases = 0
    for pair in pairs:
        batch.append(pair)
        n_bases += len(pair[0].sequence) + len(pair[1].sequence)
        if n_bases >= batch_bases:
            yield batch
            batch, n_bases = [], 0
    if batch:
        yield batch


def _with_standard_error(work: Callable[[], Result]) -> tuple[Result, str]:
    """What `work` returns, and what its C code wrote to standard error meanwhile."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as log:
        saved = os.dup(2)
        try:
            os.dup2(log.fileno(), 2)
            result = work()
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        log.seek(0)
        return result, log.read().decode("utf-8", "replace")


def align_with_bwa(
    pairs: Iterator[Pair], prefix: Path, read_group: str, threads: int, batch_bases: int = BATCH_BASES
) -> Iterator[pysam.AlignedSegment]:
    """Records that the program `bwa mem` writes. It is fed from here, so that its input was checked like pybwa's.

    Raises: ConfigError when bwa is not on PATH; OncoPipeError with bwa's last words when it fails.
    """
    program = shutil.which("bwa")
    if program is None:
        raise ConfigError("the aligner bwa is not installed", where="PATH", fix="install bwa, or use --aligner pybwa")
    command = [program, "mem", "-v", "1", "-t", str(threads), "-K", str(batch_bases), "-p", str(prefix), "-"]
    with (
        tempfile.TemporaryFile() as log,
        ThreadPoolExecutor(1) as feeder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as bwa,
    ):
        assert bwa.stdin is not None
        assert bwa.stdout is not None
        feeding = feeder.submit(_feed, bwa.stdin, pairs)
        try:
            with pysam.AlignmentFile(bwa.stdout, "r") as records:
                for record in records:
                    yield _finished(record, read_group)
            feeding.result()
            code = bwa.wait()
        except (OSError, ValueError) as error:
            raise OncoPipeError("bwa did not write SAM", fix=_last_words(log)) from error
        finally:
            bwa.kill()  # does nothing when it has ended
        if code != 0:
            raise OncoPipeError(f"bwa ended with code {code}", fix=_last_words(log))


def _feed(stream: IO[bytes], pairs: Iterator[Pair]) -> None:
    """Write mates in turn. A reader that is gone is not our error: its exit code tells."""
    with suppress(BrokenPipeError), stream:
        for pair in pairs:
            for read in pair:
                stream.write(f"@{read.name}\n{read.sequence}\n+\n{read.quality}\n".encode("ascii"))


def _last_words(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip()[-500:] or "it wrote nothing to standard error"
