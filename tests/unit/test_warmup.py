from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import oncopipe
from oncopipe.jit import cache_folder


def test_warmup__fills_the_cache(tmp_path: Path) -> None:
    environment = {**os.environ, "ONCOPIPE_CACHE": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-m", "oncopipe.cli.main", "warmup"], env=environment, check=True, capture_output=True
    )
    compiled = {p.name.split(".")[0] for p in tmp_path.rglob("*.nbi")}
    assert {p.stem for p in Path(oncopipe.__file__).parent.rglob("*_kernels.py")} <= compiled


def test_cache_folder__is_ours_alone(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("ONCOPIPE_CACHE", str(tmp_path / "kept"))
    assert cache_folder().parent == tmp_path / "kept"
    # A folder that others may write to could hold code of theirs, so it is passed over.
    cache_folder().chmod(0o777)
    assert cache_folder().parent != tmp_path / "kept"
