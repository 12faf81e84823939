"""What a report says, kept small, so that a later one can tell what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oncopipe.data.findings import Findings, Model, Variant
from oncopipe.report.catalogue import Text, text
from oncopipe.report.figures import percent
from oncopipe.report.rows import name_of, tier_of
from oncopipe.report.selection import Selection, Source, select


class Reported(Model):
    """A variant of tier I or II as a report named it."""

    name: str
    tier: str
    vaf: float


class Snapshot(Model):
    """What one report said: all of tier I and II with VAF, the tier of every other variant, quality, releases."""

    digest: str
    patient: str
    sample: str
    reported: str | None = None
    quality: str
    knowledge: dict[str, str]
    actionable: list[Reported]
    others: dict[str, str]  # name -> tier


@dataclass(frozen=True)
class Changes:
    """Differences to an earlier report, most important first; `against` says to which. `vafs`: what stayed, its VAF."""

    against: Text
    lines: tuple[Text, ...]
    vafs: tuple[Text, ...] = ()

    @property
    def all_lines(self) -> tuple[Text, ...]:
        return (*self.lines, *self.vafs) or (text("since.same"),)


def snapshot_of(source: Source, selection: Selection | None = None) -> Snapshot:
    """What a report of these findings says. `selection` where the variants have been read already."""
    head, chosen = source.head, selection or select(source.variants())
    return Snapshot(
        digest=source.digest,
        patient=head.identity.patient,
        sample=head.identity.sample,
        reported=head.identity.reported,
        quality=head.quality.status,
        knowledge={k.name: k.release for k in head.provenance.knowledge},
        actionable=[_reported(v) for v in chosen.actionable],
        others=chosen.others,
    )


def changes(old: Snapshot, new: Snapshot, head: Findings, against: Text | None = None) -> Changes:
    """What differs in `new`, whose findings are `head`: lost, new, moved, then what stayed with its VAF.

    A variant that is no longer called is 'not detected' only where the findings give the limit of its gene.
    """
    before, after = ({v.name: v for v in s.actionable} for s in (old, new))
    limits = limits_of(head)
    lines = [_gone(v, limits) for v in old.actionable if v.name not in after and v.name not in new.others]
    lines += [_moved(v.name, v.tier, new.others[v.name]) for v in old.actionable if v.name in new.others]
    for variant in new.actionable:
        if (known := before.get(variant.name)) is not None:
            if known.tier != variant.tier:
                lines.append(_moved(variant.name, known.tier, variant.tier))
        elif variant.name in old.others:
            lines.append(_moved(variant.name, old.others[variant.name], variant.tier))
        else:
            lines.append(text("since.new", name=variant.name, tier=variant.tier, vaf=percent(variant.vaf)))
    if old.quality != new.quality:
        lines.append(text("since.quality", old=text(f"status.{old.quality}"), new=text(f"status.{new.quality}")))
    for name in sorted({*old.knowledge, *new.knowledge}):
        releases = [s.knowledge.get(name) or text("page.none") for s in (old, new)]
        if releases[0] != releases[1]:
            lines.append(text("since.knowledge", name=name, old=releases[0], new=releases[1]))
    vafs = [
        text("since.vaf", name=v.name, old=percent(before[v.name].vaf), new=percent(v.vaf))
        for v in new.actionable
        if v.name in before and before[v.name].vaf != v.vaf
    ]
    date = old.reported or text("since.no_date")
    return Changes(against or text("since.first", sample=old.sample, date=date), tuple(lines), tuple(vafs))


def _reported(variant: Variant) -> Reported:
    return Reported(name=name_of(variant), tier=tier_of(variant), vaf=variant.tumor.vaf)


def _moved(name: str, old: str, new: str) -> Text:
    return text("since.tier", name=name, old=old, new=new)


def _gone(variant: Reported, limits: Mapping[str, float]) -> Text:
    limit = limits.get(variant.name)
    said = text("since.gone_unknown") if limit is None else text("since.gone_limit", limit=percent(limit))
    return text("since.gone", name=variant.name, tier=variant.tier, vaf=percent(variant.vaf), limit=said)


def limits_of(head: Findings) -> dict[str, float]:
    """Limits of targets that name one change, as in a variant's name; a limit of a whole gene says less."""
    return {
        f"{n.gene} {n.target if n.target.startswith('p.') else 'p.' + n.target}": n.limit
        for n in head.negatives
        if n.status == "not_detected" and n.limit is not None
    }
