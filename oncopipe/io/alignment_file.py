"""Opening a BAM or CRAM: is it there, whole, sorted, indexed; what does its header say."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pysam

from oncopipe.data.reads import AlignmentHeader
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io import bgzf_kernels as bgzf
from oncopipe.io.index import BamIndex, read_index

# The empty block that ends every BGZF file (SAMv1, section 4.1.2).
EOF_MARKER = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_MAX_HEADER = 1 << 28


@dataclass
class Source:
    """A BAM that can be read by region: `path` is what the user named, `bam` what is read."""

    path: Path
    bam: Path
    header: AlignmentHeader
    index: BamIndex
    first_record: int  # virtual offset
    temporary: list[Path] = field(default_factory=list)

    def close(self) -> None:
        for folder in self.temporary:
            shutil.rmtree(folder, ignore_errors=True)


def open_source(path: Path, reference: Path | None) -> Source:
    """Open `path` for reading by region. Raises: as `io.bam.open_alignment`."""
    if not path.is_file():
        raise MissingInputError("the alignment file is missing", where=str(path), fix="check the path")
    temporary: list[Path] = []
    try:
        bam = _as_bam(path, reference, temporary)
        header, first_record = read_header(bam, path)
        if header.sort_order in ("queryname", "unsorted"):
            raise InputError(
                f"the reads are not sorted by coordinate (its header says {header.sort_order})",
                where=str(path),
                fix="sort and index it: samtools sort, samtools index",
            )
        index = read_index(_find_index(bam, path, temporary), header.lengths)
    except BaseException:
        for folder in temporary:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return Source(path, bam, header, index, first_record, temporary)


def _as_bam(path: Path, reference: Path | None, temporary: list[Path]) -> Path:
    """The path itself, or a BAM made of a CRAM in a private temporary folder."""
    with path.open("rb") as file:
        magic = file.read(4)
        if magic == b"CRAM":
            return _from_cram(path, reference, temporary)
        if not magic:
            raise InputError("the alignment file is empty", where=str(path), fix="copy it again")
        if magic[:2] != b"\x1f\x8b":
            raise InputError("this is neither BAM nor CRAM", where=str(path), fix="give a BAM or CRAM file")
        file.seek(0, 2)
        file.seek(max(0, file.tell() - len(EOF_MARKER)))
        if file.read() != EOF_MARKER:
            raise InputError(
                "the BAM is cut short: its end-of-file marker is missing",
                where=str(path),
                fix="copy it again, or make it anew; what is lost cannot be known",
            )
    return path


def _from_cram(path: Path, reference: Path | None, temporary: list[Path]) -> Path:
    if reference is None:
        raise InputError("a CRAM needs its reference", where=str(path), fix="give --reference")
    folder = Path(tempfile.mkdtemp(prefix="oncopipe-cram-"))
    temporary.append(folder)
    bam = folder / "reads.bam"
    try:
        # Level 1: the copy lives for minutes. Own engine for CRAM bytes: not worth what htslib does well.
        pysam.view("-b", "-1", "-T", str(reference), "-o", str(bam), str(path), catch_stdout=False)
        pysam.index(str(bam))
    except pysam.SamtoolsError as error:
        raise InputError(
            f"the CRAM cannot be read with this reference ({str(error).strip()[:200]})",
            where=str(path),
            fix="give the reference it was written with, and check that the file is whole",
        ) from error
    return bam


def read_header(bam: Path, path: Path) -> tuple[AlignmentHeader, int]:
    """The header of a BAM and the virtual offset of its first record. `path` is named in errors."""
    data = np.memmap(bam, dtype=np.uint8, mode="r")
    raw, blocks, at = b"", [], 0
    out, table = np.empty(8 * bgzf.MAX_BLOCK, np.uint8), np.empty((8, 2), np.int64)
    while True:
        try:
            header, behind = _parse_header(raw)
            break
        except _NeedMoreError:
            if at >= data.size or len(raw) > _MAX_HEADER:
                raise _no_bam(path, "its header ends too early") from None
        status, n, at, n_out = bgzf.inflate_blocks(data, at, 8, out, table)
        if status != bgzf.OK:
            raise _no_bam(path, f"byte {at} begins no sound BGZF block")
        blocks += [(int(b), len(raw) + int(o)) for b, o in table[:n]]
        raw += out[:n_out].tobytes()
        if len(raw) >= 4 and raw[:4] != b"BAM\x01":
            raise _no_bam(path, "the magic bytes are not there")
    # A record that begins where a block ends begins in the next block, which is where `at` is.
    inside = [(b, o) for b, o in blocks if o <= behind]
    block, offset = inside[-1]
    within = behind - offset
    if within >= bgzf.MAX_BLOCK or behind == len(raw):
        return header, at << 16
    return header, block << 16 | within


class _NeedMoreError(Exception):
    """The header goes on in the next block."""


def _parse_header(raw: bytes) -> tuple[AlignmentHeader, int]:
    def integer(at: int) -> int:
        if len(raw) < at + 4:
            raise _NeedMoreError
        return int(struct.unpack_from("<i", raw, at)[0])

    l_text = integer(4)
    n_contigs = integer(8 + l_text) if l_text >= 0 else -1
    if n_contigs < 0:
        raise _NeedMoreError
    text = raw[8 : 8 + l_text].split(b"\0")[0].decode("utf-8", "replace")
    at, contigs, lengths = 12 + l_text, [], []
    for _ in range(n_contigs):
        l_name = integer(at)
        lengths.append(integer(at + 4 + l_name) if l_name > 0 else integer(len(raw)))
        contigs.append(raw[at + 4 : at + 3 + l_name].decode("ascii", "replace"))
        at += 8 + l_name
    fields = [dict(part.split(":", 1) for part in line.split("\t")[1:] if ":" in part) for line in text.splitlines()]
    kinds = [line[:3] for line in text.splitlines()]
    groups = tuple((f.get("ID", ""), f.get("SM", "")) for k, f in zip(kinds, fields, strict=True) if k == "@RG")
    order = next((f.get("SO", "unknown") for k, f in zip(kinds, fields, strict=True) if k == "@HD"), "unknown")
    return AlignmentHeader(tuple(contigs), tuple(lengths), groups, order, text), at


def _no_bam(path: Path, why: str) -> InputError:
    return InputError(f"this is no sound BAM: {why}", where=str(path), fix="copy it again, or make it anew")


def _find_index(bam: Path, path: Path, temporary: list[Path]) -> Path:
    """The index beside the BAM; made there when missing, or in a temporary folder when that is not allowed."""
    for candidate in (Path(f"{bam}.bai"), bam.with_suffix(".bai"), Path(f"{bam}.csi")):
        if candidate.is_file():
            return candidate
    folder = Path(tempfile.mkdtemp(prefix="oncopipe-index-"))
    temporary.append(folder)
    made = folder / f"{bam.name}.bai"
    try:
        pysam.index(str(bam), str(made))
    except pysam.SamtoolsError as error:
        raise InputError(
            f"the BAM has no index and none can be made ({str(error).strip().splitlines()[0][:200]})",
            where=str(path),
            fix="sort and index it: samtools sort, samtools index",
        ) from error
    beside = Path(f"{bam}.bai")
    part = beside.with_name(f".{beside.name}.{os.getpid()}.part")  # several jobs may make it at once
    try:
        shutil.copyfile(made, part)
        part.replace(beside)
    except OSError:
        return made
    return beside
