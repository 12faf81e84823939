"""Compiled code is kept where it may be, found again, and never taken for what it is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from oncopipe import jit

_KERNEL = """
from oncopipe.jit import kernel

@kernel
def twice(values, factor):
    total = values.dtype.type(0)
    for value in values:
        total += value * values.dtype.type(factor)
    return total

@kernel
def caller(values):
    return twice(values, 2) + twice(values, 3)
"""
_RUN = """
import sys
import numpy as np
from toy_kernels import caller, twice
for name in sys.argv[1:]:
    values = np.arange(4, dtype=name)
    assert caller(values) == 30 and type(caller(values)) is type(twice(values, 2)), name
print(sum(twice.stats.cache_hits.values()), sum(twice.stats.cache_misses.values()), len(twice.signatures))
"""
_TYPES = ("int16", "int32", "int64", "uint8", "uint16", "uint32", "float32", "float64")


def _start(folder: Path, *types: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "ONCOPIPE_CACHE": str(folder / "cache")}
    environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(Path(jit.__file__).parents[1])])
    command = [sys.executable, "-c", _RUN, *types]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _finish(process: subprocess.Popen[str]) -> list[int]:
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    return [int(word) for word in said.split()]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy_kernels.py").write_text(_KERNEL)
    return tmp_path


def test_kernel__compiles_a_callee_once_for_all_numbers_written_out(toy: Path) -> None:
    assert _finish(_start(toy, "int64")) == [0, 1, 1]


def test_kernel__is_loaded_from_the_cache(toy: Path) -> None:
    _finish(_start(toy, "int32", "float64"))
    assert _finish(_start(toy, "int32", "float64"))[:2] == [2, 0]


def test_kernel__is_kept_right_by_several_cold_processes(toy: Path) -> None:
    started = [_start(toy, *_TYPES[i::4], _TYPES[0]) for i in range(4)]
    for process in started:
        _finish(process)
    # Every process has kept what it compiled, each under a name of its own.
    assert _finish(_start(toy, *_TYPES))[1] == 0


@pytest.mark.parametrize("damage", [b"", b"\x80\x04nonsense", None])
def test_kernel__is_compiled_anew_when_its_file_is_damaged(toy: Path, damage: bytes | None) -> None:
    _finish(_start(toy, "int64"))
    kept = [path for path in (toy / "cache").rglob("*.nb?")]
    assert {path.suffix for path in kept} == {".nbi", ".nbc"}
    for path in kept:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert _finish(_start(toy, "int64"))[1] == 1
    assert _finish(_start(toy, "int64"))[:2] == [1, 0]


def test_kernel_sources__follow_imports_at_any_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "jit.py": "",
        "a/x_kernels.py": "from oncopipe.b import (\n    tables,\n)\nfrom oncopipe.c import ONE  # not oncopipe.e\n",
        "b/__init__.py": "",
        "b/tables.py": "import numpy\nimport oncopipe.d\n",
        "c.py": "ONE = 1\n",
        "d.py": "",
        "e.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(jit, "_PACKAGE", tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in jit.kernel_sources()}
    assert found == set(files) - {"e.py"}
    before = jit.kernel_digest()
    (tmp_path / "e.py").write_text("changed = 1\n")
    assert jit.kernel_digest() == before
    (tmp_path / "d.py").write_text("changed = 1\n")
    assert jit.kernel_digest() != before


def test_kernel_sources__hold_every_kernel_and_the_constants() -> None:
    package = Path(jit.__file__).parent
    found = set(jit.kernel_sources())
    assert set(package.rglob("*_kernels.py")) <= found
    assert package / "constants.py" in found and package / "cli" / "main.py" not in found


def test_cache_folder__is_ours_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "kept"
    monkeypatch.setenv("ONCOPIPE_CACHE", str(root))
    assert jit.cache_folder().parent == root
    # A folder that others may write to, or whose own folder they may exchange, could hold code of theirs.
    jit.cache_folder().chmod(0o777)
    assert jit.cache_folder().parent != root
    jit.cache_folder().chmod(0o700)
    (root / jit.cache_folder().name).chmod(0o700)
    assert jit.cache_folder().parent == root
    root.chmod(0o777)
    assert jit.cache_folder().parent != root


def test_cache_folder__of_a_stranger_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "kept"
    monkeypatch.setenv("ONCOPIPE_CACHE", str(root))
    kept = jit.cache_folder()
    monkeypatch.setattr(jit.os, "getuid", lambda: kept.stat().st_uid + 1)
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: str(tmp_path))
    assert root not in jit.cache_folder().parents


def test_cache_folder__may_be_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONCOPIPE_CACHE", "here")
    assert jit.cache_folder().parent == tmp_path / "here"


def test_cache_folder__without_a_home_is_below_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ONCOPIPE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(jit.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    for home in ("/proc/nobody", "relative"):  # cannot be made, cannot be meant
        monkeypatch.setenv("HOME", home)
        assert jit.cache_folder().parent == tmp_path / "temporary" / f"oncopipe-{os.getuid()}"
    assert [path.name for path in tmp_path.iterdir()] == ["temporary"]


def test_kernel__is_the_function_it_was() -> None:
    @jit.kernel
    def total(values: np.ndarray) -> int:
        result = 0
        for value in values:
            result += value
        return result

    values = np.arange(5)
    assert total(values) == total.py_func(values) == 10
