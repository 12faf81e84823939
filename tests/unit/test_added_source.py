"""A new source is one file and one line: docs/knowledge.md, followed to the letter for a source that nobody has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncopipe.cli.main import cli
from oncopipe.data.variants import Effect
from oncopipe.interpretation.matching import Matcher
from oncopipe.knowledge import diff, sources
from oncopipe.knowledge.sources import Source, read_knowledge

DOCS = Path(__file__).parents[2] / "docs" / "knowledge.md"
HEAD = "gene\tchange\ttumor\tdrug\tlevel\tprotocol\n"


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> None:
    """The documented file is run, the documented line added."""
    text = DOCS.read_text("utf-8").partition("## Adding a source")[2]
    file, line = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    space: dict[str, object] = {"Source": Source}
    exec(compile(file, "board.py", "exec"), space)
    added = eval(line, space)
    every = (*sources.SOURCES, added)
    for module in (sources, diff):
        monkeypatch.setattr(module, "SOURCES", every)


def run(*words: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("board")
def test_docs__of_adding_a_source_are_all_that_it_takes(tmp_path: Path) -> None:
    for release, level in (("1", "C"), ("2", "B")):
        rows = f"BRAF\tV600E\tMelanoma\tDrug A\t{level}\tBoard 17\nBRAF\tsome change\tMelanoma\tDrug\tB\tBoard 18\n"
        (tmp_path / f"{release}.tsv").write_text(HEAD + rows)
        told = run("knowledge", "import", "--source", "board", "--from", tmp_path / f"{release}.tsv",
                   "--output", tmp_path / release, "--release", release)  # fmt: skip
        assert f"board {release}: 1 rows, licence ours" in told
    rejects = (tmp_path / "1" / "board.rejects.tsv").read_text().splitlines()[1:]
    assert [row.split("\t")[1:3] for row in rejects] == [["3", "no gene or no variant rule: BRAF some change"]]
    assert "board\t1\tours\t1\t" in run("knowledge", "list", "--knowledge", tmp_path / "1")
    assert "changed in: level 1" in run("knowledge", "diff", tmp_path / "1", tmp_path / "2")
    statements, facts = read_knowledge(tmp_path / "2", targets=False)
    assert [fact.name for fact in facts] == ["board"]
    effect = Effect("A", ("missense_variant",), "MODERATE", gene="BRAF", hgvs_p="p.Val600Glu", protein_position=600)
    (matched,) = Matcher(statements, "SKCM").match(effect)
    assert (matched.evidence.source, matched.evidence.match, matched.evidence.citation) == (
        "board",
        "exact",
        "Board 17",
    )
    assert "board" in run("knowledge", "import", "--help")
