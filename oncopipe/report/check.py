"""Is the minimal content of a molecular report in these findings? What is missing is named.

METHOD: the items are those of a published table of minimal content (PMC9588890, table 3), as far as findings can hold
them: identifiers, dates, specimen with tumor content, method and target, limits of detection, results with nomenclature
and VAF, limitations, and what the knowledge was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oncopipe.data.findings import Findings, Variant
from oncopipe.report.selection import Source

MAX_NAMED = 5  # variants that one line names
_HGVS_C = re.compile(r"[cn]\.\S+")


@dataclass(frozen=True)
class Missing:
    """An item that is not there: which, where in the findings, and where it comes from."""

    item: str
    where: str
    fix: str

    def __str__(self) -> str:
        return f"{self.item}: {self.where}; {self.fix}"


def missing_content(source: Source) -> list[Missing]:
    """What a molecular report must hold and these findings do not, in the order of the page."""
    head = source.head
    missing = [item for item, is_there in _of_the_report() if not is_there(head)]
    return [*missing, *_of_variants(source.variants())]


_SHEET = "give it in the sample sheet"


def _of_the_report() -> Iterable[tuple[Missing, Callable[[Findings], object]]]:
    yield (
        Missing("second identifier of the patient", "$.identity.external_id", _SHEET),
        lambda f: f.identity.external_id,
    )
    for name, item in (
        ("diagnosis_code", "diagnosis"),
        ("specimen", "specimen"),
        ("assay", "assay and what it targets"),
        ("collected", "date of collection"),
        ("received", "date of receipt"),
        ("reported", "date of report"),
    ):
        yield Missing(item, f"$.identity.{name}", _SHEET), _identity_has(name)
    yield (
        Missing("tumor content", "$.identity.purity", _SHEET),
        lambda f: f.identity.purity is not None,
    )
    yield (
        Missing(
            "quality of the data", "$.quality.metrics", "measure it with 'oncopipe qc' and give it to 'interpret'"
        ),
        lambda f: f.quality.metrics and f.quality.status != "NOT_ASSESSED",
    )
    yield (
        Missing("limits of detection", "$.negatives", "let 'oncopipe interpret' measure them: it needs the evidence"),
        lambda f: f.negatives,
    )
    yield Missing("limitations", "$.limitations", "make the findings again"), lambda f: f.limitations
    yield (
        Missing("reference build", "$.provenance.reference", "give --build to 'oncopipe interpret'"),
        lambda f: f.provenance.reference not in ("", "unknown"),
    )
    yield Missing("how variants were called", "$.provenance.caller", "name it in the VCF's header"), _names_caller
    yield (
        Missing("release of the knowledge", "$.provenance.knowledge", "give --knowledge to 'oncopipe interpret'"),
        lambda f: f.provenance.knowledge and all(k.release for k in f.provenance.knowledge),
    )


def _identity_has(name: str) -> Callable[[Findings], object]:
    return lambda findings: getattr(findings.identity, name)


def _names_caller(findings: Findings) -> bool:
    return findings.provenance.caller.strip().lower() not in ("", "unknown")


def _of_variants(variants: Iterable[Variant]) -> list[Missing]:
    """What variants of tier I and II lack: nomenclature with its transcript, and a VAF that was counted."""
    unnamed: list[str] = []
    uncounted: list[str] = []
    for i, v in enumerate(variants):
        if not v.tier.is_actionable:
            continue
        if not (v.gene and v.transcript and v.hgvs_c and _HGVS_C.fullmatch(v.hgvs_c)):
            unnamed.append(f"$.variants[{i}]")
        if not v.tumor.depth:
            uncounted.append(f"$.variants[{i}]")
    return [
        Missing(item, _named(places), fix)
        for item, places, fix in (
            ("nomenclature (gene, transcript, HGVS c.)", unnamed, "annotate the calls with 'oncopipe annotate'"),
            ("VAF", uncounted, "the calls need allele counts (FORMAT AD)"),
        )
        if places
    ]


def _named(places: list[str]) -> str:
    more = f" and {len(places) - MAX_NAMED} more" if len(places) > MAX_NAMED else ""
    return ", ".join(places[:MAX_NAMED]) + more
