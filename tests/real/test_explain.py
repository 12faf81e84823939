"""The values that an explanation gives agree with what the caller decided, on every candidate of real reads."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from oncopipe.calling import collect_reads, fit, score_evidence, write_calls
from oncopipe.explain.gates import Setting, gates_of
from oncopipe.io.judged import read_judged
from oncopipe.options import CallOptions
from tests.unit.test_explain import ALL_OF, PARTLY

pytestmark = pytest.mark.real


@pytest.mark.parametrize("has_normal", [True, False])
def test_gates_of__agree_with_the_caller_on_real_reads(real_data: Path, tmp_path: Path, has_normal: bool) -> None:
    data = real_data / "spike_train"
    lines = (data / "regions.bed").read_text().splitlines()
    regions = tmp_path / "r.bed"
    regions.write_text("\n".join(lines[:3]) + "\n")
    options = CallOptions()
    normal = data / "normal.bam" if has_normal else None
    collected = collect_reads(data / "tumor.bam", normal, data / "reference.fa.gz", regions, options)
    model = fit(collected, options)
    calls = score_evidence(collected, model, options)
    write_calls(calls, model, options, tmp_path / "c.vcf.gz", tmp_path / "e.parquet")
    evidence = read_judged(tmp_path / "e.parquet")
    every = evidence.at("20", 0, 10**9)
    assert len(every) == len(calls) > 100
    failed: Counter[str] = Counter()
    for i, c in enumerate(every):
        near = [other for other in every[max(0, i - 60) : i + 60] if abs(other.position - c.position) <= 100]
        for gate in gates_of(c, Setting(near, options, has_normal)):
            fails = [m.margin < 0 for m in gate.measures]
            failed[gate.name] += gate.failed
            if gate.name in PARTLY:
                assert not gate.failed or not fails or fails[0], (c.where, gate)
            elif gate.name == "base_qual":  # by quality, or by an artefact of poor bases
                assert any(fails) if gate.failed else not fails[0], (c.where, gate)
            elif gate.measures:
                assert gate.failed == (all(fails) if gate.name in ALL_OF else any(fails)), (c.where, gate)
    assert sum(n > 0 for n in failed.values()) >= 4, failed
