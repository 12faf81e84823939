"""What a run is about: its configuration and its sample sheet, checked together before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oncopipe.data.config import Config, check_config, missing_resources, named_files
from oncopipe.data.problems import Problem, refuse
from oncopipe.data.samples import SampleSheet, read_sample_sheet, sheet_problems


@dataclass(frozen=True)
class Plan:
    """A configuration without faults and the samples it names."""

    config: Config
    sheet: SampleSheet
    where: str

    def missing(self) -> list[Problem]:
        """Files that configuration and sheet name but that are not there. A plan can be looked at without them."""
        return missing_resources(self.config, where=self.where) + sheet_problems(
            Path(self.config.samples), check_files=True
        )

    def files(self, *, reads: bool = True) -> dict[str, str]:
        """Every file that goes into the run, by a name that says what it is; `reads=False` leaves out the reads."""
        files = {"samples": self.config.samples, **dict(named_files(self.config))}
        if self.config.resources.knowledge:
            folder = Path(self.config.resources.knowledge)
            files |= {f"knowledge.{file.name}": str(file) for file in sorted(folder.glob("*")) if file.is_file()}
        if reads:
            for sample in self.sheet:
                files |= {f"reads.{sample.sample}.{number}": path for number, path in enumerate(sample.files(), 1)}
        return files


def make_plan(content: object, *, where: str) -> Plan:
    """The plan that a configuration (as read from YAML) gives. Whether the files exist is `Plan.missing`'s matter.

    Raises: ProblemsError with every problem of configuration and sample sheet at once; ConfigError or
    MissingInputError when the sheet cannot be read at all.
    """
    config, problems = check_config(content, where=where)
    sheet = content.get("samples") if isinstance(content, dict) else None
    if problems and isinstance(sheet, str) and Path(sheet).is_file():
        problems += sheet_problems(Path(sheet), check_files=False)
    refuse(problems)
    assert config is not None
    return Plan(config, read_sample_sheet(config.samples, check_files=False), where)
