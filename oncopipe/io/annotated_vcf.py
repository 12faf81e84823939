"""Annotated VCFs: the INFO keys ANN, TXC and POPAF_MAX, written and read."""

from __future__ import annotations

import math
import re
from pathlib import Path

from oncopipe.data.variants import AlleleCounts, AnnotatedCalls, AnnotatedVariant, CallSet, Effect
from oncopipe.errors import InputError
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

    `tumor` and `normal` name sample columns; without them the header's `##tumor_sample` and `##normal_sample` do,
    then the names TUMOR and NORMAL, then the only column. Symbolic alleles have rows without effects.

    Raises: MissingInputError; InputError with the line for a file that is no VCF, has no ANN, or names no tumor.
    """
    with VcfText(path, role="the annotated VCF") as vcf:
        calls = call_set(vcf.header, str(path), tumor, normal)
        if not calls.is_annotated:
            raise InputError("the calls are not annotated: INFO/ANN is not declared", where=str(path),
                             fix="run `oncopipe annotate` first")  # fmt: skip
        columns = [_column(vcf.header, calls.tumor_sample), _column(vcf.header, calls.normal_sample)]
        return AnnotatedCalls(calls, tuple(row for line in vcf for row in _rows(line, columns)))


def call_set(header: VcfHeader, where: str, tumor: str | None = None, normal: str | None = None) -> CallSet:
    """What a header says about its calls. Raises: InputError when a sample is not there or the tumor is in doubt."""
    tumor = tumor or header.value("tumor_sample") or _only_tumor(header.samples, where)
    normal = normal or header.value("normal_sample") or ("NORMAL" if "NORMAL" in header.samples else None)
    for name in (tumor, normal):
        if name is not None and header.samples and name not in header.samples:
            raise InputError(
                f"sample {name!r} is not in the VCF, which has {', '.join(header.samples)}",
                where=where,
                fix="correct ##tumor_sample and ##normal_sample of the header, or name the samples",
            )
    if tumor == normal:
        raise InputError(f"tumor and normal are the same sample, {tumor!r}", where=where, fix="name two samples")
    return CallSet(
        tumor, normal, _caller(header), header.declares("INFO", "ANN"), header.declares("INFO", "POPAF_MAX"),
        dict(header.contig_lengths),
    )  # fmt: skip


def _only_tumor(samples: tuple[str, ...], where: str) -> str:
    if "TUMOR" in samples:
        return "TUMOR"
    if len(samples) == 1:
        return samples[0]
    what = "has no sample columns" if not samples else f"does not say which of {', '.join(samples)} is the tumor"
    raise InputError(f"the VCF {what}", where=where, fix="add ##tumor_sample=NAME to its header, or name the tumor")


def _caller(header: VcfHeader) -> str:
    if version := header.value("oncopipe_version"):
        return f"OncoPipe {version}"
    if version := header.value("MutectVersion"):
        return f"Mutect2 {version}"
    source, version = header.value("source"), header.value("source_version")
    return " ".join(part for part in (source, version) if part) or "unknown"


def _column(header: VcfHeader, sample: str | None) -> int | None:
    return header.samples.index(sample) if sample in header.samples else None


def _rows(line: VcfLine, columns: list[int | None]) -> list[AnnotatedVariant]:
    by_allele: dict[str, list[Effect]] = {}
    for text in (line.info("ANN") or "").split(","):
        if text and text != ".":
            effect = parse_effect(text, line.where)
            by_allele.setdefault(effect.allele, []).append(effect)
    n = len(line.alternates)
    choices = _per_allele(line, "TXC", n)
    frequencies = [_number(v, line, "POPAF_MAX") for v in _per_allele(line, "POPAF_MAX", n)]
    filters = () if line.fields[6] in (".", "") else tuple(line.fields[6].split(";"))
    tumor, normal = ([None] * n if c is None else allele_counts(line, c) for c in columns)
    return [
        AnnotatedVariant(
            contig=line.contig,
            position=line.position,
            identifier=None if line.fields[2] == "." else line.fields[2],
            reference=line.reference,
            alternate=alternate,
            quality=_number(line.fields[5], line, "QUAL"),
            filters=filters,
            tumor=tumor[i],
            normal=normal[i],
            effects=tuple(by_allele.get(alternate, ())),
            transcript_choice=choices[i],
            population_frequency=frequencies[i],
        )
        for i, alternate in enumerate(line.alternates)
    ]


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


def allele_counts(line: VcfLine, column: int) -> list[AlleleCounts | None]:
    """Counts of each alternate allele in one sample from FORMAT/AD (and DP); None where the sample has none."""
    n = len(line.alternates)
    values = line.samples(column)
    counts = values.get("AD", ".").split(",")
    if len(counts) != n + 1 or not all(c.isascii() and c.isdecimal() for c in counts):
        return [None] * n
    depths = [int(c) for c in counts]
    told = values.get("DP", ".")
    depth = max(sum(depths), int(told) if told.isascii() and told.isdecimal() else 0)
    return [AlleleCounts(depth, depths[0], alternate) for alternate in depths[1:]]
