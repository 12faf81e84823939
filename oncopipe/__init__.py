"""OncoPipe: from the reads of a tumor to a report that a molecular tumor board can act on.

The path, one way (docs/architecture.md):

    BAM -io-> ReadBatch -calling.collect-> Evidence -calling.fit-> model -calling.score-> Calls -io.vcf-> VCF
    VCF -annotation-> annotated VCF -interpretation (with knowledge)-> Findings -report-> HTML, JSON
    Findings -exports-> MAF, cBioPortal, FHIR, ...

`oncopipe.data` holds the nouns, the stage folders hold the verbs, and three thin faces use them:
Python (the names below, loaded on first use), the `oncopipe` command, and the workflow.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

__version__ = version("oncopipe")

_PUBLIC = {
    "call_somatic": "oncopipe.calling",
    "call_tumor_only": "oncopipe.calling",
    "measure_quality": "oncopipe.qc",
    "annotate": "oncopipe.annotation",
    "interpret": "oncopipe.interpretation",
    "write_report": "oncopipe.report",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'oncopipe' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
