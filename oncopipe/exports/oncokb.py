"""The four files that OncoKB's annotator takes: mutations, clinical data, copy number, structural variants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from oncopipe.data.findings import Identity
from oncopipe.exports.folders import whole_folder, write_lines
from oncopipe.exports.maf import maf_rows
from oncopipe.exports.shape import Batch, Format
from oncopipe.exports.tables import line, lines_of
from oncopipe.io.maf import COLUMNS

FILES = re.compile(r"(mutations\.maf|clinical\.txt|copy_number\.txt|structural_variants\.txt)")
COPY_COLUMNS = ("Tumor_Sample_Barcode", "Hugo_Symbol", "Copy_Number_Alteration")
SV_COLUMNS = ("Tumor_Sample_Barcode", "GeneA", "GeneB", "Sv_Type")
# The annotator's words for what a gene's copies are; a neutral gene is nothing to annotate.
STATES = {-2: "Deletion", -1: "Loss", 1: "Gain", 2: "Amplification"}


def write_oncokb(batch: Batch, path: Path) -> None:
    """Write the folder. Files of which nothing is known are absent."""
    identities: list[Identity] = []

    def rows() -> Iterator[dict[str, str]]:
        for file in batch.files():
            identities.append(file.head.identity)
            yield from maf_rows(file)

    with whole_folder(path, FILES) as folder:
        # Without MAF's version line: the header stands first, as in the annotator's own examples.
        write_lines(folder / "mutations.maf", lines_of(COLUMNS, rows()))
        clinical = [line((i.sample, i.diagnosis_code)) for i in identities]
        write_lines(folder / "clinical.txt", [line(("SAMPLE_ID", "ONCOTREE_CODE")), *clinical])
        copies = [line((g.sample, g.gene, STATES[g.state])) for g in batch.alterations.genes if g.state in STATES]
        if copies:
            write_lines(folder / "copy_number.txt", [line(COPY_COLUMNS), *copies])
        events = [line((s.sample, s.first.gene, s.second.gene, s.kind)) for s in batch.alterations.structural]
        if events:
            write_lines(folder / "structural_variants.txt", [line(SV_COLUMNS), *events])


FORMAT = Format(
    name="oncokb",
    about="Inputs of OncoKB's annotator: mutations, clinical data, copy number, structural variants.",
    makes="folder",
    suffix="oncokb",
    write=write_oncokb,
    options=("alterations",),
)
