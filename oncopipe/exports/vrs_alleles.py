"""Alleles in GA4GH's Variation Representation (VRS 2.0): fully justified, with computed identifiers.

Method: https://vrs.ga4gh.org/en/2.0/conventions/ (normalization, computed identifiers, sha512t24u truncated digest);
refget sequence accessions, https://ga4gh.github.io/refget/. Own computation with hashlib; the official Python package
is compared in the tests.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from oncopipe.errors import ReferenceMismatchError

Json = dict[str, Any]
_BLOCK = 256  # bases of the reference that are looked at at once while an allele is rolled
_INHERENT = {
    "Allele": ("location", "state", "type"),
    "SequenceLocation": ("end", "sequenceReference", "start", "type"),
    "SequenceReference": ("refgetAccession", "type"),
    "LiteralSequenceExpression": ("sequence", "type"),
    "ReferenceLengthExpression": ("length", "repeatSubunitLength", "type"),
}
_PREFIX = {"Allele": "VA", "SequenceLocation": "SL"}


class Sequences(Protocol):
    """A reference: contigs with their lengths, bases by 0-based half-open interval."""

    lengths: dict[str, int]

    def fetch(self, contig: str, start: int, end: int) -> str: ...


class VrsMaker:
    """Makes VRS alleles on one reference; the digest of a contig is computed once."""

    def __init__(self, reference: Sequences) -> None:
        self.reference = reference
        self._accessions: dict[str, str] = {}

    def allele(self, chromosome: str, position: int, reference: str, alternate: str) -> Json:
        """The allele with its identifiers. position: 1-based, of the first base of `reference`, as in a VCF.

        Raises: ReferenceMismatchError when the contig is not in the FASTA or holds other bases there.
        """
        contig, start = self._contig(chromosome), position - 1
        reference, alternate = reference.upper(), alternate.upper()
        bases = self.reference.fetch(contig, start, start + len(reference))
        if bases != reference:
            raise ReferenceMismatchError(
                f"{chromosome}:{position} has {reference} in the findings and {bases or 'nothing'} in the FASTA",
                fix="give the FASTA that the calls were made on",
            )
        start, end, state = justify(self.reference, contig, start, reference, alternate)
        location: Json = {
            "type": "SequenceLocation",
            "sequenceReference": {"type": "SequenceReference", "refgetAccession": self.accession(contig)},
            "start": start,
            "end": end,
        }
        location["id"] = identify(location)
        allele: Json = {"type": "Allele", "location": location, "state": state}
        allele["id"] = identify(allele)
        return allele

    def accession(self, contig: str) -> str:
        """The refget accession of a contig, from the digest of its bases."""
        if contig not in self._accessions:
            digest = hashlib.sha512()
            length = self.reference.lengths[contig]
            for start in range(0, length, 1 << 20):
                digest.update(self.reference.fetch(contig, start, min(start + (1 << 20), length)).encode("ascii"))
            self._accessions[contig] = "SQ." + _truncate(digest.digest())
        return self._accessions[contig]

    def _contig(self, chromosome: str) -> str:
        bare = chromosome.removeprefix("chr")
        for name in (chromosome, bare, f"chr{bare}", {"M": "MT", "MT": "chrM"}.get(bare, bare)):
            if name in self.reference.lengths:
                return name
        raise ReferenceMismatchError(
            f"the FASTA has no contig {chromosome}", fix="give the FASTA that the calls were made on"
        )


@contextmanager
def vrs_maker(fasta: Path | None) -> Iterator[VrsMaker | None]:
    """A maker on a FASTA that is open as long as the block; None without one."""
    if fasta is None:
        yield None
        return
    from oncopipe.io.fasta import open_reference  # numpy and pysam: not for `--help`

    with open_reference(fasta) as reference:
        yield VrsMaker(reference)


def justify(source: Sequences, contig: str, start: int, reference: str, alternate: str) -> tuple[int, int, Json]:
    """The interval over the whole region of ambiguity and the state there.

    Method: VRS 2.0, normalization of literal alleles, after NCBI's variant overprecision correction: shared ends are
    trimmed; a pure insertion or deletion is rolled left and right as far as it goes; what then follows from the
    reference alone is a length with a repeat unit, anything else is spelled out.
    """
    if reference == alternate:
        unit = len(reference)
        return start, start + unit, _repeat(unit, unit)
    start, reference, alternate = _trim(start, reference, alternate)
    end, seed = start + len(reference), reference or alternate
    if reference and alternate:
        return start, end, _literal(alternate)
    left = _roll_left(source, contig, start, seed)
    right = _roll_right(source, contig, end, seed)
    before, after = source.fetch(contig, start - left, start), source.fetch(contig, end, end + right)
    old, new = before + reference + after, before + alternate + after
    start, end = start - left, end + right
    if not old:
        return start, end, _literal(new)
    if len(new) < len(old):
        return start, end, _repeat(len(new), len(seed))
    for unit in (n for n in range(len(seed), 0, -1) if len(seed) % n == 0 and n <= len(old)):
        template = old[-unit:]
        if all(base == template[i % unit] for i, base in enumerate(new[len(old) :])):
            return start, end, _repeat(len(new), unit)
    return start, end, _literal(new)


def identify(thing: Mapping[str, Any]) -> str:
    """The computed identifier of an Allele or a SequenceLocation."""
    return f"ga4gh:{_PREFIX[thing['type']]}.{_digest(thing)}"


def _digest(thing: Mapping[str, Any]) -> str:
    text = json.dumps(_serialize(thing), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _truncate(hashlib.sha512(text.encode("utf-8")).digest())


def _truncate(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:24]).decode("ascii")


def _serialize(thing: Mapping[str, Any]) -> Json:
    """Only what makes the thing what it is; what has an identifier of its own is its digest."""
    inherent = {}
    for key in _INHERENT[thing["type"]]:
        value = thing[key]
        if isinstance(value, Mapping):
            value = _digest(value) if value["type"] in _PREFIX else _serialize(value)
        inherent[key] = value
    return inherent


def _trim(start: int, reference: str, alternate: str) -> tuple[int, str, str]:
    while reference and alternate and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    while reference and alternate and reference[0] == alternate[0]:
        start, reference, alternate = start + 1, reference[1:], alternate[1:]
    return start, reference, alternate


def _roll_left(source: Sequences, contig: str, start: int, seed: str) -> int:
    """Bases by which an insertion or deletion of `seed` at `start` can move left."""
    rolled = 0
    while True:
        low = max(0, start - rolled - _BLOCK)
        block = source.fetch(contig, low, start - rolled)
        for base in reversed(block):
            if base != seed[-1 - rolled % len(seed)]:
                return rolled
            rolled += 1
        if low == 0:
            return rolled


def _roll_right(source: Sequences, contig: str, end: int, seed: str) -> int:
    """Bases by which an insertion or deletion of `seed` that ends at `end` can move right."""
    rolled, length = 0, source.lengths[contig]
    while end + rolled < length:
        for base in source.fetch(contig, end + rolled, min(end + rolled + _BLOCK, length)):
            if base != seed[rolled % len(seed)]:
                return rolled
            rolled += 1
    return rolled


def _literal(sequence: str) -> Json:
    return {"type": "LiteralSequenceExpression", "sequence": sequence}


def _repeat(length: int, unit: int) -> Json:
    return {"type": "ReferenceLengthExpression", "length": length, "repeatSubunitLength": unit}
