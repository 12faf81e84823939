from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from oncopipe.cli.export import OPTIONS, command
from oncopipe.data.config import ExportConfig
from oncopipe.errors import ConfigError, InputError, MissingInputError
from oncopipe.exports import FORMATS
from oncopipe.exports.tables import cell
from oncopipe.io.findings import write_findings
from oncopipe.io.maf import maf_alleles, read_maf
from tests.export_data import SEVERAL, batch, cohort, harmful, several
from tests.findings_builder import findings, variant


def run(*arguments: object, code: int = 0) -> Result:
    done = CliRunner().invoke(command, [str(a) for a in arguments])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def results_of(folder: Path) -> Path:
    for one in cohort():
        write_findings(
            one, folder / "results/patients" / one.identity.patient / f"{one.identity.sample}.findings.json"
        )
    return folder / "results"


def test_formats__are_those_of_the_configuration() -> None:
    (formats, _) = get_args(ExportConfig.model_fields["formats"].annotation)
    assert set(get_args(formats)) == {form.name for form in FORMATS}
    assert len({form.suffix for form in FORMATS}) == len(FORMATS)
    assert {option for form in FORMATS for option in form.options} == set(OPTIONS)


@pytest.mark.parametrize("name", [form.name for form in FORMATS if form.name != "vrs"])
def test_export__of_a_run_writes_every_format(tmp_path: Path, name: str) -> None:
    (form,) = (f for f in FORMATS if f.name == name)
    if form.package:
        pytest.importorskip(form.package, reason=f"{form.package} is not installed (extra {form.extra})")
    done = run(name, "--results", results_of(tmp_path), "--output", tmp_path / "out")
    assert f"{name} of 5 tumor samples" in done.output
    made = [p for p in [tmp_path / "out", *(tmp_path / "out").rglob("*")] if p.is_file()]
    assert made and all(p.stat().st_size and p.stat().st_mode & 0o007 == 0 for p in made)
    assert [p.name for p in tmp_path.rglob(".*")] == []


def test_export__asks_for_what_it_needs(tmp_path: Path) -> None:
    assert "give --findings or --results or --calls" in run("maf", "--output", tmp_path / "o", code=2).output
    assert "--samples needs --results" in run("fhir", "--samples", "s", "--output", tmp_path / "o", code=2).output
    assert "--calls needs --build" in run("maf", "--calls", "c.vcf", "--output", tmp_path / "o", code=2).output
    done = run("xlsx", "--results", tmp_path, "--output", tmp_path / "o", code=1)
    assert isinstance(done.exception, MissingInputError)
    paths = batch(tmp_path, several()).paths
    done = run("cbioportal", "--findings", paths[0], "--study", "My Study", "--output", tmp_path / "o", code=1)
    assert isinstance(done.exception, ConfigError) and "--study cannot be 'My Study'" in str(done.exception)


def test_export__of_a_sheet_takes_its_tumors_and_misses_none(tmp_path: Path) -> None:
    results = results_of(tmp_path)
    sheet = tmp_path / "samples.tsv"
    header = "patient\tsample\trole\tfastq_1\tfastq_2\tbam\n"
    sheet.write_text(header + "P02\tP02-T\ttumor\t\t\ta.bam\nP02\tP02-N\tnormal\t\t\tb.bam\n")
    run("maf", "--results", results, "--samples", sheet, "--output", tmp_path / "o.maf")
    assert {allele.sample for allele in read_maf(tmp_path / "o.maf")} == {"P02-T"}
    sheet.write_text(header + "P09\tP09-T\ttumor\t\t\ta.bam\n")
    done = run("maf", "--results", results, "--samples", sheet, "--output", tmp_path / "o.maf", code=1)
    assert "P09-T.findings.json are missing" in str(done.exception)


def test_export__without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oncopipe.exports.shape.find_spec", lambda name: None)
    paths = batch(tmp_path, several()).paths
    for form in FORMATS:
        if form.package:
            done = run(form.name, "--findings", paths[0], "--output", tmp_path / "o", code=1)
            assert isinstance(done.exception, ConfigError)
            assert f"pip install 'oncopipe[{form.extra}]'" in str(done.exception)


def test_export_maf__read_back_names_the_same_variants(tmp_path: Path) -> None:
    """Law: what a MAF names is what the findings hold, anchors aside."""
    run("maf", "--findings", batch(tmp_path, several()).paths[0], "--output", tmp_path / "o.maf")
    named = [(a.build, a.chromosome, a.position, a.reference, a.alternate) for a in read_maf(tmp_path / "o.maf")]
    assert named == [("GRCh37", c, *trimmed(p - 1, r, a)) for c, p, r, a, *_ in SEVERAL]


def trimmed(position: int, reference: str, alternate: str) -> tuple[int, str, str]:
    while reference and alternate and reference[0] == alternate[0]:
        position, reference, alternate = position + 1, reference[1:], alternate[1:]
    while reference and alternate and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    return position, reference, alternate


@settings(max_examples=60, deadline=None)
@given(
    position=st.integers(1, 10**8),
    reference=st.text("ACGT", min_size=1, max_size=6),
    alternate=st.text("ACGT", min_size=1, max_size=6),
)
def test_read_maf__is_the_inverse_of_writing(
    tmp_path_factory: pytest.TempPathFactory, position: int, reference: str, alternate: str
) -> None:
    if reference == alternate:
        return
    folder = tmp_path_factory.mktemp("maf")
    one = findings([variant("G", "p.A1T", 3, 9, position=position, reference=reference, alternate=alternate)])
    run("maf", "--findings", batch(folder, one).paths[0], "--output", folder / "o.maf")
    (allele,) = read_maf(folder / "o.maf")
    assert (allele.position, allele.reference, allele.alternate) == trimmed(position - 1, reference, alternate)
    start, end, _, _ = maf_alleles(position - 1, reference, alternate)
    assert start <= end


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Chromosome\tStart_Position\n7\t1\n", "column Reference_Allele is missing"),
        (
            "Chromosome\tStart_Position\tReference_Allele\tTumor_Seq_Allele2\tTumor_Sample_Barcode\n7\tx\tA\tT\tS\n",
            "'x' is no position",
        ),
    ],
)
def test_read_maf__refuses_what_is_no_maf(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.maf").write_text(text)
    with pytest.raises(InputError, match=said):
        list(read_maf(tmp_path / "x.maf"))
    with pytest.raises(MissingInputError):
        list(read_maf(tmp_path / "nowhere.maf"))


def test_export_maf__of_harmful_text_is_one_line_a_variant_and_inert(tmp_path: Path) -> None:
    bad = harmful()
    run("maf", "--findings", batch(tmp_path, bad).paths[0], "--output", tmp_path / "o.maf")
    version, header, *rows = (tmp_path / "o.maf").read_text().split("\n")[:-1]
    assert version == "#version 2.4" and len(rows) == len(bad.variants)
    for row in rows:
        cells = row.split("\t")
        assert len(cells) == len(header.split("\t"))
        assert not any(c.startswith(("=", "@", "#")) for c in cells) and all(map(str.isprintable, cells))


@given(st.text())
def test_cell__is_one_printable_line_that_no_spreadsheet_runs(text: str) -> None:
    made = cell(text)
    assert all(c.isprintable() for c in made) and '"' not in made
    assert made in ("+", "-") or not made.startswith(("=", "+", "-", "@", "#"))
