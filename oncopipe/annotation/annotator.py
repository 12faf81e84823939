"""Calls to names: a VCF goes in, the same VCF comes out with INFO/ANN, TXC and POPAF_MAX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from oncopipe.annotation.alleles import COMPLEMENT, Change, SequenceCache, change_of
from oncopipe.annotation.consequences import intergenic_effect, seen_across, seen_generally
from oncopipe.annotation.phasing import Codon, Joint, clusters, is_in_one_codon, joints_of, reach_of, split_codon
from oncopipe.annotation.population import Population, check_reference_bases
from oncopipe.annotation.read_phase import ReadPhase
from oncopipe.annotation.seen import Seen, entry_of, key_of
from oncopipe.annotation.single_base import base_entry
from oncopipe.annotation.transcripts import MANE_CLINICAL, GeneModels, Index, Ruler, Rulers, Site
from oncopipe.data.variants import COMPOUND, Effect
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.annotated_vcf import INFO_LINES, format_effect, parse_effect
from oncopipe.io.call_sets import samples_of
from oncopipe.io.fasta import Reference, check_contigs, open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.vcf_lines import VcfLine, VcfText, is_sequence, write_vcf
from oncopipe.options import AnnotateOptions

_DEFAULTS = AnnotateOptions()
_OURS = ("ANN", "TXC", "POPAF_MAX")
_MAY_BE_OURS = re.compile("|".join(_OURS))


@dataclass(frozen=True)
class AnnotationCounts:
    """What went through: records, alternate alleles, those near a transcript, those with a population frequency."""

    n_records: int
    n_alleles: int
    n_with_transcript: int
    n_with_frequency: int


@dataclass(frozen=True, slots=True)
class AlleleNames:
    """Entries of one allele, the one that the report speaks of first, and why its transcript was chosen."""

    effects: tuple[Effect, ...]
    choice: str | None


# Key (place in the order, the smallest first), transcript, the rank of its impact, the entry of INFO/ANN.
_Row = tuple[int, Site, int, str]


class Annotator:
    """Names of alleles on one reference with one set of gene models. One object serves one thread."""

    def __init__(self, reference: Reference, models: GeneModels, options: AnnotateOptions = _DEFAULTS) -> None:
        self.sequence = SequenceCache(reference)
        self.options = options
        self._index = Index(models, options.flank)
        promoters = frozenset(options.promoter_genes.replace(",", " ").split())
        self._rulers = Rulers(self.sequence, promoters, options.promoter_bases)

    def names(self, change: Change, allele: str) -> AlleleNames:
        """Every entry of a change; `allele` is what ANN's first field says (the ALT)."""
        texts, reason = self.texts(change, allele)
        return AlleleNames(tuple([parse_effect(text, "INFO/ANN") for text in texts]), reason)

    def texts(self, change: Change, allele: str, joints: Sequence[Joint] = ()) -> tuple[list[str], str | None]:
        """The same as entries of INFO/ANN, and why the transcript of the first was chosen.

        `joints`: the changes that it is part of on its haplotype; the first that lies in one codon of a transcript is
        what is told of it there. Flanks are told of the chosen transcripts only: a gene's many others begin and end
        nearly where those do.
        """
        rows = self._rows(change, allele, joints)
        if not rows:
            return [format_effect(intergenic_effect(allele))], None
        rows.sort()
        speakers = [row for row in rows if row[1].reason is not None]
        if not speakers:
            return [row[3] for row in rows], None
        speaker = speakers[0] if len(speakers) == 1 else _spoken(speakers)
        if speaker is not rows[0]:
            rows.remove(speaker)
            rows.insert(0, speaker)
        return [row[3] for row in rows], speaker[1].reason

    def _rows(self, change: Change, allele: str, joints: Sequence[Joint]) -> list[_Row]:
        start, end = change.start, change.end
        flank, ruler_of = self.options.flank, self._rulers.of
        forward = backward = None
        if change.is_substitution and not joints:
            reference = self.sequence.fetch(change.contig, start, end)
            forward = start, reference, change.inserted
            backward = -end, COMPLEMENT.get(reference, reference), COMPLEMENT[change.inserted]
        rows: list[_Row] = []
        for site in self._index.near(change.contig, start, end + change.n_shifts):
            ruler = site.ruler or ruler_of(site)
            named = allele
            if (own := forward if ruler.is_forward else backward) is None:
                seen = _seen_with(change, ruler, joints)
                told, distance, body = entry_of(seen, ruler)
                named = f"{allele}-{seen.others}" if seen.others else allele
            else:
                told, distance, body = base_entry(ruler, *own)
            if distance is None or (site.reason is not None and distance <= flank):
                text = f"{named}|{told.text}|{ruler.label}|{body}"
                rows.append((key_of(told, distance, site), site, told.impact, text))
        return rows

    def split_codons(self, contig: str, position: int) -> set[Codon]:
        """The codons of a base, of any transcript, that an intron splits."""
        sites = [site for site in self._index.near(contig, position, position + 1) if site.is_coding]
        found = {split_codon(site.ruler or self._rulers.of(site), position) for site in sites}
        return {codon for codon in found if codon is not None}

    def changes_of_line(self, line: VcfLine) -> list[Change | None]:
        """The change of each alternate allele; None for what is neither bases nor `<DEL>` with an END."""
        check_reference_bases(self.sequence, line, "the calls")
        found: list[Change | None] = []
        for alternate in line.alternates:
            change = None
            if is_sequence(alternate):
                change = change_of(self.sequence, line.contig, line.position, line.reference, alternate)
            elif alternate == "<DEL>":
                change = self._symbolic_deletion(line)
            found.append(change)
        return found

    def _symbolic_deletion(self, line: VcfLine) -> Change | None:
        """The bases after POS up to INFO/END (VCF 4.2, section 5.1). Places of equal sequence are not sought.

        Raises: InputError for an END before POS or behind the end of the contig.
        """
        end, start, length = line.info("END") or "", line.position + 1, self.sequence.lengths[line.contig]
        if not (end.isascii() and end.isdecimal()):
            return None
        if not start <= (stop := int(end[:12])) <= length or len(end) > 12:
            raise InputError(
                f"INFO/END is {end[:20]}, which is not between POS and the end of {line.contig} ({length:,})",
                where=line.where, fix="repair the record",
            )  # fmt: skip
        return Change(line.contig, start, stop, "") if stop > start else None


def _seen_with(change: Change, ruler: Ruler, joints: Sequence[Joint]) -> Seen:
    """What a change does with the first of the joint changes that one codon of the transcript reads."""
    for joint in joints:
        if joint.parts and joint.codon == split_codon(ruler, change.start):
            seen = seen_across(seen_generally(change, ruler), ruler, joint.parts)
        elif not joint.parts and is_in_one_codon(ruler, joint.change):
            seen = seen_generally(joint.change, ruler)
        else:
            continue
        return seen._replace(messages=(*seen.messages, COMPOUND), others=joint.others)
    return seen_generally(change, ruler)


def _spoken(rows: list[_Row]) -> _Row:
    """Of the chosen transcripts' rows, in order, the one to speak of; each gene speaks through one."""
    by_gene: dict[tuple[str, str], _Row] = {}
    for row in rows:
        transcript = row[1].transcript
        gene = transcript.contig, transcript.gene_id
        held = by_gene.get(gene)
        if held is None or _speaks_before(row, held):
            by_gene[gene] = row
    return min(by_gene.values())


def _speaks_before(row: _Row, held: _Row) -> bool:
    """True when `row`, which comes later in the order, and not `held` speaks for their gene.

    METHOD: a MANE Plus Clinical transcript speaks only where its impact is greater than that of the gene's MANE
    Select: that set exists for what MANE Select cannot name (Morales et al. 2022). Among transcripts chosen for the
    same reason (several of a site's list) the most severe effect speaks.
    """
    if row[1].reason in (held[1].reason, MANE_CLINICAL):
        return False
    return row[2] <= held[2]


def annotate(
    calls: Path | str,
    reference: Path | str,
    genes: Path | str,
    output: Path | str,
    *,
    population: Path | str | None = None,
    transcripts: Path | str | None = None,
    tumor_bam: Path | str | None = None,
    samples: tuple[str | None, str | None] = (None, None),
    options: AnnotateOptions = _DEFAULTS,
) -> AnnotationCounts:
    """Write `output` (BGZF, with `.tbi`): the records of `calls` with ANN, TXC and, with `population`, POPAF_MAX.

    All other columns and keys are kept as they are; ANN, TXC and POPAF_MAX of an earlier annotation are replaced.
    `samples` are the names of tumor and normal, when the user says them; they, or what the file says of them, stand
    in the header as `##tumor_sample` and `##normal_sample`. `tumor_bam`: reads that are asked whether neighboring
    calls without a phase lie on the same molecules.

    Raises: MissingInputError; InputError with line or record for a broken file or unsorted calls;
    ReferenceMismatchError when calls, genes or population belong to another reference; OutputError.
    """
    with ExitStack() as stack:
        fasta = stack.enter_context(open_reference(reference))
        vcf = stack.enter_context(VcfText(calls, role="the VCF of calls"))
        check_contigs(fasta, vcf.header.contig_lengths, where=str(calls))
        models = GeneModels(read_gff3(genes, fasta.lengths), read_listed(transcripts) if transcripts else ())
        annotator = Annotator(fasta, models, options)
        resource = stack.enter_context(Population(population, annotator.sequence)) if population else None
        files = {"Genes": genes, "Population": population, "Transcripts": transcripts}
        lines = iter(vcf)
        first = next(lines, None)
        found = samples_of(vcf.header, str(calls), tumor=samples[0], normal=samples[1], first=first)
        column = vcf.header.samples.index(found[0]) if found and found[0] in vcf.header.samples else None
        reads = stack.enter_context(ReadPhase(tumor_bam, reference)) if tumor_bam else None
        run = _Run(annotator, resource, column, reads)
        records = lines if first is None else chain((first,), lines)
        write_vcf(output, _header(vcf, files, found), run.lines(records))
        return run.counts()


def read_listed(path: Path | str) -> tuple[str, ...]:
    """Transcript identifiers of a site's list: the last of the columns of each line; `#` begins a comment.

    Raises: MissingInputError, InputError for a list that is empty or no text.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the list of transcripts is missing", where=str(path), fix="check --transcripts")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            "the list of transcripts is no text", where=str(path), fix="one transcript a line"
        ) from error
    names = tuple(fields[-1] for line in lines if (fields := line.partition("#")[0].split()))
    if not names:
        raise InputError("the list of transcripts is empty", where=str(path), fix="one transcript a line")
    return names


def _header(
    vcf: VcfText, files: dict[str, Path | str | None], samples: tuple[str, str | None] | None
) -> Iterator[str]:
    named = ("##tumor_sample=", "##normal_sample=") if samples else ()
    dropped = (*named, "##oncopipe_annotate=", *(f"##INFO=<ID={key}{end}" for key in _OURS for end in (",", ">")))
    yield from (line for line in vcf.header.lines if not line.startswith(dropped))
    yield from INFO_LINES
    # Names without folders: the same input gives the same bytes wherever it lies.
    told = "".join(f",{key}={_quoted(Path(path).name)}" for key, path in files.items() if path is not None)
    if samples:
        yield f"##tumor_sample={samples[0]}"
        if samples[1]:
            yield f"##normal_sample={samples[1]}"
    yield f"##oncopipe_annotate=<Version={version('oncopipe')}{told}>"
    yield vcf.header.columns


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _info_of_others(text: str) -> list[str]:
    """INFO without the keys that are written anew."""
    if text == ".":
        return []
    if not _MAY_BE_OURS.search(text):
        return [text]
    return [part for part in text.split(";") if part.partition("=")[0] not in _OURS]


class _Run:
    """One pass over the calls, counting."""

    def __init__(
        self, annotator: Annotator, population: Population | None, column: int | None, reads: ReadPhase | None
    ) -> None:
        """`column`: the sample whose phase is read, the tumor; `reads`: its reads."""
        self._reads = reads
        self._annotator = annotator
        self._population = population
        self._column = column
        self._n_records = self._n_alleles = self._n_with_transcript = self._n_with_frequency = 0
        self._seen: dict[str, int] = {}

    def counts(self) -> AnnotationCounts:
        return AnnotationCounts(self._n_records, self._n_alleles, self._n_with_transcript, self._n_with_frequency)

    def lines(self, records: Iterable[VcfLine]) -> Iterator[str]:
        annotator, split = self._annotator, self._annotator.split_codons
        for cluster in clusters(records, lambda line: reach_of(line, self._column, self._reads, split)):
            for line in cluster:
                self._check_order(line)
            changes = [annotator.changes_of_line(line) for line in cluster]
            joints: dict[tuple[int, int], list[Joint]] = {}
            if len(cluster) > 1:
                joints = joints_of(annotator.sequence, cluster, changes, self._column, self._reads, split)
            for r, line in enumerate(cluster):
                by_allele = [joints.get((r, a), []) for a in range(len(changes[r]))] if joints else None
                yield self._annotated(line, changes[r], by_allele)

    def _check_order(self, line: VcfLine) -> None:
        contig = line.contig
        if contig not in self._annotator.sequence.lengths:
            check_contigs(self._annotator.sequence.reference, {contig: -1}, where=line.where)
        last = self._seen.get(contig)
        if last is not None and line.position < last:
            raise InputError(
                f"the calls are not sorted: {contig}:{line.position + 1} comes too late", where=line.where,
                fix="sort them with `bcftools sort`",
            )  # fmt: skip
        if last is None:
            for other in self._seen:
                self._seen[other] = 1 << 62  # no record of an earlier contig may follow
        self._seen[contig] = line.position

    def _annotated(self, line: VcfLine, changes: list[Change | None], joints: list[list[Joint]] | None) -> str:
        self._n_records += 1
        self._n_alleles += len(changes)
        entries: list[str] = []
        reasons: list[str] = []
        for a, (change, alternate) in enumerate(zip(changes, line.alternates, strict=True)):
            joined = joints[a] if joints else ()
            texts, reason = self._annotator.texts(change, alternate, joined) if change else ([], None)
            entries += texts
            reasons.append(reason or ".")
            self._n_with_transcript += reason is not None
        info = _info_of_others(line.fields[7])
        if entries:
            info.append("ANN=" + ",".join(entries))
            info.append("TXC=" + ",".join(reasons))
        if self._population is not None:
            values = [self._population.frequency(change) if change else None for change in changes]
            if any(value is not None for value in values):
                self._n_with_frequency += sum(value is not None for value in values)
                info.append("POPAF_MAX=" + ",".join(["." if v is None else f"{v:.6g}" for v in values]))
        line.fields[7] = ";".join(info) or "."
        return "\t".join(line.fields)
