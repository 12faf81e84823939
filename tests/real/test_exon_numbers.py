"""Rules by exon count exons as the chosen transcripts do: the residues that each rule is known for lie in its exons."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncopipe.annotation.transcripts import choose_transcripts
from oncopipe.data.transcripts import Transcript
from oncopipe.io.gff3 import read_gff3
from oncopipe.knowledge.civic import read_civic
from oncopipe.knowledge.rules import residues_of, split_exception
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
