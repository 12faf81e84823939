"""What a run says at its end about what failed: which patient, which step, which log, and the reason in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from oncopipe.data.samples import Sample, SampleSheet

RESULTS = Path("results")
# Steps on which no report rests.
_BESIDE_REPORTS = frozenset({"report_pdf", "multiqc", "cohort", "provenance"})
_ERROR = re.compile(r"^\s*(?:Error in )?rule (\w+)")
_LOG = re.compile(r"^\s+logs?: (.+?)(?: \(check log file\(s\).*\))?$")
_OUTPUT = re.compile(r"^\s+output: (.+)$")


@dataclass(frozen=True)
class Failure:
    """A step that failed and was not mended by a later attempt."""

    step: str
    log: str | None

    def reason(self) -> str:
        """The error's sentence in the log; empty when there is none."""
        try:
            lines = Path(self.log or "").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        said = [line.removeprefix("oncopipe: ") for line in lines if line.startswith("oncopipe: ")]
        return said[-1] if said else (lines[-1].strip() if lines else "")


def failures_text(engine_logs: str | Iterable[str], sheet: SampleSheet) -> str:
    """The failures of a run, patient by patient, from the workflow engine's own log files."""
    paths = [engine_logs] if isinstance(engine_logs, str) else list(engine_logs)
    text = "\n".join(
        Path(path).read_text(encoding="utf-8", errors="replace") for path in paths if Path(path).is_file()
    )
    failures = failures_in(text)
    if not failures:
        return ""
    lines = ["failed steps:"]
    stale: dict[str, None] = {}
    for failure in failures:
        reason, own = failure.reason(), _sample_of(failure, sheet)
        whose = f"patient {own.patient}, sample {own.sample}" if own else "all patients"
        lines.append(f"  {whose}: {failure.step}{': ' + reason if reason else ''}")
        lines.append(f"    log: {failure.log or 'none was written'}")
        if failure.step not in _BESIDE_REPORTS and not failure.step.startswith("export_"):
            stale |= dict.fromkeys(_reports(own, sheet))
    if stale:
        lines.append(
            "REPORTS OF AN EARLIER RUN still stand; they do not follow from today's inputs, do not use them:"
        )
        lines += [f"  {path}" for path in stale]
    return "\n".join(lines)


def failed_samples(engine_logs: str | Iterable[str], sheet: SampleSheet) -> dict[str, str]:
    """Each tumor sample whose report rests on a step that failed in the run of these logs, and why."""
    paths = [engine_logs] if isinstance(engine_logs, str) else list(engine_logs)
    text = "\n".join(
        Path(path).read_text(encoding="utf-8", errors="replace") for path in paths if Path(path).is_file()
    )
    failed: dict[str, str] = {}
    for failure in failures_in(text):
        if failure.step not in _BESIDE_REPORTS:
            reason, own = failure.reason(), _sample_of(failure, sheet)
            tumors = [own] if own and own.role == "tumor" else sheet.tumors(own.patient if own else None)
            for tumor in tumors:
                failed.setdefault(tumor.sample, f"{failure.step} failed" + (f": {reason}" if reason else ""))
    return failed


def failures_in(text: str) -> list[Failure]:
    """The failed steps that an engine's log names, each once, without those whose outputs are there after all."""
    found = {
        (step, log): Failure(step, log)
        for step, log, outputs in _blocks(text)
        if not outputs or not _all_exist(outputs)
    }
    return list(found.values())


def _blocks(text: str) -> Iterator[tuple[str, str | None, list[str]]]:
    """Step, first log file and outputs of every error block."""
    step: str | None = None
    log: str | None = None
    outputs: list[str] = []
    in_error = False
    for line in [*text.splitlines(), ""]:
        begins = line.startswith("Error in ") or line == "    jobs:"  # a job's block, or a group's
        in_error = begins or (in_error and line.startswith(" "))
        match = _ERROR.match(line) if in_error else None
        if step and (match or not in_error):
            yield step, log, outputs
            step, log, outputs = None, None, []
        if match:
            step = match.group(1)
        elif step and (match := _LOG.match(line)):
            log = match.group(1).split(", ")[0]
        elif step and (match := _OUTPUT.match(line)):
            outputs = match.group(1).split(", ")


def _all_exist(outputs: list[str]) -> bool:
    return all(Path(path.split(" (")[0]).exists() for path in outputs)


def _sample_of(failure: Failure, sheet: SampleSheet) -> Sample | None:
    """The sample that a log's path names; None for a step of all."""
    parts = Path(failure.log or "").parts
    for sample in sorted(sheet, key=lambda s: -len(s.sample)):
        named = bool(parts) and (parts[-1] == f"{sample.sample}.log" or parts[-1].startswith(f"{sample.sample}."))
        if named and (sample.patient in parts or failure.step == parts[-2]):
            return sample
    return None


def _reports(sample: Sample | None, sheet: SampleSheet) -> list[str]:
    """Reports that stand although a step before them failed: a tumor's own, or all that its normal serves."""
    tumors = sheet.tumors(sample.patient if sample else None)
    own = [sample] if sample and sample.role == "tumor" else tumors
    paths = [RESULTS / "patients" / tumor.patient / f"{tumor.sample}.report.html" for tumor in own]
    return [str(path) for path in paths if path.exists()]
