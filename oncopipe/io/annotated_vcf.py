"""Annotated VCFs: the INFO keys ANN, TXC and POPAF_MAX, written and read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import cast

from oncopipe.data.phase import Relation
from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect, Neighbor
from oncopipe.errors import InputError
from oncopipe.io.allele_counts import allele_counts, combined_counts, counts_in_info
from oncopipe.io.call_sets import call_set, status_filter
from oncopipe.io.vcf_lines import VcfHeader, VcfLine, VcfText

ANN_DESCRIPTION = (
    "Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | "
    "Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length | CDS.pos / CDS.length | "
    "AA.pos / AA.length | Distance | ERRORS / WARNINGS / INFO'"
)
INFO_LINES = (
    f'##INFO=<ID=ANN,Number=.,Type=String,Description="{ANN_DESCRIPTION}">',
    '##INFO=<ID=TXC,Number=A,Type=String,Description="Why the transcript of the first ANN entry was chosen">',
    '##INFO=<ID=POPAF_MAX,Number=A,Type=Float,Description="Highest population frequency in the resource, linear">',
)
_N_FIELDS = 16
# An entry of INFO/PHASE as `call` writes it; the key may mean something else in another caller's file.
_NEIGHBOR = re.compile(
    r"([0-9]{1,12})_([ACGT]+)_([ACGT]+)\|(cis|trans|mixed|unknown)\|([0-9]{1,9})\|([0-9]{1,9})\|([0-9]{1,9})"
)
# Characters that ANN or INFO give another meaning (VCF 4.3, section 1.2: percent-encoding).
_SPECIAL = re.compile(r"[%|,;=&\s\x00-\x1f]")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")


def escape(text: str) -> str:
    """Text with the characters that ANN or INFO reserve percent-encoded."""
    return _SPECIAL.sub(lambda found: f"%{ord(found.group()):02X}", text) if _SPECIAL.search(text) else text


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text) if "%" in text else text


def _pair(first: int | None, total: int | None) -> str:
    if first is None:
        return ""
    return f"{first}/{total}" if total is not None else str(first)


def format_effect(effect: Effect) -> str:
    """One entry of INFO/ANN. `=` and other reserved characters are percent-encoded: `p.Val600%3D`."""
    return "|".join(
        (
            effect.allele,
            "&".join(effect.consequences),
            effect.impact,
            escape(effect.gene),
            escape(effect.gene_id),
            effect.feature_type,
            escape(effect.transcript),
            escape(effect.biotype),
            _pair(effect.rank, effect.n_ranks),
            escape(effect.hgvs_c),
            escape(effect.hgvs_p),
            _pair(effect.cdna_position, effect.cdna_length),
            _pair(effect.cds_position, effect.cds_length),
            _pair(effect.protein_position, effect.protein_length),
            "" if effect.distance is None else str(effect.distance),
            "&".join(effect.messages),
        )
    )


def parse_effect(text: str, where: str) -> Effect:
    """The entry of INFO/ANN in `text`. Raises: InputError when it has not the 16 fields of the specification."""
    fields = text.split("|")
    if len(fields) != _N_FIELDS:
        raise InputError(
            f"an ANN entry has {len(fields)} fields, the specification {_N_FIELDS}",
            where=where,
            fix="annotate the calls with `oncopipe annotate` or snpEff",
        )
    rank, n_ranks = _numbers(fields[8], where)
    cdna, cdna_length = _numbers(fields[11], where)
    cds, cds_length = _numbers(fields[12], where)
    protein, protein_length = _numbers(fields[13], where)
    return Effect(
        allele=fields[0],
        consequences=tuple(fields[1].split("&")) if fields[1] else (),
        impact=fields[2],
        gene=_unescape(fields[3]),
        gene_id=_unescape(fields[4]),
        feature_type=fields[5],
        transcript=_unescape(fields[6]),
        biotype=_unescape(fields[7]),
        rank=rank,
        n_ranks=n_ranks,
        hgvs_c=_unescape(fields[9]),
        hgvs_p=_unescape(fields[10]),
        cdna_position=cdna,
        cdna_length=cdna_length,
        cds_position=cds,
        cds_length=cds_length,
        protein_position=protein,
        protein_length=protein_length,
        distance=_numbers(fields[14], where)[0],
        messages=tuple(fields[15].split("&")) if fields[15] else (),
    )


def _numbers(text: str, where: str) -> tuple[int | None, int | None]:
    """ "12/34" as two numbers; a range "12-14/34" gives its first."""
    if not text:
        return None, None
    first, _, total = text.partition("/")
    try:
        return int(first.lstrip("-").split("-")[0]), int(total) if total else None
    except ValueError as error:
        raise InputError(f"an ANN entry has {text[:40]!r} where a number must be", where=where) from error


def read_annotated(path: Path | str, *, tumor: str | None = None, normal: str | None = None) -> AnnotatedCalls:
    """The calls of a VCF with INFO/ANN, one row an alternate allele, in file order.

    `tumor` and `normal` name sample columns; without them the header does (`call_sets.samples_of`). Symbolic alleles
    have rows without effects.

    Raises: MissingInputError; InputError with the line for a file that is no VCF, has no ANN, or names no tumor.
    """
    calls = read_calls(path, tumor=tumor, normal=normal)
    if not calls.calls.is_annotated:
        raise InputError("the calls are not annotated: INFO/ANN is not declared", where=str(path),
                         fix="run `oncopipe annotate` first")  # fmt: skip
    return calls


def read_calls(path: Path | str, *, tumor: str | None = None, normal: str | None = None) -> AnnotatedCalls:
    """The same of anyone's VCF, whose rows have no effects where there is no ANN.

    Raises: MissingInputError; InputError with the line for a file that is no VCF, or names no tumor.
    """
    with VcfText(path, role="the VCF of calls") as vcf:
        lines = iter(vcf)
        first = next(lines, None)
        calls = call_set(vcf.header, str(path), tumor=tumor, normal=normal, first=first)
        counts = _counts_of(vcf.header, calls)
        rest = lines if first is None else chain((first,), lines)
        found: list[AnnotatedVariant] = []
        forced: list[AnnotatedVariant] = []
        for line in rest:
            is_forced = line.info("FORCED") is not None and line.fields[6] != "PASS"
            (forced if is_forced else found).extend(_rows(line, counts, calls))
        return AnnotatedCalls(calls, tuple(found), tuple(forced))


def check_tumor_is_known(path: Path | str, *, tumor: str | None = None, normal: str | None = None) -> None:
    """Read no more than the header and a record. Raises: as `read_calls`."""
    with VcfText(path, role="the VCF of calls") as vcf:
        call_set(vcf.header, str(path), tumor=tumor, normal=normal, first=next(iter(vcf), None))


_CountsOf = Callable[[VcfLine], list[AlleleCounts | None]]


def _counts_of(header: VcfHeader, calls: CallSet) -> tuple[_CountsOf, _CountsOf]:
    """How counts of tumor and normal are read from a record."""
    tumor, normal = (_column(header, name) for name in (calls.tumor_sample, calls.normal_sample))

    def nothing(line: VcfLine) -> list[AlleleCounts | None]:
        return [None] * len(line.alternates)

    if tumor is not None and header.declares("FORMAT", "ADT"):
        return lambda line: combined_counts(line, tumor, "T"), lambda line: combined_counts(line, tumor, "C")
    if tumor is None:
        return lambda line: counts_in_info(line, "TVAF", "TDP"), lambda line: counts_in_info(line, "CVAF", "CDP")
    return (lambda line: allele_counts(line, tumor)), (
        nothing if normal is None else lambda line: allele_counts(line, normal)
    )


def _column(header: VcfHeader, sample: str | None) -> int | None:
    return header.samples.index(sample) if sample in header.samples else None


def _rows(line: VcfLine, counts: tuple[_CountsOf, _CountsOf], calls: CallSet) -> list[AnnotatedVariant]:
    by_allele: dict[str, list[Effect]] = {}
    for text in (line.info("ANN") or "").split(","):
        if text and text != ".":
            effect = parse_effect(text, line.where)
            # Of calls named together the others follow the allele: A-7:140453137_C>T.
            allele = effect.allele if effect.allele in line.alternates else effect.allele.partition("-")[0]
            by_allele.setdefault(allele, []).append(effect)
    n = len(line.alternates)
    choices = _per_allele(line, "TXC", n)
    frequencies = [_number(v, line, "POPAF_MAX") for v in _per_allele(line, "POPAF_MAX", n)]
    tumor, normal = (of(line) for of in counts)
    return [
        AnnotatedVariant(
            contig=line.contig,
            position=line.position,
            identifier=None if line.fields[2] == "." else line.fields[2],
            reference=line.reference,
            alternate=alternate,
            quality=_number(line.fields[5], line, "QUAL"),
            filters=_filters(line, calls, i),
            tumor=tumor[i],
            normal=normal[i],
            effects=tuple(by_allele.get(alternate, ())),
            transcript_choice=choices[i],
            population_frequency=frequencies[i],
            neighbors=_neighbors(line) if n == 1 else (),
            origin=_origin(line, i, n),
            limit=_number(line.info("LOD95"), line, "LOD95") if line.info("HOTSPOT") is not None else None,
        )
        for i, alternate in enumerate(line.alternates)
    ]


def _filters(line: VcfLine, calls: CallSet, allele: int) -> tuple[str, ...]:
    """FILTER, and what the caller says elsewhere against this allele."""
    filters = () if line.fields[6] in (".", "") else tuple(line.fields[6].split(";"))
    status = status_filter(line, calls.caller, allele=allele, has_normal=calls.normal_sample is not None)
    return (*(name for name in filters if name != "PASS"), status) if status else filters


def _neighbors(line: VcfLine) -> tuple[Neighbor, ...]:
    found = (_NEIGHBOR.fullmatch(text) for text in (line.info("PHASE") or "").split(","))
    return tuple(
        Neighbor(int(m[1]) - 1, m[2], m[3], cast(Relation, m[4]), int(m[5]), int(m[6]), int(m[7])) for m in found if m
    )


def _origin(line: VcfLine, allele: int, n: int) -> tuple[float, float, float] | None:
    """The caller's posterior of somatic, germline and artefact; None unless all three are shares."""
    texts = [_per_allele(line, key, n)[allele] for key in ("PSOM", "PGERM", "PART")]
    somatic, germline, artefact = (_number(text, line, "PSOM, PGERM or PART") for text in texts)
    if somatic is None or germline is None or artefact is None:
        return None
    shares = (somatic, germline, artefact)
    return shares if all(0 <= share <= 1 for share in shares) else None


def _per_allele(line: VcfLine, key: str, n: int) -> list[str | None]:
    value = line.info(key)
    if value is None or value == ".":
        return [None] * n
    values = value.split(",")
    if len(values) != n:
        raise InputError(f"INFO/{key} has {len(values)} values for {n} alternate alleles", where=line.where)
    return [None if v in (".", "") else v for v in values]


def _number(text: str | None, line: VcfLine, what: str) -> float | None:
    if text is None or text == ".":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{what} is no number: {text[:40]!r}", where=line.where, fix="repair the record")
    return value
