"""The report says what the findings say, in the right order, and nothing that a file brings can act in it."""

from __future__ import annotations

import re
import stat
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.main import main
from oncopipe.cli.report import command
from oncopipe.data.findings import Criterion, Evidence, Findings, Oncogenicity
from oncopipe.errors import FormatVersionError, InputError, MissingInputError
from oncopipe.io.findings import read_findings
from oncopipe.io.findings_stream import open_findings
from oncopipe.report import write_report
from oncopipe.report.catalogue import words
from oncopipe.report.content import MAX_ANSWERS, content_of
from oncopipe.report.html import clean, content_security_policy, css_string
from oncopipe.report.page_one import trust
from oncopipe.report.selection import MAX_LISTED, InMemory
from oncopipe.report.therapies import conflicts, therapy_lines
from tests import findings_builder as build
from tests.findings_builder import CASES


class Outline(HTMLParser):
    """Tags, attributes and visible text of a page."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(findings: Findings, folder: Path) -> str:
    write_report(findings, folder / "r.html")
    return (folder / "r.html").read_text(encoding="utf-8")


def page_one(html: str) -> str:
    return html[html.index('class="page-one') : html.index('id="variants"')]


def section(html: str, name: str) -> str:
    start = html.index(f'id="{name}"')
    return html[start : html.index("</section>", start)]


@pytest.mark.parametrize("case", CASES)
def test_write_report__is_whole_accessible_and_alone(case: str, tmp_path: Path) -> None:
    html = report(CASES[case](), tmp_path)
    outline = Outline(html)
    names = {tag for tag, _ in outline.tags}
    assert html.startswith("<!DOCTYPE html>")
    assert (outline.open, outline.unbalanced) == ([], [])
    assert ("html", {"lang": "en"}) in outline.tags
    assert {"main", "header", "footer", "nav", "h1"} <= names
    assert names.isdisjoint({"img", "link", "iframe", "object", "base"})
    assert [a for t, a in outline.tags if t == "script"] == [{"type": "application/json", "id": "texts"}, {}]
    csp = {"http-equiv": "Content-Security-Policy", "content": content_security_policy()}
    assert [a for t, a in outline.tags if t == "meta" and "http-equiv" in a] == [csp]
    assert all(a.get("scope") in ("col", "row", "rowgroup") for t, a in outline.tags if t == "th")
    assert not any(key.startswith("on") or key in ("src", "action", "style") for _, a in outline.tags for key in a)
    targets = {a["id"] for _, a in outline.tags if "id" in a}
    assert len(targets) == sum("id" in a for _, a in outline.tags)
    assert all((a["href"] or "").removeprefix("#") in targets for t, a in outline.tags if t == "a")
    assert len(html) < 2_000_000


def test_page_one__an_absence_stands_with_its_limit_or_as_not_assessable(tmp_path: Path) -> None:
    text = Outline(page_one(report(build.fullest(), tmp_path))).text
    assert "NRAS codons 12, 13, 59, 61 not detected (≥ 2.1 % VAF)" in text
    assert "and 5 more, NOT ASSESSABLE among them: 2" in text
    assert (
        len(re.findall("not detected", text.lower())) == len(re.findall(r"not detected \(≥ [\d.]+ % VAF\)", text)) + 1
    )
    assert "Another assay for what could not be assessed: CDKN2A truncating, TERT promoter" in text


def test_page_one__grades_and_profiles_that_hold(tmp_path: Path) -> None:
    html = report(build.fullest(), tmp_path)
    text = Outline(section(html, "answer")).text
    assert text.count("ESCAT I-A · Likely Oncogenic") == MAX_ANSWERS
    assert (
        "I-B Holds for this patient: NOT KRAS[MUTATION] – Cetuximab in this tumor , Colorectal Cancer · EID151"
        in text
    )
    assert "NRAS[MUTATION]" not in text
    behind = Outline(section(html, "profiles")).text
    assert "NOT NRAS[MUTATION] unknown –" in behind and "NOT KRAS[MUTATION] true I-B" in behind
    variants = Outline(section(html, "variants")).text
    assert "OP1 NOT ASSESSED no computational evidence was given" in variants
    assert "Where sources or systems disagree CIViC and ClinVar grade this change differently" in variants


def test_coverage__lists_every_target_with_its_limit_or_why_none(tmp_path: Path) -> None:
    text = Outline(section(report(build.fullest(), tmp_path), "coverage")).text
    assert "CDKN2A truncating NOT ASSESSABLE 0/12 11 too few fragments" in text
    assert "ROS1 kinase domain not detected (≥ 3.0 % VAF) 12/12 300" in text


def test_page_one__names_possible_germline_and_its_confirmation(tmp_path: Path) -> None:
    text = Outline(page_one(report(build.fullest(), tmp_path))).text
    assert "BRCA2 p.Ser1982ArgfsTer22: pathogenic, half of the normal's fragments. Confirm in blood" in text


@pytest.mark.parametrize("case", CASES)
def test_write_report__gives_the_same_bytes_and_a_private_file(case: str, tmp_path: Path) -> None:
    write_report(CASES[case](), tmp_path / "a.html")
    write_report(CASES[case](), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert stat.S_IMODE((tmp_path / "a.html").stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html"]


def test_write_report__asks_for_nothing(tmp_path: Path) -> None:
    html = report(build.hostile(), tmp_path)
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "http://" not in html and "https://" not in html
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|WebSocket|innerHTML|eval|import)\b", html[html.rindex("<script>") :]
    )
    assert 'http-equiv="refresh"' not in html


def test_page_one__identifies_the_patient_and_the_assay(tmp_path: Path) -> None:
    text = Outline(page_one(report(build.melanoma(), tmp_path))).text
    for said in (
        "P01", "P01-T", "P01-N", "LAB-2031-0417", "Melanoma MEL", "FFPE, skin, left forearm", "panel, 42 genes",
        "65 % by pathology", "2031-03-02", "2031-03-04", "2031-03-11", "TUMOR / NORMAL", "Research use only",
        "SYNTHETIC", "0.1.0", "civic 2021-02", "GRCh37", "Data quality: PASS", "Copy number", "not offered",
    ):  # fmt: skip
        assert said in text, said


def test_page_one__answers_with_names_interval_tier_therapy_and_evidence(tmp_path: Path) -> None:
    text = Outline(section(report(build.melanoma(), tmp_path), "answer")).text
    for said in (
        "BRAF p.V600E", "c.1799T>A", "ENST00000288602.6", "missense variant", "34.2 % (28.8–39.8)",
        "96/281", "I-A", "Dabrafenib + Trametinib", "EID1409", "low VAF", "Absence from this table is not",
    ):  # fmt: skip
        assert said in text, said
    assert text.index("BRAF") < text.index("NRAS") < text.index("TP53")
    assert "GENE" not in text  # neither unknown nor benign variants stand in the answer


def test_page_one__shows_at_most_five_rows_and_says_how_many_more(tmp_path: Path) -> None:
    html = section(report(build.crowded(), tmp_path), "answer")
    assert html.count('<th scope="rowgroup"') == MAX_ANSWERS
    assert "and 2 more" in Outline(html).text


def test_page_one__says_red_and_why_when_quality_fails(tmp_path: Path) -> None:
    html = page_one(report(build.failed(), tmp_path))
    text = Outline(html).text
    assert 'class="trust FAIL"' in html
    assert "Data quality: FAIL" in text
    assert "FAIL in P01-T: Contamination 11.7 % – more than 5 %" in text


def test_page_one__passes_no_sample_without_saying_so(tmp_path: Path) -> None:
    unmeasured = build.melanoma().model_copy(
        update={"quality": build.Quality(status="NOT_ASSESSED", sentence="No metric.", metrics=[])}
    )
    text = Outline(report(unmeasured, tmp_path)).text
    assert "Data quality: NOT ASSESSED" in text
    assert "Not assessed: neither that tumor and normal are of one person" in text


def test_page_one__marks_tumor_only_and_the_germline_doubt(tmp_path: Path) -> None:
    text = Outline(page_one(report(build.tumor_only(), tmp_path))).text
    assert "TUMOR-ONLY" in text and "SYNTHETIC" not in text
    assert "inherited heterozygous variant: TP53 p.R175H." in text
    assert "Sequence normal tissue, to tell inherited from somatic." in text


def test_page_one__names_no_germline_candidate_against_consent(tmp_path: Path) -> None:
    findings = build.tumor_only()
    refused = findings.model_copy(update={"identity": build.identity(normal=None, germline_consent=False)})
    text = Outline(page_one(report(refused, tmp_path))).text
    assert "inherited heterozygous variant:" not in text
    assert "Consent to germline findings: no." in text


@pytest.mark.parametrize("examined", [True, False])
def test_page_one__says_whether_the_normal_was_searched(tmp_path: Path, examined: bool) -> None:
    """By the findings' field alone: no wording of a limitation decides what the page claims."""
    who = build.identity(germline_consent=True)
    said = "looked for; what was found is named here" if examined else "does not look for inherited"
    other = "does not look for inherited" if examined else "looked for; what was found"
    findings = build.findings(
        [], identity=who, germline_examined=examined, limitations=["germline was not looked at"]
    )
    text = Outline(page_one(report(findings, tmp_path))).text
    assert said in text and other not in text


def test_page_one__names_identity_and_contamination_by_their_metrics(tmp_path: Path) -> None:
    """Whatever the findings' English sentence says; the worst of the samples' rows speaks."""
    rows = [
        build.metric("identity", "Identity of tumor and normal", 0.998, "fraction"),
        build.metric("contamination", "Contamination", 0.002, "fraction"),
        build.metric("contamination", "Contamination", 0.031, "fraction", sample="P01-N", status="WARN"),
        build.metric("sex", "Sex", "XX", "", status="FAIL", reason="differs"),
    ]
    worded = build.Quality(status="FAIL", sentence="Some other words.", metrics=rows)
    html = report(build.findings([], quality=worded), tmp_path)
    text = Outline(html[html.index('class="trust') : html.index('id="answer"')]).text
    assert "(identity PASS; contamination 3.1 % WARN; sex FAIL)" in re.sub(r" ([;)])", r"\1", text.replace("( ", "("))
    assert "Some other words" not in html
    none = build.Quality(status="NOT_ASSESSED", sentence="Nothing.", metrics=[])
    said = [words(part) for part in trust(none).parts]
    assert said == ["identity NOT ASSESSED", "contamination NOT ASSESSED"]
    assert [words(part, "ru") for part in trust(none).parts] == ["принадлежность: НЕ ОЦЕНЕНО", "примесь: НЕ ОЦЕНЕНО"]


def test_page_one__says_that_nothing_found_is_not_negative(tmp_path: Path) -> None:
    text = Outline(page_one(report(CASES["nothing"](), tmp_path))).text
    assert "No variant of tier I or II was called. This is not a negative result" in text
    assert "No diagnosis given" in text
    assert "This report states no negative result" in text
    assert "not detected (" not in text and "wild-type" not in text.lower()


def test_page_one__keeps_resistance_apart_and_unchecked_rows_marked(tmp_path: Path) -> None:
    html = section(report(build.melanoma(), tmp_path), "answer")
    cells = re.findall(r'<td class="(\w+)"', html)
    assert cells == ["this_tumor", "other_tumor", "resistance"] * 3
    cetuximab = next(m for m in re.findall(r'<li class="resistance">.*?</li>', html, re.S) if "Cetuximab" in m)
    assert "<svg" in cetuximab and "in another tumor: Colorectal Cancer" in Outline(cetuximab).text
    panitumumab = next(m for m in re.findall(r"<li .*?</li>", html, re.S) if "Panitumumab" in m)
    assert "not verified against a public evidence item" in Outline(panitumumab).text
    vemurafenib = next(m for m in re.findall(r"<li .*?</li>", html, re.S) if "Vemurafenib" in m)
    assert "not verified" not in vemurafenib


def test_page_one__without_diagnosis_no_therapy_is_called_this_tumors(tmp_path: Path) -> None:
    rows = [e.model_copy(update={"disease_match": "unknown"}) for e in build.braf_v600e().evidence]
    who = build.identity(diagnosis_code=None, diagnosis_name=None)
    html = report(build.findings([build.braf_v600e(evidence=rows)], identity=who), tmp_path)
    answer = section(html, "answer")
    here = re.findall(r'<td class="this_tumor".*?</td>', answer, re.S)
    assert [Outline(cell).text for cell in here] == ["none listed"]
    other = Outline(re.findall(r'<td class="other_tumor".*?</td>', answer, re.S)[0]).text
    assert "Dabrafenib + Trametinib in a tumor not compared: Lung Non-small Cell Carcinoma" in other
    assert "No diagnosis was given" in Outline(answer).text


def test_therapy_lines__none_without_its_tumor() -> None:
    assert therapy_lines([build.evidence("EID1", " ", "Vemurafenib", "A")]) == []
    assert therapy_lines([build.evidence("EID1", "Melanoma", "", "A")]) == []
    assert all(line.diseases for line in therapy_lines(build.braf_v600e().evidence))


def test_therapy_lines__what_is_not_supported_offers_nothing() -> None:
    against = build.evidence("EID1405", "Melanoma", "Vemurafenib", "A", direction="Does Not Support")
    assert therapy_lines([against]) == []
    assert therapy_lines([against.model_copy(update={"significance": "Resistance"})]) == []


def test_therapy_lines__unknown_tumor_is_never_this_tumor() -> None:
    line = therapy_lines([build.evidence("EID1409", "Melanoma", "Vemurafenib", "A", disease_match="unknown")])[0]
    assert (line.kind, line.match) == ("unknown", "unknown")


def test_therapy_lines__one_unchecked_item_marks_the_line() -> None:
    both = [
        build.evidence("EID1409", "Melanoma", "Vemurafenib", "A"),
        build.evidence(None, "Melanoma", "Vemurafenib", "A", checked=False, regulatory_label="label"),
    ]
    assert [line.checked for line in therapy_lines(both)] == [False]


def test_conflicts__within_one_tumor_match_only() -> None:
    rows: list[Evidence] = build.braf_v600e().evidence
    (found,) = conflicts(rows)
    assert (found.match, words(found.words)) == ("this_tumor", "Vemurafenib (A for, D against)")
    assert conflicts([r for r in rows if r.evidence_id != "EID90"]) == []


def test_content__unknown_come_last_by_severity_and_none_is_lost(tmp_path: Path) -> None:
    findings = build.findings([build.braf_v600e(), *build.unknowns(MAX_LISTED + 500)])
    content = content_of(InMemory(findings))
    assert (len(content.unknown.rows), content.unknown.n_left_out) == (MAX_LISTED, 500)
    impacts = [row.variant.impact for row in content.unknown.rows]
    assert impacts == sorted(impacts, key=["HIGH", "MODERATE", "LOW"].index)
    html = report(findings, tmp_path)
    assert html.rindex("<section") < html.index('id="unknown"')
    assert "Not shown on this page: 500. All are in findings.json and the MAF." in Outline(html).text


def test_write_report__hostile_text_is_inert(tmp_path: Path) -> None:
    html = report(build.hostile(), tmp_path)
    assert html.count("<script") == 2 and "<img" not in html and "<b><b>" not in html
    assert html.count("</style>") == 2 and html.count("</script>") == 2
    assert "{{7*7}}" in html and "49" not in Outline(section(html, "answer")).text
    assert not any(c in html for c in "\x00\u202e") and "\U0001f9ec" in html
    assert "(5,002 characters)" in html


def test_plot__labels_fit_and_points_stand_where_they_should(tmp_path: Path) -> None:
    plot = content_of(InMemory(build.findings([build.variant("G" * 90, "p.A1T", 50, 100)]))).plot
    row = plot.rows[0]
    assert len(row.label) == 30 and row.label.endswith("…")
    zero, half, full = (x for x, words in plot.ticks if words in ("0 %", "50 %", "100 %"))
    assert row.tumor.point == half and zero < row.tumor.low < half < row.tumor.high < full
    assert row.normal == zero and plot.expected == pytest.approx(zero + 0.325 * (full - zero), abs=0.1)


def test_clean__removes_what_is_no_text() -> None:
    assert clean("a\x00\ud800\u202eb\u05d0\U0001f9ec") == "a\ufffd\ufffd\ufffdb\u05d0\U0001f9ec"
    assert clean("KR\u200bAS\u00ad\ufeff\U000e0041") == "KR\ufffdAS\ufffd\ufffd\ufffd"  # would look like KRAS
    assert clean("می\u200cخواهم") == "می\u200cخواهم"  # a joiner that Persian needs


def test_css_string__leaves_nothing_to_act_on() -> None:
    body = str(css_string("P1 \"\\'</style>;}\n\U0001f9ec"))
    assert re.fullmatch(r'"([A-Za-z0-9._-]|\\[0-9a-f]{6} )*"', body)


def findings_file(folder: Path, text: str | None = None) -> Path:
    path = folder / "findings.json"
    path.write_text(build.melanoma().model_dump_json() if text is None else text)
    return path


def test_read_findings__gives_back_what_was_written(tmp_path: Path) -> None:
    assert read_findings(findings_file(tmp_path)) == build.melanoma()


def test_read_findings__refuses_another_format_version(tmp_path: Path) -> None:
    with pytest.raises(FormatVersionError, match=r"'9\.0', this release reads 1\.0"):
        read_findings(findings_file(tmp_path, '{"format_version": "9.0", "anything": 1}'))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"depth":281', '"depth":-1', "$.variants[0].tumor.depth"),
        ('"patient":"P01"', '"patient":"../x"', "$.identity.patient"),
        ('"n_filtered":37', '"n_filtered":37,"extra":1', "$.extra"),
    ],
)
def test_read_findings__names_the_json_path(old: str, new: str, place: str, tmp_path: Path) -> None:
    text = build.melanoma().model_dump_json()
    assert old in text
    with pytest.raises(InputError, match=re.escape(place)):
        read_findings(findings_file(tmp_path, text.replace(old, new)))


@pytest.mark.parametrize("text", ["", "{", "[]", '"\ud800"', '{"format_version": 1}'])
def test_read_findings__refuses_what_is_not_findings(text: str, tmp_path: Path) -> None:
    path = tmp_path / "findings.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError):
        read_findings(path)


def test_read_findings__names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError):
        read_findings(tmp_path / "none.json")


def test_report_command__writes_the_page(tmp_path: Path) -> None:
    arguments = ["--findings", str(findings_file(tmp_path)), "--output", str(tmp_path / "new" / "r.html")]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "BRAF" in (tmp_path / "new" / "r.html").read_text(encoding="utf-8")


def test_report_command__fails_with_the_documented_code_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = findings_file(tmp_path, '{"format_version": "9.0"}')
    with pytest.raises(SystemExit) as stop:
        main(["report", "--findings", str(path), "--output", str(tmp_path / "r.html")])
    assert stop.value.code == 65
    assert "this release reads 1.0" in capsys.readouterr().err
    assert not (tmp_path / "r.html").exists()


def test_therapy_lines__a_match_by_gene_alone_offers_no_therapy() -> None:
    item = build.braf_v600e().evidence[0]
    assert therapy_lines([item])
    by_gene = item.model_copy(update={"match": "gene"})
    assert (
        therapy_lines([by_gene]) == []
        and conflicts([by_gene, item.model_copy(update={"significance": "Resistance"})]) == []
    )


def test_oncogenicity__waits_for_its_sources() -> None:
    """A class that is uncertain because nothing was looked up says nothing, and stays off page one."""
    missing = Criterion(code="OS3", status="not_assessed", points=0, reason="no hotspots in use")
    unmet = Criterion(code="OS3", status="not_met", points=0, reason="no hotspot")
    fields = {"points": 0, "cutoffs": "SOP", "vector": "0"}
    assert not Oncogenicity(classification="Uncertain Significance", criteria=[missing], **fields).is_settled
    assert Oncogenicity(classification="Uncertain Significance", criteria=[unmet], **fields).is_settled
    assert Oncogenicity(classification="Oncogenic", criteria=[missing], **fields).is_settled


def test_page_one__a_wild_type_that_holds_stands_there_without_any_variant(tmp_path: Path) -> None:
    """The absence of a mutation may be the answer."""
    held = build.fullest().profiles[0]
    unchecked = held.model_copy(update={"evidence": held.evidence.model_copy(update={"checked": False})})
    text = Outline(section(report(build.findings([], profiles=[unchecked]), tmp_path), "answer")).text
    assert "No variant of tier I or II was called" in text
    assert "I-B Holds for this patient: NOT KRAS[MUTATION] – Cetuximab in this tumor , Colorectal Cancer" in text
    assert "not verified against a public evidence item" in text and "not recommendations" in text


def test_page_one__names_few_of_many_and_counts_the_rest(tmp_path: Path) -> None:
    """Nothing is left out without a word: possible germline, biomarkers, what to consider next."""
    alone = [
        build.braf_v600e(140, 281, normal=None, position=100 + i).model_copy(update={"gene": f"G{i}"})
        for i in range(8)
    ]
    inherited = [build.PossibleGermline(gene=f"H{i}", name="p.Q1Ter", reason="truncating") for i in range(7)]
    markers = [build.Biomarker(name=f"M{i}", status="reported", value=i, sentence=f"as given {i}") for i in range(9)]
    unseen = [
        build.Negative(gene=f"N{i}", target="exons", status="not_assessable", reason="too few") for i in range(3)
    ]
    who = build.identity(normal=None, diagnosis_code=None, diagnosis_name=None)
    few = build.braf_v600e(2, 100, evidence=[build.nras_q61r().evidence[2]]).model_copy(update={"gene": "LOW"})
    fields = {"identity": who, "possible_germline": inherited, "biomarkers": markers, "negatives": unseen}
    html = report(build.findings([*alone, few], quality=build.quality(0.117), **fields), tmp_path)
    text = Outline(page_one(html)).text
    assert (
        "inherited heterozygous variant: G0 p.V600E, G1 p.V600E, G2 p.V600E, G3 p.V600E, G4 p.V600E and 3 more"
        in text
    )
    assert "H4 p.Q1Ter" in text and "H5" not in text and "and 2 more, under All that may be inherited" in text
    assert "H6 p.Q1Ter" in Outline(section(html, "germline")).text
    assert "M5" in text and "M6" not in text and "and 3 more, under All biomarkers" in text
    assert "M8 8 yes as given 8" in Outline(section(html, "biomarkers")).text
    after = page_one(html)[page_one(html).index("To consider next") :]
    steps = Outline(after).text
    assert after.count("<li>") == 5 and "and 3 more, as said above" in steps
    for said in (
        "Repeat from a new specimen",
        "Give the diagnosis",
        "Confirm by another method: LOW p.V600E",
        "Another assay",
    ):
        assert said in steps, said


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("field", ['"value":84213776.0', '"quality":93.2', '"vaf":0.3'])
def test_read_findings__refuses_what_is_no_number(tmp_path: Path, field: str, number: str) -> None:
    text = build.melanoma().model_dump_json()
    assert field in text
    name = field.split(":")[0]
    damaged = re.sub(re.escape(field) + r"[0-9]*", f"{name}:{number}", text, count=1)
    for read in (read_findings, lambda path: list(open_findings(path).variants())):
        with pytest.raises(InputError):
            read(findings_file(tmp_path, damaged))
