from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from oncopipe.cli.export import command
from oncopipe.exports import Batch
from oncopipe.exports.phenopacket import write_phenopacket
from tests.export_data import SEVERAL, batch, cohort, harmful, several
from tests.findings_builder import findings, identity, melanoma, unknowns, variant


def parsed(path: Path) -> Any:
    """The file as the official package reads it; an unknown field or value is an error."""
    v2 = pytest.importorskip("phenopackets.schema.v2", reason="phenopackets is not installed")
    from google.protobuf.json_format import Parse

    return Parse(path.read_text(), v2.Phenopacket())


def test_write_phenopacket__the_official_package_reads_it(tmp_path: Path) -> None:
    write_phenopacket(batch(tmp_path, melanoma()), tmp_path / "out.json")
    packet = parsed(tmp_path / "out.json")
    assert (packet.subject.id, packet.biosamples[0].id, packet.diseases[0].term.id) == (
        "P01",
        "P01-T",
        "ONCOTREE:MEL",
    )
    assert packet.meta_data.phenopacket_schema_version == "2.0"
    assert packet.meta_data.created.ToJsonString() == "2031-03-11T00:00:00Z"
    first = packet.interpretations[0].diagnosis.genomic_interpretations[0]
    descriptor = first.variant_interpretation.variation_descriptor
    assert (first.subject_or_biosample_id, descriptor.label) == ("P01-T", "BRAF p.V600E")
    assert [(e.syntax, e.value) for e in descriptor.expressions] == [
        ("hgvs.c", "ENST00000288602.6:c.1799T>A"),
        ("hgvs.p", "p.Val600Glu"),
    ]
    assert {e.name: e.value for e in descriptor.extensions}["amp_asco_cap_tier"] == "I-A"
    actionable = first.variant_interpretation.DESCRIPTOR.fields_by_name["therapeutic_actionability"].enum_type
    assert actionable.values_by_number[first.variant_interpretation.therapeutic_actionability].name == "ACTIONABLE"
    used = {packet.diseases[0].term.id.split(":")[0], descriptor.gene_context.value_id.split(":")[0]}
    assert used == {r.namespace_prefix for r in packet.meta_data.resources}


def test_write_phenopacket__read_back_names_the_same_variants(tmp_path: Path) -> None:
    """Law: what a reader finds in the VCF records is what the findings hold."""
    write_phenopacket(batch(tmp_path, several()), tmp_path / "out.json")
    records = [
        g.variant_interpretation.variation_descriptor.vcf_record
        for g in parsed(tmp_path / "out.json").interpretations[0].diagnosis.genomic_interpretations
    ]
    assert [(r.genome_assembly, r.chrom, r.pos, r.ref, r.alt) for r in records] == [
        ("GRCh37", c, p, r, a) for c, p, r, a, *_ in SEVERAL
    ]


def test_write_phenopacket__of_unknown_and_of_harmful_things(tmp_path: Path) -> None:
    nobody = identity(diagnosis_code=None, diagnosis_name=None, sex=None, reported=None, normal=None)
    for i, given in enumerate((findings([], identity=nobody), harmful())):
        write_phenopacket(batch(tmp_path, given), tmp_path / f"{i}.json")
        packet = parsed(tmp_path / f"{i}.json")
        assert len(packet.interpretations[0].diagnosis.genomic_interpretations) == len(given.variants)
        text = (tmp_path / f"{i}.json").read_text()
        assert "<" not in text and all(c.isprintable() or c == "\n" for c in text)
        assert json.loads(text)["subject"]["id"] == "P01"
    assert parsed(tmp_path / "0.json").subject.sex == 0 and not parsed(tmp_path / "0.json").diseases


def test_write_phenopacket__with_a_reference_has_vrs_identifiers(tmp_path: Path) -> None:
    (tmp_path / "g.fa").write_text(">7\nACGTACGT\n")
    one = findings([variant("G", "p.V1E", 5, 10, chromosome="7", position=3, reference="G", alternate="T")])
    write_phenopacket(batch(tmp_path, one, reference=tmp_path / "g.fa"), tmp_path / "out.json")
    (found,) = parsed(tmp_path / "out.json").interpretations[0].diagnosis.genomic_interpretations
    (vrs_id,) = found.variant_interpretation.variation_descriptor.xrefs
    assert vrs_id.startswith("ga4gh:VA.") and len(vrs_id) == len("ga4gh:VA.") + 32


def test_write_phenopacket__holds_one_variant_at_a_time(tmp_path: Path) -> None:
    one, positions = unknowns(1)[0], range(1, 3_001)
    items = ",".join(one.model_copy(update={"position": i}).model_dump_json() for i in positions)
    text = findings([]).model_dump_json()
    assert text.count('"variants":[]') == 1
    (tmp_path / "many.json").write_text(text.replace('"variants":[]', f'"variants":[{items}]'))
    tracemalloc.start()
    write_phenopacket(Batch((tmp_path / "many.json",)), tmp_path / "out.json")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15e6  # one at a time 4 MB, all at once 50 MB
    (made,) = json.loads((tmp_path / "out.json").read_text())["interpretations"]
    records = [
        g["variantInterpretation"]["variationDescriptor"]["vcfRecord"]["pos"]
        for g in made["diagnosis"]["genomicInterpretations"]
    ]
    assert records == [str(i) for i in positions]


def test_export__of_several_samples_makes_a_file_a_sample(tmp_path: Path) -> None:
    paths = batch(tmp_path, *cohort()).paths
    flags = [part for path in paths for part in ("--findings", str(path))]
    done = CliRunner().invoke(command, ["phenopacket", *flags, "--output", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        f"{name}.phenopacket.json" for name in ("P01-R", "P01-T", "P02-T", "P03-T", "P04-T")
    ]
