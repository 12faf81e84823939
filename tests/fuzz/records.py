"""Changes of inflated BAM records, each aimed at one field."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_WIDTHS = {"A": 1, "c": 1, "C": 1, "s": 2, "S": 2, "i": 4, "I": 4, "f": 4}
_FIXED = 36  # bytes in front of the name, the block size counted


@dataclass
class Record:
    """One record with its block size in front. Places are read off the bytes of a record that was sound."""

    data: bytearray

    @property
    def name(self) -> tuple[int, int]:
        return _FIXED, _FIXED + self.data[12]

    @property
    def cigar(self) -> tuple[int, int]:
        begin = self.name[1]
        return begin, begin + 4 * struct.unpack_from("<H", self.data, 16)[0]

    @property
    def bases(self) -> tuple[int, int]:
        begin = self.cigar[1]
        return begin, begin + (struct.unpack_from("<i", self.data, 20)[0] + 1) // 2

    @property
    def qualities(self) -> tuple[int, int]:
        begin = self.bases[1]
        return begin, begin + struct.unpack_from("<i", self.data, 20)[0]

    def tags(self) -> list[tuple[int, str, str]]:
        """Place, name and type of each tag; as far as they make sense."""
        at, found = self.qualities[1], []
        while at + 3 < len(self.data) and at > 0:
            name, kind = self.data[at : at + 2].decode("latin1"), chr(self.data[at + 2])
            found.append((at, name, kind))
            if kind in _WIDTHS:
                at += 3 + _WIDTHS[kind]
            elif kind == "B" and at + 8 <= len(self.data):
                width = _WIDTHS.get(chr(self.data[at + 3]), 1)
                at += 8 + width * struct.unpack_from("<I", self.data, at + 4)[0]
            else:
                end = self.data.find(0, at + 3)
                at = end + 1 if end >= 0 else len(self.data)
        return found


Mutation = Callable[[list[Record], np.random.Generator], None]
RECORD_MUTATIONS: dict[str, Mutation] = {}


def mutation(name: str) -> Callable[[Mutation], Mutation]:
    """Put a mutation in the table under its name."""

    def put(function: Mutation) -> Mutation:
        RECORD_MUTATIONS[name] = function
        return function

    return put


def number(rng: np.random.Generator, width: int, near: int) -> bytes:
    """A number that a parser may trip over: an edge, near the right one, or any."""
    bits = 8 * width
    edges = [0, 1, 2, (1 << bits) - 1, (1 << bits) - 2, 1 << (bits - 1), (1 << (bits - 1)) - 1, 1 << (bits // 2)]
    step = int(rng.integers(-4, 5))
    value = (int(rng.choice(np.array(edges, object))), near + step, int(rng.integers(0, 1 << bits, dtype=np.uint64)))
    return (value[int(rng.integers(3))] % (1 << bits)).to_bytes(width, "little")


def _field(at: int, width: int) -> Mutation:
    def change(records: list[Record], rng: np.random.Generator) -> None:
        data = _any(records, rng).data
        if len(data) >= at + width:
            data[at : at + width] = number(rng, width, int.from_bytes(data[at : at + width], "little"))

    return change


def _any(records: list[Record], rng: np.random.Generator) -> Record:
    whole = [record for record in records if len(record.data) >= _FIXED] or [Record(bytearray(2 * _FIXED))]
    return whole[int(rng.integers(len(whole)))]


for _name, _at, _width in (
    ("block_size", 0, 4), ("refID", 4, 4), ("pos", 8, 4), ("l_read_name", 12, 1), ("mapq", 13, 1), ("bin", 14, 2),
    ("n_cigar", 16, 2), ("flag", 18, 2), ("l_seq", 20, 4), ("next refID", 24, 4), ("next pos", 28, 4), ("tlen", 32, 4),
):  # fmt: skip
    RECORD_MUTATIONS[_name] = _field(_at, _width)


def _bytes_in(place: str) -> Mutation:
    def change(records: list[Record], rng: np.random.Generator) -> None:
        record = _any(records, rng)
        begin, end = getattr(record, place)
        end = min(end, len(record.data))
        for _ in range(int(rng.integers(1, 4))):
            if begin < end:
                record.data[int(rng.integers(begin, end))] = int(rng.choice([0, 255, int(rng.integers(256))]))

    return change


for _name, _place in (("name bytes", "name"), ("bases", "bases"), ("qualities", "qualities")):
    RECORD_MUTATIONS[_name] = _bytes_in(_place)


@mutation("CIGAR word")
def _cigar_word(records: list[Record], rng: np.random.Generator) -> None:
    record = _any(records, rng)
    begin, end = record.cigar
    if begin < end <= len(record.data):
        at = int(rng.integers((end - begin) // 4)) * 4 + begin
        word = int.from_bytes(record.data[at : at + 4], "little")
        operation = int(rng.integers(16)) if rng.random() < 0.5 else word & 15
        length = int.from_bytes(number(rng, 4, word >> 4), "little") if rng.random() < 0.7 else word >> 4
        record.data[at : at + 4] = (length << 4 & 0xFFFFFFFF | operation).to_bytes(4, "little")


@mutation("CIGAR traded")
def _cigar_traded(records: list[Record], rng: np.random.Generator) -> None:
    """Bases moved from one operation to the next, so that the CIGAR still fits the sequence."""
    record = _any(records, rng)
    begin, end = record.cigar
    if end - begin >= 8 and end <= len(record.data):
        at = begin + 4 * int(rng.integers((end - begin) // 4 - 1))
        first, second = struct.unpack_from("<II", record.data, at)
        n = int(rng.integers(0, (first >> 4) + 1))
        struct.pack_into("<II", record.data, at, first - (n << 4), (second + (n << 4)) & 0xFFFFFFFF)


def _tag(records: list[Record], rng: np.random.Generator, wanted: Callable[[str, str], bool]) -> tuple[Record, int]:
    """A record that has such a tag, and where; -1 where none is met."""
    for _ in range(20):
        record = _any(records, rng)
        places = [at for at, name, kind in record.tags() if wanted(name, kind)]
        if places:
            return record, int(rng.choice(places))
    return records[0], -1


@mutation("tag type")
def _tag_type(records: list[Record], rng: np.random.Generator) -> None:
    record, at = _tag(records, rng, lambda name, kind: True)
    if at >= 0:
        record.data[at + 2] = int(rng.choice([*b"AcCsSiIfZHBd?", int(rng.integers(256))]))


@mutation("tag string")
def _tag_string(records: list[Record], rng: np.random.Generator) -> None:
    """A terminator lost, or one too early."""
    record, at = _tag(records, rng, lambda name, kind: kind in "ZH")
    if at >= 0:
        end = record.data.find(0, at + 3)
        record.data[end if rng.random() < 0.6 else at + 3] = 0 if rng.random() < 0.3 else 65


@mutation("tag array")
def _tag_array(records: list[Record], rng: np.random.Generator) -> None:
    record, at = _tag(records, rng, lambda name, kind: kind == "B")
    if 0 <= at <= len(record.data) - 8:
        if rng.random() < 0.4:
            record.data[at + 3] = int(rng.choice([*b"cCsSiIfAZBd", int(rng.integers(256))]))
        else:
            record.data[at + 4 : at + 8] = number(rng, 4, int.from_bytes(record.data[at + 4 : at + 8], "little"))


@mutation("NM")
def _nm(records: list[Record], rng: np.random.Generator) -> None:
    """Another type, another value, cut off at the record's end, or twice."""
    record, at = _tag(records, rng, lambda name, kind: name == "NM")
    if at < 0:
        return
    kind = str(rng.choice(list("cCsSiIfAZ")))
    value = number(rng, _WIDTHS.get(kind, 3), 3)[: int(rng.integers(1, 5))]
    tail = bytes(record.data[at:]) if rng.random() < 0.3 else b""
    record.data[at:] = b"NM" + kind.encode() + value + tail
    _fit(record)


@mutation("CG")
def _cg(records: list[Record], rng: np.random.Generator) -> None:
    """The long CIGAR: its type, its count, its words; or one in a record that needs none."""
    record, at = _tag(records, rng, lambda name, kind: name == "CG")
    if at < 0:
        record = _any(records, rng)
        at = len(record.data)
        record.data += b"CGBI" + struct.pack("<II", 1, 60 << 4)
        _fit(record)
    choice = int(rng.integers(4))
    if choice == 0:
        record.data[at + 3] = int(rng.choice([*b"iIfsS"]))
    elif choice == 1:
        record.data[at + 4 : at + 8] = number(rng, 4, int.from_bytes(record.data[at + 4 : at + 8], "little"))
    elif choice == 2 and at + 12 <= len(record.data):
        record.data[at + 8 : at + 12] = number(rng, 4, int.from_bytes(record.data[at + 8 : at + 12], "little"))
    else:
        begin, end = record.cigar
        place = int(rng.integers(begin, max(begin + 1, min(end, len(record.data)))))
        record.data[place] = int(rng.integers(256))


@mutation("bytes anywhere")
def _anywhere(records: list[Record], rng: np.random.Generator) -> None:
    record = _any(records, rng)
    for _ in range(int(rng.integers(1, 5))):
        record.data[int(rng.integers(len(record.data)))] = int(rng.integers(256))


@mutation("bytes put in or taken out")
def _shifted(records: list[Record], rng: np.random.Generator) -> None:
    record = _any(records, rng)
    at, n = int(rng.integers(4, len(record.data))), int(rng.integers(1, 9))
    if rng.random() < 0.5:
        record.data[at:at] = rng.bytes(n)
    else:
        del record.data[at : at + n]
    if rng.random() < 0.7:
        _fit(record)


@mutation("cut short")
def _cut(records: list[Record], rng: np.random.Generator) -> None:
    """The file ends inside a record, in a sound block."""
    keep = int(rng.integers(1, len(records)))
    del records[keep:]
    if rng.random() < 0.8:
        del records[-1].data[int(rng.integers(1, len(records[-1].data))) :]


@mutation("records moved, doubled, lost")
def _moved(records: list[Record], rng: np.random.Generator) -> None:
    i, j = (int(v) for v in rng.integers(0, len(records), 2))
    choice = int(rng.integers(3))
    if choice == 0:
        records[i], records[j] = records[j], records[i]
    elif choice == 1:
        records.insert(i, Record(bytearray(records[i].data)))
    elif len(records) > 1:
        del records[i]


@mutation("position, still sorted")
def _still_sorted(records: list[Record], rng: np.random.Generator) -> None:
    """A record at the place of its neighbor."""
    i = int(rng.integers(1, len(records)))
    if min(len(records[i].data), len(records[i - 1].data)) >= 12:
        records[i].data[4:12] = records[i - 1].data[4:12]


def _fit(record: Record) -> None:
    """Make the block size right again."""
    record.data[:4] = struct.pack("<I", (len(record.data) - 4) & 0xFFFFFFFF)
