"""What the findings of a run say, without counts and digests: a text that stays the same until a decision changes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from oncopipe.data.findings import Findings, Variant


def golden_text(findings: Iterable[Findings]) -> str:
    """Findings as JSON of names, tiers, evidence, negatives and quality, sample by sample."""
    return json.dumps({f.identity.sample: _said(f) for f in findings}, indent=1, sort_keys=True) + "\n"


def _said(findings: Findings) -> dict[str, Any]:
    return {
        "patient": findings.identity.patient,
        "diagnosis": findings.identity.diagnosis_code,
        "normal": findings.identity.normal,
        "quality": findings.quality.status,
        "actionable": [_variant(v) for v in findings.actionable()],
        "other": sorted(
            f"{v.tier.tier} {v.gene} {v.hgvs_c} {v.hgvs_p}" for v in findings.variants if v.tier.tier > "II"
        ),
        "biomarkers": {m.name: m.status for m in findings.biomarkers},
        "negatives": sorted(f"{n.gene} {n.target}: {n.status}" for n in findings.negatives),
        "profiles": sorted(f"{p.condition}: {p.truth}" for p in findings.profiles),
        "knowledge": {k.name: k.release for k in findings.provenance.knowledge},
    }


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "place": f"{variant.chromosome}:{variant.position} {variant.reference}>{variant.alternate}",
        "names": [variant.gene, variant.transcript, variant.hgvs_c, variant.hgvs_p],
        "consequence": variant.consequence,
        "tier": f"{variant.tier.tier}-{variant.tier.level}",
        "reason": variant.tier.reason,
        "evidence": [e.evidence_id or e.regulatory_label or e.source for e in variant.evidence],
    }
