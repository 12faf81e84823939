"""Variant rules: which named changes a row of a knowledge table means, and whether an effect is one of them.

The grammar, one rule a row (`docs/targets.md`):

    V600E                     exactly this protein change, in one-letter form: E746_A750del, W288fs, R130*
    V600E V600K               any of these; ENST00000256474:c.340+1G>A names a change of a transcript
    codon V600                any missense change of this residue; codons G12 G13: of any of these
    exon 19 deletion          an in-frame deletion in this exon; also insertion, indel, frameshift, mutation, skipping
    exons 14 15 insertion     in any of these exons
    truncating                the protein is cut short: stop, frameshift, splice site, start; not in its last part
    mutation                  a change of the protein that the gene is known for (interpretation.plausibility)
    any                       any change of the protein
    R except C                what R fits, but none of the changes C: exon 20 insertion except A763_Y764insFQEA
    fusion, amplification, loss, expression, wild type, compound, other
                              kept for the record; no single small variant fits
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from oncopipe.data.variants import Effect

Match = Literal["exact", "class", "codon", "gene"]

AMINO = "ACDEFGHIKLMNPQRSTVWY"
_ONE = rf"[{AMINO}]\d+"
CHANGE = re.compile(
    rf"{_ONE}(?:_{_ONE})?(?:[{AMINO}*]|fs|del|dup|ins[{AMINO}]+|delins[{AMINO}*]+)|\*\d+(?:[{AMINO}]|ext)"
)
CODING = re.compile(r"(?:ENST|NM_)\d+:c\.\S+")
RESIDUE = re.compile(_ONE)
_SUBSTITUTION = re.compile(rf"{_ONE}[{AMINO}]")
_EXON = re.compile(r"exons? (\d+(?: \d+)*) (deletion|insertion|indel|frameshift|mutation|skipping)")
NEVER = frozenset({"fusion", "amplification", "loss", "expression", "wild type", "compound", "other"})
BROAD = frozenset({"mutation", "any"})

SPLICE = frozenset({"splice_donor_variant", "splice_acceptor_variant", "exon_loss_variant"})
TRUNCATING = SPLICE | {"stop_gained", "frameshift_variant", "start_lost", "transcript_ablation"}
OUT_OF_FRAME = frozenset({"stop_gained", "frameshift_variant", "start_lost"})
IN_FRAME_DELETION = frozenset({"inframe_deletion", "conservative_inframe_deletion", "disruptive_inframe_deletion"})
IN_FRAME_INSERTION = frozenset(
    {"inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_insertion"}
)
IN_FRAME = IN_FRAME_DELETION | IN_FRAME_INSERTION | {"protein_altering_variant"}
PROTEIN_CHANGING = TRUNCATING | IN_FRAME | {"missense_variant", "stop_lost"}
# METHOD: a stop in the last 5 % of a protein is not taken as loss of function. What is lost there is often not
# needed: BRCA2 p.K3326*, 93 residues before the end of 3418 (97 %), is common in healthy people.
LAST_PART = 0.95


@dataclass(frozen=True)
class Fit:
    """How an effect fits a rule, and the sentence that says so."""

    match: Match
    reason: str


def is_rule(text: str) -> bool:
    """Whether a text is a rule of the grammar."""
    text, spared = split_exception(text)
    if spared is not None and (text in NEVER or not all(map(CHANGE.fullmatch, spared.split(" ")))):
        return False
    words = text.split(" ")
    return bool(
        text in NEVER
        or text in BROAD
        or text == "truncating"
        or _EXON.fullmatch(text)
        or all(CHANGE.fullmatch(word) or CODING.fullmatch(word) for word in words)
        or (words[0] in ("codon", "codons") and len(words) > 1 and all(map(RESIDUE.fullmatch, words[1:])))
    )


def residues_of(rule: str) -> frozenset[str]:
    """The residues whose substitution a rule names: V600 of `V600E` and of `codon V600`.

    >>> sorted(residues_of("V600E V600K")), sorted(residues_of("codons G12 G13")), sorted(residues_of("E746_A750del"))
    (['V600'], ['G12', 'G13'], [])
    """
    rule, _ = split_exception(rule)
    if rule.startswith("codon"):
        return frozenset(rule.split(" ")[1:])
    return frozenset(word[:-1] for word in rule.split(" ") if _SUBSTITUTION.fullmatch(word))


def is_by_exon_mutation(rule: str) -> bool:
    """Whether a rule means any mutation of an exon: as broad as `mutation`, but of one place."""
    found = _EXON.fullmatch(split_exception(rule)[0])
    return found is not None and found[2] == "mutation"


def split_exception(rule: str) -> tuple[str, str | None]:
    """A rule without its exception, and the changes that it spares; None when it spares none.

    >>> split_exception("exon 20 insertion except A763_Y764insFQEA"), split_exception("V600E")
    (('exon 20 insertion', 'A763_Y764insFQEA'), ('V600E', None))
    """
    base, word, spared = rule.partition(" except ")
    return base, spared if word else None


def fit(rule: str, effect: Effect) -> Fit | None:
    """How the effect of a small variant fits the rule; None when it does not.

    >>> e = Effect("T", ("missense_variant",), "MODERATE", gene="BRAF", hgvs_p="p.Val600Glu")
    >>> fit("V600E", e).match, fit("codon V600", e).match, fit("V600K", e)
    ('exact', 'codon', None)
    """
    consequences = frozenset(effect.consequences)
    rule, spared = split_exception(rule)
    if rule in NEVER or (spared and any(same_change(name, short_change(effect)) for name in spared.split(" "))):
        return None
    if CODING.search(rule) and (named := _coding_name(rule, effect)):
        return Fit("exact", f"{named} is the named change")
    if not consequences & PROTEIN_CHANGING:
        return None
    if rule in BROAD:
        return Fit("class", f"any change of {effect.gene} is meant, this is a {_worst(consequences)}")
    if rule == "truncating":
        return _fit_truncating(effect, consequences)
    if exon := _EXON.fullmatch(rule):
        return _fit_exon(rule, [int(n) for n in exon[1].split(" ")], exon[2], effect, consequences)
    change = short_change(effect)
    if rule.startswith("codon"):
        residue = change[:-1] if RESIDUE.fullmatch(change[:-1] or "-") else ""
        hit = "missense_variant" in consequences and residue in rule.split(" ")[1:]
        return Fit("codon", f"p.{change} changes residue {residue}") if hit else None
    hit = any(same_change(name, change) for name in rule.split(" "))
    return Fit("exact", f"p.{change} is the named change") if hit else None


def is_at_the_end(effect: Effect) -> bool:
    """Whether a stop or frameshift lies in the last part of its protein, so that loss of function is not certain."""
    position, length = effect.protein_position, effect.protein_length
    is_late = bool(position and length and position > LAST_PART * length)
    return is_late and not SPLICE & set(effect.consequences)


def is_class_by_exon(rule: str) -> bool:
    """Whether a rule means a kind of change in named exons, but not any mutation there."""
    return _EXON.fullmatch(split_exception(rule)[0]) is not None and not is_by_exon_mutation(rule)


def short_change(effect: Effect) -> str:
    """The protein change in one-letter form, without `p.` and brackets; "" when there is none."""
    return effect.hgvs_p_short.removeprefix("p.").replace("(", "").replace(")", "")


def same_change(rule: str, change: str) -> bool:
    """Whether two one-letter protein changes are the same; a frameshift's stop distance is not compared.

    >>> same_change("W288fs", "W288Cfs*12"), same_change("E746_A750del", "E746_A750del")
    (True, True)
    """
    if rule.endswith("fs"):
        return bool(re.fullmatch(re.escape(rule[:-2]) + rf"[{AMINO}*]?fs.*", change))
    return rule == change


def _coding_name(rule: str, effect: Effect) -> str | None:
    """The rule's coding name that is the effect's, on the same transcript (its version is not compared)."""
    transcript = effect.transcript.split(".")[0]
    own = f"{transcript}:{without_bases(effect.hgvs_c)}"
    return next((name for name in rule.split(" ") if name == own and CODING.fullmatch(name)), None)


def without_bases(name: str) -> str:
    """A coding name without the bases that a deletion or duplication may spell out.

    >>> without_bases("c.2300_2308dupCCAGCGTGG"), without_bases("c.2235_2249del")
    ('c.2300_2308dup', 'c.2235_2249del')
    """
    return re.sub(r"(?<!del)(del|dup)[ACGTN\d]*$", r"\1", name)


def _fit_truncating(effect: Effect, consequences: frozenset[str]) -> Fit | None:
    fitting = sorted(consequences & TRUNCATING)
    if not fitting:
        return None
    if is_at_the_end(effect):
        return None
    return Fit("class", f"{fitting[0]} fits the class 'truncating'")


def _fit_exon(rule: str, exons: list[int], kind: str, effect: Effect, consequences: frozenset[str]) -> Fit | None:
    if kind == "skipping":
        return _fit_skipping(exons, effect, consequences)
    if not effect.is_in_exon or effect.rank not in exons:
        return None
    change = short_change(effect)
    in_frame = not consequences & OUT_OF_FRAME and "*" not in change
    gained = _residues_gained(change) if in_frame else 0
    fits = {
        "deletion": in_frame and (bool(consequences & IN_FRAME_DELETION) or gained < 0),
        "insertion": in_frame and (bool(consequences & IN_FRAME_INSERTION) or gained > 0 or change.endswith("dup")),
        "indel": in_frame and (bool(consequences & IN_FRAME) or gained != 0 or change.endswith("dup")),
        "frameshift": "frameshift_variant" in consequences,
        "mutation": True,
    }[kind]
    name = f"p.{change}" if change else effect.hgvs_c
    return Fit("class", f"{name} in exon {effect.rank} fits the class '{rule}'") if fits else None


def _residues_gained(change: str) -> int:
    """How many residues a `delins` adds; below 0 when it takes some away. 0 for other changes.

    A `delins` of as many residues as it removes is a substitution of neighbors, not a deletion.

    >>> [_residues_gained(c) for c in ("L747_E749delinsP", "E746_L747delinsVP", "L747delinsPAT", "V600E")]
    [-2, 0, 2, 0]
    """
    found = re.fullmatch(rf"[{AMINO}](\d+)(?:_[{AMINO}](\d+))?delins([{AMINO}]+)", change)
    if found is None:
        return 0
    first, last = int(found[1]), int(found[2] or found[1])
    return len(found[3]) - (last - first + 1)


def _fit_skipping(exons: list[int], effect: Effect, consequences: frozenset[str]) -> Fit | None:
    """Exon n is skipped when its acceptor (intron n - 1) or its donor (intron n) is gone, or the exon itself."""
    for number in exons:
        at_exon = effect.is_in_exon and effect.rank == number and bool(consequences & SPLICE)
        donor = not effect.is_in_exon and effect.rank == number and "splice_donor_variant" in consequences
        acceptor = not effect.is_in_exon and effect.rank == number - 1 and "splice_acceptor_variant" in consequences
        if at_exon or donor or acceptor:
            return Fit("class", f"{_worst(consequences & SPLICE)} at exon {number} leads to its skipping")
    return None


def _worst(consequences: frozenset[str]) -> str:
    """One term to speak of; truncating ones first."""
    return min(consequences, key=lambda term: (term not in TRUNCATING, term not in PROTEIN_CHANGING, term))
