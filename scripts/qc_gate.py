"""End with 1, and the reasons in the log, when a sample's quality is FAIL. Run by the rule qc_gate."""

import csv
import sys
from pathlib import Path

with Path(snakemake.input.metrics).open(encoding="utf-8", newline="") as table:  # noqa: F821 - put there by the engine
    failed = [row for row in csv.DictReader(table, delimiter="\t") if row["status"] == "FAIL"]
reasons = "".join(f"{row['sample']}: {row['label']} FAIL: {row['reason']}\n" for row in failed)
Path(snakemake.log[0]).write_text(reasons or "no metric is FAIL\n", encoding="utf-8")  # noqa: F821
sys.exit(1 if failed else 0)
