"""Depth and supporting reads of each allele, from whatever keys a caller writes.

Sources: the keys' descriptions in the headers of Mutect2, DRAGEN, DeepSomatic (AD), VarDict (AD; VD), VarScan2 (RD, AD),
Strelka2 (tier counts AU, CU, GU, TU; TAR, TIR) and PCGR's exchange format (ADT, ADC; INFO/TVAF, TDP). The keys that are
there decide, not the caller's name: files are merged, filtered and renamed.
"""

from __future__ import annotations

from collections.abc import Callable

from oncopipe.data.variants import AlleleCounts
from oncopipe.io.vcf_lines import VcfLine

_DIGITS = 9
Values = dict[str, str]
Counts = list[AlleleCounts | None]


def allele_counts(line: VcfLine, column: int) -> Counts:
    """Counts of each alternate allele in one sample; None where the record does not tell them."""
    values = line.samples(column)
    for way in _WAYS:
        if (counts := way(line, values)) is not None:
            return counts
    return [None] * len(line.alternates)


def counts_in_info(line: VcfLine, vaf_key: str, depth_key: str) -> Counts:
    """The same from INFO, as PCGR's exchange format has it: TVAF and TDP, CVAF and CDP."""
    n = len(line.alternates)
    depth = _whole(line.info(depth_key))
    if depth is None:
        return [None] * n
    return _from_fractions((line.info(vaf_key) or "").split(","), depth, n) or [None] * n


def combined_counts(line: VcfLine, column: int, letter: str) -> Counts:
    """The same from one column that holds both samples: ADT and DPT of the tumor, ADC and DPC of the control."""
    values = line.samples(column)
    depths = _many(values.get(f"AD{letter}"))
    n = len(line.alternates)
    if depths is None or len(depths) != n + 1:
        return [None] * n
    return _counts(depths[0], depths[1:], _whole(values.get(f"DP{letter}")))


def _counts(reference: int, alternates: list[int], depth: int | None) -> Counts:
    total = max(reference + sum(alternates), depth or 0)
    return [AlleleCounts(total, reference, alternate) for alternate in alternates]


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and _is_count(text) else None


def _many(text: str | None) -> list[int] | None:
    parts = (text or "").split(",")
    return [int(part) for part in parts] if all(map(_is_count, parts)) else None


def _is_count(text: str) -> bool:
    """A whole number that reads can have: more digits than nine are damage."""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS


def _by_ad(line: VcfLine, values: Values) -> Counts | None:
    """AD with a number for each allele: Mutect2, DRAGEN, DeepSomatic, VarDict, HaplotypeCaller, OncoPipe."""
    depths = _many(values.get("AD"))
    if depths is None or len(depths) != len(line.alternates) + 1:
        return None
    return _counts(depths[0], depths[1:], _whole(values.get("DP")))


def _by_base_tiers(line: VcfLine, values: Values) -> Counts | None:
    """Strelka2's SNVs: tier 1 of AU, CU, GU, TU. VAF = alternate / (alternate + reference), so the depth is their sum."""
    tiers = {base: _many(values.get(f"{base}U")) for base in "ACGT"}
    bases = [line.reference.upper(), *(alternate.upper() for alternate in line.alternates)]
    counts = [tier[0] for base in bases if (tier := tiers.get(base))]
    return _counts(counts[0], counts[1:], None) if len(counts) == len(bases) else None


def _by_indel_tiers(line: VcfLine, values: Values) -> Counts | None:
    """Strelka2's indels: tier 1 of TAR and TIR. VAF = TIR / (TIR + TAR)."""
    reference, alternate = _many(values.get("TAR")), _many(values.get("TIR"))
    if reference is None or alternate is None or len(line.alternates) != 1:
        return None
    return _counts(reference[0], alternate[:1], None)


def _by_single_depths(line: VcfLine, values: Values) -> Counts | None:
    """One alternate: VarDict's VD of DP with RD by strand; VarScan2's RD and AD; freebayes' RO and AO."""
    if len(line.alternates) != 1:
        return None
    depth = _whole(values.get("DP"))
    if (alternate := _whole(values.get("VD"))) is not None:
        reference = sum(_many(values.get("RD")) or [max(0, (depth or alternate) - alternate)])
        return _counts(reference, [alternate], depth)
    for key_reference, key_alternate in (("RD", "AD"), ("RO", "AO")):
        single, alternate = _whole(values.get(key_reference)), _whole(values.get(key_alternate))
        if single is not None and alternate is not None:
            return _counts(single, [alternate], depth)
    return None


def _by_fraction(line: VcfLine, values: Values) -> Counts | None:
    """AF or VAF of DP where no counts are told: rounded to whole reads."""
    depth = _whole(values.get("DP"))
    fractions = values.get("AF") or values.get("VAF")
    return (
        None if depth is None or not fractions else _from_fractions(fractions.split(","), depth, len(line.alternates))
    )


def _from_fractions(texts: list[str], depth: int, n: int) -> Counts | None:
    alternates = []
    for text in texts:
        try:
            fraction = float(text)
        except ValueError:
            return None
        if not 0 <= fraction <= 1:
            return None
        alternates.append(round(fraction * depth))
    if len(alternates) != n:
        return None
    return _counts(max(0, depth - sum(alternates)), alternates, depth)


_WAYS: tuple[Callable[[VcfLine, Values], Counts | None], ...] = (
    _by_ad,
    _by_base_tiers,
    _by_indel_tiers,
    _by_single_depths,
    _by_fraction,
)
