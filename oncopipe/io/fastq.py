"""FASTQ: reads in pairs, strictly checked, and back; plain or gzip by content, not by name."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

from oncopipe.errors import InputError, MissingInputError

_NAME = re.compile(r"[!-?A-~]{1,254}")  # SAMv1, section 1.4: QNAME
_SEQUENCE = re.compile(r"[ACGTUNRYSWKMBDHVacgtunryswkmbdhv.]+")
_QUALITY = re.compile(r"[!-~]+")
_MATE_SUFFIX = re.compile(r"/[12]$")
_GZIP_MAGIC = b"\x1f\x8b"


class FastqRecord(NamedTuple):
    """One read: name without the mate's suffix and without comment, bases, qualities as Phred+33 text."""

    name: str
    sequence: str
    quality: str


def read_fastq(path: Path | str) -> Iterator[FastqRecord]:
    """The reads of a FASTQ file, one at a time.

    Raises: MissingInputError; InputError naming the record for anything that is not four whole lines.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the FASTQ file is missing", where=str(path), fix="check the sample sheet")
    number = 0
    try:
        with _open_text(path) as lines:
            while header := lines.readline():
                number += 1
                yield _record(header, lines, path, number)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"the FASTQ file is truncated or damaged ({error})",
            where=f"{path}, after record {number}",
            fix="copy the file again and compare its size and checksum with the source",
        ) from error
    except UnicodeDecodeError as error:
        _refuse("the FASTQ file holds bytes that are no text", path, number + 1, "is it really FASTQ?", error)


def read_pairs(path_1: Path | str, path_2: Path | str) -> Iterator[tuple[FastqRecord, FastqRecord]]:
    """Mates of two FASTQ files in step.

    Raises: as `read_fastq`; InputError when names differ at a record, one file is shorter, or both are empty.
    """
    first, second = read_fastq(path_1), read_fastq(path_2)
    number = 0
    for number, read_1 in enumerate(first, 1):
        read_2 = next(second, None)
        if read_2 is None:
            _refuse_unequal(path_2, path_1, number - 1)
        if read_1.name != read_2.name:
            raise InputError(
                f"the mates have different names: {read_1.name} and {read_2.name}",
                where=f"{path_1} and {path_2}, record {number}",
                fix="give the two files of one lane, in the same order, unsorted since the sequencer wrote them",
            )
        yield read_1, read_2
    if next(second, None) is not None:
        _refuse_unequal(path_1, path_2, number)
    if number == 0:
        raise InputError("the FASTQ files hold no reads", where=f"{path_1} and {path_2}", fix="leave the lane out")


def write_fastq(path: Path, records: Iterable[FastqRecord]) -> None:
    """Write reads as gzip FASTQ with the same bytes each time (no time, no name in the gzip header)."""
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=4, mtime=0) as out:
        for record in records:
            out.write(f"@{record.name}\n{record.sequence}\n+\n{record.quality}\n".encode("ascii"))


def _open_text(path: Path) -> IO[str]:
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == _GZIP_MAGIC
    if is_gzip:
        return gzip.open(path, "rt", encoding="ascii", newline="\n")
    return path.open("rt", encoding="ascii", newline="\n")


def _record(header: str, lines: IO[str], path: Path, number: int) -> FastqRecord:
    sequence, plus, quality = (lines.readline() for _ in range(3))
    if not quality:
        _refuse("the last record has less than four lines", path, number, "the file is truncated: copy it again")
    sequence, quality = sequence.rstrip("\r\n"), quality.rstrip("\r\n")
    if not header.startswith("@") or not plus.startswith("+"):
        _refuse("a record does not begin with @ or lacks its + line", path, number, "FASTQ has four lines a record")
    if len(sequence) != len(quality):
        _refuse(
            f"{len(sequence)} bases but {len(quality)} qualities",
            path,
            number,
            "the file is truncated or damaged: copy it again",
        )
    if not sequence:
        _refuse("a read has no bases", path, number, "let the trimmer drop pairs below a minimum length")
    name = _MATE_SUFFIX.sub("", header[1:].split(maxsplit=1)[0] if header[1:].strip() else "")
    if not _NAME.fullmatch(name):
        _refuse("the read name is empty, too long or not printable", path, number, "names follow SAM's QNAME")
    if not _SEQUENCE.fullmatch(sequence) or not _QUALITY.fullmatch(quality):
        _refuse("bases or qualities hold other signs than FASTQ allows", path, number, "qualities are Phred+33 text")
    return FastqRecord(name, sequence, quality)


def _refuse(what: str, path: Path, number: int, fix: str, cause: Exception | None = None) -> NoReturn:
    raise InputError(what, where=f"{path}, record {number} (line {4 * number - 3})", fix=fix) from cause


def _refuse_unequal(short: Path | str, long: Path | str, n_reads: int) -> NoReturn:
    raise InputError(
        f"{short} ends after {n_reads} reads, {long} goes on",
        where=str(short),
        fix="the files of a lane hold the same reads; copy the shorter one again",
    )
