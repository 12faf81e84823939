"""One run a folder: who holds it, what a killed run left behind, and how that is ended without touching a stranger."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from oncopipe.errors import OutputError
from oncopipe.io.output import write_text

MARK = "ONCOPIPE_RUN"  # in the environment of every process that a run starts
_FOLDER = ".snakemake"
_PATIENCE = 10.0  # seconds between asking a process to end and ending it


@dataclass(frozen=True)
class Record:
    """The process that holds a folder. A process id alone may be given to a stranger later; its start time is not."""

    run: str
    pid: int
    started: float
    host: str

    def is_alive(self) -> bool:
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < 1.0
        except psutil.NoSuchProcess:
            return False


@contextmanager
def sole_run(folder: Path, *, take: bool, tell: Callable[[str], None]) -> Iterator[bool]:
    """Hold the folder while the block runs; yields whether an earlier run was killed here.

    The record of a killed run is cleared and the processes it left are ended: those, and only those, whose
    environment carries that run's own mark. The folder of a living run is never taken.

    take: go on although it cannot be known (a record of another machine, a lock of unknown origin).

    Raises: OutputError when a run is at work, or when that cannot be known.
    """
    place = folder / _FOLDER
    place.mkdir(exist_ok=True)
    path = place / "oncopipe-run.json"
    with (place / "oncopipe-run.lock").open("w") as lock:
        _hold(lock, path)
        earlier = _read(path)
        if earlier is not None:
            _clear(earlier, take, tell)
        if earlier is not None or take:
            _refuse_living_engine(folder)
        own = Record(uuid.uuid4().hex, os.getpid(), psutil.Process().create_time(), socket.gethostname())
        write_text(path, json.dumps(asdict(own)) + "\n")
        os.environ[MARK] = own.run
        try:
            yield earlier is not None
        finally:
            os.environ.pop(MARK, None)
            path.unlink(missing_ok=True)


def sweep(results: Path) -> None:
    """Remove the temporary files that a killed run left under the results; only names that OncoPipe gives itself."""
    for path in sorted(results.rglob(".*"), reverse=True):
        own_folder = path.is_dir() and path.parent.name == "reference"  # an aligner's index half built
        if ".part" in path.name or own_folder:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _hold(lock: IO[str], record: Path) -> None:
    """Take the lock that the system frees when its holder dies. Raises: OutputError when it is held."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _read(record)
        raise OutputError(
            "another `oncopipe run` is at work in this folder",
            where=f"process {holder.pid} on {holder.host}" if holder else None,
            fix="wait for it, or end it",
        ) from None
    except OSError:
        return  # a file system without locks: the record alone must tell


def _read(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Record("", 0, 0.0, "")  # half-written by a run that died at once: nothing to find, but it died


def _clear(earlier: Record, take: bool, tell: Callable[[str], None]) -> None:
    if earlier.host not in ("", socket.gethostname()) and not take:
        raise OutputError(
            f"a run on another machine ({earlier.host}) did not end cleanly, or is at work",
            where=f"process {earlier.pid}",
            fix="look there; when it is gone, run again with --unlock",
        )
    if earlier.host == socket.gethostname() and earlier.pid != os.getpid() and earlier.is_alive():
        raise OutputError(
            "another `oncopipe run` is at work in this folder", where=f"process {earlier.pid}", fix="wait for it"
        )
    orphans = [] if not earlier.run else _marked(earlier.run)
    if orphans:
        tell(f"ending {len(orphans)} processes that a killed run left at work")
        _end(orphans)
    tell("an earlier run was killed: clearing its lock, going on where it stood")


def _marked(run: str) -> list[psutil.Process]:
    """The processes of this user that a run started, wherever they hang now."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == run:
                found.append(process)
    return found


def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=_PATIENCE)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=_PATIENCE)


def _refuse_living_engine(folder: Path) -> None:
    """Never clear the lock of a Snakemake that somebody started by hand in this folder. Raises: OutputError."""
    here = str(folder.resolve())
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            words = process.cmdline()[:4]
            if (
                process.pid != os.getpid()
                and any(Path(w).name == "snakemake" for w in words)
                and process.cwd() == here
            ):
                raise OutputError(
                    "Snakemake is at work in this folder",
                    where=f"process {process.pid}",
                    fix="wait for it, or end it",
                )
