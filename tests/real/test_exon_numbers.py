"""Rules by exon count exons as the chosen transcripts do: the residues that each rule is known for lie in its exons."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from oncopipe.annotation.alleles import change_of, reverse_complement
from oncopipe.annotation.annotator import Annotator
from oncopipe.annotation.transcripts import GeneModels, choose_transcripts
from oncopipe.data.transcripts import Transcript
from oncopipe.data.variants import Effect
from oncopipe.io.fasta import Reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.rules import fit, residues_of, split_exception
from oncopipe.knowledge.statements import shipped_targets

pytestmark = pytest.mark.real

# Of each rule by exon that ships: residues that the literature puts there.
KNOWN = {
    ("CALR", "exon 9 frameshift"): (367, 385),
    ("CTNNB1", "exon 3 mutation"): (33, 41, 45),
    ("EGFR", "exon 19 deletion"): (746, 753),
    ("EGFR", "exon 20 insertion"): (768, 773),
    ("FLT3", "exons 14 15 insertion"): (591, 611),
    ("KIT", "exon 9 mutation"): (502, 503),
    ("KIT", "exon 11 mutation"): (557, 576),
    ("KIT", "exon 13 mutation"): (642, 654),
    ("KRAS", "exon 2 mutation"): (12, 13),
    ("MET", "exon 14 skipping"): (1010,),
    ("NPM1", "exons 11 12 frameshift"): (288,),
    ("PDGFRA", "exon 18 mutation"): (842,),
}


@pytest.fixture(scope="module")
def chosen(real_data: Path) -> dict[str, Transcript]:
    """The transcript of each gene that a report would speak of."""
    contigs = {f"chr{name}": 300_000_000 for name in (*range(1, 23), "X", "Y", "M")}
    transcripts = read_gff3(real_data / "genes" / "civic_genes.GRCh37.gff3.gz", contigs)
    ranks = choose_transcripts(transcripts)
    return {t.gene: t for t in transcripts if ranks.get(id(t), (1, ""))[0] == 0 and t.is_coding}


def residues_of_exon(transcript: Transcript, number: int) -> range:
    """The residues that an exon codes for, wholly or in part."""
    exons = transcript.exons if transcript.strand > 0 else transcript.exons[::-1]
    coding = [max(0, min(e, transcript.cds_end) - max(s, transcript.cds_start)) for s, e in exons]
    before, own = sum(coding[: number - 1]), coding[number - 1] if number <= len(coding) else 0
    return range(before // 3 + 1, (before + own + 2) // 3 + 1) if own else range(0)


def test_rules_by_exon__hold_the_residues_that_they_are_known_for(chosen: dict[str, Transcript]) -> None:
    shipped = {(row.gene, split_exception(row.rule)[0]) for row in shipped_targets() if row.rule.startswith("exon")}
    assert shipped == set(KNOWN)
    for (gene, rule), residues in KNOWN.items():
        exons = [int(word) for word in rule.split(" ") if word.isdecimal()]
        covered = {residue for exon in exons for residue in residues_of_exon(chosen[gene], exon)}
        assert set(residues) <= covered, (gene, rule)


def test_named_changes__lie_inside_the_proteins_of_the_chosen_transcripts(
    real_data: Path, chosen: dict[str, Transcript]
) -> None:
    """A residue beyond the protein's end would be one of another isoform, which no variant here could ever match."""
    checked, beyond = 0, set()
    for row in read_civic(real_data / "knowledge" / "civic_2021-02").statements:
        if row.gene not in chosen:
            continue
        for residue in residues_of(row.rule):
            checked += 1
            if int(residue[1:]) > chosen[row.gene].n_coding_bases // 3:
                beyond.add((row.gene, row.source_variant))
    assert beyond == set()
    assert checked > 1500


class Spelled:
    """A reference that spells one transcript: a reading frame without stops in its coding bases, T elsewhere."""

    def __init__(self, transcript: Transcript) -> None:
        self.start, n = transcript.start - 100, transcript.n_coding_bases
        self.lengths = {transcript.contig: transcript.end + 1000}
        bases = ["T"] * (transcript.end + 100 - self.start)
        frame = "ATG" + "".join(_CODONS[i % len(_CODONS)] for i in range(n // 3 - 2)) + "TAA" + "C" * (n % 3)
        exons = [(max(s, transcript.cds_start), min(e, transcript.cds_end)) for s, e in transcript.exons]
        places = [p for s, e in exons for p in range(s, e)]
        for place, base in zip(places if transcript.strand > 0 else reversed(places), frame, strict=False):
            bases[place - self.start] = base if transcript.strand > 0 else reverse_complement(base)
        self.bases = "".join(bases)
        self.places = places if transcript.strand > 0 else places[::-1]

    def fetch(self, contig: str, start: int, end: int) -> str:
        low, high = start - self.start, end - self.start
        before, after = max(0, min(high, 0) - low), max(0, high - max(low, len(self.bases)))
        return "N" * before + self.bases[max(0, low) : max(0, high)] + "N" * after


# Each codon of another residue than its neighbors', so that nothing can be moved by a codon.
_CODONS = ("GCA", "CTG", "GAC", "AAG", "TCT", "CCA", "GGT")


def _effects(annotator: Annotator, gene: str, contig: str, position: int, ref: str, alt: str) -> Effect:
    change = change_of(annotator.sequence, contig, position, ref, alt)
    assert change is not None
    return next(e for e in annotator.names(change, alt).effects if e.gene == gene)


def test_rules_by_exon__hold_for_every_exon_of_every_gene(chosen: dict[str, Transcript]) -> None:
    """On all gene models: a codon out of an exon, one more in it, and its broken sites fit the class of that exon alone."""
    n_exons, n_sites = 0, 0
    for gene, transcript in chosen.items():
        if transcript.n_coding_bases < 30 or not transcript.is_plain or transcript.missing_bases:
            continue
        spelled = Spelled(transcript)
        annotator = Annotator(cast(Reference, spelled), GeneModels([transcript]))
        n = len(transcript.exons)
        for codon in range(3, transcript.n_coding_bases - 9, 51):
            three = sorted(spelled.places[codon : codon + 3])
            if three[2] - three[0] != 2:
                continue
            before = three[0] - 1
            anchor = spelled.fetch(transcript.contig, before, before + 1)
            bases = spelled.fetch(transcript.contig, three[0], three[2] + 1)
            lost = _effects(annotator, gene, transcript.contig, before, anchor + bases, anchor)
            rank, last = lost.rank, (transcript.exons if transcript.strand > 0 else transcript.exons[::-1])
            assert rank is not None
            start, end = last[rank - 1]
            if not start + 4 <= three[0] <= three[2] < end - 4:
                continue
            gained = _effects(annotator, gene, transcript.contig, three[1], *_within(spelled, transcript, three[1]))
            for effect, kind, other in ((lost, "deletion", "insertion"), (gained, "insertion", "deletion")):
                assert fit(f"exon {rank} {kind}", effect) is not None, (gene, rank, effect.hgvs_p)
                assert fit(f"exons {rank} {rank + 1} {kind}", effect) is not None
                assert fit(f"exon {rank} {other}", effect) is None
                assert all(fit(f"exon {near} {kind}", effect) is None for near in (rank - 1, rank + 1))
            n_exons += 1
        for i, (start, end) in enumerate(transcript.exons):
            rank = i + 1 if transcript.strand > 0 else n - i
            for position, is_inner in ((start - 1, i > 0), (end, i < n - 1)):
                if is_inner:
                    effect = _effects(annotator, gene, transcript.contig, position, "T", "A")
                    assert fit(f"exon {rank} skipping", effect) is not None, (gene, rank, effect)
                    n_sites += 1
    print(f"\n{n_exons} codons and {n_sites} splice sites of {len(chosen)} genes")
    assert n_exons > 3000 and n_sites > 5000


def _within(spelled: Spelled, transcript: Transcript, position: int) -> tuple[str, str]:
    """Three bases in the middle of a codon that make one residue more and neither a stop nor a copy."""
    base = spelled.fetch(transcript.contig, position, position + 1)
    new = "GGG" if base != "G" else "CCC"
    return base, base + new
