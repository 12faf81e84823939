"""The aligner's index of a reference: found, checked against it, or built."""

from __future__ import annotations

import fcntl
import tempfile
from pathlib import Path

from oncopipe.errors import InputError, OncoPipeError, OutputError, ReferenceMismatchError
from oncopipe.io.fasta import Reference

# .bwt last: an index is there when its last file is.
SUFFIXES = (".amb", ".ann", ".pac", ".sa", ".bwt")


def ensure_index(reference: Reference, prefix: Path) -> Path:
    """The prefix of a bwa index of `reference`, built at `prefix` when it is not there. Returns `prefix`.

    Built beside its place and renamed when whole; several jobs may ask at once, one builds and the others wait.

    Raises: OutputError where the folder cannot be written; ReferenceMismatchError for another reference's index.
    """
    if not has_index(prefix):
        try:
            prefix.parent.mkdir(parents=True, exist_ok=True)
            with prefix.with_name(f".{prefix.name}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not has_index(prefix):
                    _build(reference.path, prefix)
        except OSError as error:
            raise OutputError(
                f"the aligner's index cannot be written: {error.strerror or error}",
                where=str(prefix),
                fix="name a folder you may write to with --index",
            ) from error
    _check(prefix, reference)
    return prefix


def has_index(prefix: Path) -> bool:
    """True when every file of the index is there."""
    return all(Path(f"{prefix}{suffix}").is_file() for suffix in SUFFIXES)


def link_index(prefix: Path, folder: Path, reference: Reference) -> Path:
    """The prefix of the same index in `folder`, with the sequence dictionary that pybwa asks for beside it."""
    linked = folder / "index"
    for suffix in (*SUFFIXES, ".alt"):
        source = Path(f"{prefix}{suffix}").resolve()
        if source.is_file():
            Path(f"{linked}{suffix}").symlink_to(source)
    rows = (f"@SQ\tSN:{name}\tLN:{length}\n" for name, length in reference.lengths.items())
    linked.with_suffix(".dict").write_text("@HD\tVN:1.6\n" + "".join(rows))
    return linked


def _build(fasta: Path, prefix: Path) -> None:
    from pybwa.libbwa import BwaVerbosity, set_bwa_verbosity
    from pybwa.libbwaindex import BwaIndex

    set_bwa_verbosity(BwaVerbosity.ERROR)
    with tempfile.TemporaryDirectory(prefix=f".{prefix.name}.", dir=prefix.parent) as folder:
        part = Path(folder) / prefix.name
        BwaIndex.index(str(fasta), prefix=str(part))
        if not has_index(part):
            raise OncoPipeError("the aligner's index was not built", where=str(fasta), fix="is the disk full?")
        for suffix in SUFFIXES:
            Path(f"{part}{suffix}").replace(f"{prefix}{suffix}")


def _check(prefix: Path, reference: Reference) -> None:
    """Contigs of the index (bwa's .ann: two lines a contig) are the reference's, in order and length."""
    path = Path(f"{prefix}.ann")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()[1:]
        contigs = {
            name.split()[1]: int(place.split()[1]) for name, place in zip(lines[::2], lines[1::2], strict=True)
        }
    except (ValueError, IndexError) as error:
        raise InputError(
            "the aligner's index is damaged", where=str(path), fix="delete it; it is built again"
        ) from error
    if list(contigs.items()) != list(reference.lengths.items()):
        raise ReferenceMismatchError(
            "the aligner's index was built from another reference",
            where=f"{path} against {reference.path}",
            fix="delete the index, or name another place with --index",
        )
