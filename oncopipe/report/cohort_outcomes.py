"""What became of each tumor sample of a run, from the files that stand."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from oncopipe.data.findings import Findings, Variant
from oncopipe.data.samples import Sample
from oncopipe.errors import InputError
from oncopipe.io.findings_stream import FindingsFile, open_findings
from oncopipe.report.catalogue import words
from oncopipe.report.page_one import quality_reason
from oncopipe.report.rows import name_of, tier_of

SampleStatus = Literal["done", "failed", "missing"]
TIERS = ("I", "II", "III", "IV")
# How far a sample came without findings, by the last file that stands.
STAGES = (("annotated.vcf.gz", "annotated, not interpreted"), ("somatic.vcf.gz", "called, not annotated"))
_DIGEST = re.compile(rb'name="oncopipe:footer" content="[^"]*sha256 ([0-9a-f]{12})"')
_HEAD = 4096  # bytes of a report that hold its digest


@dataclass(frozen=True)
class Outcome:
    """What became of a tumor sample that the sheet asks for."""

    sample: Sample
    normal: str | None
    status: SampleStatus
    reason: str = ""  # empty when done
    reached: int = 0  # 1 called, 2 annotated, 3 interpreted, 4 reported
    quality: str | None = None
    quality_reasons: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()  # variants of each tier, in the tiers' order; empty without findings
    top_finding: str = ""
    link: str | None = None  # from the cohort's page to the report
    is_synthetic: bool = False

    @property
    def n_actionable(self) -> int:
        return sum(self.tiers[:2])


def outcome_of(
    sample: Sample,
    normal: str | None,
    places: tuple[Path, Path],
    failed: Mapping[str, str],
    each: Callable[[Variant], None],
) -> Outcome:
    """What stands of a sample. `places` are the results folder and the cohort's own.

    `failed` holds, by sample, why a step of the run that just ended failed: what stands of such a sample is of an
    earlier run, and is not used. `each` is given every variant of findings that can be trusted to be the sample's own.
    """
    results, output = places
    folder = results / "patients" / sample.patient
    path, report = folder / f"{sample.sample}.findings.json", folder / f"{sample.sample}.report.html"
    reached, said = _reached(folder, sample.sample)
    if sample.sample in failed:
        stands = "; what stands of it is of an earlier run" if path.exists() or report.exists() else ""
        return Outcome(sample, normal, "failed", f"{failed[sample.sample]}{stands}", reached=reached)
    if not path.exists():
        return Outcome(sample, normal, "failed" if reached else "missing", said, reached=reached)
    tiers: Counter[str] = Counter()
    top: Variant | None = None
    try:
        findings = open_findings(path)
        if (wrong := _not_its_own(findings, sample, folder)) is not None:
            return Outcome(sample, normal, "failed", wrong, reached=reached)
        # PERF: read twice, since findings that break off half way must leave no row; 100,000 held at once took 1.8 GB.
        for variant in findings.variants():
            tiers[variant.tier.tier] += 1
            top = variant if top is None and variant.tier.is_actionable else top
    except InputError as error:
        return Outcome(sample, normal, "failed", error.what, reached=reached)
    for variant in findings.variants():
        each(variant)
    wrong = _wrong_report(report, findings)
    return Outcome(
        sample=sample,
        normal=normal,
        status="failed" if wrong else "done",
        reason=wrong,
        reached=3 if wrong else 4,
        quality=findings.head.quality.status,
        quality_reasons=_quality_reasons(findings.head),
        tiers=tuple(tiers[tier] for tier in TIERS),
        top_finding="none of tier I or II" if top is None else f"{name_of(top)} ({tier_of(top)})",
        link=None if wrong else quote(os.path.relpath(report, output)),
        is_synthetic=findings.head.identity.synthetic,
    )


def _reached(folder: Path, sample: str) -> tuple[int, str]:
    for n, (name, said) in zip((2, 1), STAGES, strict=True):
        if (folder / f"{sample}.{name}").exists():
            return n, said
    return 0, "no calls and no findings"


def _not_its_own(findings: FindingsFile, sample: Sample, folder: Path) -> str | None:
    """Why findings are not of this sample's calls; None when they are, or when the calls are not there to compare."""
    identity = findings.head.identity
    if (identity.patient, identity.sample) != (sample.patient, sample.sample):
        return f"its findings speak of patient {identity.patient}, sample {identity.sample}"
    calls, known = folder / f"{sample.sample}.annotated.vcf.gz", findings.head.provenance.inputs.get("calls")
    if known and calls.is_file():
        with calls.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != known:
                return "its findings were made from other calls than those that stand: run it again"
    return None


def _wrong_report(report: Path, findings: FindingsFile) -> str:
    """Why there is no report of these findings; empty when there is."""
    try:
        with report.open("rb") as file:
            found = _DIGEST.search(file.read(_HEAD))
    except FileNotFoundError:
        return "interpreted, no report"
    except OSError as error:
        return f"its report cannot be read: {error.strerror}"
    if found is None or found[1].decode("ascii") != findings.digest[:12]:
        return "its report is of other findings than those that stand: run it again"
    return ""


def _quality_reasons(findings: Findings) -> tuple[str, ...]:
    quality = findings.quality
    return tuple(
        words(quality_reason(m)) for m in quality.metrics if m.status == quality.status and m.status != "PASS"
    )
