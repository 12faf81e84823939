"""The variants of a sample as VRS 2.0 alleles with their computed identifiers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncopipe.data.findings import Variant
from oncopipe.errors import ConfigError
from oncopipe.exports.json_text import json_line
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.vrs_alleles import Json, VrsMaker, vrs_maker
from oncopipe.io.output import whole_file
from oncopipe.report.selection import Source


def write_vrs(batch: Batch, path: Path) -> None:
    """Write one line a variant: its names as in the findings and its allele.

    Raises: ReferenceMismatchError when the FASTA is not that of the findings; ConfigError without a FASTA.
    """
    if batch.reference is None:
        raise ConfigError("VRS needs the reference genome", fix="give --reference")
    with vrs_maker(batch.reference) as maker:
        assert maker is not None
        with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
            file.write('{"vrs_version": "2.0", "samples": [')
            for i, source in enumerate(batch.files()):
                file.write(",\n" if i else "\n")
                file.writelines(sample_text(source, maker))
            file.write("\n]}\n")


FORMAT = Format(
    name="vrs",
    about="VRS 2.0 alleles with their computed identifiers, as JSON.",
    makes="file",
    suffix="variants.vrs.json",
    write=write_vrs,
    options=("reference",),
)


def sample_text(source: Source, maker: VrsMaker) -> Iterator[str]:
    """The entry of a sample, piece by piece."""
    identity = source.head.identity
    who = {"patient": identity.patient, "sample": identity.sample, "assembly": build_of(source.head)}
    # PERF: as in a phenopacket, what holds all variants is opened and closed by hand, and is last.
    yield json_line(who)[:-1] + ', "variants": ['
    for i, variant in enumerate(source.variants()):
        yield (",\n" if i else "\n") + json_line(_entry(variant, maker))
    yield "\n]}"


def _entry(v: Variant, maker: VrsMaker) -> Json:
    return {
        "gene": v.gene,
        "hgvs_c": v.hgvs_c,
        "hgvs_p": v.hgvs_p,
        "vcf": {"chromosome": v.chromosome, "position": v.position, "ref": v.reference, "alt": v.alternate},
        "allele": maker.allele(v.chromosome, v.position, v.reference, v.alternate),
    }
