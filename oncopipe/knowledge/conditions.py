"""Conditions on a whole patient: variant rules and states of biomarkers, joined by AND, OR and NOT.

    BRAF[V600E] AND NOT (KRAS[mutation] OR NRAS[mutation])
    KRAS[wild type] AND biomarker[ER positive]

An atom names a gene and a rule (`knowledge.rules`), or a state that is given with the sample. AND binds more tightly
than OR, NOT more tightly than both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oncopipe.knowledge.rules import NEVER, is_rule
from oncopipe.knowledge.wordings import rule_of_wording

BIOMARKER = "biomarker"
MAX_DEPTH = 20  # of brackets; a table that nests deeper is no table of profiles
_ATOM = re.compile(r"([A-Za-z0-9][A-Za-z0-9:.-]*)\[([^\[\]]+)\]")
_WORDS = re.compile(r"\s+")


@dataclass(frozen=True)
class Atom:
    """One gene and rule; or `biomarker` and the name of a state."""

    gene: str
    rule: str


@dataclass(frozen=True)
class Not:
    of: Condition


@dataclass(frozen=True)
class AllOf:
    of: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    of: tuple[Condition, ...]


Condition = Atom | Not | AllOf | AnyOf


def parse_condition(text: str) -> Condition:
    """The condition that a text in the grammar above means. Raises: ValueError.

    >>> format_condition(parse_condition("A[V1E] OR B[any] AND NOT (C[any])"))
    'A[V1E] OR B[any] AND NOT C[any]'
    """
    return _parse(text, _atom)


def profile_condition(profile: str, gene: str = "") -> Condition | None:
    """The condition of a molecular profile as CIViC words it; None when a part of it stands for no rule that we know.

    `gene` is that of all parts, where the source gives it apart ("V600E and V600M" of BRAF).

    >>> format_condition(profile_condition("EGFR L858R AND NOT EGFR T790M"))
    'EGFR[L858R] AND NOT EGFR[T790M]'
    >>> profile_condition("EGFR Something AND EGFR L858R") is None
    True
    """
    text = re.sub(r"\s+(?:and|&)\s+", " AND ", profile) if gene else profile
    try:
        return _parse(text, lambda words: _worded(words, gene))
    except ValueError:
        return None


def format_condition(condition: Condition) -> str:
    """The condition as text, with no more brackets than it needs."""
    match condition:
        case Atom(gene, rule):
            return f"{gene}[{rule}]"
        case Not(of):
            return f"NOT {_bracketed(of, isinstance(of, AllOf | AnyOf))}"
        case AllOf(parts):
            return " AND ".join(_bracketed(part, isinstance(part, AnyOf)) for part in parts)
        case AnyOf(parts):
            return " OR ".join(format_condition(part) for part in parts)


def atoms_of(condition: Condition, positive: bool = True) -> Iterator[tuple[Atom, bool]]:
    """Every atom, and whether its truth speaks for the whole (False: it stands under an odd number of NOT)."""
    match condition:
        case Atom():
            yield condition, positive
        case Not(of):
            yield from atoms_of(of, not positive)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms_of(part, positive)


def _bracketed(condition: Condition, needed: bool) -> str:
    text = format_condition(condition)
    return f"({text})" if needed else text


def _atom(text: str) -> Atom:
    found = _ATOM.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no GENE[rule]")
    gene, rule = found[1], found[2].strip()
    if gene != BIOMARKER and (not is_rule(rule) or rule in ("compound", "other")):
        raise ValueError(f"{rule!r} is no variant rule")
    return Atom(gene, rule)


def _worded(text: str, gene: str) -> Atom:
    """An atom of a source's words: "BRAF V600E", or "V600E" where the gene stands apart."""
    if gene:
        wording = text.removeprefix(f"{gene} ")
    else:
        gene, _, wording = text.partition(" ")
    rule = rule_of_wording(wording, gene) if wording else "other"
    if rule == "expression":
        return Atom(BIOMARKER, f"{gene} {wording}".casefold())
    if rule in NEVER - {"wild type", "amplification", "loss", "fusion"}:
        raise ValueError(f"{text!r} stands for no rule")
    return Atom(gene, rule)


def _parse(text: str, atom: Callable[[str], Atom]) -> Condition:
    tokens = _tokens(_WORDS.sub(" ", text).strip())
    condition, rest = _any_of(tokens, 0, atom, 0)
    if rest != len(tokens):
        raise ValueError(f"{tokens[rest]!r} stands where the condition should end")
    return condition


def _tokens(text: str) -> list[str]:
    """Brackets, AND, OR, NOT, and the operands between them.

    A bracket inside an operand ("Splicing alteration (c.340+1G>A)") is part of it.
    """
    tokens: list[str] = []
    operand, inner = "", 0
    for piece in re.findall(r"\(|\)|\[[^\[\]]*\]|[^\s()\[\]]+|\s", text):
        is_word = piece in ("AND", "OR", "NOT") and not inner
        is_bracket = (piece == "(" and not operand.strip()) or (piece == ")" and not inner)
        if is_word or is_bracket:
            tokens += [operand.strip()] if operand.strip() else []
            tokens.append(piece)
            operand = ""
        else:
            inner += (piece == "(") - (piece == ")")
            operand += piece
    return tokens + ([operand.strip()] if operand.strip() else [])


def _any_of(tokens: list[str], at: int, atom: Callable[[str], Atom], depth: int) -> tuple[Condition, int]:
    parts, at = _joined(tokens, at, "OR", lambda i: _all_of(tokens, i, atom, depth))
    return (parts[0] if len(parts) == 1 else AnyOf(parts)), at


def _all_of(tokens: list[str], at: int, atom: Callable[[str], Atom], depth: int) -> tuple[Condition, int]:
    parts, at = _joined(tokens, at, "AND", lambda i: _factor(tokens, i, atom, depth))
    return (parts[0] if len(parts) == 1 else AllOf(parts)), at


def _joined(
    tokens: list[str], at: int, word: str, part: Callable[[int], tuple[Condition, int]]
) -> tuple[tuple[Condition, ...], int]:
    first, at = part(at)
    parts = [first]
    while at < len(tokens) and tokens[at] == word:
        more, at = part(at + 1)
        parts.append(more)
    return tuple(parts), at


def _factor(tokens: list[str], at: int, atom: Callable[[str], Atom], depth: int) -> tuple[Condition, int]:
    if at >= len(tokens):
        raise ValueError("the condition ends too early")
    if depth > MAX_DEPTH:
        raise ValueError("the condition is nested too deeply")
    if tokens[at] == "NOT":
        condition, at = _factor(tokens, at + 1, atom, depth + 1)
        return Not(condition), at
    if tokens[at] == "(":
        condition, at = _any_of(tokens, at + 1, atom, depth + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError("a bracket is not closed")
        return condition, at + 1
    if tokens[at] in ("AND", "OR", ")"):
        raise ValueError(f"{tokens[at]!r} stands where a part should stand")
    return atom(tokens[at]), at + 1
