"""CRAM by region: the same reads as htslib's, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pysam
import pytest

from oncopipe.calling.collect import collect
from oncopipe.data.evidence import Collected
from oncopipe.data.regions import Region, Regions
from oncopipe.errors import InputError
from oncopipe.io.bam import open_alignment
from oncopipe.io.crai import inflated
from oncopipe.io.fasta import open_reference
from oncopipe.options import CallOptions
from tests.fuzz.rows import rows_of_batch
from tests.fuzz.seed import CONTIGS, Seed, make_seed
from tests.unit.test_bam_odd import equals_pysam


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    return make_seed(tmp_path_factory.mktemp("seed"))


@pytest.fixture
def path(seed: Seed, tmp_path: Path) -> Path:
    """The seed's tumor as a CRAM of small slices, without an index."""
    made = tmp_path / "reads.cram"
    options = ["--output-fmt-option", "seqs_per_slice=20", "-T", str(seed.reference), "-o", str(made)]
    pysam.view("-C", *options, str(seed.tumor), catch_stdout=False)
    return made


def test_cram__equals_pysam(seed: Seed, path: Path) -> None:
    assert equals_pysam(path, seed.reference) > 130
    assert Path(f"{path}.crai").is_file()


def test_cram__all_records_come_in_parts(seed: Seed, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_alignment(path, seed.reference) as reader, open_alignment(seed.tumor) as bam:
        ours = [row for batch in reader.all_records() for row in rows_of_batch(batch)]
        names = [row[9] for batch in bam.all_records() for row in rows_of_batch(batch)]
    assert [row[9] for row in ours] == names


def _collected(seed: Seed, tumor: Path, threads: int) -> Collected:
    whole = Regions(tuple(Region(name, 0, length) for name, length in CONTIGS.items()))
    with (
        open_reference(seed.reference) as reference,
        open_alignment(tumor, seed.reference) as reads,
        open_alignment(seed.normal) as normal,
    ):
        return collect(reads, normal, reference, whole, CallOptions(), threads=threads)


def test_collect__a_cram_gives_what_its_bam_gives(
    seed: Seed, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in many pieces and two threads."""
    bam = tmp_path / "same.bam"
    pysam.view("-b", "-T", str(seed.reference), "-o", str(bam), str(path), catch_stdout=False)
    expected = _collected(seed, bam, 1)
    monkeypatch.setattr("oncopipe.io.bam.PIECE_BYTES", 500)
    with open_alignment(path, seed.reference) as reader:
        assert len(reader.pieces(Regions((Region("one", 0, 70_000),)))) > 2
    for threads in (1, 2):
        found = _collected(seed, path, threads)
        assert len(found.evidence) > 0
        assert found.evidence.counts.tolist() == expected.evidence.counts.tolist()
        assert found.evidence.position.tolist() == expected.evidence.position.tolist()
        assert found.statistics.bases_by_quality.tolist() == expected.statistics.bases_by_quality.tolist()


def test_cram__counts_reads_without_a_place(seed: Seed, path: Path) -> None:
    with open_alignment(path, seed.reference) as reader:
        assert reader.n_unplaced == 2


def test_cram__needs_its_reference(path: Path) -> None:
    with pytest.raises(InputError, match="needs its reference"):
        open_alignment(path)


def test_cram__another_reference_is_refused(seed: Seed, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.fa"
    other.write_text(seed.reference.read_text().replace("ACG", "AGG"))
    pysam.faidx(str(other))
    with open_alignment(path, other) as reader, pytest.raises(InputError, match="cannot be read with this reference"):
        reader.read(Region("one", 0, 70_000))


def test_cram__damaged_in_the_middle_is_refused(seed: Seed, path: Path) -> None:
    with open_alignment(path, seed.reference):
        pass  # makes the index
    raw = bytearray(path.read_bytes())
    at = 2 * len(raw) // 3  # inside a block
    raw[at : at + 40] = bytes(40)
    path.write_bytes(raw)
    os.utime(f"{path}.crai")
    with open_alignment(path, seed.reference) as reader, pytest.raises(InputError, match="cannot be read"):
        list(reader.all_records())


def test_cram__cut_short_is_refused(seed: Seed, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InputError, match="cut short"):
        open_alignment(path, seed.reference)


@pytest.mark.parametrize("index", [b"", b"no index", b"9\t1\t1\t1\t1\t1\n", b"0\t1\n", b"\x1f\x8bnonsense"])
def test_cram__an_index_that_is_none_is_refused(seed: Seed, path: Path, index: bytes) -> None:
    Path(f"{path}.crai").write_bytes(index)
    with pytest.raises(InputError, match=r"index cannot be used"):
        open_alignment(path, seed.reference)


def test_cram__an_index_of_other_bytes_is_refused(seed: Seed, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.cram"
    pysam.view("-C", "-T", str(seed.reference), "-o", str(other), str(seed.normal), catch_stdout=False)
    pysam.index(str(other))
    shutil.copy(f"{other}.crai", f"{path}.crai")
    with pytest.raises(InputError, match=r"index cannot be used"):
        open_alignment(path, seed.reference)


_READ_AND_WAIT = """
import sys, time
from oncopipe.data.regions import Region
from oncopipe.io.bam import open_alignment
reader = open_alignment(sys.argv[1], sys.argv[2])
print(len(reader.read(Region("one", 0, 70_000))), flush=True)
time.sleep(60)
"""


def test_cram__leaves_nothing_when_killed(seed: Seed, path: Path, tmp_path: Path) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", _READ_AND_WAIT, str(path), str(seed.reference)],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(place)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert int(process.stdout.readline()) > 50
        assert list(place.iterdir()) == []
        assert len(_decoders(path)) == 1
        process.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not _decoders(path):
            break
        time.sleep(0.05)
    assert _decoders(path) == []
    assert list(place.iterdir()) == []


def _decoders(path: Path) -> list[int]:
    """Processes that decode this file."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(word.endswith(b"cram_child.py") for word in words) and str(path).encode() in words:
            found.append(int(folder.name))
    return found


def test_close__ends_the_processes(seed: Seed, path: Path) -> None:
    with open_alignment(path, seed.reference) as reader:
        reader.read(Region("one", 0, 70_000))
        assert len(_decoders(path)) == 1
    assert _decoders(path) == []


def test_read_crai__weights_are_the_slices_bytes(seed: Seed, path: Path) -> None:
    with open_alignment(path, seed.reference) as reader:
        total = int(reader.index.window_bytes(0).sum())
        rows = [line.split("\t") for line in inflated(Path(f"{path}.crai").read_bytes()).splitlines()]
    assert total == pytest.approx(2 * sum(int(row[5]) for row in rows if row[0] == "0"), abs=10)


def test_cram__changed_bytes_end_in_a_named_error_or_the_right_reads(seed: Seed, path: Path) -> None:
    """Whatever happens to the process that decodes."""
    with open_alignment(path, seed.reference) as reader:  # makes the index
        right = [row for batch in reader.all_records() for row in rows_of_batch(batch)]
    sound, rng, refused = path.read_bytes(), np.random.default_rng(12), 0
    for _ in range(12):
        mutant = bytearray(sound)
        for at in rng.integers(200, len(sound) - 38, 2).tolist():
            mutant[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(mutant)
        os.utime(f"{path}.crai")
        try:
            with open_alignment(path, seed.reference) as reader:
                assert [row for batch in reader.all_records() for row in rows_of_batch(batch)] == right
        except InputError:
            refused += 1
    assert refused > 5


def test_locate__outside_the_contig_there_is_nothing(seed: Seed, path: Path) -> None:
    with open_alignment(path, seed.reference) as reader:
        assert len(reader.read(Region("none", 60, 90))) == 0
