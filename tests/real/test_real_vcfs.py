"""Somatic VCFs of others, whole and in both builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.io.annotated_vcf import read_calls
from oncopipe.io.call_table import write_call_table

pytestmark = pytest.mark.real


@pytest.mark.parametrize(("name", "n"), [("T001-BRCA", (196, 196)), ("T001-COAD", (3317, 3313))])
def test_read_calls__of_two_builds_agree(real_data: Path, tmp_path: Path, name: str, n: tuple[int, int]) -> None:
    """Every allele of the file has its row, and the builds tell the same of the loci that both have."""
    found = {}
    for build, n_alleles in zip(("grch37", "grch38"), n, strict=True):
        calls = read_calls(real_data / "vcf" / f"{name}.{build}.vcf.gz")
        assert len(calls.variants) == n_alleles
        assert calls.calls.normal_sample is None and calls.calls.tumor_sample.startswith("TCGA-")
        for variant in calls.variants:
            # The file tells fraction and depth in INFO as well; counts come from the sample column.
            assert variant.tumor is not None and variant.is_pass
            assert 0 <= variant.tumor.vaf <= 1
        # One record of COAD has no read of its allele.
        assert sum(v.tumor is None or v.tumor.alternate == 0 for v in calls.variants) <= 1
        found[build] = sorted((v.contig, v.tumor.depth, v.tumor.alternate) for v in calls.variants if v.tumor)
        assert write_call_table(calls, tmp_path / f"{build}.tsv") == len(calls)
    common = set(found["grch37"]) & set(found["grch38"])
    assert len(common) > 0.97 * len(set(found["grch37"]))
    print(f"\n{name}: {n[0]} and {n[1]} alleles, {len(common)} of one chromosome, depth and count in both builds")
