"""Families of reads: who is a copy of whom, what copies agree on, and that it depends on nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import collect_reads, gate
from oncopipe.calling.depth import molecule_depth
from oncopipe.calling.detection import rule_of
from oncopipe.calling.fit import fit, read_model, write_model
from oncopipe.calling.hypotheses import ERROR, NOISE, SOMATIC, hypothesis_likelihoods, views_of
from oncopipe.calling.likelihoods import FAMILY_FRACTIONS, FRACTIONS, allele_errors, by_own_slippage, errors_of
from oncopipe.data.evidence import (
    ALT,
    N_QUALITY_BINS,
    REF,
    TUMOR,
    Collected,
    Evidence,
    no_evidence,
    no_statistics,
)
from oncopipe.data.reads import ReadBatch
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError
from oncopipe.families import consensus, consensus_kernels, tag_kernels
from oncopipe.families.consensus import ConsensusBuilder, read_consensus
from oncopipe.families.detect import family_mode
from oncopipe.io.bam import Room, open_alignment
from oncopipe.io.bed import write_bed
from oncopipe.io.evidence import read_collected, write_collected
from oncopipe.options import CallOptions
from oncopipe.qc.measure import measure_quality
from tests.families_builder import Copies, write_families
from tests.pairs import Planted, random_genome
from tests.reference import families as twin
from tests.sequence_files import header_of, write_bam_of
from tests.unit.test_call import evidence

GENOME = random_genome(77, 4_000)
SWAP = {"A": "G", "C": "T", "G": "A", "T": "C"}
PLANTED = (
    *(Planted(p, GENOME[p], SWAP[GENOME[p]], 0.1) for p in (700, 1500, 3000)),
    Planted(2000, GENOME[2000], SWAP[GENOME[2000]], 0.5, 0.5),
    Planted(2400, GENOME[2400:2404], GENOME[2400], 0.2),
    Planted(2700, GENOME[2700], GENOME[2700] + "GATTACA", 0.2),
)
KINDS = {
    "simplex": Copies(),
    "duplex": Copies(copies=(1.5, 2.0)),
    "rx": Copies(tags=("RX", "MC")),
    "rx_duplex": Copies(tags=("RX", "MC"), copies=(1.5, 2.0)),
    "without_mc": Copies(tags=("RX",), clipped=0.0),
    "ends": Copies(tags=("MC",)),
}
DEFAULTS = CallOptions()
WHOLE = Region("chr1", 0, len(GENOME))


@pytest.fixture(scope="module")
def fasta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("families") / "g.fa"
    path.write_text(f">chr1\n{GENOME}\n")
    return path


@pytest.fixture(scope="module")
def bams(fasta: Path) -> dict[str, Path]:
    return {
        kind: write_families(fasta.parent / f"{kind}.bam", GENOME, "T", PLANTED, 700, 3, copies)
        for kind, copies in KINDS.items()
    }


def made_of(bam: Path, region: Region = WHOLE, *, is_duplex: bool = False) -> ReadBatch:
    with open_alignment(bam) as reader:
        return read_consensus(reader, region, 20, is_duplex=is_duplex, room=Room())[0]


def plain(batch: ReadBatch) -> list[tuple[int, str, str, list[int]]]:
    """Position, CIGAR, bases and qualities of each read."""
    rows = []
    for position, cigar, n, sequence, length, quality in zip(
        batch.position, batch.cigar_offset, batch.n_cigar, batch.sequence_offset, batch.length, batch.quality_offset,
        strict=True,
    ):  # fmt: skip
        words = batch.buffer[cigar : cigar + 4 * n].tobytes()
        operations = [int.from_bytes(words[k : k + 4], "little") for k in range(0, 4 * int(n), 4)]
        packed = batch.buffer[sequence : sequence + (length + 1) // 2]
        nibbles = np.stack([packed >> 4, packed & 15], axis=1).reshape(-1)[:length]
        bases = "".join("=ACMGRSVTWYHKDBN"[x] for x in nibbles)
        text = "".join(f"{word >> 4}{'MIDNSHP=X'[word & 15]}" for word in operations)
        rows.append((int(position), text, bases, batch.buffer[quality : quality + length].tolist()))
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_read_consensus__equals_the_twin(bams: dict[str, Path], kind: str) -> None:
    is_duplex = "duplex" in kind
    stacks = twin.stacks(bams[kind], is_duplex=is_duplex)
    theirs = sorted(twin.consensus(reads, is_duplex=is_duplex) for reads in stacks.values())
    ours = sorted(plain(made_of(bams[kind], is_duplex=is_duplex)))
    assert len(ours) == len(theirs) > 800
    positions = {position for position, cigar, *_ in theirs if "I" in cigar or "D" in cigar}
    assert len(positions) > 5
    qualities = {level for *_, levels in theirs for level in levels}
    assert {35, 38, 41} <= qualities or is_duplex
    assert not is_duplex or {0, 35, 43, 47} <= qualities
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == other


def test_families__kernels_do_compiled_what_they_do_as_python(
    bams: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    region = Region("chr1", 2300, 2800)
    compiled = {kind: plain(made_of(bams[kind], region, is_duplex=True)) for kind in ("duplex", "rx_duplex")}
    for module in (tag_kernels, consensus_kernels):
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
                if hasattr(consensus_kernels, name):
                    monkeypatch.setattr(consensus_kernels, name, value.py_func)
    with np.errstate(over="ignore"):
        for kind, theirs in compiled.items():
            assert len(theirs) > 10
            assert plain(made_of(bams[kind], region, is_duplex=True)) == theirs


def test_consensus_builder__may_be_fed_in_any_pieces(bams: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for its copies is made once they are all there, whenever that is."""
    whole = made_of(bams["duplex"], is_duplex=True)
    with open_alignment(bams["duplex"]) as reader:
        batch = reader.read(WHOLE)
    for size, turn in ((1, 1 << 12), (7, 1), (500, 1 << 30)):
        monkeypatch.setattr(consensus, "_TURN", turn)
        builder = ConsensusBuilder(WHOLE, 20, is_duplex=True)
        for first in range(0, len(batch), size):
            builder.add(batch.buffer, batch.columns[first : first + size], 0)
        assert plain(builder.batch(0)) == plain(whole)


@pytest.mark.parametrize(("kind", "deep"), [("simplex", 5), ("rx_duplex", 500), ("ends", 5)])
def test_collect__of_families_is_the_same_for_any_partition_and_order(
    fasta: Path, bams: dict[str, Path], kind: str, deep: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "DEEP", deep)  # the gate too
    rng = np.random.default_rng(8)
    normal = write_families(tmp_path / "n.bam", GENOME, "N", PLANTED, 300, 4, KINDS[kind])
    options = CallOptions(umi="duplex" if "duplex" in kind else "simplex") if kind != "ends" else CallOptions()
    whole = collect_reads(bams[kind], normal, fasta, None, options)
    shuffled = []
    with pysam.AlignmentFile(str(bams[kind])) as file:
        header = file.header
        for _, group in groupby(file, key=lambda read: read.reference_start):
            same = list(group)
            shuffled += [same[i] for i in rng.permutation(len(same))]
    write_bam_of(tmp_path / "t.bam", header, shuffled)
    near = [v.position + int(d) for v in PLANTED for d in rng.integers(-3, 4, 2)]
    cuts = sorted({0, len(GENOME), *near, *rng.integers(1, len(GENOME), 5).tolist()})
    files = []
    for i, (a, b) in enumerate(pairwise(cuts)):
        write_bed(tmp_path / f"{i}.bed", Regions((Region("chr1", a, b),)))
        part = collect_reads(tmp_path / "t.bam", normal, fasta, tmp_path / f"{i}.bed", options, threads=1 + i % 2)
        files.append(tmp_path / f"{i}.parquet")
        write_collected(part, files[-1])
    for name, what in (("whole", whole), ("cut", read_collected(files))):
        write_collected(what, tmp_path / f"{name}.all")
    assert (tmp_path / "whole.all").read_bytes() == (tmp_path / "cut.all").read_bytes()
    assert len(whole.evidence) >= 4
    assert whole.statistics.families.sum() > 0 or kind == "ends"


def rows_of(path: Path, *pairs: tuple[int, str, str, str]) -> Path:
    """Pairs of 60 bases of the genome from a start on: name, tags (`MI:7;RX:AC`) and an SNV at the 20th base or none."""
    header = header_of({"chr1": len(GENOME)}, {"T": "T"})
    reads = []
    for start, name, tags, base in pairs:
        for flag, first in ((99, start), (147, start + 100)):
            text = GENOME[first : first + 60]
            read = pysam.AlignedSegment(header)
            read.query_name, read.flag, read.reference_id, read.reference_start = name, flag, 0, first
            read.mapping_quality, read.cigarstring = 60, "60M"
            read.next_reference_id, read.next_reference_start = 0, start + 100 if flag == 99 else start
            read.template_length = 160 if flag == 99 else -160
            read.query_sequence = text[:20] + base + text[21:] if flag == 99 and base else text
            read.query_qualities = [37] * 60
            read.set_tag("RG", "T")
            for tag, value in (part.split(":") for part in tags.split(";") if part):
                read.set_tag(tag, int(value) if tag[1] == "D" else value)
            reads.append(read)
    return write_bam_of(path, header, reads)


def molecules_at(path: Path, fasta: Path, options: CallOptions = DEFAULTS) -> tuple[int, int]:
    e = collect_reads(path, None, fasta, None, options).evidence
    assert len(e) == 1
    return int(e.allele_depth(TUMOR, ALT)[0]), int(e.allele_depth(TUMOR, REF)[0])


def test_collect__same_ends_and_other_barcodes_are_other_molecules(fasta: Path, tmp_path: Path) -> None:
    alt = SWAP[GENOME[520]]
    rows = [(500, f"r{i}", f"RX:{code}", alt) for i, code in enumerate(("ACGT", "ACGT", "TTTT", "GGGG"))]
    rows += [(500, f"s{i}", "RX:CCCC", "") for i in range(3)]
    bam = rows_of(tmp_path / "a.bam", *rows)
    assert molecules_at(bam, fasta) == (3, 1)
    # Ends alone would call all seven one molecule, or without collapsing four molecules and three.
    assert molecules_at(bam, fasta, CallOptions(umi="off", collapse_duplicates=False)) == (4, 3)
    assert len(collect_reads(bam, None, fasta, None, CallOptions(umi="off")).evidence) == 1


def test_collect__an_error_of_one_copy_is_outvoted(fasta: Path, tmp_path: Path) -> None:
    alt = SWAP[GENOME[520]]
    rows = [(500, f"a{i}", "MI:1", alt if i == 0 else "") for i in range(3)]
    rows += [(500, f"b{k}{i}", f"MI:{k}", alt) for k in (2, 3) for i in range(2)]
    assert molecules_at(rows_of(tmp_path / "a.bam", *rows), fasta) == (2, 1)


def test_family_mode__says_what_the_first_reads_have(bams: dict[str, Path], pair: object) -> None:
    expected = {"simplex": "simplex", "duplex": "duplex", "rx": "simplex", "rx_duplex": "simplex", "ends": "off"}
    for kind, mode in expected.items():
        with open_alignment(bams[kind]) as reader:
            assert family_mode(reader, "auto") == mode
            assert family_mode(reader, "off") == "off"
            assert family_mode(reader, "duplex", required=False) == ("off" if mode == "off" else "duplex")
    with open_alignment(bams["ends"]) as reader, pytest.raises(InputError, match="have a barcode"):
        family_mode(reader, "duplex")


@pytest.mark.parametrize(
    ("tags", "quality"),
    [("MI:%d;cD:1", 35), ("MI:%d;cD:2", 37), ("MI:%d;cD:9", 37), ("MI:%d;cD:9;aD:5;bD:4", 37)],
)
def test_read_consensus__takes_consensus_reads_as_families(tmp_path: Path, tags: str, quality: int) -> None:
    bam = rows_of(tmp_path / "c.bam", *((500 + i, f"m{i}", tags % i, "") for i in range(4)))
    with open_alignment(bam) as reader:
        is_duplex = family_mode(reader, "auto") == "duplex"
        assert is_duplex == ("aD" in tags)
        batch, sizes = read_consensus(reader, WHOLE, 20, is_duplex=is_duplex, room=Room())
    assert [set(levels) for *_, levels in plain(batch)] == [{quality}] * 8
    assert int(sizes[int(is_duplex), int(tags.split("cD:")[1].split(";")[0])]) == 8


@pytest.mark.parametrize(
    ("quality", "depths", "expected"),
    [(90, (9, 5, 4), 47), (90, (2, 1, 1), 43), (45, (9, -1, -1), 41), (45, (2, -1, -1), 38), (30, (9, 5, 4), 30),
     (90, (-1, -1, -1), 35), (2, (3, -1, -1), 2)],
)  # fmt: skip
def test_known_quality__has_the_class_of_its_family(
    quality: int, depths: tuple[int, int, int], expected: int
) -> None:
    assert consensus_kernels.known_quality(quality, *depths) == expected


def test_measure_quality__of_families_does_not_hold_copies_against_them(
    fasta: Path, bams: dict[str, Path], tmp_path: Path
) -> None:
    rows = {row.metric: row for row in measure_quality(bams["duplex"], fasta).metrics}
    assert rows["duplicate_fraction"].status == "NOT_ASSESSED" and float(rows["duplicate_fraction"].value or 0) > 0.5
    stacks = twin.stacks(bams["duplex"], is_duplex=True).values()
    both = [len({read.is_reverse != read.is_read2 for read in some}) == 2 for some in stacks]
    expected = (np.mean([len(some) for some in stacks]), np.mean([len(some) == 1 for some in stacks]), np.mean(both))
    for name, value in zip(("family_size", "single_families", "duplex_families"), expected, strict=True):
        assert rows[name].value == pytest.approx(value, rel=0.02), name
    plain = {row.metric: row for row in measure_quality(bams["ends"], fasta).metrics}
    assert "family_size" not in plain and plain["duplicate_fraction"].status != "NOT_ASSESSED"


def test_errors_of__are_learned_by_class_and_by_quality_of_families() -> None:
    """Damage before the barcode stands in all copies of one strand: C>T here, as often as one base in 20,000."""
    s = no_statistics()
    s.families[TUMOR, 0, 4] = 1
    simplex, duplex = 41 // 3, 47 // 3
    s.class_bases[TUMOR, :, [simplex, duplex]] = 4_000_000
    s.bases_by_quality[TUMOR, [41, 47]] = 16_000_000
    for reference in range(4):
        for read in range(4):
            if read != reference:
                s.class_errors[TUMOR, reference, read, simplex] = 200 if (reference, read) == (1, 3) else 4
    s.errors_by_quality[TUMOR, 41] = s.class_errors[TUMOR, :, :, simplex].sum()
    errors = errors_of(s)
    assert errors.classes is not None
    assert errors.classes[TUMOR, 1, 3, simplex] == pytest.approx(200 / 4e6, rel=0.1)
    assert errors.classes[TUMOR, 0, 1, simplex] < 5e-6
    # No error in 16 million bases of both strands: no rate below one in a million is believed.
    assert errors.bases[TUMOR, duplex] == pytest.approx(1e-6)
    assert errors.classes[TUMOR, 1, 3, duplex] == pytest.approx(1e-6 / 3)
    plain = no_statistics()
    plain.bases_by_quality[TUMOR, 41] = 10**9
    assert errors_of(plain).classes is None and errors_of(plain).bases[TUMOR, simplex] == 1e-5


def test_fit__keeps_errors_by_class_in_its_file(fasta: Path, bams: dict[str, Path], tmp_path: Path) -> None:
    model = fit(collect_reads(bams["duplex"], None, fasta, None), CallOptions())
    write_model(model, tmp_path / "m.json")
    again = read_model(tmp_path / "m.json")
    assert again == model and again.families[0].startswith("duplex") and again.families[1] == "off"
    assert np.array(again.class_errors).shape == (2, 4, 4, 16)


def test_molecule_depth__counts_families_once(fasta: Path, bams: dict[str, Path]) -> None:
    """What `call limits` counts molecules by: the twin's, over each position."""
    region = Region("chr1", 1400, 1700)
    batch = made_of(bams["duplex"], region, is_duplex=True)
    found = molecule_depth(batch, region, DEFAULTS, collapse=False)
    covered: dict[object, set[int]] = {}
    for (name, _, _), reads in twin.stacks(bams["duplex"], is_duplex=True).items():
        position, cigar, *_ = twin.consensus(reads, is_duplex=True)
        span = sum(int(n) for n, operation in re.findall(r"(\d+)([MDIS])", cigar) if operation in "MD")
        covered.setdefault(name, set()).update(range(position, position + span))
    assert found.tolist() == [sum(p in some for some in covered.values()) for p in range(region.start, region.end)]
    assert found.max() > 15


def deep(n_alt: int, in_normal: int, alternate: str = "C") -> Evidence:
    """One candidate with so many of 2,000 molecules in the tumor and of 500 in the normal."""
    return replace(evidence((2000 - n_alt, n_alt), (500 - in_normal, in_normal), 13), alternate=[alternate])


def test_hypotheses__of_families_know_fractions_below_half_a_percent() -> None:
    errors = errors_of(no_statistics())
    families = replace(errors, classes=np.full((2, 4, 4, N_QUALITY_BINS), 3e-6))
    assert np.isin(FRACTIONS, FAMILY_FRACTIONS).all()
    assert np.diff(np.log(FAMILY_FRACTIONS[1:])) == pytest.approx(np.log(FAMILY_FRACTIONS[2] / FAMILY_FRACTIONS[1]))
    of = partial(hypothesis_likelihoods, has_normal=True)
    few = of(views_of(deep(4, 0), families))[0]
    ordinary = of(replace(views_of(deep(4, 0), families), is_indel=np.ones(1, bool)))[0]
    assert few[SOMATIC] - few[ERROR] > ordinary[SOMATIC] - ordinary[ERROR] + 3  # 40 times the odds
    # Five of 2,000 and one of 500 are the same fraction in both: noise.
    both = of(views_of(deep(5, 1), families))[0]
    assert both[NOISE] > both[SOMATIC] + 2
    # The grid of indels is the ordinary one, so are their likelihoods, but for the tract's own slippage.
    there = views_of(deep(6, 0, "CT"), families)
    by_grid = of(there)[0]
    alone = of(views_of(deep(6, 0, "CT"), replace(families, classes=None)))[0]
    assert np.delete(by_grid, ERROR) == pytest.approx(np.delete(alone, ERROR))


def test_by_own_slippage__takes_a_tract_that_slips_more_in_both_samples_for_error() -> None:
    rates = np.array([0.018])
    both, tumor = deep(65, 9, "CT"), deep(65, 0, "CT")
    said = [by_own_slippage(e, rates)[0] for e in (both, tumor)]
    # Plainly: each rate of the tract's own, by its weight.
    own, weight = np.arange(-2, 2.01, 0.25), np.exp(-0.5 * (np.arange(-2, 2.01, 0.25) / 0.4) ** 2)
    for found, n in zip(said, (9, 0), strict=True):
        p = np.minimum(0.018 * np.exp(own), 0.5)
        likelihood = np.exp(65 * np.log(p) + 1935 * np.log1p(-p) + n * np.log(p) + (500 - n) * np.log1p(-p) + 400)
        assert found == pytest.approx(np.log((weight * likelihood).sum() / weight.sum()) - 400)
    families = replace(errors_of(no_statistics()), classes=np.full((2, 4, 4, N_QUALITY_BINS), 3e-6))
    views = views_of(both, families)
    assert views.error[0] == pytest.approx(by_own_slippage(both, allele_errors(both, families))[0])
    ordinary = views_of(both, replace(families, classes=None))
    assert ordinary.error[0] == ordinary.tumor[0, 0] + ordinary.normal[0, 0]


def test_limit__of_families_is_about_half_a_percent_where_two_thousand_molecules_speak() -> None:
    """By a sample without a candidate, whose prior is as low as can be."""
    s = no_statistics()
    s.families[:, 0, 4] = 100
    s.bases_by_quality[:, 41], s.bases_by_quality[:, 35] = 9_000_000, 1_000_000
    s.errors_by_quality[:, 41], s.errors_by_quality[:, 35] = 180, 500
    s.class_bases[:, :, 41 // 3], s.class_bases[:, :, 35 // 3] = 2_250_000, 250_000
    for reference in range(4):
        for read in range(4):
            if read != reference:
                s.class_errors[:, reference, read, 41 // 3], s.class_errors[:, reference, read, 35 // 3] = 15, 42
    collected = Collected(no_evidence(), replace(s, n_positions=50_000), "T", "N", {"chr1": 50_000})
    model = fit(collected, DEFAULTS)
    limit = rule_of(collected, model, DEFAULTS).limit(2_200, 600)
    assert limit is not None and limit <= 0.007
    deeper = rule_of(collected, model, DEFAULTS).limit(6_000, 600)
    assert deeper is not None and deeper < limit
    screening = CallOptions(sensitivity="screening")
    lower = rule_of(collected, model, screening).limit(2_200, 600)
    assert lower is not None and lower <= 0.0055
