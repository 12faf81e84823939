"""The words in which CIViC names variants, as rules. What a word cannot say as a rule becomes `other`, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable

from oncopipe.data.amino_acids import ONE_LETTER, short_protein_name
from oncopipe.knowledge.rules import AMINO, CHANGE, CODING, RESIDUE

# Of a gene: words that mean an own class there, or an exon by a number that is not that of the chosen transcript.
_OF_GENES: dict[tuple[str, str], str] = {
    # Internal tandem duplication of the juxtamembrane part, codons 569-648 of ENST00000241453.
    ("FLT3", "ITD"): "exons 14 15 insertion",
    # The activation loop; other tyrosine kinase domain changes are too rare to be meant.
    ("FLT3", "TKD MUTATION"): "codons D835 I836",
    # Exon 12 of the first models is exon 11, the last, of ENST00000296930; the mutations are frameshifts there.
    ("NPM1", "EXON 12 MUTATION"): "exons 11 12 frameshift",
    # Exon 12 of the literature is exon 13, the last, of ENST00000375687.
    ("ASXL1", "EXON 12 MUTATION"): "exons 12 13 mutation",
    # The only exon deletion that means a deletion inside the exon; elsewhere the exon itself is gone.
    ("EGFR", "EXON 19 DELETION"): "exon 19 deletion",
    # Positions on chromosome 5 in GRCh37: c.-124 of ENST00000310581. No protein name begins with C228.
    ("TERT", "C228T"): "other",
    ("TERT", "C250T"): "other",
}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"EXON (\d+) INSERTION", r"exon \1 insertion"),
    (r"EXON (\d+) FRAMESHIFT", r"exon \1 frameshift"),
    (r"EXON (\d+) (?:SKIPPING|SKIPPING MUTATION)", r"exon \1 skipping"),
    (r"EXON (\d+) MUTATIONS?", r"exon \1 mutation"),
    (r"EXON (\d+)-(\d+) MUTATIONS?", r"exons \1 \2 mutation"),
    (
        r"TRUNCATING MUTATIONS?|LOSS[- ]OF[- ]FUNCTION|FRAMESHIFT TRUNCATION|FRAMESHIFT MUTATION|"
        r"INACTIVATING MUTATIONS?",
        "truncating",
    ),
    (r"MUTATIONS?|ALTERATION|DELETERIOUS MUTATIONS?", "mutation"),
    (r"(?:[A-Z0-9-]+ )?FUSIONS?|REARRANGEMENT", "fusion"),
    (r"[A-Z0-9]{2,}(?:-|::)[A-Z0-9]{2,}(?: E\d+-E\d+)?", "fusion"),
    (r"AMPLIFICATION|COPY NUMBER VARIATION", "amplification"),
    (r"LOSS|DELETION|LOH|(?:\d' )?EXONS? [\d-]+ DELETION", "loss"),
    (r"(?:OVER|UNDER|NUCLEAR |CYTOPLASMIC )?EXPRESSION", "expression"),
    (r"WILD[- ]?TYPE", "wild type"),
    (r".*\b(?:AND|OR|NOT)\b.*|EX19 DEL L858R|BIALLELIC INACTIVATION", "compound"),
)
_FUSED = re.compile(rf"(?:[A-Z0-9]{{2,}}-[A-Z0-9]{{2,}}|[A-Z0-9]{{2,}} FUSION) +([{AMINO}]\d+[{AMINO}]?)", re.I)
_SUBSTITUTION = re.compile(rf"(?:[{AMINO}]|\*)\d+[{AMINO}*]")
_SILENT = re.compile(rf"([{AMINO}])\d+(?:\1|=)")
_MAX_SHIFT = 20  # residues between two names of one insertion; farther off, a name is of another protein


def rule_of_wording(wording: str, gene: str = "", names: Iterable[str] = ()) -> str:
    """The rule that a source's wording of a gene's variant stands for; 'other' when it stands for none that we know.

    `names` are HGVS names that the source gives beside it, on their sequences.

    >>> [rule_of_wording(w) for w in ("V600E", "V600", "BCR-ABL T315I", "G12/G13", "E746_A750DEL", "S310F/Y")]
    ['V600E', 'codon V600', 'T315I', 'codons G12 G13', 'E746_A750del', 'S310F S310Y']
    >>> rule_of_wording("EXON 19 DELETION", "EGFR"), rule_of_wording("EXON 3 DELETION", "VHL")
    ('exon 19 deletion', 'loss')
    """
    text = re.sub(r"\s*\(c\.[^()]*\)$|\s+c\.\S+$", "", wording.strip()).removeprefix("p.")
    text = re.sub(r"\s+", " ", text).strip()
    if found := _FUSED.fullmatch(text):
        text = found[1]
    text = text.removeprefix(f"{gene} ")
    upper = text.upper()
    if (gene, upper) in _OF_GENES:
        return _OF_GENES[gene, upper]
    for pattern, rule in _WORDS:
        if found := re.fullmatch(pattern, upper):
            return found.expand(rule)
    residues = upper.split("/")
    if all(RESIDUE.fullmatch(r) for r in residues):
        return ("codon " if len(residues) == 1 else "codons ") + " ".join(residues)
    return _change_rule(text, tuple(names)) or "other"


def _change_rule(text: str, names: tuple[str, ...]) -> str:
    """The rule of a wording that names a change; "" when it names none.

    Substitutions go by their protein name alone. Others have several names, of which HGVS allows one: those that the
    source gives beside its wording count too, and splice variants have no other.
    """
    changes = _changes(text)
    if any(_SILENT.fullmatch(change) for change in changes):
        return ""
    if changes and all(_SUBSTITUTION.fullmatch(change) for change in changes):
        return " ".join(changes)
    if not re.match(rf"[{AMINO}]\d|DEL \d+-\d+$|splicing alteration|c\.|IVS", text, re.I):
        return ""
    return " ".join(
        dict.fromkeys([*changes, *(_shifted(changes[0], names) if changes else ()), *_coding_names(names)])
    )


def fusion_context(wording: str) -> str | None:
    """The fusion inside which a source names a change: `BCR-ABL` of `BCR-ABL T315I`; None when it names none."""
    found = re.fullmatch(rf"([A-Z0-9]{{2,}}-[A-Z0-9]{{2,}}|[A-Z0-9]{{2,}} FUSION) +[{AMINO}]\d+.*", wording.strip())
    return found[1] if found else None


def _changes(text: str) -> list[str]:
    """The protein changes of a wording in one-letter form; none when it is not read as one."""
    if any(three in text for three in ONE_LETTER):
        text = short_protein_name(text)
    upper = text.upper()
    if found := re.fullmatch(rf"([{AMINO}]\d+)([{AMINO}*](?:/[{AMINO}*])+)", upper):
        return [found[1] + letter for letter in found[2].split("/")]
    upper = re.sub(rf"^([{AMINO}]\d+)X$", r"\1*", upper)
    change = re.sub(rf"^([{AMINO}]\d+)[{AMINO}]?FS(?:\*|X|TER)?\d*$", r"\1fs", upper)
    change = re.sub(r"(?<=\d)(DELINS|>)", "delins", change)
    change = re.sub(r"(?<=\d)(DEL|DUP)[A-Z]*$", lambda m: m[1].lower(), change)
    change = re.sub(r"(?<=\d)INS(?=[A-Z])", "ins", change)
    # An inserted copy of the residue before it is a duplication (HGVS: the 3' most name).
    change = re.sub(rf"^([{AMINO}])(\d+)_[{AMINO}]\d+ins\1$", r"\1\2dup", change)
    return [change] if CHANGE.fullmatch(change) else []


def _shifted(change: str, names: Iterable[str]) -> list[str]:
    """Other protein names of an indel: the source's HGVS where it lies a few residues away."""
    place = re.match(rf"[{AMINO}](\d+)", change)
    found = []
    for name in names:
        sequence, _, protein = name.partition(":p.")
        for other in _changes(protein) if protein and sequence else []:
            near = re.match(rf"[{AMINO}](\d+)", other)
            is_indel = re.search("del|ins|dup", other) and re.search("del|ins|dup", change)
            if place and near and is_indel and abs(int(near[1]) - int(place[1])) <= _MAX_SHIFT:
                found.append(other)
    return found


def _coding_names(names: Iterable[str]) -> list[str]:
    """Coding names without the version of their transcript and the bases that a deletion spells out."""
    found = []
    for name in names:
        transcript, _, change = name.partition(":")
        change = re.sub(r"(?<!del)(del|dup)[ACGTN\d]*$", r"\1", change)
        short = f"{transcript.split('.')[0]}:{change}"
        if CODING.fullmatch(short):
            found.append(short)
    return found
