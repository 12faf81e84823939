"""What people call a variant, as alleles on the genome."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from oncopipe.annotation.alleles import SequenceCache, aligned, reverse_complement
from oncopipe.annotation.transcripts import GeneModels, Ruler
from oncopipe.data.amino_acids import ONE_LETTER, short_protein_name
from oncopipe.data.transcripts import Transcript
from oncopipe.data.variants import AnnotatedVariant, Effect
from oncopipe.errors import InputError
from oncopipe.explain.places import Allele, as_in_vcf, contig_of, trimmed
from oncopipe.knowledge.places import chosen_transcripts, codon_of
from oncopipe.knowledge.rules import same_change, short_change, without_bases

# Places as VCF, HGVS and browsers write them: chr7:140453136 A>T, 7:g.140453136A>T, 7-140453136-A-T, chr7 140453136 A T.
_PLACE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9_.*]*)[:\s-](?:g\.)?(\d[\d,]*)(?:[\s:-]*([ACGTN]+)\s*[>:/\s-]\s*([ACGTN]+))?", re.I
)
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]*)[\s:]+(p\.|c\.)?(\S+)")
_RESIDUE = re.compile(r"([A-Z])(\d+)([A-Z*=])?")  # alone, or with what it becomes
_NUMBER = r"(?:-|\*)?\d+(?:[+-]\d+)?"
_CODING = re.compile(rf"({_NUMBER})([ACGT])>([ACGT])")
_CODING_INDEL = re.compile(rf"({_NUMBER})(?:_({_NUMBER}))?(delins|del|dup|ins)([ACGT]*)")
_SHOWN = 80  # characters of what was asked, in an error
_FLANK = 5_000  # numbers run on beside the transcript: the TERT promoter
_PART = re.compile(r"(-|\*)?(\d+)([+-]\d+)?")


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
        own = (effect.gene, effect.transcript, effect.transcript.split(".")[0])
        if self.gene.casefold() not in [name.casefold() for name in own]:
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
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    found = _PLACE.fullmatch(asked)
    # A gene may end in a number (`TP53 213 A T` is none), a transcript looks like `NM_1.2:c.`.
    if found and (found[3] or ":" in asked or found[1].lower().startswith("chr")):
        position = int(found[2].replace(",", "")) - 1
        if position < 0:
            raise InputError(
                f"{shown!r} lies before the first base", where="the variant asked for", fix="count from 1"
            )
        ref, alt = (part.upper() if part else None for part in found.group(3, 4))
        if ref and ref == alt:
            raise InputError(
                f"{shown!r} is no change: both alleles are {ref[:30]}",
                where="the variant asked for",
                fix="check them",
            )
        return Query(text, trimmed(Allele(found[1], position, ref, alt)))
    if found := _NAME.fullmatch(asked):
        gene, kind, name = found.groups()
        if kind == "c.":
            return Query(text, gene=gene, coding=f"c.{name}")
        protein = _one_letter(name)
        if kind == "p." or re.match(r"[A-Z*]\d", protein):
            return Query(text, gene=gene, protein=protein)
    raise InputError(
        f"{shown!r} names no variant",
        where="the variant asked for",
        fix="write it with its gene, as 'BRAF p.V600E', 'BRAF V600' or 'BRAF c.1799T>A', or as 'chr7:140453136 A>T'",
    )


def named_among(query: Query, variants: Iterable[AnnotatedVariant]) -> list[AnnotatedVariant]:
    """The calls that are what was asked for, by place or by any of their names."""
    return [v for v in variants if _is_asked(query, v)]


def alleles_of(query: Query, models: GeneModels, sequence: SequenceCache) -> list[Allele]:
    """Alleles that give the name: every change of one codon that gives a substitution, or what a c. name says; of a residue
    alone its places.

    Raises: InputError for a gene or residue that is not there, and for p. names of indels, which need more.
    """
    ruler = Ruler(transcript_of(query, models), sequence)
    if query.coding:
        return [_of_coding(query, ruler, sequence)]
    found = _RESIDUE.fullmatch(query.protein)
    if found is None:
        raise InputError(
            f"no candidate is called {query.text!r}, and its place cannot be told from its name",
            where="the variant asked for",
            fix="give its c. name, or its coordinates and alleles as in 'chr7:55242465 GGAATTAAGAGAAGCA>G'",
        )
    residue = int(found[2])
    own = ruler.protein[residue - 1] if 0 < residue <= len(ruler.protein) else "none"
    if own != found[1]:
        raise InputError(
            f"residue {residue} of {ruler.transcript.identifier} is {own}, not {found[1]}",
            where="the variant asked for", fix="check gene, residue and the transcript on which it is counted",
        )  # fmt: skip
    if found[3] is None:
        return [Allele(ruler.transcript.contig, p) for s, e in codon_of(ruler, residue) for p in range(s, e)]
    wanted = own if found[3] == "=" else found[3]
    alleles = sorted(set(_of_codon(ruler, residue, wanted, sequence)))
    if not alleles:
        raise InputError(
            f"no change of the bases of {found[1]}{residue} alone gives {found[3]}", where="the variant asked for",
            fix="check the name, or give coordinates and alleles",
        )  # fmt: skip
    return alleles


def transcript_of(query: Query, models: GeneModels) -> Transcript:
    """The transcript by which a name counts: the chosen one of the gene, or the one that was named.

    Raises: InputError when the gene models have none.
    """
    asked = query.gene.casefold()
    by_gene = {gene.casefold(): transcript for gene, transcript in chosen_transcripts(models).items()}
    transcript = by_gene.get(asked) or next(
        (t for t in models.transcripts if asked in (t.identifier.casefold(), t.unversioned.casefold())), None
    )
    if transcript is None or not transcript.is_coding:
        raise InputError(
            f"there is no coding transcript of {query.gene}",
            where="the gene models",
            fix="give the gene's symbol, a transcript of these gene models, or coordinates",
        )
    return transcript


def _is_asked(query: Query, v: AnnotatedVariant) -> bool:
    asked = query.allele
    if asked is None:
        return any(query.fits(effect) for effect in v.effects)
    if contig_of(asked.chromosome, [v.contig]) is None:
        return False
    if asked.reference is None:
        return asked.position == v.position
    own = trimmed(Allele(asked.chromosome, v.position, v.reference.upper(), v.alternate.upper()))
    return own == asked


def _one_letter(name: str) -> str:
    bare = name.removeprefix("(").removesuffix(")")
    is_long = any(three in bare for three in ONE_LETTER) or "Ter" in bare
    short = short_protein_name(f"p.{bare}").removeprefix("p.").strip("()") if is_long else bare
    # R213X is how stops were written; v600e is how people type.
    short = re.sub(r"^([A-Za-z]\d+)[Xx]$", r"\1*", short)
    return short.upper() if re.fullmatch(r"[A-Za-z]\d+[A-Za-z*=]?", short) else short


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
    """The allele of a coding name, inside the transcript or in an intron beside an exon."""
    name = query.coding.removeprefix("c.")
    if found := _CODING.fullmatch(name):
        own = _own_position(query, ruler, found[1])
        return _substituted(query, ruler, sequence, own, (found[2], found[3]))
    indel = _CODING_INDEL.fullmatch(name)
    is_insertion = indel is not None and indel[3] == "ins"
    if indel is None or (is_insertion and not indel[2]) or (indel[3] in ("ins", "delins") and not indel[4]):
        raise InputError(
            f"the place of {query.text!r} cannot be told from its name",
            where="the variant asked for", fix="write it as c.1799T>A, c.35_37del, c.35dup or c.35_36insA, or give coordinates",
        )  # fmt: skip
    start, last = (_own_position(query, ruler, number) for number in (indel[1], indel[2] or indel[1]))
    if last < start or (is_insertion and last != start + 1):
        raise InputError(f"{query.coding} names no stretch of bases", where="the variant asked for", fix="check it")
    end = last + 1
    inserted = indel[4]
    if indel[3] == "del":
        inserted = ""
    elif indel[3] == "dup":
        start, end, inserted = end, end, ruler.bases(start, end)
    elif is_insertion:
        start, end = last, last
    return _from_own(ruler, sequence, start, end, inserted)


def _substituted(query: Query, ruler: Ruler, sequence: SequenceCache, own: int, bases: tuple[str, str]) -> Allele:
    position = own if ruler.is_forward else -1 - own
    old, new = bases if ruler.is_forward else (reverse_complement(bases[0]), reverse_complement(bases[1]))
    base = sequence.base(ruler.transcript.contig, position)
    if base != old:
        raise InputError(
            f"the reference has {base} at {ruler.transcript.contig}:{position + 1}, the name says {old}",
            where="the variant asked for", fix="check the name, its transcript and the build of the reference",
        )  # fmt: skip
    return Allele(ruler.transcript.contig, position, old, new)


def _own_position(query: Query, ruler: Ruler, number: str) -> int:
    """Where a number of a c. name lies on the own strand."""
    found = _PART.fullmatch(number)
    assert found is not None
    sign, count, offset = found.group(1), int(found[2]), int(found[3] or 0)
    first = {"-": ruler.cds_start, "*": ruler.cds_end - 1}.get(sign or "", ruler.cds_start - 1 - ruler.missing)
    index = first - count if sign == "-" else first + count
    if not 0 <= index < ruler.n_bases:
        if offset or not -_FLANK <= index < ruler.n_bases + _FLANK:
            raise InputError(
                f"{query.coding} lies outside {ruler.transcript.identifier}", where="the variant asked for",
                fix="check the name, or give coordinates and alleles",
            )  # fmt: skip
        return ruler.starts[0] + index if index < 0 else ruler.ends[-1] + index - ruler.n_bases
    return ruler.position(index) + offset


def _from_own(ruler: Ruler, sequence: SequenceCache, start: int, end: int, inserted: str) -> Allele:
    """A change on the own strand as a VCF allele."""
    if not ruler.is_forward:
        start, end, inserted = -end, -start, reverse_complement(inserted)
    return as_in_vcf(aligned(sequence, ruler.transcript.contig, start, end, inserted), sequence)
