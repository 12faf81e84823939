"""Why an oracle says something else, told by what can be checked: both names read back, the changed protein, the place.

Each reason is a predicate; what none explains is `unexplained`, and a test fails on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.alleles import Change
from oncopipe.data.variants import Effect
from tests.gene_models import MadeGene
from tests.oracles.made import Made
from tests.reference.hgvs import apply_coding_name, check_protein_name, protein_of
from tests.reference.places import is_coding_place, mutated_protein


class Row(NamedTuple):
    """A disagreement; position 1-based."""

    oracle: str
    contig: str
    position: int
    reference: str
    alternate: str
    transcript: str
    strand: str
    ours: str
    theirs: str
    reason: str


# csq's words; it has none for the polypyrimidine tract and the donor's fifth base.
WORDS = {
    "splice_acceptor": terms.SPLICE_ACCEPTOR, "splice_donor": terms.SPLICE_DONOR, "stop_gained": terms.STOP_GAINED,
    "frameshift": terms.FRAMESHIFT, "stop_lost": terms.STOP_LOST, "start_lost": terms.START_LOST,
    "inframe_insertion": terms.INFRAME_INSERTION, "inframe_deletion": terms.INFRAME_DELETION,
    "missense": terms.MISSENSE, "inframe_altering": terms.PROTEIN_ALTERING, "splice_region": terms.SPLICE_REGION,
    "stop_retained": terms.STOP_RETAINED, "synonymous": terms.SYNONYMOUS, "coding_sequence": terms.CODING_SEQUENCE,
    "5_prime_utr": terms.UTR_5, "3_prime_utr": terms.UTR_3, "intron": terms.INTRON,
}  # fmt: skip
_KNOWN = frozenset(WORDS.values())
_NO_CLASS = frozenset({"feature_elongation", "feature_truncation"})
_CROSSED = frozenset({terms.SPLICE_DONOR, terms.SPLICE_ACCEPTOR, terms.START_LOST, terms.STOP_LOST})


def worst(found: set[str] | frozenset[str]) -> str:
    return min(found & _KNOWN, key=terms.SEVERITY.__getitem__, default="")


def csq_rows(
    made: Made, ours: list[dict[str, Effect]], left: list[dict[str, frozenset[str]]],
    right: list[dict[str, frozenset[str]]],
) -> Iterator[tuple[bool, Row | None]]:  # fmt: skip
    """For each compared entry whether its change is coding, and the disagreement, if there is one."""
    for i, (change, position, ref, alt) in enumerate(made.calls):
        for transcript, effect in ours[i].items():
            words = left[i].get(transcript)
            if words is None:
                continue
            own, theirs = worst(set(effect.consequences)), worst({WORDS.get(w, "") for w in words})
            row = None
            if own != theirs:
                reason = _csq_reason(made, change, effect, own, words, right[i].get(transcript, frozenset()))
                told = "&".join(effect.consequences), "&".join(sorted(words))
                gene = made.genes[transcript]
                row = Row("csq", change.contig, position + 1, ref, alt, transcript, gene.strand, *told, reason)
            yield effect.cds_position is not None, row


def _csq_reason(
    made: Made, change: Change, effect: Effect, own: str, words: frozenset[str], right: frozenset[str]
) -> str:
    gene = made.genes[effect.transcript.partition(".")[0]]
    contig = made.contigs[change.contig]
    ours, theirs = set(effect.consequences) & _KNOWN, {WORDS.get(word, "") for word in words} & _KNOWN
    near = _is_near_border(gene, change)
    is_read = effect.hgvs_p != "" and reads_back(contig, gene, change, effect.hgvs_p)
    if words & _NO_CLASS:
        return "no_class"
    if own == terms.PROTEIN_ALTERING and worst(theirs) in (terms.INFRAME_INSERTION, terms.INFRAME_DELETION):
        return "word_for_replacement"
    if terms.EXON_LOSS in effect.consequences and terms.EXON_LOSS not in theirs:
        return "exon_loss"
    if own == terms.STOP_GAINED and terms.FRAMESHIFT in ours & theirs and is_read:
        return "immediate_stop"
    if near and (theirs == {terms.SPLICE_REGION} or _but_region(ours) == _but_region(theirs)):
        return "splice_region"
    if own in theirs and theirs - ours:
        return "more_words"
    if own in _CROSSED and _crosses(gene, change):
        return "border_crossed"
    if (
        own in _SITES
        and change.n_shifts
        and _is_in_an_exon(gene, change, 0 if gene.strand == "+" else change.n_shifts)
    ):
        return "exonic_before_donor"
    if theirs <= _BESIDE and (is_read or _is_inserted_at_border(gene, change)):
        return "read_as_exonic"
    if change.n_shifts and own == worst({WORDS.get(word, "") for word in right}):
        return "other_place"
    if change.n_shifts and near and theirs & _SITES and not ours & _SITES:
        return "site_is_whole"
    if is_read:
        return "protein_reads_back"
    if change.n_shifts and new_protein(contig, gene, change) == protein_of(contig, gene)[0]:
        return "protein_unchanged"
    if effect.hgvs_p == "p.Met1?" and not new_protein(contig, gene, change).startswith("M"):
        return "start_is_lost"
    return "unexplained"


def snpeff_rows(
    made: Made, ours: list[dict[str, Effect]], theirs: list[dict[str, tuple[str, str, str]]]
) -> Iterator[tuple[bool, list[Row]]]:
    """For each compared entry whether it is coding, and the disagreements on its c. and its p. name."""
    for i, (change, position, ref, alt) in enumerate(made.calls):
        for transcript, effect in ours[i].items():
            if transcript not in theirs[i]:
                continue
            _, c_name, p_name = theirs[i][transcript]
            gene = made.genes[transcript]
            start = change.contig, position + 1, ref, alt, transcript, gene.strand
            rows = []
            if effect.hgvs_c != plain_c(c_name):
                reason = _c_reason(made.contigs[change.contig], gene, change, effect.hgvs_c, plain_c(c_name))
                rows.append(Row("snpEff c.", *start, effect.hgvs_c, c_name, reason))
            if short_p(effect.hgvs_p) != plain_p(p_name):
                reason = _p_reason(made.contigs[change.contig], gene, change, effect, plain_p(p_name))
                rows.append(Row("snpEff p.", *start, effect.hgvs_p, p_name, reason))
            yield effect.cds_position is not None, rows


def plain_c(name: str) -> str:
    """A c. name without the deleted bases, which HGVS no longer spells."""
    return re.sub(r"(del|dup|inv)[ACGTN]+(?=ins|$)", r"\1", name)


def plain_p(name: str) -> str:
    """snpEff's p. name as HGVS spells it: Ter, `=`, delins."""
    name = name.replace("*", "Ter")
    if found := re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)\1", name):
        return f"p.{found[1]}{found[2]}="
    if found := re.fullmatch(r"p\.((?:[A-Z][a-z]{2}){2,})(\d+)((?:[A-Z][a-z]{2})+)", name):
        old = re.findall("[A-Z][a-z]{2}", found[1])
        last = int(found[2]) + len(old) - 1
        return f"p.{old[0]}{found[2]}_{old[-1]}{last}delins{found[3]}"
    return short_p(name)


def short_p(name: str) -> str:
    """A p. name without what snpEff does not tell: where the new stop is, and what the first residue becomes."""
    return re.sub(r"[A-Z][a-z]{2}fs(Ter(\d+|\?))?$", "fs", re.sub(r"ext(Ter)?(\d+|\?)?$", "ext", name))


def _c_reason(contig: str, gene: MadeGene, change: Change, ours: str, theirs: str) -> str:
    expected = contig[: change.start] + change.inserted + contig[change.end :]
    if not _gives(contig, gene, ours, expected):
        return "unexplained"
    if ours.endswith("inv"):
        return "inversion"
    if not _gives(contig, gene, theirs, expected):
        return "other_change"
    return "not_shifted" if change.n_shifts else "unexplained"


def _gives(contig: str, gene: MadeGene, name: str, expected: str) -> bool:
    try:
        return apply_coding_name(contig, gene, name) == expected
    except (AssertionError, KeyError, ValueError, IndexError):
        return False


def _p_reason(contig: str, gene: MadeGene, change: Change, effect: Effect, theirs: str) -> str:
    name = effect.hgvs_p
    new = new_protein(contig, gene, change)
    if not name and set(effect.consequences) & _SITES:
        return "splice_site"
    if name == "p.Met1?":
        return "start_is_lost" if _crosses(gene, change) or not new.startswith("M") else "unexplained"
    if not name and gene.coding is not None and _crosses(gene, change):
        return "border_crossed"
    if name == "p.?":
        return (
            "residues_and_stop" if "*" not in new or len(new) != len(protein_of(contig, gene)[0]) else "unexplained"
        )
    if not name and change.n_shifts and terms.UTR_5 in effect.consequences and theirs.startswith("p.Met1"):
        return "start_is_whole"
    if not name:
        return "no_protein_change" if new in ("", protein_of(contig, gene)[0]) else "unexplained"
    if not reads_back(contig, gene, change, name):
        return "unexplained"
    if not theirs:
        return "not_shifted"
    if name.endswith("Ter") and theirs.endswith("fs"):
        return "immediate_stop"
    if "ext" in name and theirs.endswith("fs"):
        return "extension"
    if theirs.endswith("fs") or not reads_back(contig, gene, change, theirs):
        return "other_protein"
    # Both are true: ours must be the more C-terminal one, as HGVS asks.
    further = "ins" in theirs or _last_number(name) >= _last_number(theirs)
    return "another_wording" if further else "unexplained"


def _last_number(name: str) -> int:
    return int(re.findall(r"\d+", name)[-1])


_SITES = frozenset({terms.SPLICE_DONOR, terms.SPLICE_ACCEPTOR})
_BESIDE = _SITES | {terms.SPLICE_REGION, terms.SYNONYMOUS, terms.INTRON, terms.UTR_5, terms.UTR_3}


def _places(change: Change) -> range:
    return range(change.n_shifts + 1)


def _crosses(gene: MadeGene, change: Change) -> bool:
    """True when at some place the change holds bases on both sides of a border of an exon or of the coding sequence."""
    borders = [border for exon in gene.exons for border in exon] + list(gene.coding or ())
    spans = [(change.start + n, change.end + n) for n in _places(change)]
    return any(start < border < end for border in borders for start, end in spans)


def _is_near_border(gene: MadeGene, change: Change) -> bool:
    """True when at some place the change, with the bases beside it, is within eight bases of a border of an exon."""
    low, high = change.start - 9, change.end + change.n_shifts + 9
    return any(low <= border <= high for exon in gene.exons for border in exon)


def _but_region(found: set[str]) -> str:
    return worst(found - {terms.SPLICE_REGION})


def _is_inserted_at_border(gene: MadeGene, change: Change) -> bool:
    borders = {border for exon in gene.exons for border in exon}
    return change.start == change.end and any(change.start + n in borders for n in _places(change))


def _is_in_an_exon(gene: MadeGene, change: Change, n: int) -> bool:
    return any(s <= change.start + n and change.end + n <= e for s, e in gene.exons)


def new_protein(contig: str, gene: MadeGene, change: Change) -> str:
    """The protein after the change at the place that lies in an exon, the most 3' one first; "" when none does."""
    order = _places(change) if gene.strand == "-" else reversed(_places(change))
    for n in order:
        if gene.coding is not None and is_coding_place(gene, change, n):
            return mutated_protein(contig, gene, change, n)
    return ""


def reads_back(contig: str, gene: MadeGene, change: Change, name: str) -> bool:
    """True when a p. name turns the old protein into the new one."""
    new = new_protein(contig, gene, change)
    if not new:
        return False
    try:
        check_protein_name(name, protein_of(contig, gene)[0], new)
    except (AssertionError, KeyError, ValueError, IndexError):
        return False
    return True
