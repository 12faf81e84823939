"""The index beside a BAM or CRAM: found, or made."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pysam

from oncopipe.errors import InputError

_TOLERATED = 60  # seconds: who sorts and indexes in one go closes the reads last


class StaleIndexWarning(UserWarning):
    """An index is older than its reads. Copying does that too; whether it fits is seen by `index.check_index`."""


def index_bytes(path: Path, suffixes: tuple[str, ...]) -> tuple[bytes, Path]:
    """An index of `path`, and where it lies: beside it under one of `suffixes`, or made there where one may write.

    Raises: InputError when there is none and none can be made. Warns: StaleIndexWarning.
    """
    for beside in (place for suffix in suffixes for place in (Path(f"{path}{suffix}"), path.with_suffix(suffix))):
        if beside.is_file():
            if beside.stat().st_mtime < path.stat().st_mtime - _TOLERATED:
                said = f"the index {beside} is older than {path}; if the reads were made anew: samtools index"
                warnings.warn(said, StaleIndexWarning, stacklevel=2)
            return beside.read_bytes(), beside
    return _make(path, Path(f"{path}{suffixes[0]}"))


def _make(path: Path, beside: Path) -> tuple[bytes, Path]:
    with tempfile.TemporaryDirectory(prefix="oncopipe-index-") as folder:
        made = Path(folder) / beside.name
        try:
            pysam.index("-o", str(made), str(path))
        except pysam.SamtoolsError as error:
            raise InputError(
                f"the reads have no index and none can be made ({str(error).strip().splitlines()[0][:200]})",
                where=str(path),
                fix="sort and index them: samtools sort, samtools index",
            ) from error
        part = beside.with_name(f".{beside.name}.{os.getpid()}.part")  # several jobs may make it at once
        try:
            shutil.copyfile(made, part)
            part.replace(beside)
        except OSError:  # the folder cannot be written: the index lives in memory
            part.unlink(missing_ok=True)
        return made.read_bytes(), beside
