"""The aligner's index of a staged reference: the one that was given with it, or one built beside the link."""

from __future__ import annotations

from pathlib import Path

from oncopipe.alignment.index import SUFFIXES, ensure_index, has_index
from oncopipe.io.fasta import open_reference
from oncopipe.io.staging import link


def stage_aligner_index(reference: Path) -> None:
    """Put bwa's index beside `reference`, a link made by `io.staging.stage_reference`.

    Linked when it lies beside the FASTA that the link leads to; else built (a human genome: an hour, 6 GB).

    Raises: ReferenceMismatchError when the given index is another reference's; MissingInputError, OutputError.
    """
    given = reference.resolve()
    if given != reference.absolute() and has_index(given):
        for suffix in (*SUFFIXES, ".alt"):
            if Path(f"{given}{suffix}").is_file():
                link(Path(f"{given}{suffix}"), Path(f"{reference}{suffix}"))
    with open_reference(reference) as opened:
        ensure_index(opened, reference)
