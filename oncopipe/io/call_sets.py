"""What a VCF's header says of its calls: which column is the tumor, which the normal, and who called."""

from __future__ import annotations

import re

from oncopipe.data.variants import CallSet
from oncopipe.errors import InputError
from oncopipe.io.vcf_lines import VcfHeader, VcfLine

# Names that callers give the two columns when they do not use those of the reads (Strelka2, SomaticSniper, VarScan2).
_TUMOR_NAMES, _NORMAL_NAMES = frozenset({"tumor", "tumour"}), frozenset({"normal", "control"})
_PEDIGREE = re.compile(r"##PEDIGREE=<(?:ID|Derived)=([^,>]+),Original=([^,>]+)>")
_VERSION = re.compile(r'Version="?(?:SW: )?([^",>]+)')
_RGSM = re.compile(r"--RGSM(-tumor)?[ =]+([^\s\"]+)")


def call_set(
    header: VcfHeader,
    where: str,
    *,
    tumor: str | None = None,
    normal: str | None = None,
    first: VcfLine | None = None,
) -> CallSet:
    """Samples, caller and contents. `tumor` and `normal` are what the user says; `first` is the first record.

    Raises: InputError when a sample is not there or the tumor is in doubt.
    """
    found = samples_of(header, where, tumor=tumor, normal=normal, first=first)
    if found is None:
        what = f"does not say which of {', '.join(header.samples)} is the tumor" if header.samples else (
            "has no sample columns"
        )  # fmt: skip
        raise InputError(
            f"the VCF {what}", where=where,
            fix="name the tumor and its normal (--tumor, --normal of `oncopipe annotate`), or add the lines "
            "##tumor_sample=NAME and ##normal_sample=NAME to its header",
        )  # fmt: skip
    return CallSet(
        *found, caller_of(header), header.declares("INFO", "ANN"), header.declares("INFO", "POPAF_MAX"),
        dict(header.contig_lengths),
    )  # fmt: skip


def samples_of(
    header: VcfHeader,
    where: str,
    *,
    tumor: str | None = None,
    normal: str | None = None,
    first: VcfLine | None = None,
) -> tuple[str, str | None] | None:
    """Names of tumor and normal; None when nothing says which sample is the tumor.

    In this order: the user; `##tumor_sample`, `##normal_sample` (Mutect2, OncoPipe); `##PEDIGREE` (VCF 4.2); DRAGEN's
    command line; VarDict's INFO/SAMPLE of the first record, in a file of two; columns called TUMOR and NORMAL; the only
    column. Never the order of the columns, nor which looks more like a tumor.

    Raises: InputError when a sample that is named is not there.
    """
    told = [_told(header, first), (None, header.value("normal_sample")), _by_name(header)]
    tumor = tumor or next((t for t, _ in told if t), None)
    if tumor is None and len(header.samples) == 1:
        tumor = header.samples[0]
    if tumor is None:
        return None
    normal = normal or next((n for t, n in told if n and t in (None, tumor)), None)
    for name in (tumor, normal):
        if name is not None and header.samples and name not in header.samples:
            raise InputError(
                f"sample {name!r} is not in the VCF, which has {', '.join(header.samples)}", where=where,
                fix="correct ##tumor_sample and ##normal_sample of the header, or name the samples",
            )  # fmt: skip
    if tumor == normal:
        raise InputError(f"tumor and normal are the same sample, {tumor!r}", where=where, fix="name two samples")
    return tumor, normal


def _told(header: VcfHeader, first: VcfLine | None) -> tuple[str | None, str | None]:
    if tumor := header.value("tumor_sample"):
        return tumor, header.value("normal_sample")
    for line in header.lines:
        if (found := _PEDIGREE.match(line)) and {found.group(1), found.group(2)} <= set(header.samples):
            return found.group(1), found.group(2)
        if line.startswith("##DRAGENCommandLine="):
            names = {kind: name for kind, name in _RGSM.findall(line) if name in header.samples}
            if tumor := names.get("-tumor"):
                return tumor, names.get("") or _other(header, tumor)
    if first is not None and (header.value("source") or "").lower().startswith("vardict"):
        tumor = first.info("SAMPLE")
        if tumor in header.samples:
            return tumor, _other(header, tumor)
    return None, None


def _other(header: VcfHeader, name: str) -> str | None:
    others = [sample for sample in header.samples if sample != name]
    return others[0] if len(others) == 1 and len(header.samples) == 2 else None


def _by_name(header: VcfHeader) -> tuple[str | None, str | None]:
    tumors = [name for name in header.samples if name.lower() in _TUMOR_NAMES]
    normals = [name for name in header.samples if name.lower() in _NORMAL_NAMES]
    return tumors[0] if len(tumors) == 1 else None, normals[0] if len(normals) == 1 else None


def caller_of(header: VcfHeader) -> str:
    """Name and version of the caller, "unknown" when the header does not say."""
    for key, name in (("oncopipe_version", "OncoPipe"), ("MutectVersion", "Mutect2")):
        if version := header.value(key):
            return f"{name} {version}"
    if version := header.value("DeepVariant_version"):
        name = "DeepSomatic" if header.declares("FILTER", "GERMLINE") else "DeepVariant"
        return f"{name} {version}"
    for line in header.lines:
        if line.startswith(("##DRAGENCommandLine=<ID=dragen,", "##DRAGENVersion=")):
            found = _VERSION.search(line)
            return f"DRAGEN {found.group(1).strip()}" if found else "DRAGEN"
    source, version = header.value("source"), header.value("source_version")
    if source == "strelka" and header.declares("FORMAT", "TIR" if header.declares("FORMAT", "TAR") else "AU"):
        source = "Strelka2"
    if source and source.startswith("VarDict_v"):
        source = source.replace("_v", " ", 1)
    return " ".join(part for part in (source, version) if part) or "unknown"


# What callers say outside FILTER: VarDict's paired calls pass whatever their status is, VarScan2's likewise, and what
# DRAGEN tags with --vc-enable-germline-tagging passes too.
_VARDICT_SOMATIC = frozenset({"StrongSomatic", "LikelySomatic"})
_DRAGEN_GERMLINE = frozenset({"Germline_DB", "Germline_Proxi"})
_VARSCAN_STATES = {"0": "Reference", "1": "Germline", "3": "LOH", "5": "Unknown"}


def status_filter(line: VcfLine, caller: str, *, allele: int = 0, has_normal: bool = True) -> str | None:
    """The filter that an allele needs because its caller says, outside FILTER, that it is not somatic; None without.

    METHOD: DRAGEN's germline tag comes from population databases and neighbors. It decides for a tumor alone; a
    matched normal knows better than a database does, so that beside one the tag is not read.

    >>> fields = ["1", "9", ".", "A", "C", ".", "PASS", "STATUS=Germline;SAMPLE=T"]
    >>> status_filter(VcfLine(fields, 8, ("C",), "line 1"), "VarDict 1.8.3")
    'status_Germline'
    """
    name = caller.lower()
    if name.startswith("vardict") and (status := line.info("STATUS")) is not None:
        return None if status in _VARDICT_SOMATIC else f"status_{status or 'unknown'}"
    if name.startswith("varscan") and (state := line.info("SS")) is not None:
        return None if state == "2" else f"status_{_VARSCAN_STATES.get(state, 'Unknown')}"
    if name.startswith("dragen") and not has_normal:
        values = (line.info("GermlineStatus") or "").split(",")
        status = values[allele] if len(values) == len(line.alternates) else values[0]
        return f"status_{status}" if status in _DRAGEN_GERMLINE else None
    return None
