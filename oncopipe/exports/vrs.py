"""The variants of a sample as VRS 2.0 alleles with their computed identifiers."""

from __future__ import annotations

from pathlib import Path

from oncopipe.errors import ConfigError
from oncopipe.exports.json_text import write_json
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.vrs_alleles import Json, vrs_maker


def write_vrs(batch: Batch, path: Path) -> None:
    """Write one entry a variant: its names as in the findings and its allele.

    Raises: ReferenceMismatchError when the FASTA is not that of the findings; ConfigError without a FASTA.
    """
    if batch.reference is None:
        raise ConfigError("VRS needs the reference genome", fix="give --reference")
    samples: list[Json] = []
    with vrs_maker(batch.reference) as maker:
        assert maker is not None
        for findings in batch:
            variants = [
                {
                    "gene": v.gene,
                    "hgvs_c": v.hgvs_c,
                    "hgvs_p": v.hgvs_p,
                    "vcf": {
                        "chromosome": v.chromosome,
                        "position": v.position,
                        "ref": v.reference,
                        "alt": v.alternate,
                    },
                    "allele": maker.allele(v.chromosome, v.position, v.reference, v.alternate),
                }
                for v in findings.variants
            ]
            identity = findings.identity
            samples.append(
                {
                    "patient": identity.patient,
                    "sample": identity.sample,
                    "assembly": build_of(findings),
                    "variants": variants,
                }
            )
    write_json(path, {"vrs_version": "2.0", "samples": samples})


FORMAT = Format(
    name="vrs",
    about="VRS 2.0 alleles with their computed identifiers, as JSON.",
    makes="file",
    suffix="variants.vrs.json",
    write=write_vrs,
    options=("reference",),
)
