"""Hotspots, ClinVar, MANE and OncoTree as published, and the difference between two releases of CIViC."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from oncopipe.interpretation.hotspots import hotspots_of, words_of_tissue
from oncopipe.interpretation.references import clinvar_key, read_references
from oncopipe.io.annotated_vcf import read_calls
from oncopipe.knowledge.diff import diff_knowledge
from oncopipe.knowledge.diseases import tumor_types
from oncopipe.knowledge.sources import import_source

pytestmark = pytest.mark.real


# Words of cancerhotspots.org that no tissue of OncoTree means.
_NO_TISSUE = {"unk"}


def test_import_source__published_tables_whole(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "knowledge"
    counts = {
        name: import_source(name, folder / file, tmp_path, "R").n_rows
        for name, file in (
            ("hotspots", "hotspots_v2_and_3d.tsv"),
            ("clinvar", "clinvar.vcf.gz"),
            ("mane", "mane_grch38.tsv"),
            ("oncotree", "oncotree.2023-03-09.txt"),
            ("hotspot_sites", "cancerhotspots_v2_GRCh37.tsv"),
            ("assertions", "civic_2021-02"),
        )
    }
    assert counts == {
        "hotspots": 4439,
        "clinvar": 473,
        "mane": 16865,
        "oncotree": 885,
        "assertions": 19,
        "hotspot_sites": 3181,
    }
    references = read_references(tmp_path, [], "GRCh37")
    assert references.hotspots and references.mane
    v600 = references.hotspots["BRAF", "V600"]
    assert (v600.n_samples, v600.changes["E"]) == (897, 833)
    colorectal, melanoma = hotspots_of(references, "COADREAD"), hotspots_of(references, "SKCM")
    assert (
        colorectal["KRAS"] >= {"G12", "G13", "A146"} and "V600" in melanoma["BRAF"] and "V600" in colorectal["BRAF"]
    )
    assert "APC" not in colorectal  # its hotspots are stops
    words = {word for residue in references.hotspots.values() for word in residue.tumor_types}
    assert words - {word for tumor in tumor_types().values() for word in words_of_tissue(tumor.tissue)} == _NO_TISSUE
    assert references.mane["BRAF"] == {"ENST00000644969", "NM_001374258"}


def test_diff_knowledge__of_two_releases_of_civic(real_data: Path, tmp_path: Path) -> None:
    for release in ("2015-05", "2021-02"):
        import_source("civic", real_data / "knowledge" / f"civic_{release}", tmp_path / release, release)
    (found,) = diff_knowledge(tmp_path / "2015-05", tmp_path / "2021-02")
    assert found.counts == {"added": 3345, "changed": 136, "removed": 93}  # as docs/knowledge.md says
    renamed = Counter((c.old, c.new) for c in found.changes if c.column == "therapies")
    assert renamed["AZD6244", "Selumetinib"] > 1
    assert Counter((c.old, c.new) for c in found.changes if c.column == "disease").most_common(1)[0][1] > 5
    (back,) = diff_knowledge(tmp_path / "2021-02", tmp_path / "2015-05")
    assert (back.counts["added"], back.counts["removed"]) == (found.counts["removed"], found.counts["added"])
    assert diff_knowledge(tmp_path / "2021-02", tmp_path / "2021-02")[0].changes == ()


@pytest.mark.parametrize("tumor", ["T001-COAD", "T001-BRCA"])
def test_hotspot_sites__agree_between_the_builds(real_data: Path, tmp_path: Path, tumor: str) -> None:
    """What needs no sequence: the hotspots of one exome, looked up by coordinate in both builds, are the same."""
    found = {}
    for build in ("GRCh37", "GRCh38"):
        import_source(
            "hotspot_sites", real_data / "knowledge" / f"cancerhotspots_v2_{build}.tsv", tmp_path / build, build
        )
        calls = read_calls(real_data / "vcf" / f"{tumor}.{build.lower()}.vcf.gz")
        sites = read_references(tmp_path / build, [], build).hotspot_sites
        assert sites and len(calls.variants) > 50
        found[build] = {sites[key] for v in calls.variants if (key := clinvar_key(v)) in sites}
    assert found["GRCh37"] == found["GRCh38"] and found["GRCh37"]
    print(f"\n{tumor}: {sorted(found['GRCh37'])}")
