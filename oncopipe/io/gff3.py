"""Gene models from GFF3 as Ensembl, RefSeq and GENCODE write it."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from oncopipe.data.transcripts import Transcript
from oncopipe.errors import InputError, MissingInputError, ReferenceMismatchError
from oncopipe.io.contig_names import name_in

# Feature types that are parts of a transcript or none of our business; they are never a parent.
_PARTS = frozenset({"exon", "CDS"})
_IGNORED = frozenset(
    {"five_prime_UTR", "three_prime_UTR", "UTR", "start_codon", "stop_codon", "intron", "cDNA_match", "match"}
    | {"stop_codon_redefined_as_selenocysteine", "region", "chromosome", "scaffold", "supercontig", "contig"}
    | {"biological_region", "sequence_alteration", "sequence_feature"}
)
_PARENT = re.compile(r"(?:^|;)\s*Parent=([^;]*)")
_SEQUENCE_REGION = re.compile(r"##sequence-region\s+(\S+)\s+(\d+)\s+(\d+)")


@dataclass(slots=True)
class _Feature:
    """A gene or a transcript, with the parts of a transcript gathered as they come."""

    number: int
    kind: str
    start: int
    end: int
    strand: str
    attributes: dict[str, str]
    exons: list[tuple[int, int]] = field(default_factory=list)
    coding: list[tuple[int, int, int]] = field(default_factory=list)  # start, end, phase


@dataclass(slots=True)
class _Table:
    """Features by (ID, contig): one ID may return on another haplotype or the other pseudoautosomal region."""

    features: dict[tuple[str, str], _Feature] = field(default_factory=dict)
    parts: list[tuple[int, str, str, str, int, int, str, int]] = field(default_factory=list)
    names: dict[str, str | None] = field(default_factory=dict)  # name in the file -> in the reference
    other_contigs: dict[str, int] = field(default_factory=dict)  # contigs that the reference lacks -> line


def read_gff3(path: Path | str, contig_lengths: dict[str, int]) -> tuple[Transcript, ...]:
    """Transcripts of a GFF3 file on the contigs (name -> length) of the reference, sorted by place and identifier.

    Chromosomes get the reference's names (7, chr7, NC_000007.14). Genes on contigs that the reference lacks are left
    out; a file that shares none is refused.

    Raises: MissingInputError; InputError with the line for what is no GFF3 or no gene model;
    ReferenceMismatchError when the contigs are those of another reference (names, lengths).
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError(
            "the file of gene models is missing", where=str(path), fix="check the path of --genes"
        )
    table = _Table()
    n_lines = 0
    for number, line in enumerate(_lines(path), 1):
        n_lines = number
        if line.startswith("##FASTA"):
            break
        if line.startswith("##sequence-region"):
            _check_region(line, contig_lengths, f"{path}, line {number}")
        if line and not line.startswith("#"):
            _take(table, line, number, path, contig_lengths)
    if not table.features and table.other_contigs:
        raise _no_shared_contig(table.other_contigs, contig_lengths, path)
    transcripts = _assemble(table, path)
    if not transcripts:
        raise InputError(
            "there are no transcripts with exons in the file of gene models",
            where=f"{path} ({n_lines} lines)",
            fix="give the GFF3 of Ensembl, RefSeq or GENCODE with exon and CDS lines",
        )
    rank = {name: i for i, name in enumerate(contig_lengths)}
    return tuple(sorted(transcripts, key=lambda t: (rank[t.contig], t.start, t.end, t.identifier)))


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
    opener = gzip.open if compressed else open
    number = 0
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                yield line.rstrip("\r\n")
    except (UnicodeDecodeError, EOFError, OSError, zlib.error) as error:
        raise InputError(
            f"the file of gene models is damaged or no text ({error})",
            where=f"{path}, after line {number}",
            fix="fetch it again",
        ) from error


def _check_region(line: str, contig_lengths: dict[str, int], where: str) -> None:
    found = _SEQUENCE_REGION.match(line)
    name = name_in(contig_lengths, found.group(1)) if found else None
    if found is None or name is None:
        return
    # Ensembl, RefSeq and GENCODE give whole chromosomes here, and another build has other lengths.
    first, last, length = int(found.group(2)), int(found.group(3)), contig_lengths[name]
    if last > length or (first == 1 and last != length):
        raise ReferenceMismatchError(
            f"{found.group(1)} has {last} bases in the gene models and {length} in the reference",
            where=where,
            fix="use gene models of the same genome build as the reference",
        )


def _take(table: _Table, line: str, number: int, path: Path, contig_lengths: dict[str, int]) -> None:
    """Put one feature line where it belongs."""
    columns = line.split("\t")
    where = f"{path}, line {number}"
    if len(columns) != 9:
        raise InputError(f"a GFF3 line has {len(columns)} columns instead of 9", where=where, fix="give a GFF3 file")
    contig, _, kind, first, last, _, strand, phase, attributes = columns
    if kind in _IGNORED:
        return
    if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()):
        raise InputError(f"start or end is no number: {first[:20]!r}, {last[:20]!r}", where=where, fix="repair it")
    start, end = int(first) - 1, int(last)
    if start < 0 or end <= start:
        raise InputError(f"a feature ends before it starts: {first}-{last}", where=where, fix="repair it")
    if contig not in table.names:
        table.names[contig] = name_in(contig_lengths, contig)
    if (own := table.names[contig]) is None:
        table.other_contigs.setdefault(contig, number)
        return
    contig, length = own, contig_lengths[own]
    if end > length:
        raise ReferenceMismatchError(
            f"a feature ends at {contig}:{last}, the reference's {contig} has {length} bases",
            where=where,
            fix="use gene models of the same genome build as the reference",
        )
    if kind in _PARTS:
        _take_part(table, (number, kind, contig, strand, start, end), phase, attributes, where)
        return
    values = _attributes(attributes, where)
    if identifier := values.get("ID"):
        if (identifier, contig) in table.features and kind != "exon":
            earlier = table.features[identifier, contig]
            raise InputError(
                f"the ID {identifier[:60]!r} was used before on {contig}, in line {earlier.number}", where=where,
                fix="give gene models whose IDs are unique on a contig",
            )  # fmt: skip
        table.features[identifier, contig] = _Feature(number, kind, start, end, strand, values)


def _take_part(
    table: _Table, place: tuple[int, str, str, str, int, int], phase: str, attributes: str, where: str
) -> None:
    number, kind, contig, strand, start, end = place
    if strand not in ("+", "-"):
        raise InputError(f"an {kind} needs the strand + or -, not {strand[:5]!r}", where=where, fix="repair it")
    if kind == "CDS" and phase not in ("0", "1", "2"):
        raise InputError(f"a CDS needs the phase 0, 1 or 2, not {phase[:5]!r}", where=where, fix="repair it")
    if (found := _PARENT.search(attributes)) is None:
        raise InputError(f"an {kind} has no Parent", where=where, fix="give gene models with ID and Parent")
    for parent in found.group(1).split(","):
        table.parts.append((number, kind, contig, strand, start, end, parent, int(phase) if kind == "CDS" else 0))


def _attributes(text: str, where: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.strip().partition("=")
        if equals:
            values[key] = unquote(value) if "%" in value else value
        elif key:
            raise InputError(f"an attribute is not key=value: {part[:60]!r}", where=where, fix="give GFF3, not GTF")
    return values


def _no_shared_contig(others: dict[str, int], lengths: dict[str, int], path: Path) -> ReferenceMismatchError:
    name, number = next(iter(others.items()))
    return ReferenceMismatchError(
        f"no contig of the gene models is in the reference: {name} is not, which has {', '.join(list(lengths)[:3])}",
        where=f"{path}, line {number}",
        fix="use gene models of the same genome as the reference",
    )


def _assemble(table: _Table, path: Path) -> list[Transcript]:
    features = table.features
    for number, kind, contig, strand, start, end, parent, phase in table.parts:
        feature = features.get((parent, contig)) or features.get((unquote(parent), contig))
        if feature is None:
            raise InputError(
                f"the Parent {parent[:60]!r} of an {kind} is not in the file", where=f"{path}, line {number}",
                fix="give gene models with the transcripts of all exons",
            )  # fmt: skip
        if strand != feature.strand:
            raise InputError(
                f"an {kind} and its transcript are on different strands", where=f"{path}, line {number}",
                fix="repair the gene model (trans-splicing is not read)",
            )  # fmt: skip
        if kind == "exon":
            feature.exons.append((start, end))
        else:
            feature.coding.append((start, end, phase))
    return [
        _transcript(identifier, contig, feature, features, path)
        for (identifier, contig), feature in features.items()
        if feature.exons or feature.coding
    ]


def _transcript(
    identifier: str, contig: str, feature: _Feature, features: dict[tuple[str, str], _Feature], path: Path
) -> Transcript:
    values = feature.attributes
    gene = features.get((values.get("Parent", ""), contig), feature)
    where = f"{path}, line {feature.number}"
    coding = sorted(feature.coding)
    exons = _disjoint(sorted(feature.exons), where) if feature.exons else _merged([(s, e) for s, e, _ in coding])
    strand = 1 if feature.strand == "+" else -1
    cds_start, cds_end, missing, plain = -1, -1, 0, True
    if coding:
        cds_start, cds_end = coding[0][0], coding[-1][1]
        missing = (3 - (coding[0] if strand > 0 else coding[-1])[2]) % 3
        inside = [(max(s, cds_start), min(e, cds_end)) for s, e in exons if s < cds_end and e > cds_start]
        plain = inside == [(s, e) for s, e, _ in coding] and _is_in_frame(coding, strand)
        if not all(any(s <= start and end <= e for s, e in exons) for start, end, _ in coding):
            raise InputError("the CDS lies outside the exons", where=where, fix="repair the gene model")
    return Transcript(
        identifier=_versioned(values, identifier),
        gene=_symbol(gene, values),
        gene_id=gene.attributes.get("gene_id") or gene.attributes.get("ID", "").removeprefix("gene:"),
        contig=contig,
        strand=strand,
        biotype=_biotype(feature, gene, bool(coding)),
        tags=frozenset(t.strip().replace(" ", "_") for t in values.get("tag", "").split(",") if t.strip()),
        exons=tuple(exons),
        cds_start=cds_start,
        cds_end=cds_end,
        missing_bases=missing,
        is_plain=plain,
    )


def _is_in_frame(coding: list[tuple[int, int, int]], strand: int) -> bool:
    """True when each part's phase follows from the part before it."""
    expected = None
    for start, end, phase in coding if strand > 0 else reversed(coding):
        if expected is not None and phase != expected:
            return False
        expected = (phase - (end - start)) % 3
    return True


def _disjoint(exons: list[tuple[int, int]], where: str) -> list[tuple[int, int]]:
    for (_, end), (start, _) in pairwise(exons):
        if start < end:
            raise InputError("two exons of a transcript overlap", where=where, fix="repair the gene model")
    return _merged(exons)


def _merged(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Intervals in order, touching or overlapping ones joined."""
    merged: list[tuple[int, int]] = []
    for start, end in parts:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _versioned(values: dict[str, str], identifier: str) -> str:
    """transcript_id with its version; the ID without Ensembl's or RefSeq's prefix where there is none."""
    name = values.get("transcript_id") or identifier.removeprefix("transcript:").removeprefix("rna-")
    version = values.get("version", "")
    return f"{name}.{version}" if version.isdecimal() and "." not in name else name


def _symbol(gene: _Feature, values: dict[str, str]) -> str:
    """The gene's symbol: GENCODE's gene_name, RefSeq's gene, Ensembl's Name; its id when it has no name."""
    own = gene.attributes
    for name in (own.get("gene_name"), own.get("gene"), own.get("Name"), values.get("gene_name"), values.get("gene")):
        if name:
            return name
    return own.get("gene_id") or own.get("ID", "").removeprefix("gene:")


def _biotype(feature: _Feature, gene: _Feature, is_coding: bool) -> str:
    own, genes = feature.attributes, gene.attributes
    for name in (own.get("biotype"), own.get("transcript_type"), own.get("transcript_biotype")):
        if name:
            return name
    if is_coding:
        return "protein_coding"
    return genes.get("gene_biotype") or genes.get("gene_type") or genes.get("biotype") or feature.kind
