"""Ours against htslib's, for one mutant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# Where we refuse what htslib reads; each is explained in docs/engine.md.
STRICTER = {
    "a record's tags are malformed",
    "a record's CIGAR does not fit its sequence",
    "a record's parts do not fit its size",
    "a record names no contig of the header, or reaches over an end of its contig",
    "the reads are not sorted by coordinate",
    "its end-of-file marker is missing",
    "the BAM index cannot be used",
    "the index points behind the end of a block or the file",
    "the reads have no index and none can be made",
    "this is no sound BAM",
    "this is not a BGZF block",
    "a block cannot be inflated",
}
_RECORD_ERRORS = ("a record", "not sorted", "ends inside a record")


@dataclass
class Verdict:
    """reached: the record parser saw the mutant. findings: what must not be."""

    reached: bool = False
    refused: bool = False
    equal: bool = False
    as_htslib: bool = False  # a window read by an index that no longer tells the truth, with htslib's answer
    unjudged: bool = False  # htslib crashed or hung
    stricter: str = ""
    findings: list[str] = field(default_factory=list)


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> Verdict:
    """Each part of ours ends in a named error or in the right answer."""
    verdict = Verdict()
    if "died" in ours:
        verdict.findings.append(f"our process {ours['died']}")
        return verdict
    parts = {name: ours[name] for name in ("all", "collect", "families", "qc")}
    parts |= {f"window {i}": said for i, said in enumerate(ours["windows"])}
    verdict.findings += [f"{name}: {said['unnamed']}" for name, said in parts.items() if "unnamed" in said]
    whole = ours["all"]
    if "died" in theirs:  # htslib itself crashed or hung, and cannot judge
        verdict.refused, verdict.unjudged = "named" in whole, True
        return verdict
    if "named" in whole:
        verdict.refused = True
        verdict.reached = any(word in whole["named"] for word in _RECORD_ERRORS)
        if theirs["all"] is not None:
            verdict.stricter = next((why for why in STRICTER if why in whole["named"]), "")
            if not verdict.stricter:
                verdict.findings.append(f"refused, but htslib reads it: {whole['named']}")
    elif "result" in whole:
        verdict.reached, verdict.equal = True, whole["result"] == theirs["all"]
        if not verdict.equal:
            verdict.findings.append(
                f"all records: ours {whole['result']}, htslib {theirs['all']} {theirs.get('why')}"
            )
    for i, said in enumerate(ours["windows"]):
        right = {theirs["truth"][i]}
        if theirs["all"] is None:  # what is damaged elsewhere may still be read here
            right.add(theirs["sound"][i])
        if "result" in said and said["result"] not in right | {theirs["windows"][i]}:
            verdict.findings.append(
                f"window {i}: ours {said['result']}, htslib {theirs['windows'][i]}, right {right}"
            )
        elif "result" in said and theirs["all"] is not None and said["result"] not in right:
            verdict.as_htslib = True
    return verdict
