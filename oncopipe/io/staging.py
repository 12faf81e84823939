"""Given inputs under a name of our own: links beside the results, each with its index, the givers left untouched."""

from __future__ import annotations

import os
from pathlib import Path

import pysam

from oncopipe.errors import InputError, MissingInputError, OutputError
from oncopipe.io.alignment_file import check_whole
from oncopipe.io.output import whole_file


def stage_reads(given: Path, output: Path) -> None:
    """Link `output` to a BAM or CRAM and put its index beside the link (`.bai` or `.crai` added).

    The index that lies beside the given file is linked when it is newer than the reads; else one is made beside
    the link, so that a read-only archive is no obstacle.

    Raises: MissingInputError; InputError for what is cut short, no BAM or CRAM, or not sorted; OutputError.
    """
    kind = check_whole(given)
    index = Path(f"{output}.{'crai' if kind == 'CRAM' else 'bai'}")
    own = _index_of(given, index.suffix)
    link(given, output)
    if own is not None:
        link(own, index)
        return
    with whole_file(index) as part:
        try:
            pysam.index("-o", str(part), str(output))
        except pysam.SamtoolsError as error:
            output.unlink()
            raise InputError(
                f"the reads cannot be indexed ({str(error).strip().splitlines()[-1][:200]})",
                where=str(given),
                fix="sort them by coordinate: samtools sort",
            ) from error


def stage_reference(given: Path, output: Path) -> None:
    """Link `output` to a FASTA and put its `.fai` (and `.gzi`, when it is bgzipped) beside the link.

    Raises: MissingInputError; InputError when it is no FASTA or is compressed with gzip; OutputError.
    """
    if not given.is_file():
        raise MissingInputError("the reference FASTA is missing", where=str(given), fix="check reference.fasta")
    link(given, output)
    with given.open("rb") as file:
        suffixes = (".fai", ".gzi") if file.read(2) == b"\x1f\x8b" else (".fai",)
    own = [Path(f"{given}{suffix}") for suffix in suffixes]
    if all(_is_current(index, given) for index in own):
        for index, suffix in zip(own, suffixes, strict=True):
            link(index, Path(f"{output}{suffix}"))
        return
    try:
        pysam.faidx(str(output))
    except (pysam.SamtoolsError, OSError) as error:
        for suffix in ("", *suffixes):
            Path(f"{output}{suffix}").unlink(missing_ok=True)
        raise InputError(
            f"the reference cannot be indexed ({str(error).strip().splitlines()[-1][:200]})",
            where=str(given),
            fix="give a FASTA, plain or compressed with bgzip (not gzip)",
        ) from error


def link(given: Path, output: Path) -> None:
    """Make `output` a relative symbolic link to `given`, in one step. Raises: OutputError."""
    part = output.with_name(f".{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.symlink_to(os.path.relpath(given.resolve(), output.parent.resolve()))
        part.replace(output)
    except OSError as error:
        raise OutputError(f"cannot write {output.name}: {error.strerror}", where=str(output.parent)) from error


def _index_of(given: Path, suffix: str) -> Path | None:
    candidates = (Path(f"{given}{suffix}"), given.with_suffix(suffix))
    return next((index for index in candidates if _is_current(index, given)), None)


def _is_current(index: Path, given: Path) -> bool:
    """An index older than its file may belong to another version of it."""
    return index.is_file() and index.stat().st_mtime >= given.stat().st_mtime
