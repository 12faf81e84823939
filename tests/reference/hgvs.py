"""HGVS names read back: what a c. name does to a genome, and what a p. name does to a protein. Plain and slow.

Written from the nomenclature alone, so that a name and its reader can only agree by both being right.
"""

from __future__ import annotations

import re

from tests.gene_models import MadeGene, reverse_complement

CODE = dict(
    zip(
        [a + b + c for a in "TCAG" for b in "TCAG" for c in "TCAG"],
        "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG",
        strict=True,
    )
)
LETTER = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H",
    "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W",
    "Tyr": "Y", "Val": "V", "Ter": "*",
}  # fmt: skip
_PLACE = r"([-*]?\d+)([+-]\d+)?"
_CHANGE = re.compile(rf"[cn]\.{_PLACE}(?:_{_PLACE})?(?:([ACGT])>([ACGT])|(delins|del|dup|inv|ins)([ACGT]*))\Z")


def exonic_positions(gene: MadeGene) -> list[int]:
    """Genomic positions of the spliced bases, 5' to 3'."""
    positions = [p for s, e in gene.exons for p in range(s, e)]
    return positions if gene.strand == "+" else positions[::-1]


def genomic(gene: MadeGene, number: str, offset: str | None) -> int:
    """The genomic position (0-based) of an HGVS base number with an intron offset."""
    step = 1 if gene.strand == "+" else -1
    exonic = exonic_positions(gene)
    if gene.coding is None:
        first, end = 0, len(exonic)
    else:
        coding = [i for i, p in enumerate(exonic) if gene.coding[0] <= p < gene.coding[1]]
        first, end = coding[0], coding[-1] + 1
    if number[0] == "*":
        index = end + int(number[1:]) - 1
    elif number[0] == "-":
        index = first + int(number)
    else:
        index = first + int(number) - 1
    if index < 0:
        position = exonic[0] + step * index
    elif index >= len(exonic):
        position = exonic[-1] + step * (index - len(exonic) + 1)
    else:
        position = exonic[index]
    return position + step * int(offset or 0)


def apply_coding_name(contig: str, gene: MadeGene, name: str) -> str:
    """The contig after the change that a c. (or n.) name tells."""
    found = _CHANGE.match(name)
    assert found, name
    first = genomic(gene, found[1], found[2])
    last = genomic(gene, found[3], found[4]) if found[3] else first
    low, high = min(first, last), max(first, last)
    forward = gene.strand == "+"
    own = (lambda bases: bases) if forward else reverse_complement
    if found[5]:
        assert contig[low] == own(found[5]), name
        return contig[:low] + own(found[6]) + contig[low + 1 :]
    kind, bases = found[7], own(found[8])
    here = contig[low : high + 1]
    if kind == "ins":
        assert high == low + 1, name
        return contig[:high] + bases + contig[high:]
    new = {"del": "", "delins": bases, "dup": here + here, "inv": reverse_complement(here)}[kind]
    return contig[:low] + new + contig[high + 1 :]


def translate(bases: str) -> str:
    """Amino acids up to and with the first stop."""
    letters = ""
    for i in range(0, len(bases) - 2, 3):
        letters += CODE[bases[i : i + 3]]
        if letters[-1] == "*":
            break
    return letters


def protein_of(contig: str, gene: MadeGene) -> tuple[str, str]:
    """The protein with its stop, and the bases from the start codon to the transcript's end."""
    exonic = exonic_positions(gene)
    assert gene.coding is not None
    first = next(i for i, p in enumerate(exonic) if gene.coding[0] <= p < gene.coding[1])
    own = [contig[p] for p in exonic[first:]]
    bases = "".join(own if gene.strand == "+" else [reverse_complement(b) for b in own])
    return translate(bases), bases


def letters(text: str) -> str:
    return "".join(LETTER[text[i : i + 3]] for i in range(0, len(text), 3))


_AA = r"((?:[A-Z][a-z]{2}))(\d+)"
_PROTEIN = re.compile(rf"p\.{_AA}(?:_{_AA})?(delins|del|dup|ins|=|)((?:[A-Z][a-z]{{2}})*)\Z")
_SHIFT = re.compile(rf"p\.{_AA}([A-Z][a-z]{{2}})(fs|ext)Ter(\d+|\?)\Z")


def check_protein_name(name: str, old: str, new: str) -> None:
    """Assert that `name` turns the protein `old` into `new` (both with their stop; new may end without one)."""
    if found := _SHIFT.match(name):
        _check_shift(found, old, new)
        return
    found = _PROTEIN.match(name)
    assert found, name
    low = int(found[2]) - 1
    high = int(found[4]) - 1 if found[4] else low
    assert old[low] == LETTER[found[1]], name
    assert not found[3] or old[high] == LETTER[found[3]], name
    kind, said = found[5], letters(found[6])
    if kind == "ins":
        assert high == low + 1, name
        made = old[:high] + said + old[high:]
    else:
        here = old[low : high + 1]
        made = old[:low] + {"del": "", "dup": here + here, "=": here}.get(kind, said) + old[high + 1 :]
    assert made[: made.index("*") + 1] == new, (name, old, new)


def _check_shift(found: re.Match[str], old: str, new: str) -> None:
    at = int(found[2]) - 1
    assert old[:at] == new[:at] and old[at] != new[at], found[0]
    assert (old[at], new[at]) == (LETTER[found[1]], LETTER[found[3]]), found[0]
    assert (old[at] == "*") == (found[4] == "ext"), found[0]
    if found[5] == "?":
        assert "*" not in new, found[0]
    else:
        # A frame shift counts the first changed residue as 1 up to the stop; an extension counts added residues.
        n = new.index("*") - at + (1 if found[4] == "fs" else 0)
        assert n == int(found[5]), found[0]
