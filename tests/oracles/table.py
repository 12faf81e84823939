"""The checked-in table of disagreements: a head that says with what it was made, then a row each, sorted.

`python -m tests.oracles.table` writes it anew where snpEff is installed and prints the
numbers; the difference is then for a human to read.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pysam.version

from oncopipe.data.variants import Effect
from tests.oracles.made import Made, csq, make, ours, snpeff
from tests.oracles.reasons import Row, csq_rows, snpeff_rows

TABLE = Path(__file__).with_name("disagreements.tsv")
BCFTOOLS = f"bcftools csq {pysam.version.__bcftools_version__}"


@dataclass(frozen=True)
class Compared:
    """Entries compared, those of them that are coding, and the disagreements."""

    n: int
    n_coding: int
    rows: list[Row]


def against_csq(made: Made, named: list[dict[str, Effect]]) -> Compared:
    found = list(csq_rows(made, named, csq(made), csq(made, right=True)))
    return Compared(len(found), sum(c for c, _ in found), sorted(row for _, row in found if row))


def against_snpeff(made: Made, named: list[dict[str, Effect]]) -> Compared:
    found = list(snpeff_rows(made, named, snpeff(made)))
    return Compared(len(found), sum(c for c, _ in found), sorted(row for _, rows in found for row in rows))


def read_table() -> tuple[str, list[Row]]:
    """The programs that it was made with, and its rows."""
    head, _, *lines = TABLE.read_text().splitlines()
    rows = []
    for line in lines:
        oracle, contig, position, *rest = line.split("\t")
        rows.append(Row(oracle, contig, int(position), *rest))
    return head.removeprefix("# "), rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
        named = ours(made)
        compared = {"bcftools csq": against_csq(made, named), "snpEff": against_snpeff(made, named)}
    rows = [row for one in compared.values() for row in one.rows]
    for oracle, one in compared.items():
        print(f"{oracle}: {one.n:,} entries compared, {one.n_coding:,} of them coding, {len(one.rows)} differ")
        for reason, n in Counter(row.reason for row in one.rows).most_common():
            print(f"  {n:4d} {reason}")
    lines = [f"# {BCFTOOLS}, snpEff 5.1d", "\t".join(Row._fields), *("\t".join(map(str, row)) for row in rows)]
    TABLE.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
