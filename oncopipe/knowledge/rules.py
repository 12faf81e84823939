"""The words in which a knowledge table names variants, as rules that a named variant fits or not.

The grammar, one rule a row (`docs/targets.md`):

    V600E                     exactly this protein change (any in one-letter form: E746_A750del, W288fs)
    codon V600                any missense change of this residue
    codons G12 G13 Q61        of any of these residues
    exon 19 deletion          an in-frame deletion in this exon; also: insertion, frameshift, mutation, skipping
    truncating                stop gained, frameshift, splice donor or acceptor, start lost
    mutation                  any change of the protein or its splicing
    fusion, amplification, loss, expression    kept for the record; no small variant fits

CIViC's own wordings are read by `rule_of_wording`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from oncopipe.data.variants import Effect

Match = Literal["exact", "class", "codon", "gene"]

AMINO = "ACDEFGHIKLMNPQRSTVWY"
_CHANGE = re.compile(rf"[{AMINO}]\d+(_[{AMINO}]\d+)?([{AMINO}*]|fs|del|dup|ins[{AMINO}]+|delins[{AMINO}]+)")
_RESIDUE = re.compile(rf"[{AMINO}]\d+")
_EXON = re.compile(r"exon (\d+) (deletion|insertion|frameshift|mutation|skipping)")
_NEVER = frozenset({"fusion", "amplification", "loss", "expression", "wild type", "other"})

TRUNCATING = frozenset(
    {"stop_gained", "frameshift_variant", "splice_donor_variant", "splice_acceptor_variant", "start_lost"}
)
IN_FRAME_DELETION = frozenset({"inframe_deletion", "conservative_inframe_deletion", "disruptive_inframe_deletion"})
IN_FRAME_INSERTION = frozenset(
    {"inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_insertion"}
)
PROTEIN_CHANGING = (
    TRUNCATING | IN_FRAME_DELETION | IN_FRAME_INSERTION
    | {"missense_variant", "protein_altering_variant", "stop_lost", "initiator_codon_variant"}
)  # fmt: skip
_SPLICE = frozenset({"splice_donor_variant", "splice_acceptor_variant"})


@dataclass(frozen=True)
class Fit:
    """How an effect fits a rule, and the sentence that says so."""

    match: Match
    reason: str


def is_rule(text: str) -> bool:
    """Whether a text is a rule of the grammar."""
    words = text.split(" ")
    return bool(
        text in _NEVER
        or text in ("truncating", "mutation")
        or _EXON.fullmatch(text)
        or _CHANGE.fullmatch(text)
        or (words[0] in ("codon", "codons") and len(words) > 1 and all(map(_RESIDUE.fullmatch, words[1:])))
    )


def fit(rule: str, effect: Effect) -> Fit | None:
    """How the effect of a small variant fits the rule; None when it does not.

    >>> e = Effect("T", ("missense_variant",), "MODERATE", gene="BRAF", hgvs_p="p.Val600Glu")
    >>> fit("V600E", e).match, fit("codon V600", e).match, fit("V600K", e)
    ('exact', 'codon', None)
    """
    consequences = frozenset(effect.consequences)
    change = effect.hgvs_p_short.removeprefix("p.").replace("(", "").replace(")", "")
    if rule in _NEVER or not consequences & PROTEIN_CHANGING:
        return None
    if rule == "truncating":
        fitting = sorted(consequences & TRUNCATING)
        return Fit("class", f"{fitting[0]} fits the class 'truncating'") if fitting else None
    if rule == "mutation":
        return Fit("gene", f"any change of {effect.gene} is meant, this is a {effect.consequence}")
    exon = _EXON.fullmatch(rule)
    if exon:
        return _fit_exon(rule, int(exon[1]), exon[2], effect, consequences)
    if rule.startswith("codon"):
        residue = change[:-1] if _RESIDUE.fullmatch(change[:-1] or "-") else ""
        is_missense = "missense_variant" in consequences
        hit = is_missense and residue in rule.split(" ")[1:]
        return Fit("codon", f"p.{change} changes residue {residue}") if hit else None
    return Fit("exact", f"p.{change} is the named change") if same_change(rule, change) else None


def same_change(rule: str, change: str) -> bool:
    """Whether two one-letter protein changes are the same; a frameshift's stop distance is not compared.

    >>> same_change("W288fs", "W288Cfs*12"), same_change("E746_A750del", "E746_A750del")
    (True, True)
    """
    if rule.endswith("fs"):
        return bool(re.fullmatch(re.escape(rule[:-2]) + rf"[{AMINO}*]?fs.*", change))
    return rule == change


def _fit_exon(rule: str, number: int, kind: str, effect: Effect, consequences: frozenset[str]) -> Fit | None:
    if kind == "skipping":
        # Exon n is skipped by its acceptor (intron n - 1) or its donor (intron n).
        in_intron = not effect.is_in_exon and effect.rank in (number - 1, number)
        at_exon = effect.is_in_exon and effect.rank == number
        hit = bool(consequences & _SPLICE) and (
            at_exon
            or (in_intron and effect.rank == number and "splice_donor_variant" in consequences)
            or (in_intron and effect.rank == number - 1 and "splice_acceptor_variant" in consequences)
        )
        return Fit("class", f"{effect.consequence} at exon {number} leads to its skipping") if hit else None
    if not effect.is_in_exon or effect.rank != number:
        return None
    wanted = {
        "deletion": IN_FRAME_DELETION,
        "insertion": IN_FRAME_INSERTION,
        "frameshift": frozenset({"frameshift_variant"}),
        "mutation": PROTEIN_CHANGING,
    }[kind]
    change = effect.hgvs_p_short
    is_delins = "delins" in change and kind == "deletion" and "frameshift_variant" not in consequences
    is_dup = change.endswith("dup") and kind == "insertion"
    if consequences & wanted or is_delins or is_dup:
        return Fit("class", f"{change or effect.hgvs_c} in exon {number} fits the class '{rule}'")
    return None


_WORDINGS: tuple[tuple[str, str], ...] = (
    (r"EXON (\d+) DELETION", r"exon \1 deletion"),
    (r"EXON (\d+) INSERTION", r"exon \1 insertion"),
    (r"EXON (\d+) FRAMESHIFT", r"exon \1 frameshift"),
    (r"EXON (\d+) (?:SKIPPING|SKIPPING MUTATION)", r"exon \1 skipping"),
    (r"EXON (\d+) MUTATIONS?", r"exon \1 mutation"),
    (r"TRUNCATING MUTATIONS?|LOSS[- ]OF[- ]FUNCTION|FRAMESHIFT TRUNCATION|FRAMESHIFT MUTATION", "truncating"),
    (r"MUTATIONS?|ALTERATION", "mutation"),
    (r"(?:[A-Z0-9-]+ )?FUSIONS?|REARRANGEMENT|[A-Z0-9]+-[A-Z0-9]+|[A-Z0-9]+::[A-Z0-9]+", "fusion"),
    (r"AMPLIFICATION", "amplification"),
    (r"LOSS|DELETION", "loss"),
    (r"(?:OVER|UNDER)?EXPRESSION", "expression"),
    (r"WILD[- ]?TYPE", "wild type"),
)


def rule_of_wording(wording: str) -> str:
    """The rule that a source's wording of a variant stands for; 'other' when it stands for none that we know.

    >>> [rule_of_wording(w) for w in ("V600E", "V600", "EXON 19 DELETION", "BCR-ABL T315I", "G12/G13", "E746_A750DEL")]
    ['V600E', 'codon V600', 'exon 19 deletion', 'T315I', 'codons G12 G13', 'E746_A750del']
    """
    text = wording.strip().removeprefix("p.")
    upper = text.upper()
    for pattern, rule in _WORDINGS:
        found = re.fullmatch(pattern, upper)
        if found:
            return found.expand(rule)
    fused = re.fullmatch(rf"[A-Z0-9]+-[A-Z0-9]+ ([{AMINO}]\d+[{AMINO}])", upper)
    upper = fused[1] if fused else upper
    residues = upper.split("/")
    if all(_RESIDUE.fullmatch(r) for r in residues):
        return ("codon " if len(residues) == 1 else "codons ") + " ".join(residues)
    change = re.sub(r"(DELINS|DEL|INS|DUP|FS)", lambda m: m[1].lower(), upper)
    change = re.sub(r"fs\*?\d*$", "fs", change)
    return change if _CHANGE.fullmatch(change) else "other"
