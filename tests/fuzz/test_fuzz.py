"""A small run of the fuzzer; `make fuzz` makes the large one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fuzz.mutants import make_mutant
from tests.fuzz.run import Run, run, table
from tests.fuzz.seed import make_seed
from tests.fuzz.verdict import compare
from tests.fuzz.workers import run_worker

MUTANTS = 500


def test_mutants__end_in_a_named_error_or_the_right_answer(tmp_path: Path) -> None:
    result = run(Run(seed=2, numbers=list(range(MUTANTS)), jobs=2, seconds=60, keep=tmp_path / "findings"))
    assert result.findings == {}, table(result)
    total = {name: sum(counts[name] for counts in result.kinds.values()) for name in ("mutants", "reached", "equal")}
    assert total["mutants"] == MUTANTS
    assert total["reached"] > 0.7 * MUTANTS
    assert total["equal"] > 0.3 * MUTANTS


def test_make_mutant__is_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    seeds = make_seed(first), make_seed(second)
    for number in range(40):
        assert make_mutant(seeds[0], 5, number) == make_mutant(seeds[1], 5, number)
    assert make_mutant(seeds[0], 5, 1) != make_mutant(seeds[0], 6, 1)


def test_compare__finds_what_must_not_be() -> None:
    sound = {"all": "2:ab", "truth": ["1:a"], "windows": ["1:a"], "sound": ["1:a"]}
    good = {"all": {"result": "2:ab"}, "windows": [{"result": "1:a"}]}
    good |= {name: {"result": 0} for name in ("collect", "families", "qc")}
    assert compare(good, sound).findings == []
    assert compare({"died": "ended with status -11"}, sound).findings
    assert compare(good | {"qc": {"unnamed": "IndexError"}}, sound).findings
    assert compare(good | {"all": {"result": "1:a"}}, sound).findings
    assert compare(good | {"windows": [{"result": "0:"}]}, sound).findings
    assert compare(good, sound | {"all": None}).findings
    assert compare(good | {"all": {"named": "no reason"}}, sound).findings
    unjudged = compare(good, {"died": "silent for 20 s"})
    assert unjudged.findings == [] and unjudged.unjudged
    assert compare(good | {"qc": {"unnamed": "IndexError"}}, {"died": "silent for 20 s"}).findings
    refused = compare(good | {"all": {"named": "a record's tags are malformed"}}, sound)
    assert refused.findings == [] and refused.stricter and refused.reached


def test_run_worker__tells_which_mutant_killed_it_or_hung(tmp_path: Path) -> None:
    numbers = [7, 8, 9, 10]
    (tmp_path / "batch.json").write_text(json.dumps([{"number": n} for n in numbers]))
    said = run_worker("tests.fuzz.dying", tmp_path, numbers, 2, {})
    assert said[7] == {"number": 7} and said[10] == {"number": 10}
    assert said[8] == {"died": "ended with status -11"}
    assert said[9] == {"died": "silent for 2 s"}
