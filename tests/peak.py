"""How much memory a program takes at most.

A child's peak, as `wait4` tells it, counts what its parent held when it was made, and a worker of the tests may hold a gigabyte;
so a small program in between makes the child and asks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BETWEEN = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss)
"""


def peak_of(*arguments: str) -> tuple[int, int]:
    """Exit status and peak memory in kB of `python ARGUMENTS`, which may import the tests."""
    command = [sys.executable, "-c", _BETWEEN, sys.executable, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    status, peak = said.split()
    return int(status), int(peak)
