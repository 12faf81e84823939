"""Amino acids and the genetic code, and the one-letter form of a protein name."""

from __future__ import annotations

import re

_BASE_ORDER = "TCAG"

# NCBI translation tables 1 (standard) and 2 (vertebrate mitochondrial), codons in the order T C A G.
_STANDARD = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
_MITOCHONDRIAL = "FFLLSSSSYY**CCWWLLLLPPPPHHQQRRRRIIMMTTTTNNKKSS**VVVVAAAADDEEGGGG"


def _table(letters: str) -> dict[str, str]:
    codons = [a + b + c for a in _BASE_ORDER for b in _BASE_ORDER for c in _BASE_ORDER]
    return dict(zip(codons, letters, strict=True))


STANDARD_CODE = _table(_STANDARD)
MITOCHONDRIAL_CODE = _table(_MITOCHONDRIAL)

STOP = "*"
UNKNOWN = "X"
SELENOCYSTEINE = "U"

THREE_LETTERS = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly", "H": "His",
    "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp",
    "Y": "Tyr", "V": "Val", SELENOCYSTEINE: "Sec", UNKNOWN: "Xaa", STOP: "Ter",
}  # fmt: skip
ONE_LETTER = {three: one for one, three in THREE_LETTERS.items()}
_THREE = re.compile("|".join(ONE_LETTER))


def translate(bases: str, code: dict[str, str] = STANDARD_CODE) -> str:
    """Amino acids of the whole codons in `bases`, one letter each: `*` a stop, `X` a codon with an unknown base.

    >>> translate("ATGGTGNAATAAC")
    'MVX*'
    """
    return "".join([code.get(bases[i : i + 3], UNKNOWN) for i in range(0, len(bases) - 2, 3)])


def short_protein_name(name: str) -> str:
    """The one-letter form of a protein name, as MAF and CIViC spell it.

    >>> short_protein_name("p.Val600Glu"), short_protein_name("p.Lys745_Glu749del")
    ('p.V600E', 'p.K745_E749del')
    >>> short_protein_name("p.Glu746AlafsTer5"), short_protein_name("p.Ter767GlnextTer?")
    ('p.E746Afs*5', 'p.*767Qext*?')
    """
    return _THREE.sub(lambda found: ONE_LETTER[found.group()], name)
