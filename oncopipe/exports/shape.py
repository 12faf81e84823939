"""What every export has in common: what goes in (a batch of findings), and what a format says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from oncopipe.data.alterations import Alterations
from oncopipe.data.findings import Findings
from oncopipe.data.samples import read_sample_sheet
from oncopipe.errors import ConfigError, InputError, MissingInputError
from oncopipe.io.findings_stream import FindingsFile, open_findings
from oncopipe.options import StudyOptions

# What a format makes: one file or one folder of the whole batch, or one file a tumor sample.
Makes = Literal["file", "folder", "file_each"]


@dataclass(frozen=True)
class Batch:
    """The findings to export, read one sample at a time, and what a site may know beside them."""

    paths: tuple[Path, ...]
    alterations: Alterations = field(default_factory=Alterations)
    study: StudyOptions = field(default_factory=StudyOptions)
    reference: Path | None = None
    panel_genes: Path | None = None

    def files(self) -> Iterator[FindingsFile]:
        """The findings in the order given, their variants still on disk.

        Raises: InputError when two files speak of one sample, or of two builds.
        """
        seen: dict[str, Path] = {}
        build: str | None = None
        for path in self.paths:
            file = open_findings(path)
            sample, own = file.head.identity.sample, file.head.provenance.reference
            if sample in seen:
                raise InputError(
                    f"sample {sample} was given twice",
                    where=f"{seen[sample]} and {path}",
                    fix="give each sample once",
                )
            seen[sample] = path
            if build not in (None, own):
                raise InputError(
                    f"the findings speak of two builds: {build} and {own}",
                    where=str(path),
                    fix="export each build by itself",
                )
            build = own
            yield file


@dataclass(frozen=True)
class Format:
    """One export format: its name, what it makes, and the function that makes it."""

    name: str
    about: str  # one line of help
    makes: Makes
    suffix: str  # of a sample's file; of the batch, the name of its file or folder in a run's results
    write: Callable[[Batch, Path], None]
    options: tuple[str, ...] = ()  # names of further options of the command, see cli/export.py
    package: str | None = None  # module that must be importable
    extra: str | None = None  # the extra of this package that installs it

    def check_installed(self) -> None:
        """Raises: ConfigError naming the extra to install when the format's package is absent."""
        if self.package is None or _is_installed(self.package):
            return
        raise ConfigError(
            f"the format {self.name} needs the Python package {self.package}, which is not installed",
            fix=f"pip install 'oncopipe[{self.extra}]'",
        )


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the parent of a dotted name is absent
        return False


def findings_below(results: Path, samples: Path | None = None) -> tuple[Path, ...]:
    """The findings files of a run, by patient and sample; with a sample sheet those of its tumors, in its order.

    Raises: MissingInputError when there is none, or when a tumor of the sheet has none.
    """
    if samples is not None:
        tumors = read_sample_sheet(samples, check_files=False).tumors()
        wanted = tuple(results / "patients" / t.patient / f"{t.sample}.findings.json" for t in tumors)
    else:
        wanted = tuple(sorted(results.glob("patients/*/*.findings.json")))
    missing = [path for path in wanted if not path.is_file()]
    if missing or not wanted:
        raise MissingInputError(
            f"the findings {missing[0].name} are missing"
            if missing
            else "there are no findings in this results folder",
            where=str(missing[0] if missing else results),
            fix="finish the run, or give the files with --findings",
        )
    return wanted


def build_of(findings: Findings) -> Literal["GRCh37", "GRCh38"]:
    """The genome build that the findings' positions are of.

    Raises: InputError when they name none: an export without it could be read as the other build.
    """
    name = findings.provenance.reference
    if name == "GRCh37":
        return "GRCh37"
    if name == "GRCh38":
        return "GRCh38"
    raise InputError(
        f"the findings of sample {findings.identity.sample} name no genome build (reference {name!r})",
        where="$.provenance.reference",
        fix="make them again with 'oncopipe interpret --build GRCh37' or GRCh38",
    )
