"""Mutants of a sound BAM. Most change inflated records, field by field, and are wrapped again with a right checksum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.fuzz.bgzf import inflate, moved_bai, wrap
from tests.fuzz.files import FILE_MUTATIONS
from tests.fuzz.records import RECORD_MUTATIONS, Record
from tests.fuzz.seed import Seed

RECORD_SHARE = 0.8


@dataclass(frozen=True)
class Mutant:
    """Bytes of a BAM and of its index; `is_reindexed`: htslib is to make an index anew, if it can."""

    kind: str
    bam: bytes
    index: bytes
    suffix: str = ".bai"
    is_reindexed: bool = False


def make_mutant(seed: Seed, run: int, number: int) -> Mutant:
    """The mutant of that number in a run: the same bytes each time."""
    rng = np.random.default_rng([run, number])
    if rng.random() >= RECORD_SHARE:
        kind = str(rng.choice(sorted(FILE_MUTATIONS)))
        return Mutant(kind, *FILE_MUTATIONS[kind](seed, rng))
    places = zip(seed.records[:-1], seed.records[1:], strict=True)
    records = [Record(bytearray(seed.inflated.raw[a:b])) for a, b in places]
    originals = list(records)
    kinds = sorted(RECORD_MUTATIONS)
    kind = str(rng.choice([*kinds, "several"]))
    for _ in range(int(rng.integers(2, 6)) if kind == "several" else 1):
        one = str(rng.choice(kinds)) if kind == "several" else kind
        RECORD_MUTATIONS[one](records, rng)
    head = seed.inflated.raw[: seed.records[0]]
    bam = wrap(head + b"".join(record.data for record in records), int(rng.choice([60_000, 60_000, 7_000, 900])))
    # Half have the index that would be right had only the records' places changed.
    starts = np.cumsum([len(head), *(len(record.data) for record in records)]).tolist()
    place = {id(record): start for record, start in zip(records, starts, strict=False)}
    moved = dict(zip(seed.records, [place.get(id(record), -1) for record in originals] + [starts[-1]], strict=True))
    for at in reversed(seed.records[:-1]):  # where a lost record was, the next one is
        if moved[at] < 0:
            moved[at] = next(moved[later] for later in seed.records if later > at)
    index = moved_bai(seed.bai, seed.inflated, inflate(bam), moved.__getitem__)
    return Mutant(f"record: {kind}", bam, index, is_reindexed=bool(rng.random() < 0.5))
