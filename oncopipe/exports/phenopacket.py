"""The findings of a tumor sample as a GA4GH Phenopacket (schema 2.0), in its JSON form.

Schema: https://phenopacket-schema.readthedocs.io/en/2.0.0/. The tests parse what is written with the official package.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncopipe.data.findings import Findings, Identity, Variant
from oncopipe.exports.json_text import clean, json_line
from oncopipe.exports.shape import Batch, Format, build_of
from oncopipe.exports.tables import day_of
from oncopipe.exports.vrs_alleles import Json, VrsMaker, vrs_maker
from oncopipe.io.output import whole_file
from oncopipe.report.selection import Source
from oncopipe.report.therapies import therapy_lines

SEX = {"female": "FEMALE", "male": "MALE"}
# Meta data must say when they were made; without the report's date there is none to say.
NO_DATE = "1970-01-01"
_ONCOTREE: Json = {
    "id": "oncotree",
    "name": "OncoTree",
    "url": "http://oncotree.mskcc.org",
    "version": "2023-03-09",
    "namespacePrefix": "ONCOTREE",
    "iriPrefix": "http://oncotree.mskcc.org/#/home?search=",
}
_SYMBOLS: Json = {
    "id": "hgnc.symbol",
    "name": "HGNC gene symbols",
    "url": "https://www.genenames.org",
    "version": "as annotated",
    "namespacePrefix": "hgnc.symbol",
    "iriPrefix": "https://identifiers.org/hgnc.symbol:",
}


def write_phenopacket(batch: Batch, path: Path) -> None:
    """Write the phenopacket of one sample, one variant a line.

    Raises: InputError when the findings name no build; ReferenceMismatchError when the FASTA is not theirs.
    """
    with vrs_maker(batch.reference) as maker:
        for source in batch.files():
            with whole_file(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(phenopacket_text(source, maker))


FORMAT = Format(
    name="phenopacket",
    about="A GA4GH Phenopacket 2.0 for each sample, as JSON.",
    makes="file_each",
    suffix=".phenopacket.json",
    write=write_phenopacket,
    options=("vrs_reference",),
)


def phenopacket_text(source: Source, maker: VrsMaker | None = None) -> Iterator[str]:
    """The phenopacket of a sample, piece by piece: the patient, the specimen, the disease, each variant with its tier.

    What a variant does to the patient is not claimed (`UNKNOWN_STATUS`); the tier stands in an extension. A variant is
    `ACTIONABLE` when it is of tier I or II and evidence names a therapy to which it makes sensitive.
    """
    identity, build = source.head.identity, build_of(source.head)
    disease = clean(_disease(identity))
    # PERF: 100,000 variants held at once took 1.8 GB; so what holds them all is opened and closed by hand, and is last.
    opening = {"id": f"{identity.sample}.somatic", "progressStatus": "COMPLETED"}
    yield (
        json_line(_frame(source.head))[:-1] + ',\n"interpretations": [' + json_line(opening)[:-1] + ', "diagnosis": {'
    )
    yield (f'"disease": {json_line(disease)}, ' if disease else "") + '"genomicInterpretations": ['
    for i, variant in enumerate(source.variants()):
        made = clean(_interpretation(variant, identity.sample, build, maker))
        yield (",\n" if i else "\n") + json_line(made)
    yield "\n]}}]}\n"


def _frame(head: Findings) -> Json:
    """The phenopacket without its interpretations."""
    identity = head.identity
    disease = _disease(identity)
    frame: Json = {
        "id": f"{identity.patient}.{identity.sample}",
        "subject": {"id": identity.patient, "sex": SEX.get(identity.sex or "", "UNKNOWN_SEX")},
        "biosamples": [
            {
                "id": identity.sample,
                "individualId": identity.patient,
                "description": _specimen(identity),
                "histologicalDiagnosis": disease,
            }
        ],
        "diseases": [{"term": disease}] if disease else [],
        "metaData": {
            "created": f"{day_of(identity.reported) or NO_DATE}T00:00:00Z",
            "createdBy": f"OncoPipe {head.provenance.oncopipe_version}",
            "resources": [_ONCOTREE, _SYMBOLS],
            "phenopacketSchemaVersion": "2.0",
        },
    }
    cleaned: Json = clean(frame)
    return cleaned


def _disease(identity: Identity) -> Json | None:
    if identity.diagnosis_code is None:
        return None
    return {"id": f"ONCOTREE:{identity.diagnosis_code}", "label": identity.diagnosis_name or identity.diagnosis_code}


def _specimen(identity: Identity) -> str:
    parts = (identity.specimen, identity.timepoint, identity.assay)
    return "; ".join(part for part in parts if part)


def _interpretation(v: Variant, sample: str, build: str, maker: VrsMaker | None) -> Json:
    sensitive = any(line.kind in ("this_tumor", "other_tumor") for line in therapy_lines(v.evidence))
    is_actionable = v.tier.is_actionable and sensitive
    chromosome = v.chromosome.removeprefix("chr")
    transcript = f"{v.transcript}:" if v.transcript else ""
    names = (("hgvs.c", f"{transcript}{v.hgvs_c}" if v.hgvs_c else None), ("hgvs.p", v.hgvs_p))
    vrs_id = maker.allele(v.chromosome, v.position, v.reference, v.alternate)["id"] if maker else None
    return {
        "subjectOrBiosampleId": sample,
        "interpretationStatus": "UNKNOWN_STATUS",
        "variantInterpretation": {
            "acmgPathogenicityClassification": "NOT_PROVIDED",
            "therapeuticActionability": "ACTIONABLE" if is_actionable else "UNKNOWN_ACTIONABILITY",
            "variationDescriptor": {
                "id": f"{build}:{chromosome}:{v.position}:{v.reference}:{v.alternate}",
                "label": " ".join(x for x in (v.gene, v.hgvs_p_short or v.hgvs_p or v.hgvs_c) if x),
                "geneContext": {"valueId": f"hgnc.symbol:{v.gene}", "symbol": v.gene} if v.gene else None,
                "expressions": [{"syntax": syntax, "value": name} for syntax, name in names if name],
                "vcfRecord": {
                    "genomeAssembly": build,
                    "chrom": v.chromosome,
                    "pos": str(v.position),
                    "ref": v.reference,
                    "alt": v.alternate,
                    "qual": None if v.quality is None else f"{v.quality:.2f}",
                    "filter": ";".join(v.filters),
                },
                "xrefs": [vrs_id] if vrs_id else [],
                "extensions": [
                    {
                        "name": "amp_asco_cap_tier",
                        "value": v.tier.tier + (f"-{v.tier.level}" if v.tier.level else ""),
                    },
                    {
                        "name": "oncogenicity",
                        "value": v.oncogenicity.classification if v.oncogenicity else "not assessed",
                    },
                    {"name": "variant_allele_fraction", "value": f"{v.tumor.vaf:.4f}"},
                ],
                "moleculeContext": "genomic",
            },
        },
    }
