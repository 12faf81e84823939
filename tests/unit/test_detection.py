"""The limit of detection holds: alleles planted at it are found."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling import collect_reads, score_evidence
from oncopipe.calling.depth import molecule_depth
from oncopipe.calling.detection import AIM, POWER, DetectionRule, Looks, rule_of
from oncopipe.calling.fit import fit
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
from oncopipe.options import CallOptions
from tests.pairs import Pair, Planted, molecule, random_genome

OPTIONS = CallOptions()


@pytest.fixture(scope="module")
def rule(pair: Pair) -> DetectionRule:
    collected = collect_reads(pair.tumor, pair.normal, pair.fasta, None)
    return rule_of(collected, fit(collected, OPTIONS), OPTIONS)


@pytest.mark.parametrize("kind", ["snv", "insertion", "deletion"])
def test_limit__falls_with_depth_and_with_the_normals_depth(rule: DetectionRule, kind: str) -> None:
    limits = [rule.limit(depth, 40, kind) for depth in (20, 60, 200, 800)]
    assert all(limit is not None for limit in limits)
    assert limits == sorted(limits, reverse=True)  # type: ignore[type-var]
    assert limits[-1] < 0.05 < limits[0]  # type: ignore[operator]
    assert rule.limit(60, 3, kind) is None  # so shallow a normal excludes no germline allele
    assert rule.limit(0, 40, kind) is None


def test_power__at_the_limit_is_what_was_asked_for(rule: DetectionRule) -> None:
    limit = rule.limit(80, 40)
    assert limit is not None
    assert rule.power(limit, 80, 40) == pytest.approx(AIM, abs=0.002)
    assert AIM >= POWER
    assert rule.power(limit / 4, 80, 40) < 0.5 < rule.power(2 * limit, 80, 40) <= 1.0


def test_limit__rises_with_the_error_of_bases(rule: DetectionRule) -> None:
    poor = np.zeros_like(rule.looks.quality)
    poor[:, 7] = 1.0
    looks = Looks(poor, rule.looks.near_end, rule.looks.mismatches, rule.looks.mapping_quality)
    worse = DetectionRule(rule.model, looks, OPTIONS).limit(100, 50)
    best = rule.limit(100, 50)
    assert worse is not None and best is not None and worse > best


# Plants lie further apart than a fragment is long: closer ones would be each other's mismatches and noise nearby.
READ, MEAN_SPAN, STEP, N_PLANTS = 100, 260, 320, 210
QUALITIES = np.repeat(np.array([12, 25, 37], np.uint8), [1, 4, 45])
WRONG = 10.0 ** (-np.arange(64) / 10)
SWAP = {"A": "G", "C": "T", "G": "A", "T": "C"}


class Tube:
    """A sample's molecules, laid out before it is known what they carry."""

    def __init__(self, genome: str, depth: int, seed: int) -> None:
        self.genome, self.random = genome, np.random.default_rng(seed)
        n = depth * len(genome) // (2 * READ)
        self.start = np.sort(self.random.integers(0, len(genome) - 600, n))
        self.span = np.clip(self.random.normal(MEAN_SPAN, 60, n).astype(int), READ + 10, 520)

    def depth(self) -> np.ndarray:
        """Molecules with a read over each position."""
        depth = np.zeros(len(self.genome), int)
        for start, span in zip(self.start.tolist(), self.span.tolist(), strict=True):
            depth[start : start + READ] += 1
            depth[max(start + READ, start + span - READ) : start + span] += 1
        return depth

    def write(self, path: Path, name: str, planted: list[Planted]) -> Path:
        header = pysam.AlignmentHeader.from_dict(
            {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": len(self.genome)}],
             "RG": [{"ID": name, "SM": name}]}
        )  # fmt: skip
        places, reads = np.array([v.position for v in planted], int), []
        for i, (start, span) in enumerate(zip(self.start.tolist(), self.span.tolist(), strict=True)):
            inside = range(*np.searchsorted(places, [start, start + span]).tolist())
            carried = [planted[j] for j in inside if self.random.random() < planted[j].tumor]
            ends = ((start, start + READ, 99), (start + span - READ, start + span, 147))
            for first, last, flag in ends:
                read = self._read(header, f"{name}{i}", molecule(self.genome, first, last, carried))
                read.flag, read.reference_start = flag, first
                read.next_reference_start = ends[1][0] if flag == 99 else ends[0][0]
                read.template_length = span if flag == 99 else -span
                reads.append(read)
        reads.sort(key=lambda read: read.reference_start)
        with pysam.AlignmentFile(str(path), "wb", header=header) as file:
            for read in reads:
                file.write(read)
        pysam.index(str(path))
        return path

    def _read(
        self, header: pysam.AlignmentHeader, name: str, content: tuple[str, list[tuple[int, int]]]
    ) -> pysam.AlignedSegment:
        bases, cigar = content
        quality = QUALITIES[self.random.integers(0, 50, len(bases))]
        wrong, text = np.flatnonzero(self.random.random(len(bases)) < WRONG[quality]), list(bases)
        for w in wrong.tolist():
            text[w] = "ACGT"[("ACGT".index(text[w]) + int(self.random.integers(1, 4))) % 4]
        read = pysam.AlignedSegment(header)
        read.query_name, read.reference_id, read.mapping_quality, read.cigartuples = name, 0, 60, cigar
        read.next_reference_id, read.query_sequence = 0, "".join(text)
        read.query_qualities = array("B", quality.tobytes())
        read.set_tag("RG", name)
        return read


def change(genome: str, position: int, kind: str, fraction: float) -> Planted:
    """A change that is already left-aligned, at or soon behind a position."""
    while genome[position] in (genome[position + 3], "C"):
        position += 1
    if kind == "deletion":
        return Planted(position, genome[position : position + 4], genome[position], fraction)
    alternate = SWAP[genome[position]] if kind == "snv" else genome[position] + SWAP[genome[position + 1]] + "AC"
    return Planted(position, genome[position], alternate, fraction)


def test_limit__plants_at_it_are_found(tmp_path: Path) -> None:
    """Alleles of three kinds, each planted at the limit of its own place: the share found is not below 95 %."""
    genome, kinds = random_genome(77, N_PLANTS * STEP + 1200), ("snv", "insertion", "deletion")
    fasta = tmp_path / "genome.fa"
    fasta.write_text(f">chr1\n{genome}\n")
    pysam.faidx(str(fasta))
    tubes = (Tube(genome, 80, 1), Tube(genome, 40, 2))
    normal = tubes[1].write(tmp_path / "N.bam", "N", [])
    depths = [tube.depth() for tube in tubes]
    # What the sample is like is learned from the normal's reads under another name; the prior is a tumor's.
    twin = Tube(genome, 40, 3).write(tmp_path / "twin.bam", "T", [])
    collected = collect_reads(twin, normal, fasta, None)
    model = fit(collected, CallOptions(somatic_prior=1e-5))
    rule = rule_of(collected, model, OPTIONS)
    planted: dict[str, list[Planted]] = {kind: [] for kind in kinds}
    for i, position in enumerate(range(600, 600 + N_PLANTS * STEP, STEP)):
        kind = kinds[i % len(kinds)]
        limit = rule.limit(int(depths[0][position]), int(depths[1][position]), kind)
        assert limit is not None
        planted[kind].append(change(genome, position, kind, limit))
    everything = sorted((v for some in planted.values() for v in some), key=lambda v: v.position)
    tumor = tubes[0].write(tmp_path / "T.bam", "T", everything)
    calls = score_evidence(collect_reads(tumor, normal, fasta, None), model)
    found = set(calls.evidence.position[calls.is_pass].tolist())
    for kind, some in planted.items():
        n, of = sum(v.position in found for v in some), len(some)
        print(f"\n{kind}: {n} of {of} found at the limit, mean {np.mean([v.tumor for v in some]):.3f}")
        # With probability .95 each, fewer are found once in 1,000 times.
        assert n >= 0.95 * of - 3.1 * np.sqrt(0.95 * 0.05 * of)


def test_molecule_depth__equals_counting(pair: Pair) -> None:
    region = Region("chr1", 4000, 4400)
    with open_alignment(pair.tumor) as reader:
        found = molecule_depth(reader.read(region), region, OPTIONS, collapse=True)
    covers: dict[str, set[int]] = {}
    outer: dict[str, tuple[int, int]] = {}
    with pysam.AlignmentFile(str(pair.tumor)) as file:
        for read in file:
            name, end = read.query_name or "", read.reference_end or 0
            covers.setdefault(name, set()).update(range(read.reference_start, end))
            first, last = outer.get(name, (read.reference_start, end))
            outer[name] = (min(first, read.reference_start), max(last, end))
    molecules: dict[tuple[int, int], set[int]] = {}
    for name, positions in covers.items():
        molecules.setdefault(outer[name], set()).update(positions)
    assert found.tolist() == [sum(p in m for m in molecules.values()) for p in range(4000, 4400)]
    assert found.max() > 40
