"""A batch of mutants through a process of its own, which may crash or hang: the parent sees at which mutant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 600.0  # until a process is ready: kernels may have to be compiled


def run_worker(module: str, folder: Path, numbers: list[int], seconds: float, env: dict[str, str]) -> dict[int, Any]:
    """What the worker said of each mutant; `{"died": how}` where it crashed or took longer than `seconds`."""
    said: dict[int, Any] = {}
    first = 0
    while first < len(numbers):
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(folder), str(first)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, env=os.environ | env,
        )  # fmt: skip
        how = _listen(process, said, seconds)
        done = sum(number in said for number in numbers)
        if done < len(numbers):
            said[numbers[done]] = {"died": how}
            done += 1
        first = done
    return said


def _listen(process: subprocess.Popen[str], said: dict[int, Any], seconds: float) -> str:
    """Take lines until the process ends or is silent too long; how it ended."""
    lines: SimpleQueue[str | None] = SimpleQueue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        return _wait(process, lines, said, seconds)
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def _wait(
    process: subprocess.Popen[str], lines: SimpleQueue[str | None], said: dict[int, Any], seconds: float
) -> str:
    patience = START_SECONDS
    while True:
        try:
            line = lines.get(timeout=patience)
        except Empty:
            return f"silent for {patience:.0f} s"
        if line is None:
            return f"ended with status {process.wait()}"
        found = json.loads(line)
        patience = seconds
        if "number" in found:
            said[found["number"]] = found
