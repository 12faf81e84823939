"""What became of a patient's variants from sample to sample, and the depth at target sites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from oncopipe.cli.main import main
from oncopipe.data.findings import Findings, Negative, Variant
from oncopipe.data.samples import Sample, SampleSheet
from oncopipe.io.findings import write_findings
from oncopipe.io.limits import Limits, Site, SiteLimit, write_limits
from oncopipe.report.catalogue import words
from oncopipe.report.content import Beside, content_of
from oncopipe.report.coverage import LABEL, coverage_plot
from oncopipe.report.html import write_report
from oncopipe.report.selection import InMemory
from tests import findings_builder as build


def sample(name: str, *variants: Variant, negatives: Sequence[Negative] = (), **fields: Any) -> Findings:
    """Findings of one of the patient's samples."""
    return build.findings(list(variants), negatives=list(negatives), identity=build.identity(sample=name, **fields))


V600E_LIMIT = build.Negative(
    gene="BRAF", target="V600E", status="not_detected", limit=0.021, depth=300, n_sites=1, n_assessable=1
)


def three_samples() -> tuple[Findings, Findings, Findings]:
    """BRAF goes from 34 % to not detected to 8 %; NRAS is called in the last one only, without an earlier limit."""
    return (
        sample("T1", build.braf_v600e(), collected="2031-01-01"),
        sample("T2", negatives=[V600E_LIMIT], collected="2031-02-01"),
        sample("T3", build.braf_v600e(20, 250), build.nras_q61r(), collected="2031-03-01", timepoint="relapse"),
    )


def test_history__follows_each_variant_through_the_samples() -> None:
    first, second, last = map(InMemory, three_samples())
    history = content_of(last, Beside(earlier=(first, second))).history
    assert history is not None and [name for name, _ in history.samples] == ["T1", "T2", "T3"]
    assert history.samples[2][1] == "2031-03-01 relapse"
    said = {course.name: [words(point.says) for point in course.points] for course in history.courses}
    assert said["BRAF p.V600E"] == ["34.2 % (28.8–39.8)", "not detected (≥ 2.1 % VAF)", "8.0 % (5.1–11.8)"]
    assert said["NRAS p.Q61R"][:2] == ["not called; limit not measured"] * 2
    assert [words(course.short) for course in history.courses] == ["< 2.1 % → 8.0 %", "? → 2.2 %"]


def test_history__draws_no_line_across_a_sample_without_the_variant() -> None:
    first, second, last = map(InMemory, three_samples())
    history = content_of(last, Beside(earlier=(first, second))).history
    assert history is not None
    chart = history.courses[0].chart
    assert chart.line.count("M") == 2 and "L" not in chart.line
    assert (len(chart.dots), len(chart.absent), len(chart.unknown)) == (2, 1, 0)
    together = content_of(last, Beside(earlier=(first,))).history
    assert together is not None and together.courses[0].chart.line.count("L") == 1
    assert together.courses[0].chart.dots[0][1] < together.courses[0].chart.dots[1][1]  # higher VAF stands higher


def test_history__keeps_what_only_an_earlier_sample_had() -> None:
    first, second, _ = map(InMemory, three_samples())
    history = content_of(second, Beside(earlier=(first,))).history
    assert history is not None and words(history.courses[0].short) == "34.2 % → < 2.1 %"
    assert content_of(first).history is None


def test_report_command__compares_with_the_last_and_draws_all(tmp_path: Path) -> None:
    paths = []
    for made in three_samples():
        write_findings(made, tmp_path / f"{made.identity.sample}.json")
        paths.append(str(tmp_path / f"{made.identity.sample}.json"))
    arguments = ["--findings", paths[2], "--previous", paths[0], "--previous", paths[1]]
    with pytest.raises(SystemExit) as stop:
        main(["report", *arguments, "--output", str(tmp_path / "r.html")])
    assert stop.value.code in (0, None)
    page = (tmp_path / "r.html").read_text()
    assert "Compared with T2" in page.replace("<bdi>", "").replace("</bdi>", "")
    assert page.count('<svg class="course"') == 4  # two variants, on page one and under changes


def test_sheet__earlier_samples_go_by_day_else_as_they_stand() -> None:
    dated = SampleSheet(
        (
            Sample("P", "B", "tumor", collected="2031-02-01"),
            Sample("P", "N", "normal"),
            Sample("P", "A", "tumor", collected="2031-01-01"),
            Sample("Q", "C", "tumor", collected="2030-01-01"),
        )
    )
    assert [s.sample for s in dated.earlier("B")] == ["A"] and dated.earlier("A") == dated.earlier("N") == []
    undated = SampleSheet((Sample("P", "B", "tumor"), Sample("P", "A", "tumor", collected="2031-01-01")))
    assert [s.sample for s in undated.earlier("A")] == ["B"]


def limits() -> Limits:
    rows = [
        SiteLimit(Site("KRAS", "codon G12", "snv", "chr12", 100, 103), 412, 0.021),
        SiteLimit(Site("KRAS", "codon G12", "insertion", "chr12", 100, 103), 412, None, "repeat"),
        SiteLimit(Site("KRAS", "codon G13", "snv", "chr12", 97, 100), 40, 0.12),
        SiteLimit(Site("BRAF", "codon V600", "snv", "chr7", 50, 53), 0, None, "not covered"),
    ]
    return Limits(tuple(rows), "P01-T")


def test_coverage_plot__bars_are_depths_in_the_order_of_the_genome() -> None:
    plot = coverage_plot(limits(), ["NRAS", "KRAS"], 0.05)
    assert [row.gene for row in plot.rows] == ["NRAS", "KRAS", "BRAF"] and plot.top == 500
    nras, kras, braf = plot.rows
    assert nras.bars == () and words(nras.says) == "no site measured"
    assert [bar.is_seen for bar in kras.bars] == [False, True] and kras.bars[0].x == LABEL < kras.bars[1].x
    assert kras.bars[1].height / kras.bars[0].height == pytest.approx(412 / 40, rel=0.05)
    assert words(kras.says) == "1 of 2 sites; depth 40, median 226" and not braf.bars[0].is_seen


def test_report_command__draws_the_limits_of_its_own_tumor_only(tmp_path: Path) -> None:
    write_findings(build.fullest(), tmp_path / "f.json")
    for name, tumor in (("own", "P01-T"), ("other", "P02-T")):
        write_limits(Limits(limits().rows, tumor), tmp_path / f"{name}.tsv")
    arguments = ["report", "--findings", str(tmp_path / "f.json"), "--output", str(tmp_path / "r.html"), "--limits"]
    with pytest.raises(SystemExit) as stop:
        main([*arguments, str(tmp_path / "other.tsv")])
    assert stop.value.code == 78 and not (tmp_path / "r.html").exists()
    with pytest.raises(SystemExit) as stop:
        main([*arguments, str(tmp_path / "own.tsv")])
    assert stop.value.code in (0, None) and '<svg class="depths"' in (tmp_path / "r.html").read_text()


def test_page_one__says_how_many_target_sites_could_be_read(tmp_path: Path) -> None:
    write_report(build.fullest(), tmp_path / "r.html")
    content = content_of(InMemory(build.fullest()))
    assert content.trust.assessed is not None and content.trust.is_blind
    assert words(content.trust.assessed) == (
        "80.0 % of the target sites of this diagnosis could be assessed (96 of 120), to a VAF of 8.0 % or less."
    )
    assert content_of(InMemory(build.melanoma())).trust.assessed is None


def test_write_report__hostile_history_and_limits_are_inert(tmp_path: Path) -> None:
    bad = Site(build.HOSTILE.replace("\x00", ""), build.HOSTILE, "snv", build.HOSTILE, 1, 4)
    first, second = InMemory(build.hostile()), InMemory(build.hostile())
    beside = Beside(earlier=(first,), limits=Limits((SiteLimit(bad, 9, None, build.HOSTILE),)))
    write_report(second.head, tmp_path / "r.html", beside=beside)
    page = (tmp_path / "r.html").read_text()
    assert 'class="course"' in page and 'class="depths"' in page
    assert page.count("<script") == 2 and "<img" not in page and page.count("</style>") == 2
    assert not any(c in page for c in "\x00\u202e")
