"""ClinVar's VCF: what submitters say of a variant in the germline, by coordinates."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from pathlib import Path

from oncopipe.io.vcf_lines import VcfLine, VcfText, is_sequence
from oncopipe.knowledge.statements import CONTROL
from oncopipe.knowledge.tables import Reading, Reject

COLUMNS = ("chromosome", "position", "reference", "alternate", "id", "significance", "review", "gene", "origin")
_N_KEY = 4  # columns that say which allele it is
# Stars of ClinVar's review status.
STARS = {
    "practice_guideline": 4,
    "reviewed_by_expert_panel": 3,
    "criteria_provided,_multiple_submitters,_no_conflicts": 2,
    "criteria_provided,_multiple_submitters": 2,
    "criteria_provided,_single_submitter": 1,
    "criteria_provided,_conflicting_interpretations": 1,
    "criteria_provided,_conflicting_classifications": 1,
}
_BUILDS = ("GRCh37", "GRCh38")


def read_clinvar(path: Path) -> Reading:
    """Records with a significance, contigs without `chr`, positions as in the VCF.

    Of several records of one allele the first stays. Raises: MissingInputError; InputError with the line for what is no VCF.
    """
    rows: dict[tuple[str, ...], tuple[int, tuple[str, ...]]] = {}
    rejects: list[Reject] = []
    n_rows = 0
    with VcfText(path, role="the ClinVar VCF") as vcf:
        build = next((b for b in _BUILDS if b in (vcf.header.value("reference") or "")), "unknown")
        for line in vcf:
            n_rows += 1
            number = int(line.where.rsplit(" ", 1)[1])
            reason = _fault(line)
            if reason is None:
                row = _row(line)
                first, _ = rows.setdefault(row[:_N_KEY], (number, row))
                reason = None if first == number else f"the same allele stands in line {first}"
            if reason is not None:
                rejects.append(Reject(path.name, number, reason, " ".join(line.fields[:5])[:80]))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Reading(
        [], rejects, n_rows, [digest], rows=sorted(row for _, row in rows.values()), facts={"build": build}
    )


def contig_key(contig: str) -> str:
    """A contig's name without `chr`; M is MT."""
    name = contig.removeprefix("chr")
    return "MT" if name == "M" else name


def rows_at(
    path: Path, keys: Container[tuple[str, int, str, str]]
) -> dict[tuple[str, int, str, str], dict[str, str]]:
    """The rows of an imported table at these alleles (contig without `chr`, 1-based position, reference, alternate)."""
    found = {}
    with path.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            key = (cells[0], int(cells[1]), cells[2], cells[3])
            if key in keys:
                found[key] = dict(zip(COLUMNS, cells, strict=True))
    return found


def _fault(line: VcfLine) -> str | None:
    if len(line.alternates) != 1 or not is_sequence(line.alternates[0]):
        return "no single alternate allele with known bases"
    if not line.info("CLNSIG"):
        return "no clinical significance of this variant alone"
    if any(CONTROL.search(field) for field in line.fields):
        return "the line holds control characters"
    return None


def _row(line: VcfLine) -> tuple[str, ...]:
    gene = (line.info("GENEINFO") or "").split("|")[0].split(":")[0]
    return (
        contig_key(line.contig), line.fields[1], line.reference.upper(), line.alternates[0].upper(), line.fields[2],
        line.info("CLNSIG") or "", line.info("CLNREVSTAT") or "", gene, line.info("ORIGIN") or "",
    )  # fmt: skip
