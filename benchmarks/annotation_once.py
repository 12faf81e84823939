"""One timed `annotate`, for `benchmarks.annotation`: FOLDER (genome.fa, genes.gff3) and CALLS to JSON on stdout."""

from __future__ import annotations

import gzip
import json
import sys
import time
from pathlib import Path

from oncopipe.annotation.annotator import annotate
from oncopipe.annotation.transcripts import GeneModels
from oncopipe.io.fasta import open_reference
from oncopipe.io.gff3 import read_gff3


def main(folder: Path, calls: Path) -> None:
    fasta, genes, output = folder / "genome.fa", folder / "genes.gff3", folder / "named.vcf.gz"
    with open_reference(fasta) as reference:
        started = time.process_time()
        GeneModels(read_gff3(genes, reference.lengths))
        models = time.process_time() - started
    started = time.process_time()
    annotate(calls, fasta, genes, output)
    whole = time.process_time() - started
    with gzip.open(output, "rt") as lines:
        entries = sum(text.count("|") // 15 for text in lines if not text.startswith("#"))
    print(json.dumps({"models": models, "pass": whole - models, "entries": entries}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
