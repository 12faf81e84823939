"""`oncopipe call limits`: named sites, the reads, and what the decision rule would have found."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.calling import collect_reads, fit, limits_at
from oncopipe.calling.fit import write_model
from oncopipe.cli.main import main
from oncopipe.errors import InputError
from oncopipe.io.evidence import write_collected
from oncopipe.io.limits import Site, read_limits, write_sites
from oncopipe.options import CallOptions
from tests.pairs import Pair

SITES = [
    Site("GENE2", "exon 3", "deletion", "chr1", 9000, 9150),
    Site("GENE1", "codon G12", "snv", "chr1", 2000, 2003),
    Site("GENE3", "codon V600", "snv", "chr9", 10, 13),
    Site("GENE4", "exon 9", "insertion", "chr1", 11_900, 12_000),  # the last bases, which no molecule reaches
]


@pytest.fixture(scope="module")
def steps(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("limits")
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    write_collected(collected, folder / "e.parquet")
    write_model(fit(collected, CallOptions()), folder / "model.json")
    write_sites(SITES, folder / "sites.tsv")
    return folder


def command(pair: Pair, steps: Path, tumor: Path, *more: str) -> int:
    files = {
        "--evidence": steps / "e.parquet", "--model": steps / "model.json", "--tumor": tumor, "--normal": pair.normal,
        "--reference": pair.fasta, "--sites": steps / "sites.tsv", "--output": steps / "limits.tsv",
    }  # fmt: skip
    with pytest.raises(SystemExit) as done:
        main(["call", "limits", *(str(word) for item in files.items() for word in item), *more])
    assert isinstance(done.value.code, int)
    return done.value.code


def test_command__writes_depth_and_limit_of_each_site(pair: Pair, steps: Path) -> None:
    assert command(pair, steps, pair.tumor) == 0
    limits = read_limits(steps / "limits.tsv")
    assert limits.tumor == "T"
    assert [row.site for row in limits.rows] == SITES
    exon, codon, absent, uncovered = limits.rows
    assert exon.limit is not None and codon.limit is not None
    assert 25 < exon.depth <= 60 and 25 < codon.depth <= 60
    assert 0.02 < codon.limit < 0.5
    assert (absent.depth, absent.limit, absent.reason) == (0, None, "the reads were not aligned to this contig")
    assert uncovered.limit is None and uncovered.depth == 0 and "no molecule" in uncovered.reason
    before = (steps / "limits.tsv").read_bytes()
    assert command(pair, steps, pair.tumor) == 0
    assert (steps / "limits.tsv").read_bytes() == before


def test_command__a_stricter_rule_has_higher_limits(pair: Pair, steps: Path) -> None:
    assert command(pair, steps, pair.tumor) == 0
    loose = read_limits(steps / "limits.tsv").rows[1].limit
    assert command(pair, steps, pair.tumor, "--min-alternate-fragments", "8") == 0
    strict = read_limits(steps / "limits.tsv").rows[1].limit
    assert loose is not None and (strict is None or strict > loose)


def test_limits_at__refuses_reads_of_another_sample(pair: Pair, steps: Path) -> None:
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    with pytest.raises(InputError, match="these reads are not"):
        limits_at(SITES, collected, fit(collected, CallOptions()), (pair.normal, pair.tumor), pair.fasta)


def test_limits_at__says_that_a_normal_is_too_shallow(pair: Pair) -> None:
    options = CallOptions(min_mapping_quality=61)  # no read of this pair is mapped so well
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    rows = limits_at(
        SITES[:2], collected, fit(collected, options), (pair.tumor, pair.normal), pair.fasta, options
    ).rows
    assert [row.limit for row in rows] == [None, None]
    assert all(row.reason for row in rows)
