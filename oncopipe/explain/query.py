"""What people call a variant, as alleles on the genome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from oncopipe.annotation.alleles import SequenceCache, reverse_complement
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.data.amino_acids import ONE_LETTER, short_protein_name
from oncopipe.data.variants import AnnotatedVariant, Effect
from oncopipe.errors import InputError
from oncopipe.knowledge.places import chosen_transcripts, codon_of
from oncopipe.knowledge.rules import same_change, short_change, without_bases

_PLACE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.*-]*):([\d,]+)(?:[\s:]*([ACGTN]+)\s*[>:/]\s*([ACGTN]+))?", re.I)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)[\s:]+(p\.|c\.)?(\S+)")
_SUBSTITUTION = re.compile(r"([A-Z])(\d+)([A-Z*])")
_CODING = re.compile(r"(-?)(\d+)([+-]\d+)?([ACGT])>([ACGT])")


@dataclass(frozen=True, order=True)
class Allele:
    """One allele, 0-based. `reference` and `alternate` are None where only a place was named."""

    chromosome: str
    position: int
    reference: str | None = None
    alternate: str | None = None

    @property
    def where(self) -> str:
        change = f" {self.reference}>{self.alternate}" if self.reference else ""
        return f"{self.chromosome}:{self.position + 1}{change}"


@dataclass(frozen=True)
class Query:
    """A variant as it was asked for: a place, or a gene (or transcript) with a protein or coding name."""

    text: str
    allele: Allele | None = None
    gene: str = ""
    protein: str = ""  # one-letter, without p.
    coding: str = ""  # with c.

    def fits(self, effect: Effect) -> bool:
        """Whether an effect carries the name that was asked for."""
        if self.gene not in (effect.gene, effect.transcript, effect.transcript.split(".")[0]):
            return False
        if self.coding:
            return bool(effect.hgvs_c) and without_bases(effect.hgvs_c) == without_bases(self.coding)
        return bool(self.protein) and same_change(self.protein, short_change(effect))


def parse_query(text: str) -> Query:
    """What a text asks for. Raises: InputError.

    >>> parse_query("chr7:140453136 A>T").allele.position, parse_query("BRAF p.Val600Glu").protein
    (140453135, 'V600E')
    >>> parse_query("BRAF c.1799T>A").coding, parse_query("BRAF V600E").protein
    ('c.1799T>A', 'V600E')
    """
    asked = " ".join(text.split())
    if found := _PLACE.fullmatch(asked):
        position = int(found[2].replace(",", "")) - 1
        if position < 0:
            raise InputError(
                f"{text!r} lies before the first base", where="the variant asked for", fix="count from 1"
            )
        ref, alt = (part.upper() if part else None for part in found.group(3, 4))
        return Query(text, Allele(found[1], position, ref, alt))
    if found := _NAME.fullmatch(asked):
        gene, kind, name = found.groups()
        if kind == "c.":
            return Query(text, gene=gene, coding=f"c.{name}")
        if kind == "p." or re.match(r"\(?[A-Z*]", name):
            return Query(text, gene=gene, protein=_one_letter(name))
    raise InputError(
        f"{text!r} names no variant",
        where="the variant asked for",
        fix="write it as 'BRAF p.V600E', 'BRAF c.1799T>A' or 'chr7:140453136 A>T'",
    )


def named_among(query: Query, variants: Iterable[AnnotatedVariant]) -> list[AnnotatedVariant]:
    """The calls that are what was asked for, by place or by any of their names."""
    return [v for v in variants if _is_asked(query, v)]


def alleles_of(query: Query, models: GeneModels, sequence: SequenceCache) -> list[Allele]:
    """Alleles that give the name: every change of one codon that gives a substitution, or the base of a c. name.

    Raises: InputError for a gene or residue that is not there, and for names of indels, which need coordinates.
    """
    transcript = chosen_transcripts(models).get(query.gene) or next(
        (t for t in models.transcripts if query.gene in (t.identifier, t.unversioned)), None
    )
    if transcript is None or not transcript.is_coding:
        raise InputError(
            f"there is no coding transcript of {query.gene}", where="the gene models", fix="give coordinates"
        )
    ruler = Ruler(transcript, sequence)
    if query.coding:
        return [_of_coding(query, ruler, sequence)]
    found = _SUBSTITUTION.fullmatch(query.protein)
    if found is None:
        raise InputError(
            f"{query.text!r} was not called, and its place cannot be told from its name", where="the variant asked for",
            fix="give its coordinates and alleles, as in 'chr7:55242465 GGAATTAAGAGAAGCA>G'",
        )  # fmt: skip
    residue = int(found[2])
    own = ruler.protein[residue - 1] if 0 < residue <= len(ruler.protein) else "none"
    if own != found[1]:
        raise InputError(
            f"residue {residue} of {transcript.identifier} is {own}, not {found[1]}",
            where="the variant asked for", fix="check gene, residue and the transcript on which it is counted",
        )  # fmt: skip
    return sorted(set(_of_codon(ruler, residue, found[3], sequence)))


def _is_asked(query: Query, v: AnnotatedVariant) -> bool:
    asked = query.allele
    if asked is None:
        return any(query.fits(effect) for effect in v.effects)
    if contig_of(asked.chromosome, [v.contig]) is None or asked.position != v.position:
        return False
    return asked.reference is None or (asked.reference, asked.alternate) == (v.reference.upper(), v.alternate.upper())


def contig_of(name: str, contigs: Iterable[str]) -> str | None:
    """The contig that a name means, with or without `chr`; None when there is none."""
    contigs = list(contigs)
    others = [name, name.removeprefix("chr"), f"chr{name}"]
    return next((other for other in others if other in contigs), None)


def _one_letter(name: str) -> str:
    bare = name.removeprefix("(").removesuffix(")")
    is_long = any(three in bare for three in ONE_LETTER) or "Ter" in bare
    return short_protein_name(f"p.{bare}").removeprefix("p.").strip("()") if is_long else bare


def _of_codon(ruler: Ruler, residue: int, wanted: str, sequence: SequenceCache) -> Iterator[Allele]:
    """Substitutions inside a codon that lies in one piece and give the wanted residue, trimmed to what changes."""
    runs = codon_of(ruler, residue)
    contig = ruler.transcript.contig
    positions = [p for start, end in runs for p in range(start, end)]
    reference = "".join(sequence.base(contig, p) for p in positions)
    for bases in map("".join, product("ACGT", repeat=3)):
        read = bases if ruler.is_forward else reverse_complement(bases)
        if ruler.code.get(read) != wanted:
            continue
        changed = [i for i in range(3) if bases[i] != reference[i]]
        first, last = (changed[0], changed[-1] + 1) if changed else (0, 0)
        if positions and positions[last - 1] - positions[first] == last - 1 - first and changed:
            yield Allele(contig, positions[first], reference[first:last], bases[first:last])


def _of_coding(query: Query, ruler: Ruler, sequence: SequenceCache) -> Allele:
    """The base that a coding substitution names, inside the coding sequence or in an intron beside it."""
    found = _CODING.fullmatch(query.coding.removeprefix("c."))
    if found is None:
        raise InputError(
            f"{query.text!r} was not called, and its place cannot be told from its name",
            where="the variant asked for", fix="give its coordinates and alleles",
        )  # fmt: skip
    sign, number, offset, old, new = found.groups()
    index = ruler.cds_start - int(number) if sign else ruler.cds_start + int(number) - 1 - ruler.missing
    if not 0 <= index < ruler.n_bases:
        raise InputError(f"{query.coding} lies outside {ruler.transcript.identifier}", where="the variant asked for")
    exon = max(i for i, first in enumerate(ruler.offsets) if first <= index)
    own = ruler.starts[exon] + index - ruler.offsets[exon] + int(offset or 0)
    position = own if ruler.is_forward else -1 - own
    if not ruler.is_forward:
        old, new = reverse_complement(old), reverse_complement(new)
    base = sequence.base(ruler.transcript.contig, position)
    if base != old:
        raise InputError(
            f"the reference has {base} at {ruler.transcript.contig}:{position + 1}, the name says {old}",
            where="the variant asked for", fix="check the name, its transcript and the build of the reference",
        )  # fmt: skip
    return Allele(ruler.transcript.contig, position, old, new)
