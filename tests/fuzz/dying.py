"""A worker that crashes at mutant 8 and hangs at 9, to see that the parent tells."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    folder, first = Path(sys.argv[1]), int(sys.argv[2])
    print('{"ready": true}', flush=True)
    for entry in json.loads((folder / "batch.json").read_text())[first:]:
        if entry["number"] == 8:
            os.kill(os.getpid(), signal.SIGSEGV)
        if entry["number"] == 9:
            time.sleep(60)
        print(json.dumps(entry), flush=True)
