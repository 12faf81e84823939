"""Batches of mutants through htslib and through us, and the table of what came of them."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.mutants import make_mutant
from tests.fuzz.seed import Seed, make_seed
from tests.fuzz.verdict import Verdict, compare
from tests.fuzz.workers import run_worker

BATCH = 1000  # a process takes seconds to start


@dataclass(frozen=True)
class Run:
    """What is asked for. `bounds`: kernels raise where they look outside an array, at several times the cost."""

    seed: int
    numbers: list[int]
    jobs: int
    seconds: float
    keep: Path
    bounds: bool = False
    verbose: bool = False


@dataclass
class Result:
    """kinds: a verdict's kind -> what was counted. said: of mutants with findings, or of few, ours and htslib's."""

    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    stricter: Counter[str] = field(default_factory=Counter)
    findings: dict[int, list[str]] = field(default_factory=dict)
    said: dict[int, tuple[Any, Any]] = field(default_factory=dict)


def run(asked: Run) -> Result:
    """Every mutant once. The result does not depend on the number of jobs."""
    result = Result()
    with tempfile.TemporaryDirectory(prefix="oncopipe-fuzz-") as name:
        folder = Path(name)
        (folder / "sound").mkdir()
        seed = make_seed(folder / "sound")
        batches = [asked.numbers[i : i + BATCH] for i in range(0, len(asked.numbers), BATCH)]
        env = {"NUMBA_BOUNDSCHECK": "1", "ONCOPIPE_CACHE": str(folder / "cache")} if asked.bounds else {}
        with ThreadPoolExecutor(asked.jobs) as pool:
            for done, (kinds, ours, theirs) in enumerate(
                pool.map(lambda numbers: _batch(asked, seed, folder, numbers, env), batches), 1
            ):
                for number in kinds:
                    _count(result, number, kinds[number], compare(ours[number], theirs[number]))
                    if number in result.findings or len(asked.numbers) == 1:
                        result.said[number] = (ours[number], theirs[number])
                    if asked.verbose and number in result.findings:
                        print(f"mutant {number}: {'; '.join(result.findings[number])}", file=sys.stderr, flush=True)
                if asked.verbose:
                    n = min(done * BATCH, len(asked.numbers))
                    print(f"{n} mutants, {len(result.findings)} findings", file=sys.stderr, flush=True)
        for number in result.findings:
            _keep(asked, seed, number, result.findings[number])
    return result


def _batch(
    asked: Run, seed: Seed, folder: Path, numbers: list[int], env: dict[str, str]
) -> tuple[dict[int, str], dict[int, Any], dict[int, Any]]:
    """The kinds of some mutants, what we made of them, and what htslib made of them."""
    place = folder / f"batch-{numbers[0]}"
    kinds = {number: _write(place, seed, asked.seed, number) for number in numbers}
    (place / "batch.json").write_text(json.dumps([{"number": n, "is_reindexed": i} for n, (_, i) in kinds.items()]))
    theirs = run_worker("tests.fuzz.oracle", place, numbers, asked.seconds, {})
    ours = run_worker("tests.fuzz.subject", place, numbers, asked.seconds, env)
    shutil.rmtree(place)
    return {number: kind for number, (kind, _) in kinds.items()}, ours, theirs


def _write(place: Path, seed: Seed, run_seed: int, number: int) -> tuple[str, bool]:
    """Write a mutant; its kind, and whether its index is to be made anew."""
    place.mkdir(parents=True, exist_ok=True)
    mutant = make_mutant(seed, run_seed, number)
    path = place / f"{number}.bam"
    path.write_bytes(mutant.bam)
    Path(f"{path}{mutant.suffix}").write_bytes(mutant.index)
    return mutant.kind, mutant.is_reindexed


def _keep(asked: Run, seed: Seed, number: int, found: list[str]) -> None:
    """The mutant's files and what is wrong with it."""
    _write(asked.keep, seed, asked.seed, number)
    (asked.keep / f"{number}.txt").write_text("\n".join(found) + "\n")


def _count(result: Result, number: int, kind: str, verdict: Verdict) -> None:
    counts = result.kinds[kind]
    counts.update(
        mutants=1, reached=int(verdict.reached), refused=int(verdict.refused), equal=int(verdict.equal),
        stricter=int(bool(verdict.stricter)), as_htslib=int(verdict.as_htslib), unjudged=int(verdict.unjudged),
        findings=int(bool(verdict.findings)),
    )  # fmt: skip
    if verdict.stricter:
        result.stricter[verdict.stricter] += 1
    if verdict.findings:
        result.findings[number] = verdict.findings


def table(result: Result) -> str:
    """A row a kind: mutants, how many reached the record parser, were refused, read equal, have findings."""
    columns = ("mutants", "reached", "refused", "equal", "stricter", "as_htslib", "findings")
    total: Counter[str] = sum(result.kinds.values(), Counter())
    lines = [f"{'kind':<36}" + "".join(f"{name:>10}" for name in columns)]
    for kind, counts in [*sorted(result.kinds.items()), ("all", total)]:
        lines.append(f"{kind:<36}" + "".join(f"{counts[name]:>10}" for name in columns))
    lines.append(f"reached the record parser: {total['reached'] / max(1, total['mutants']):.1%}")
    lines.append(f"htslib crashed or hung, and could not judge: {total['unjudged']}")
    lines += [f"stricter than htslib, {n:>6}: {why}" for why, n in sorted(result.stricter.items())]
    return "\n".join(lines)
