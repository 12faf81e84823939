"""After `oncopipe warmup` nothing is left to compile; it needs neither a home nor a package that can be written to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import oncopipe
from tests.pairs import Pair

_SITES = "##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@dataclass(frozen=True)
class Installed:
    """A copy of the package, and how its command is run there."""

    package: Path
    temporary: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "oncopipe.cli.main", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, cwd=self.temporary, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def kept(self) -> set[str]:
        return {path.relative_to(self.temporary).as_posix() for path in self.temporary.rglob("*.nb[ic]")}


def _files(folder: Path) -> set[tuple[str, int]]:
    return {(path.relative_to(folder).as_posix(), path.stat().st_mtime_ns) for path in folder.rglob("*")}


def _install(folder: Path) -> Installed:
    """A package that nobody may write to, run by someone without a home: a container's usual state."""
    package = folder / "site-packages" / "oncopipe"
    ignored = shutil.ignore_patterns("__pycache__", "_workflow")
    shutil.copytree(Path(oncopipe.__file__).parent, package, ignore=ignored)
    for path in package.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    temporary = folder / "tmp"
    temporary.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ONCOPIPE_", "XDG_", "NUMBA_"))}
    places = {"HOME": "/proc/nobody", "TMPDIR": str(temporary), "PYTHONPATH": str(package.parent)}
    return Installed(package, temporary, {**kept, **places, "PYTHONDONTWRITEBYTECODE": "1"})


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    installed = _install(tmp_path_factory.mktemp("warm"))
    before = _files(installed.package)
    installed.run("warmup")
    assert _files(installed.package) == before  # root writes where it may not, so the bits alone prove nothing
    return installed


def test_warmup__fills_the_cache_without_a_home(warm: Installed) -> None:
    compiled = {Path(name).name.split(".")[0] for name in warm.kept()}
    assert {path.stem for path in warm.package.rglob("*_kernels.py")} <= compiled
    assert all(name.startswith(f"oncopipe-{os.getuid()}/") for name in warm.kept())


def test_warmup__leaves_nothing_to_compile(warm: Installed, pair: Pair, tmp_path: Path) -> None:
    before = warm.kept()
    sites, regions = tmp_path / "sites.vcf", tmp_path / "regions.bed"
    snvs = [v for v in pair.planted if len(v.reference) == len(v.alternate)]
    sites.write_text(
        _SITES + "".join(f"chr1\t{v.position + 1}\t.\t{v.reference}\t{v.alternate}\t.\t.\tAF=0.3\n" for v in snvs)
    )
    regions.write_text("chr1\t1000\t9500\n")
    tumor, normal = ("--tumor", pair.tumor), ("--normal", pair.normal)
    reference, bed = ("--reference", pair.fasta), ("--regions", regions)
    warm.run("call", "somatic", *tumor, *normal, *reference, "--output", tmp_path / "a.vcf.gz", "--threads", "2")
    warm.run("call", "tumor-only", *tumor, *reference, *bed, "--output", tmp_path / "b.vcf.gz")
    qc = ("qc", "--bam", pair.tumor, *reference, "--output", tmp_path / "qc")
    warm.run(*qc)
    warm.run(*qc, *bed, "--sites", sites, *normal, "--threads", "2")
    assert warm.kept() == before


@pytest.mark.workflow
def test_cold_processes__at_once_write_the_same_bytes(tmp_path: Path, pair: Pair) -> None:
    installed = _install(tmp_path)
    command = [sys.executable, "-m", "oncopipe.cli.main", "call", "somatic", "--tumor", pair.tumor]
    command += ["--normal", pair.normal, "--reference", pair.fasta]
    outputs = [tmp_path / f"{i}.vcf.gz" for i in range(4)]
    how = {"env": installed.environment, "cwd": installed.temporary}
    started = [subprocess.Popen([*command, "--output", out], **how) for out in outputs]
    assert [process.wait(timeout=300) for process in started] == [0] * 4
    assert len({out.read_bytes() for out in outputs}) == 1
    before = installed.kept()
    installed.run(*command[3:], "--output", tmp_path / "warm.vcf.gz")
    assert installed.kept() == before and (tmp_path / "warm.vcf.gz").read_bytes() == outputs[0].read_bytes()
