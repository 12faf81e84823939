"""Transcripts by place and by choice, and each as a ruler that runs 5' to 3'.

Inside this room a transcript is measured on *its own strand*: the coordinate of a genomic base `g` is `g` on the
forward strand and `-1 - g` on the reverse strand, so an interval `[start, end)` becomes `[-end, -start)`, and
everything that follows is written once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from oncopipe.annotation.alleles import SequenceCache, reverse_complement
from oncopipe.annotation.translation import translate_long
from oncopipe.data.amino_acids import MITOCHONDRIAL_CODE, SELENOCYSTEINE, STANDARD_CODE, STOP
from oncopipe.data.transcripts import Transcript
from oncopipe.errors import InputError
from oncopipe.io.annotated_vcf import escape

FEATURE = "transcript"
_BIN = 1 << 13
_MITOCHONDRIAL = frozenset({"MT", "M", "chrM", "chrMT", "NC_012920.1"})
# PERF: spliced sequences of so many transcripts are kept; calls come sorted, so few more are ever alive.
_N_RULERS = 2048
LISTED, MANE_SELECT, MANE_CLINICAL, LONGEST = "listed", "MANE_Select", "MANE_Plus_Clinical", "longest"
_TAGS = (MANE_SELECT, MANE_CLINICAL, "Ensembl_canonical", "RefSeq_Select")


class Ruler:
    """A transcript measured on its own strand: where a base lies, and what the spliced sequence is.

    `starts`, `ends`: exons on the own strand, 5' to 3'. `offsets`: index of each exon's first base in the spliced
    sequence. `cds_start`, `cds_end`: half-open in the spliced sequence. `code`: codon -> amino acid. `prefix`: "c." or
    "n.", "" where numbers cannot be trusted. `promoter`: bases before the transcript that are its promoter window.
    """

    def __init__(self, transcript: Transcript, sequence: SequenceCache, promoter: int = 0) -> None:
        self.transcript = transcript
        self.promoter = promoter
        self._sequence = sequence
        self.is_forward = transcript.strand > 0
        exons = transcript.exons if self.is_forward else [(-e, -s) for s, e in reversed(transcript.exons)]
        self.starts = [s for s, _ in exons]
        self.ends = [e for _, e in exons]
        self.offsets: list[int] = []
        self.n_bases = 0
        for start, end in exons:
            self.offsets.append(self.n_bases)
            self.n_bases += end - start
        self.n_exons = len(self.starts)
        self.is_coding = transcript.is_coding
        self.prefix = ("c." if transcript.is_plain else "") if self.is_coding else "n."
        self.cds_start = self.cds_end = -1
        self.missing = transcript.missing_bases
        if self.is_coding:
            first, last = self.interval(transcript.cds_start, transcript.cds_end)
            self.cds_start = self.spliced(first)
            self.cds_end = self.spliced(last - 1) + 1
        self.n_coding = self.cds_end - self.cds_start + self.missing
        self.code = MITOCHONDRIAL_CODE if transcript.contig in _MITOCHONDRIAL else STANDARD_CODE

    def interval(self, start: int, end: int) -> tuple[int, int]:
        """A genomic interval on the own strand."""
        return (start, end) if self.is_forward else (-end, -start)

    def bases(self, start: int, end: int) -> str:
        """The bases of an interval on the own strand, read 5' to 3'; clipped to the contig."""
        contig = self.transcript.contig
        length = self._sequence.lengths[contig]
        if self.is_forward:
            return self._sequence.fetch(contig, max(0, start), min(length, end)) if end > start else ""
        start, end = max(0, -end), min(length, -start)
        return reverse_complement(self._sequence.fetch(contig, start, end)) if end > start else ""

    def exon_at(self, position: int) -> int:
        """Index of the last exon that starts at or before `position`; -1 before the first."""
        return bisect_right(self.starts, position) - 1

    def spliced(self, position: int) -> int:
        """Index in the spliced sequence of an exonic base."""
        exon = self.exon_at(position)
        return self.offsets[exon] + position - self.starts[exon]

    def position(self, index: int) -> int:
        """Where a base of the spliced sequence lies on the own strand; the reverse of `spliced`."""
        exon = bisect_right(self.offsets, index) - 1
        return self.starts[exon] + index - self.offsets[exon]

    def number(self, index: int) -> str:
        """The HGVS number of a base by its index in the spliced sequence, which runs on into both flanks."""
        if not self.is_coding:
            if index < 0:
                return str(index)
            return str(index + 1) if index < self.n_bases else f"*{index - self.n_bases + 1}"
        if index < self.cds_start:
            return str(index - self.cds_start)
        if index >= self.cds_end:
            return f"*{index - self.cds_end + 1}"
        return str(index - self.cds_start + self.missing + 1)

    @cached_property
    def label(self) -> str:
        """Fields 4 to 8 of INFO/ANN: gene, gene id, feature type, transcript, biotype."""
        t = self.transcript
        return "|".join([escape(part) for part in (t.gene, t.gene_id, FEATURE, t.identifier, t.biotype)])

    @cached_property
    def spliced_bases(self) -> str:
        return "".join([self.bases(s, e) for s, e in zip(self.starts, self.ends, strict=True)])

    @cached_property
    def coding_bases(self) -> str:
        """The coding sequence from the first base of codon 1, unknown bases before the annotated part as N."""
        return "N" * self.missing + self.spliced_bases[self.cds_start : self.cds_end]

    @cached_property
    def protein(self) -> str:
        """Amino acids of the whole codons, the stop included. TGA inside a whole reading frame is selenocysteine."""
        letters = translate_long(self.coding_bases, self.code)
        inner = letters[:-1]
        if STOP not in inner or not (letters[0] == "M" and letters[-1] == STOP and self.n_coding % 3 == 0):
            return letters
        bases = self.coding_bases
        stops = [i for i, letter in enumerate(inner) if letter == STOP]
        if any(bases[3 * i : 3 * i + 3] != "TGA" for i in stops):
            return letters
        return inner.replace(STOP, SELENOCYSTEINE) + STOP

    @cached_property
    def is_readable(self) -> bool:
        """True when the genome, read along the CDS, gives a protein: plain parts, no stop inside."""
        return self.transcript.is_plain and STOP not in self.protein[:-1]

    @cached_property
    def has_stop(self) -> bool:
        return self.protein.endswith(STOP) and self.n_coding % 3 == 0

    @cached_property
    def n_residues(self) -> int:
        """Length of the protein without its stop."""
        return len(self.protein) - (1 if self.has_stop else 0)

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """What is odd about the transcript itself, in the codes of the ANN specification."""
        if not self.is_coding:
            return ()
        found = []
        if self.n_coding % 3 or self.missing or not self.transcript.is_plain:
            found.append("WARNING_TRANSCRIPT_INCOMPLETE")
        if STOP in self.protein[:-1]:
            found.append("WARNING_TRANSCRIPT_MULTIPLE_STOP_CODONS")
        if not self.missing and self.protein[:1] not in ("M", "X"):
            found.append("WARNING_TRANSCRIPT_NO_START_CODON")
        return tuple(found)

    @cached_property
    def warnings(self) -> str:
        """The same as text of INFO/ANN."""
        return "&".join(self.messages)


@dataclass(slots=True, eq=False)
class Site:
    """A transcript and the stretch in which changes are told of it.

    `standing`: rank among all transcripts (coding first, long CDS first, then names). `reason`: why a report may speak
    of it, None when it does not.
    """

    low: int
    high: int
    transcript: Transcript
    standing: int
    is_coding: bool
    reason: str | None
    ruler: Ruler | None = None


class GeneModels:
    """All transcripts, and of each gene those that a report may speak of, with the reason."""

    def __init__(self, transcripts: Iterable[Transcript], listed: Iterable[str] = ()) -> None:
        self.transcripts = tuple(transcripts)
        self.chosen = choose_transcripts(self.transcripts, listed)


class Index:
    """Transcripts by place: the chosen ones with their flanks, the others without."""

    def __init__(self, models: GeneModels, flank: int) -> None:
        self._bins: dict[tuple[str, int], list[Site]] = {}
        for standing, transcript in enumerate(sorted(models.transcripts, key=_standing)):
            choice = models.chosen.get(id(transcript))
            margin = flank if choice else 0
            # An insertion right before the first base or behind the last touches the stretch too.
            low, high = transcript.start - margin - 1, transcript.end + margin + 1
            reason = choice[1] if choice else None
            site = Site(low, high, transcript, standing, transcript.is_coding, reason)
            for number in range(max(0, low) // _BIN, (high - 1) // _BIN + 1):
                self._bins.setdefault((transcript.contig, number), []).append(site)

    def near(self, contig: str, start: int, end: int) -> list[Site]:
        """Transcripts whose stretch `[start, end)` touches."""
        end = max(end, start + 1)
        first, last = start // _BIN, (end - 1) // _BIN
        if first == last:
            return [s for s in self._bins.get((contig, first), ()) if s.low < end and s.high > start]
        found: dict[int, Site] = {}
        for number in range(first, last + 1):
            for site in self._bins.get((contig, number), ()):
                if site.low < end and site.high > start:
                    found[site.standing] = site
        return list(found.values())


def _standing(transcript: Transcript) -> tuple[bool, int, str, str, str, int]:
    t = transcript
    return not t.is_coding, -t.n_coding_bases, t.gene, t.identifier, t.contig, t.start


def choose_transcripts(transcripts: Iterable[Transcript], listed: Iterable[str] = ()) -> dict[int, tuple[int, str]]:
    """For each transcript that a report may speak of (by `id`): its rank within the gene and the reason.

    Of each gene the site's list decides; then MANE Select (rank 0) with MANE Plus Clinical (rank 1) beside it; then
    Ensembl_canonical, RefSeq_Select, the longest CDS among protein_coding, the longest. Ties go to the smaller id.

    Raises: InputError when a listed transcript is not among the gene models.
    """
    by_gene: dict[tuple[str, str], list[Transcript]] = {}
    for transcript in transcripts:
        by_gene.setdefault((transcript.contig, transcript.gene_id), []).append(transcript)
    wanted = _listed_keys(listed, (t for group in by_gene.values() for t in group))
    chosen: dict[int, tuple[int, str]] = {}
    for group in by_gene.values():
        for rank, (transcript, reason) in enumerate(_choose(group, wanted)):
            chosen[id(transcript)] = rank, reason
    return chosen


def _listed_keys(listed: Iterable[str], transcripts: Iterable[Transcript]) -> set[str]:
    """Identifiers of the listed transcripts; a version is compared only where both sides have one."""
    full: set[str] = set()
    by_base: dict[str, list[str]] = {}
    for transcript in transcripts:
        full.add(transcript.identifier)
        by_base.setdefault(transcript.unversioned, []).append(transcript.identifier)
    wanted: set[str] = set()
    for name in listed:
        twins = by_base.get(name.partition(".")[0], [])
        matching = [t for t in twins if t == name or "." not in name or "." not in t]
        if not matching:
            here = f" (the gene models have {', '.join(sorted(set(twins)))})" if twins else ""
            raise InputError(
                f"the listed transcript {name} is not in the gene models{here}",
                where="--transcripts",
                fix="correct the list, or use the gene models that it was made for",
            )
        wanted.update(matching)
    return wanted


def _choose(group: list[Transcript], wanted: set[str]) -> list[tuple[Transcript, str]]:
    group = sorted(group, key=lambda t: t.identifier)
    if listed := [t for t in group if t.identifier in wanted]:
        return [(t, LISTED) for t in listed]
    by_tag = {tag: [t for t in group if tag in t.tags] for tag in _TAGS}
    if by_tag[MANE_SELECT]:
        return [(t, tag) for tag in (MANE_SELECT, MANE_CLINICAL) for t in by_tag[tag]]
    for tag in _TAGS[1:]:
        if by_tag[tag]:
            return [(t, tag) for t in by_tag[tag]]
    best = max(group, key=lambda t: (t.biotype == "protein_coding" and t.is_coding, t.n_coding_bases, t.n_bases))
    return [(best, LONGEST)]


class Rulers:
    """Rulers of the transcripts in use, the latest made kept; genes in `promoters` have a promoter window."""

    def __init__(self, sequence: SequenceCache, promoters: frozenset[str] = frozenset(), window: int = 0) -> None:
        self._sequence = sequence
        self._promoters, self._window = promoters, window
        self._kept: deque[Site] = deque()

    def of(self, site: Site) -> Ruler:
        """The ruler, kept at `site.ruler` until too many others have come."""
        if site.ruler is None:
            window = self._window if site.transcript.gene in self._promoters else 0
            site.ruler = Ruler(site.transcript, self._sequence, window)
            self._kept.append(site)
            if len(self._kept) > _N_RULERS:
                self._kept.popleft().ruler = None
        return site.ruler
