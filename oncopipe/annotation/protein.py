"""What a change of the coding sequence does to the protein: Sequence Ontology terms and the HGVS p. name.

Both follow from the two translated sequences, so they do not depend on how the change was written. Names are the
predicted ones without parentheses, as ANN and MAF spell them: `p.Val600Glu`, `p.Val600=`.
"""

from __future__ import annotations

from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.transcripts import Ruler
from oncopipe.data.amino_acids import STOP, THREE_LETTERS, UNKNOWN

_UNKNOWN = frozenset({terms.CODING_SEQUENCE})
_INCOMPLETE = frozenset({terms.INCOMPLETE_TERMINAL_CODON, terms.CODING_SEQUENCE})
_START_LOST, _RETAINED = frozenset({terms.START_LOST}), frozenset({terms.STOP_RETAINED})
_SYNONYMOUS, _MISSENSE = frozenset({terms.SYNONYMOUS}), frozenset({terms.MISSENSE})
_GAINED = frozenset({terms.STOP_GAINED})


class ProteinChange(NamedTuple):
    """Terms, name ("" when unknown) and the 0-based index of the first residue that the change touches."""

    terms: frozenset[str]
    name: str
    residue: int


def protein_change(ruler: Ruler, start: int, end: int, inserted: str) -> ProteinChange:
    """The effect of replacing `[start, end)` of the spliced sequence, all of it coding, by `inserted`."""
    first = start - ruler.cds_start + ruler.missing
    last = end - ruler.cds_start + ruler.missing
    residue = first // 3
    if last - first == 1 == len(inserted):
        return base_change(ruler, first, inserted)
    if not ruler.is_readable:
        return ProteinChange(_UNKNOWN, "", residue)
    if residue >= ruler.n_coding // 3:
        return ProteinChange(_INCOMPLETE, "", residue)
    if (len(inserted) - (last - first)) % 3:
        return _frameshift(ruler, first, last, inserted)
    return _in_frame(ruler, first, last, inserted)


def aa(letters: str) -> str:
    """
    >>> aa("VK*")
    'ValLysTer'
    """
    return "".join([THREE_LETTERS[letter] for letter in letters])


def _known_start(ruler: Ruler) -> bool:
    return not ruler.missing and ruler.protein[:1] == "M"


def base_change(ruler: Ruler, first: int, base: str) -> ProteinChange:
    """The effect of one base, `first` counted from the first base of codon 1."""
    residue, phase = divmod(first, 3)
    if not ruler.is_readable:
        return ProteinChange(_UNKNOWN, "", residue)
    if residue >= ruler.n_coding // 3:
        return ProteinChange(_INCOMPLETE, "", residue)
    codon = ruler.coding_bases[3 * residue : 3 * residue + 3]
    old = ruler.protein[residue]
    new = ruler.code.get(codon[:phase] + base + codon[phase + 1 :], UNKNOWN)
    if old == UNKNOWN or new == UNKNOWN:
        return ProteinChange(_UNKNOWN, "", residue)
    if residue == 0 and new != old and _known_start(ruler):
        return ProteinChange(_START_LOST, "p.Met1?", 0)
    if new == old:
        return ProteinChange(
            _RETAINED if old == STOP else _SYNONYMOUS, f"p.{THREE_LETTERS[old]}{residue + 1}=", residue
        )
    if old == STOP and residue == len(ruler.protein) - 1:
        return _extension(ruler, new + _translate_on(ruler, first, first + 1, base, residue + 1), residue, set())
    found = _GAINED if new == STOP else _MISSENSE
    return ProteinChange(found, f"p.{THREE_LETTERS[old]}{residue + 1}{THREE_LETTERS[new]}", residue)


def _translate_on(ruler: Ruler, first: int, last: int, inserted: str, residue: int) -> str:
    """Amino acids of the changed transcript from codon `residue` up to and with the next stop, or to its end."""
    coding, code = ruler.coding_bases, ruler.code
    begin = 3 * residue
    before = coding[begin:first] if first > begin else ""
    # The codon may lie behind the change, whose length then moves it.
    skipped = max(0, begin - first - len(inserted))
    after = coding[last + skipped :]
    bases = before + inserted[max(0, begin - first) :] + after + ruler.spliced_bases[ruler.cds_end :]
    letters = []
    for i in range(0, len(bases) - 2, 3):
        letter = code.get(bases[i : i + 3], UNKNOWN)
        letters.append(letter)
        if letter == STOP:
            break
    return "".join(letters)


def _extension(ruler: Ruler, new: str, residue: int, found: set[str]) -> ProteinChange:
    """A lost stop: `new` is the tail that replaces it, with its own stop when there is one.

    The number after `ext` counts the residues added, the replaced stop among them.
    """
    found = found | {terms.STOP_LOST}
    if not new or UNKNOWN in new:
        return ProteinChange(frozenset(found), "p.?", residue)
    end = str(len(new) - 1) if new[-1] == STOP else "?"
    return ProteinChange(frozenset(found), f"p.Ter{residue + 1}{aa(new[0])}extTer{end}", residue)


def _frameshift(ruler: Ruler, first: int, last: int, inserted: str) -> ProteinChange:
    """Source: HGVS, protein recommendations, frame shift: named from the first residue that differs."""
    residue = first // 3
    new = _translate_on(ruler, first, last, inserted, residue)
    old = ruler.protein[residue:]
    if residue == 0 and _known_start(ruler) and new[:1] != "M":
        return ProteinChange(frozenset({terms.START_LOST, terms.FRAMESHIFT}), "p.Met1?", 0)
    n = _n_common(old, new)
    if n == len(old) and old.endswith(STOP):
        return ProteinChange(frozenset({terms.STOP_RETAINED}), f"p.Ter{residue + n}=", residue + n - 1)
    found = {terms.FRAMESHIFT}
    at = residue + n
    if n >= len(old) or n >= len(new) or UNKNOWN in old[: n + 1] + new[: n + 1]:
        return ProteinChange(frozenset(found), "", residue)
    if old[n] == STOP and at == len(ruler.protein) - 1:
        return _extension(ruler, new[n:], at, found)
    if new[n] == STOP:
        return ProteinChange(frozenset(found | {terms.STOP_GAINED}), f"p.{aa(old[n])}{at + 1}Ter", at)
    end = str(len(new) - n) if new[-1] == STOP else "?"
    return ProteinChange(frozenset(found), f"p.{aa(old[n])}{at + 1}{aa(new[n])}fsTer{end}", at)


def _n_common(first: str, second: str) -> int:
    """Length of the common beginning."""
    n = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        n += 1
    return n


def _in_frame(ruler: Ruler, first: int, last: int, inserted: str) -> ProteinChange:
    """Whole codons in, out or exchanged. The stop codon, when touched, is looked at with all that follows it."""
    residue, after = first // 3, -(-last // 3)
    if 3 * after > ruler.n_coding or STOP in ruler.protein[residue:after]:
        return _in_frame_at_stop(ruler, first, last, inserted)
    old = ruler.protein[residue:after]
    n_new = (3 * (after - residue) + len(inserted) - (last - first)) // 3
    bases = ruler.coding_bases[3 * residue : first] + inserted + ruler.coding_bases[last : 3 * after]
    new = "".join([ruler.code.get(bases[3 * i : 3 * i + 3], UNKNOWN) for i in range(n_new)])
    if STOP in new:
        new = new[: new.index(STOP) + 1]
    if residue == 0 and _known_start(ruler) and (new or ruler.protein[after : after + 1])[:1] != "M":
        return ProteinChange(frozenset({terms.START_LOST}), "p.Met1?", 0)
    n_bases = last - first, len(inserted)
    return _exchange(ruler, residue, old, new, n_bases)


def _in_frame_at_stop(ruler: Ruler, first: int, last: int, inserted: str) -> ProteinChange:
    residue = first // 3
    old = ruler.protein[residue:]
    if not ruler.has_stop:
        return ProteinChange(_INCOMPLETE, "", residue)
    new = _translate_on(ruler, first, last, inserted, residue)
    n = _n_common(old, new)
    if n == len(old):
        return ProteinChange(frozenset({terms.STOP_RETAINED}), f"p.Ter{residue + n}=", residue + n - 1)
    if new.endswith(STOP) and UNKNOWN not in new and len(old) - len(new) == (last - first - len(inserted)) // 3:
        # The reading frame still ends where it did: an ordinary change in front of a stop that is kept.
        return _exchange(ruler, residue, old[:-1], new[:-1], (last - first, len(inserted)))
    if old[n] == STOP:
        return _extension(ruler, new[n:], residue + n, set())
    if new[n : n + 1] == STOP:
        return ProteinChange(frozenset({terms.STOP_GAINED}), f"p.{aa(old[n])}{residue + n + 1}Ter", residue + n)
    if len(new) < len(old) and last - first == len(inserted) and new.endswith(STOP):
        # As many bases exchanged, and what they spell has its stop before the old one.
        name = f"p.{_span(old[n : len(new)], residue + n)}delins{aa(new[n:])}"
        return ProteinChange(_GAINED, name, residue + n)
    # Residues and the stop are exchanged for a tail of another length: HGVS has no short name for it.
    return ProteinChange(frozenset({terms.STOP_LOST}), "p.?", residue + n)


def _exchange(ruler: Ruler, residue: int, old: str, new: str, n_bases: tuple[int, int]) -> ProteinChange:
    """Residues `old` from index `residue` on become `new`; `n_bases` were deleted and inserted."""
    if UNKNOWN in old or UNKNOWN in new:
        kind = _length_term(n_bases) or terms.CODING_SEQUENCE
        return ProteinChange(frozenset({kind}), "", residue)
    if old == new:
        return ProteinChange(frozenset({terms.SYNONYMOUS}), f"p.{_span(old, residue)}=", residue)
    n = _n_common(old, new)
    old, new, at = old[n:], new[n:], residue + n
    while old and new and old[-1] == new[-1] and new[-1] != STOP:
        old, new = old[:-1], new[:-1]
    name, at = _name(ruler, at, old, new)
    if new.endswith(STOP):
        return ProteinChange(frozenset({terms.STOP_GAINED, *filter(None, [_length_term(n_bases)])}), name, at)
    if len(old) == len(new):
        return ProteinChange(frozenset({terms.MISSENSE}), name, at)
    if n_bases[0] and n_bases[1] and old and new:
        return ProteinChange(frozenset({terms.PROTEIN_ALTERING}), name, at)
    return ProteinChange(frozenset({_length_term(n_bases) or terms.PROTEIN_ALTERING}), name, at)


def _length_term(n_bases: tuple[int, int]) -> str | None:
    n_deleted, n_inserted = n_bases
    if n_deleted == n_inserted:
        return None
    return terms.INFRAME_DELETION if n_deleted > n_inserted else terms.INFRAME_INSERTION


def _span(letters: str, at: int) -> str:
    first = f"{aa(letters[0])}{at + 1}"
    return first if len(letters) == 1 else f"{first}_{aa(letters[-1])}{at + len(letters)}"


def _name(ruler: Ruler, at: int, old: str, new: str) -> tuple[str, int]:
    """The name of exchanging `old` at index `at` for `new`, and the index of the first residue it speaks of.

    Deletions and insertions are moved as far as they go towards the C-terminus (HGVS, protein, 3' rule).
    """
    protein = ruler.protein
    if old and new:
        if len(old) == 1 == len(new):
            return f"p.{aa(old)}{at + 1}{aa(new)}", at
        if new == STOP:
            return f"p.{aa(old[0])}{at + 1}Ter", at
        return f"p.{_span(old, at)}delins{aa(new)}", at
    if old:
        while at + len(old) < ruler.n_residues and protein[at + len(old)] == protein[at]:
            at += 1
        return f"p.{_span(protein[at : at + len(old)], at)}del", at
    if not new.endswith(STOP):
        while at < ruler.n_residues and protein[at] == new[0]:
            new, at = new[1:] + new[0], at + 1
        if at >= len(new) and protein[at - len(new) : at] == new:
            return f"p.{_span(new, at - len(new))}dup", at - len(new)
    elif new == STOP and at < len(protein):
        return f"p.{aa(protein[at])}{at + 1}Ter", at
    if at == 0 or at >= len(protein):
        return "", at
    return f"p.{aa(protein[at - 1])}{at}_{aa(protein[at])}{at + 1}ins{aa(new)}", at - 1
