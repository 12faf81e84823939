"""Alleles asked for by name are always written, never counted as calls, and change nothing else."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest

from oncopipe.cli.main import main
from oncopipe.errors import InputError, ReferenceMismatchError
from oncopipe.io.annotated_vcf import read_calls
from oncopipe.io.fasta import open_reference
from oncopipe.io.hotspots import read_hotspots
from oncopipe.io.limits import Site, write_sites
from tests.pairs import Pair, make_pair

HEADER = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=12000>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return make_pair(tmp_path_factory.mktemp("pair"))


def allele(pair: Pair, position: int) -> tuple[int, str, str]:
    """A substitution that nobody carries."""
    return position, pair.genome[position], "ACGT"[("ACGT".index(pair.genome[position]) + 1) % 4]


def write_hotspots(path: Path, alleles: list[tuple[int, str, str]]) -> Path:
    rows = (f"chr1\t{p + 1}\t.\t{ref}\t{alt}\t.\t.\t." for p, ref, alt in sorted(alleles))
    path.write_text(HEADER + "\n".join(rows) + "\n")
    return path


def listed(pair: Pair) -> list[tuple[int, str, str]]:
    """Absent SNVs and indels, every planted allele (germline and noise too), and one without reads."""
    g = pair.genome
    inserted = next(b for b in "ACGT" if b not in (g[2500], g[2501]))
    absent = [allele(pair, p) for p in (2000, 3300, 11_990)]
    absent += [(2200, g[2200:2203], g[2200]), (2500, g[2500], g[2500] + inserted)]
    return absent + [(v.position, v.reference, v.alternate) for v in pair.planted]


def lines(path: Path) -> list[str]:
    with pysam.BGZFile(str(path), "r", None) as file:
        return [line.decode() if isinstance(line, bytes) else line for line in file]


@pytest.mark.parametrize("command", ["somatic", "tumor-only"])
def test_call__hotspots_are_written_and_change_nothing_else(pair: Pair, command: str, tmp_path: Path) -> None:
    hotspots = write_hotspots(tmp_path / "h.vcf", listed(pair))
    reads = ["--tumor", pair.tumor, "--reference", pair.fasta]
    reads += ["--normal", pair.normal] if command == "somatic" else []
    plain, asked = ([*reads, "--output", tmp_path / f"{n}.vcf.gz", "--evidence-output", tmp_path / f"{n}.parquet"]
                    for n in ("plain", "asked"))  # fmt: skip
    assert run("call", command, *plain) == 0
    assert run("call", command, *asked, "--hotspots", hotspots, "--threads", 2) == 0
    without, given = (lines(tmp_path / f"{n}.vcf.gz") for n in ("plain", "asked"))
    others = [line for line in given if ";HOTSPOT" not in line]
    named = [line for line in given if ";HOTSPOT" in line]
    assert {tuple(line.split("\t")[i] for i in (1, 3, 4)) for line in named} == {
        (str(p + 1), ref, alt) for p, ref, alt in read_hotspots_of(pair, hotspots)
    }
    # What was not asked for is the same to the byte; what was called anyway differs by what is said of the asking.
    stripped = [_plain(line) for line in named if "FORCED" not in line]
    assert sorted(others + stripped) == sorted(without)
    assert (tmp_path / "plain.parquet").read_bytes() == (tmp_path / "asked.parquet").read_bytes()
    forced = [line for line in named if "FORCED" in line]
    assert forced and all("PASS" not in line.split("\t")[6] for line in forced)


def _plain(line: str) -> str:
    fields = line.split("\t")
    fields[7] = ";".join(x for x in fields[7].split(";") if x != "HOTSPOT" and not x.startswith("LOD95="))
    return "\t".join(fields)


def read_hotspots_of(pair: Pair, path: Path) -> list[tuple[int, str, str]]:
    with open_reference(pair.fasta) as genome:
        return read_hotspots(path, genome).alleles["chr1"]


def test_call__counts_and_limits_of_what_is_not_there(pair: Pair, tmp_path: Path) -> None:
    hotspots = write_hotspots(tmp_path / "h.vcf", listed(pair))
    reads = ["--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta]
    assert run("call", "somatic", *reads, "--hotspots", hotspots, "--output", tmp_path / "o.vcf.gz") == 0
    calls = read_calls(tmp_path / "o.vcf.gz")
    assert not any(v.is_pass for v in calls.forced)
    absent = {v.position: v for v in calls.forced}
    for position in (2000, 2200, 2500, 3300):
        found = absent[position]
        assert found.tumor is not None and found.normal is not None
        assert found.tumor.alternate <= 1 and 40 < found.tumor.depth < 80 and 15 < found.normal.depth < 45
        assert found.limit is not None and 0.05 < found.limit < 0.25
    nowhere = absent[11_990]
    assert nowhere.tumor is not None and nowhere.tumor.depth == 0 and nowhere.limit is None
    germline = next(v for v in (*calls.variants, *calls.forced) if v.position == 6000)
    assert not germline.is_pass and germline.limit is not None
    assert sum(v.is_pass for v in calls.variants) == 6  # four SNVs and two indels, as without hotspots


def test_call__parts_give_the_same_hotspots_as_the_whole(pair: Pair, tmp_path: Path) -> None:
    hotspots = write_hotspots(tmp_path / "h.vcf", listed(pair))
    reads = ["--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta]
    whole = [*reads, "--hotspots", hotspots, "--output", tmp_path / "whole.vcf.gz"]
    assert run("call", "somatic", *whole) == 0
    parts: list[object] = []
    for i, (start, end) in enumerate([(6001, 12_000), (0, 2200), (2200, 6001)]):
        (tmp_path / f"{i}.bed").write_text(f"chr1\t{start}\t{end}\n")
        given = [*reads, "--hotspots", hotspots, "--regions", tmp_path / f"{i}.bed"]
        assert run("call", "collect", *given, "--output", tmp_path / f"{i}.parquet") == 0
        parts += ["--evidence", tmp_path / f"{i}.parquet"]
    assert run("call", "fit", *parts, "--output", tmp_path / "m.json") == 0
    scored = [*parts, "--model", tmp_path / "m.json", "--tumor", pair.tumor, "--reference", pair.fasta]
    assert run("call", "score", *scored, "--output", tmp_path / "parts.vcf.gz") == 0
    assert (tmp_path / "parts.vcf.gz").read_bytes() == (tmp_path / "whole.vcf.gz").read_bytes()


def test_benchmark__counts_no_forced_record(pair: Pair, tmp_path: Path) -> None:
    """Forced alleles are no calls to whoever counts them: a benchmark's true, false and missed stay as they were."""
    truth = [(v.position, v.reference, v.alternate) for v in pair.planted if v.normal == 0]
    write_hotspots(tmp_path / "t.vcf", truth)
    tables = []
    for name, more in (("plain", []), ("asked", ["--hotspots", write_hotspots(tmp_path / "h.vcf", listed(pair))])):
        reads = ["--tumor", pair.tumor, "--normal", pair.normal, "--reference", pair.fasta]
        assert run("call", "somatic", *reads, *more, "--output", tmp_path / f"{name}.vcf.gz") == 0
        from oncopipe.validation import compare_calls

        with open_reference(pair.fasta) as genome:
            tables.append(compare_calls(tmp_path / f"{name}.vcf.gz", tmp_path / "t.vcf", genome, None))
    assert tables[0] == tables[1]
    assert len(tables[0].true_positive) == 6


def test_read_hotspots__takes_vcf_and_sites_to_one_form(pair: Pair, tmp_path: Path) -> None:
    g = pair.genome
    with open_reference(pair.fasta) as genome:
        write_sites([Site("G", "codon V600", "snv", "chr1", 300, 303), Site("G", "exon 2", "deletion", "chr1", 300, 400),
                     Site("G", "exons", "snv", "chr1", 300, 400)], tmp_path / "s.tsv")  # fmt: skip
        sites = read_hotspots(tmp_path / "s.tsv", genome)
        assert len(sites) == 9 and sites.n_left_out == 2
        assert sites.alleles["chr1"][0][:2] == (300, g[300])
        two = g[700:702].translate(str.maketrans("ACGT", "CGTA"))
        path = write_hotspots(tmp_path / "h.vcf", [(700, g[700:702], two), (900, g[900:903], "<DEL>")])
        found = read_hotspots(path, genome)
        assert found.alleles == {"chr1": [(700, g[700], two[0]), (701, g[701], two[1])]} and found.n_left_out == 1
        wrong = write_hotspots(tmp_path / "w.vcf", [(700, "ACGT"[("ACGT".index(g[700]) + 1) % 4], g[700])])
        with pytest.raises(InputError, match=r"w\.vcf, line 4"):
            read_hotspots(wrong, genome)
        write_sites([Site("G", "codon V600", "snv", "chr9", 300, 303)], tmp_path / "c.tsv")
        with pytest.raises(ReferenceMismatchError, match="chr9"):
            read_hotspots(tmp_path / "c.tsv", genome)
