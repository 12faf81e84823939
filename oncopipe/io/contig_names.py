"""One chromosome under three names: 7, chr7 and RefSeq's accession NC_000007.14.

Gene models and population files come from others and use their own; what they say is moved to the reference's names.
Calls are not: those must be of the very reference. The build is told by lengths and bases, never by a name.
"""

from __future__ import annotations

import re

_ACCESSION = re.compile(r"NC_0000(\d\d)\.\d+\Z")
_NUMBERS = {"23": "X", "24": "Y"}
_MITOCHONDRIA = ("MT", "chrM", "chrMT", "M")
# Source: NC_012920.1, the revised Cambridge sequence. UCSC's hg19 has another one as chrM, of 16,571 bases.
_MITOCHONDRIA_LENGTH = 16_569


def name_in(lengths: dict[str, int], name: str) -> str | None:
    """What the reference with these contigs (name -> length) calls the chromosome `name`; None when it has none.

    >>> name_in({"chr7": 10, "chrX": 9}, "7"), name_in({"7": 10, "X": 9}, "NC_000023.11"), name_in({"7": 10}, "8")
    ('chr7', 'X', None)
    """
    if name in lengths:
        return name
    if name in _MITOCHONDRIA or name.startswith("NC_012920."):
        return next((other for other in _MITOCHONDRIA if lengths.get(other) == _MITOCHONDRIA_LENGTH), None)
    if found := _ACCESSION.match(name):
        number = found.group(1).lstrip("0")
        plain = _NUMBERS.get(number, number)
    else:
        plain = name.removeprefix("chr")
    return next((other for other in (plain, f"chr{plain}") if other in lengths), None)
