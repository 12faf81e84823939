"""Calls to names: a VCF goes in, the same VCF comes out with INFO/ANN, TXC and POPAF_MAX."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from oncopipe.annotation import terms
from oncopipe.annotation.alleles import Change, SequenceCache, change_of
from oncopipe.annotation.consequences import intergenic_effect, transcript_effect
from oncopipe.annotation.population import Population, check_reference_bases
from oncopipe.annotation.transcripts import MANE_CLINICAL, GeneModels, Rulers
from oncopipe.data.transcripts import Transcript
from oncopipe.data.variants import Effect
from oncopipe.errors import InputError, MissingInputError
from oncopipe.io.annotated_vcf import INFO_LINES, format_effect
from oncopipe.io.fasta import Reference, check_contigs, open_reference
from oncopipe.io.gff3 import read_gff3
from oncopipe.io.vcf_lines import VcfLine, VcfText, is_sequence, write_vcf
from oncopipe.options import AnnotateOptions

_DEFAULTS = AnnotateOptions()
_NO_IMPACT = len(terms.IMPACTS) - 1
_OURS = ("ANN", "TXC", "POPAF_MAX")


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


class _Speaker(NamedTuple):
    """A transcript that may speak for its gene, what happens to it, and why it was chosen."""

    transcript: Transcript
    effect: Effect
    reason: str | None


class Annotator:
    """Names of alleles on one reference with one set of gene models. One object serves one thread."""

    def __init__(self, reference: Reference, models: GeneModels, options: AnnotateOptions = _DEFAULTS) -> None:
        self.sequence = SequenceCache(reference)
        self.models = models
        self.options = options
        self._rulers = Rulers(self.sequence)

    def names(self, change: Change, allele: str) -> AlleleNames:
        """Every entry of a change; `allele` is what ANN's first field says (the ALT).

        Flanks are told of the chosen transcripts only: a gene's many others begin and end nearly where those do.
        """
        end = change.end + change.n_shifts
        chosen, flank = self.models.chosen, self.options.flank
        rows: list[tuple[Transcript, Effect]] = []
        for transcript in self.models.near(change.contig, change.start, end, flank):
            if id(transcript) in chosen or (change.start <= transcript.end and end >= transcript.start):
                effect = transcript_effect(change, self._rulers.of(transcript), allele)
                distance = effect.distance
                if distance is None or (distance <= flank and id(transcript) in chosen):
                    rows.append((transcript, effect))
        if not rows:
            return AlleleNames((intergenic_effect(allele),), None)
        rows.sort(key=lambda row: self._order(*row))
        spoken = self._spoken(rows)
        rest = (effect for transcript, effect in rows if transcript is not spoken.transcript)
        return AlleleNames((spoken.effect, *rest), spoken.reason)

    def _order(self, transcript: Transcript, effect: Effect) -> tuple[object, ...]:
        """Sort key: impact; without one, coding genes first; severity; nearness; length; names."""
        impact = terms.IMPACTS.index(effect.impact)
        standing = self.models.standing[id(transcript)]
        severity = terms.SEVERITY[effect.consequences[0]]
        return impact, impact == _NO_IMPACT and standing[0], severity, effect.distance or 0, standing

    def _spoken(self, rows: list[tuple[Transcript, Effect]]) -> _Speaker:
        """Of the chosen transcripts the one with the most severe effect; each gene speaks through one."""
        by_gene: dict[tuple[str, str], _Speaker] = {}
        for transcript, effect in rows:
            if (choice := self.models.chosen.get(id(transcript))) is not None:
                speaker = _Speaker(transcript, effect, choice[1])
                gene = transcript.contig, transcript.gene_id
                held = by_gene.get(gene)
                by_gene[gene] = speaker if held is None or self._speaks_before(speaker, held) else held
        if not by_gene:
            return _Speaker(*rows[0], None)
        return min(by_gene.values(), key=lambda s: self._order(s.transcript, s.effect))

    def _speaks_before(self, speaker: _Speaker, held: _Speaker) -> bool:
        """True when `speaker` and not `held` speaks for their gene.

        METHOD: a MANE Plus Clinical transcript speaks only where its impact is greater than that of the gene's MANE
        Select: that set exists for what MANE Select cannot name (Morales et al. 2022). Among transcripts chosen for the
        same reason (several of a site's list) the most severe effect speaks.
        """
        if speaker.reason == held.reason:
            return self._order(speaker.transcript, speaker.effect) < self._order(held.transcript, held.effect)
        impact, held_impact = (terms.IMPACTS.index(s.effect.impact) for s in (speaker, held))
        return impact < held_impact if speaker.reason == MANE_CLINICAL else impact <= held_impact

    def names_of_line(self, line: VcfLine) -> list[tuple[Change | None, AlleleNames]]:
        """Change and names of each alternate allele; no names for what is neither bases nor `<DEL>` with an END."""
        check_reference_bases(self.sequence, line, "the calls")
        found: list[tuple[Change | None, AlleleNames]] = []
        for alternate in line.alternates:
            change = None
            if is_sequence(alternate):
                change = change_of(self.sequence, line.contig, line.position, line.reference, alternate)
            elif alternate == "<DEL>":
                change = self._symbolic_deletion(line)
            found.append((change, self.names(change, alternate) if change else AlleleNames((), None)))
        return found

    def _symbolic_deletion(self, line: VcfLine) -> Change | None:
        """The bases after POS up to INFO/END (VCF 4.2, section 5.1). Places of equal sequence are not sought."""
        end = line.info("END") or ""
        if not end.isdecimal():
            return None
        start, stop = line.position + 1, min(int(end), self.sequence.lengths[line.contig])
        return Change(line.contig, start, stop, "") if stop > start else None


def annotate(
    calls: Path | str,
    reference: Path | str,
    genes: Path | str,
    output: Path | str,
    *,
    population: Path | str | None = None,
    transcripts: Path | str | None = None,
    options: AnnotateOptions = _DEFAULTS,
) -> AnnotationCounts:
    """Write `output` (BGZF, with `.tbi`): the records of `calls` with ANN, TXC and, with `population`, POPAF_MAX.

    All other columns and keys are kept as they are; ANN, TXC and POPAF_MAX of an earlier annotation are replaced.

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
        run = _Run(annotator, resource)
        files = {"Genes": genes, "Population": population, "Transcripts": transcripts}
        write_vcf(output, _header(vcf, files), run.lines(vcf))
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


def _header(vcf: VcfText, files: dict[str, Path | str | None]) -> Iterator[str]:
    dropped = ("##oncopipe_annotate=", *(f"##INFO=<ID={key}{end}" for key in _OURS for end in (",", ">")))
    yield from (line for line in vcf.header.lines if not line.startswith(dropped))
    yield from INFO_LINES
    # Names without folders: the same input gives the same bytes wherever it lies.
    told = "".join(f",{key}={_quoted(Path(path).name)}" for key, path in files.items() if path is not None)
    yield f"##oncopipe_annotate=<Version={version('oncopipe')}{told}>"
    yield vcf.header.columns


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class _Run:
    """One pass over the calls, counting."""

    def __init__(self, annotator: Annotator, population: Population | None) -> None:
        self._annotator = annotator
        self._population = population
        self._n_records = self._n_alleles = self._n_with_transcript = self._n_with_frequency = 0
        self._seen: dict[str, int] = {}

    def counts(self) -> AnnotationCounts:
        return AnnotationCounts(self._n_records, self._n_alleles, self._n_with_transcript, self._n_with_frequency)

    def lines(self, vcf: VcfText) -> Iterator[str]:
        for line in vcf:
            self._check_order(line)
            yield self._annotated(line)

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

    def _annotated(self, line: VcfLine) -> str:
        found = self._annotator.names_of_line(line)
        self._n_records += 1
        self._n_alleles += len(found)
        entries = [format_effect(effect) for _, names in found for effect in names.effects]
        self._n_with_transcript += sum(names.choice is not None for _, names in found)
        info = [part for part in line.fields[7].split(";") if part.partition("=")[0] not in _OURS and part != "."]
        if entries:
            info.append("ANN=" + ",".join(entries))
            info.append("TXC=" + ",".join([names.choice or "." for _, names in found]))
        if self._population is not None:
            values = [self._population.frequency(change) if change else None for change, _ in found]
            if any(value is not None for value in values):
                self._n_with_frequency += sum(value is not None for value in values)
                info.append("POPAF_MAX=" + ",".join(["." if v is None else f"{v:.6g}" for v in values]))
        line.fields[7] = ";".join(info) or "."
        return "\t".join(line.fields)
