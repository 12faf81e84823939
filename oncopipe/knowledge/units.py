"""The places of a gene that a variant rule names: codons, and exons with the kind of change that is looked for there.

Absence can be told only where every such place could be read (`docs/interpretation.md`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from oncopipe.knowledge.rules import AMINO, NEVER, RESIDUE, residues_of, split_exception

Kind = Literal["snv", "insertion", "deletion"]
KINDS: tuple[Kind, ...] = ("snv", "insertion", "deletion")

_EXONS = re.compile(r"exons? (\d+(?: \d+)*) (\w+)")
_INDEL = re.compile(rf"([{AMINO}]\d+)(?:_([{AMINO}]\d+))?(del|dup|ins|delins|fs)[{AMINO}*]*")
_KINDS_OF: dict[str, tuple[Kind, ...]] = {
    "deletion": ("deletion",),
    "insertion": ("insertion",),
    "indel": ("insertion", "deletion"),
    "frameshift": ("insertion", "deletion"),
    "mutation": KINDS,
    "skipping": ("snv", "deletion"),
}
_KINDS_OF_CHANGE: dict[str, tuple[Kind, ...]] = {
    "del": ("deletion",),
    "dup": ("insertion",),
    "ins": ("insertion",),
    "delins": ("insertion", "deletion"),
    "fs": ("insertion", "deletion"),
}


@dataclass(frozen=True, order=True)
class Unit:
    """One place: `codon G12`, `exon 19`, or `exons` (every coding exon of the gene), and one kind of change."""

    gene: str
    target: str
    kind: Kind


def units_of(gene: str, rule: str, hotspots: Collection[str] = ()) -> tuple[Unit, ...]:
    """The places that a rule names; none for a rule whose places cannot be said (fusions, coding names).

    `hotspots` are the residues that "mutation" and "wild type" of this gene mean; without them every coding exon is.

    >>> [u.target for u in units_of("KRAS", "codons G12 G13")], units_of("EGFR", "exon 19 deletion")[0].kind
    (['codon G12', 'codon G13'], 'deletion')
    >>> units_of("ALK", "fusion")
    ()
    """
    rule, _ = split_exception(rule)
    if rule in ("mutation", "wild type") and hotspots:
        return tuple(Unit(gene, f"codon {residue}", "snv") for residue in sorted(hotspots, key=_number))
    if rule in ("mutation", "wild type", "any", "truncating"):
        return tuple(Unit(gene, "exons", kind) for kind in KINDS)
    if rule in NEVER:
        return ()
    if exons := _EXONS.fullmatch(rule):
        numbers = exons[1].split(" ")
        return tuple(Unit(gene, f"exon {number}", kind) for number in numbers for kind in _KINDS_OF[exons[2]])
    return _of_changes(gene, rule)


def _of_changes(gene: str, rule: str) -> tuple[Unit, ...]:
    """The codons of named changes. A row that names only changes of a transcript has none."""
    found = {Unit(gene, f"codon {residue}", "snv") for residue in residues_of(rule)}
    for word in rule.split(" "):
        if change := _INDEL.fullmatch(word):
            ends = [residue for residue in change.group(1, 2) if residue]
            found |= {Unit(gene, f"codon {r}", kind) for r in ends for kind in _KINDS_OF_CHANGE[change[3]]}
    return tuple(sorted(found, key=lambda u: (_number(u.target.removeprefix("codon ")), u)))


def _number(residue: str) -> int:
    return int(residue[1:]) if RESIDUE.fullmatch(residue) else 0
