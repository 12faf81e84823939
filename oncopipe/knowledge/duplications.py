"""Insertions that repeat what stands before them, by the name that HGVS gives them: duplications."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from oncopipe.knowledge.rules import AMINO
from oncopipe.knowledge.statements import Statement

_INSERTION = re.compile(rf"([{AMINO}])(\d+)_([{AMINO}]?)(\d+)INS([{AMINO}]{{2,}})")
# Residues at the head of a wording that names a change: V600E, V600, E746_A750DEL, D770_N771INSSVD.
_HEAD = re.compile(rf"([{AMINO}])(\d+)(?:_([{AMINO}])(\d+))?(?:$|[{AMINO}*]$|FS|DEL|DUP|INS)")


def with_duplications(statements: Iterable[Statement]) -> list[Statement]:
    """The statements; the rule of an insertion that is a duplication names that too.

    METHOD: HGVS calls an insertion of what stands right before it a duplication, at its 3' most place. Whether it does
    is asked of the source's own wordings, which name residues of the gene (D770 in `D770_N771insSVD`): each residue that
    is compared must be named by one, and by none otherwise. Else the rule stays what it is. A call has to agree with
    both ends of the name besides, so that a sequence numbered otherwise is not taken for this one.
    Source: HGVS nomenclature, protein duplications and the 3' rule.
    """
    rows = list(statements)
    residues = _residues(rows)
    return [_with_name(row, residues[row.gene]) for row in rows]


def duplication(wording: str, residues: Mapping[int, str]) -> str | None:
    """The duplication that an insertion of two residues or more is; None when it is none, or cannot be known to be.

    residues: letter by position (1-based), of those that are known.

    >>> egfr = {768: "S", 769: "V", 770: "D", 771: "N"}
    >>> duplication("D770_N771insSVD", egfr), duplication("D770_N771insSVD", {770: "D", 771: "N"})
    ('S768_D770dup', None)
    """
    found = _INSERTION.fullmatch(wording.upper())
    if found is None or int(found[4]) != int(found[2]) + 1:
        return None
    before, inserted = int(found[2]), found[5]
    if residues.get(before) != found[1] or (found[3] and residues.get(before + 1) != found[3]):
        return None
    while residues.get(before + 1) == inserted[0]:
        before, inserted = before + 1, inserted[1:] + inserted[0]
    first = before - len(inserted) + 1
    is_copy = all(residues.get(first + i) == letter for i, letter in enumerate(inserted))
    return f"{inserted[0]}{first}_{inserted[-1]}{before}dup" if is_copy and before + 1 in residues else None


def _residues(rows: Iterable[Statement]) -> Mapping[str, Mapping[int, str]]:
    """By gene and position the letter that every wording there gives; none where they differ."""
    letters: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if found := _HEAD.match(row.source_variant.upper()):
            for letter, position in ((found[1], found[2]), (found[3], found[4])):
                if letter:
                    letters[row.gene][int(position)].add(letter)
    agreed = {
        gene: {position: min(found) for position, found in of.items() if len(found) == 1}
        for gene, of in letters.items()
    }
    return defaultdict(dict, agreed)


def _with_name(row: Statement, residues: Mapping[int, str]) -> Statement:
    name = duplication(row.source_variant, residues)
    if name is None or name in row.rule.split(" "):
        return row
    return replace(row, rule=name if row.rule == "other" else f"{row.rule} {name}")
