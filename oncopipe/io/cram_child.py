"""A process of its own that turns regions of a CRAM into BAM bytes: `cram_child.py CRAM CRAI REFERENCE OUTPUT`.

Started by `io.cram` by its path. It reads one request a line from standard input, writes an uncompressed BAM over
OUTPUT and answers with one line of JSON. It ends with its standard input, so nothing is left when the parent dies.
htslib decodes here and not in the parent, because pysam holds the GIL.
"""

import json
import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import pysam

_SOME = 100_000  # records of one answer when the whole file is asked for


def main() -> None:
    cram, crai, reference, output = sys.argv[1:]
    reads = pysam.AlignmentFile(cram, "rc", reference_filename=reference, index_filename=crai)
    everything: Iterator[Any] = iter(())
    for line in sys.stdin:
        answer: dict[str, Any]
        wanted = json.loads(line)
        try:
            if wanted["what"] == "region":
                found = reads.fetch(wanted["contig"], wanted["start"], wanted["end"])
                answer = {"records": _write(reads, found, output)}
            elif wanted["what"] == "unplaced":
                answer = {"records": sum(1 for _ in reads.fetch("*"))}
            else:
                everything = iter(reads.fetch(until_eof=True)) if wanted["what"] == "first" else everything
                answer = {"records": _write(reads, islice(everything, _SOME), output)}
        except (OSError, ValueError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


def _write(reads: pysam.AlignmentFile, found: Iterator[Any], output: str) -> int:
    """Write what was found as an uncompressed BAM; the number of records."""
    first = next(found, None)
    if first is None:
        return 0
    n = 0
    with pysam.AlignmentFile(output, "wbu", header=reads.header) as file:
        for read in chain((first,), found):
            file.write(read)
            n += 1
    return n


if __name__ == "__main__":
    main()
