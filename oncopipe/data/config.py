"""The configuration of a run: what to analyse, with which options. How to run it is a profile's matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError

from oncopipe.data.problems import Problem, nearest, refuse
from oncopipe.data.sheet_checks import file_fault
from oncopipe.errors import ConfigError, MissingInputError
from oncopipe.options import (
    AlignOptions,
    AnnotateOptions,
    CallOptions,
    InterpretOptions,
    Options,
    QcOptions,
    StudyOptions,
)


class ReferenceConfig(Options):
    """The genome that the reads are, or will be, aligned to."""

    fasta: str = Field(description="reference FASTA, plain or bgzipped; its .fai is made when the folder is writable")
    genes: str = Field(description="gene models of the same build (GFF3, Ensembl's layout)")
    build: Literal["GRCh37", "GRCh38"] = Field("GRCh38", description="name of the build, for MAF and knowledge")


class ResourcesConfig(Options):
    """Files that make the answer better. Each may be left out; the report says what was missing."""

    regions: str | None = Field(None, description="BED of the assay's targets; null: everywhere")
    population: str | None = Field(None, description="VCF with population frequencies (INFO/AF), bgzipped, indexed")
    panel_of_normals: str | None = Field(None, description="VCF of artefacts seen in normals, bgzipped, indexed")
    sites: str | None = Field(None, description="VCF of common SNPs for identity and contamination")
    knowledge: str | None = Field(
        None,
        description="folder made by `oncopipe knowledge import`; null: the table of targets that ships with OncoPipe",
    )
    transcripts: str | None = Field(
        None, description="the site's own list of transcripts, one a line; null: MANE Select, else canonical"
    )
    biomarkers: str | None = Field(
        None, description="table of states that others measured: sample, biomarker, state (yes, no, unknown)"
    )


class ExportConfig(StudyOptions):
    """Which files of other systems a run makes, and what they may hold beside the findings."""

    formats: tuple[
        Literal["maf", "cbioportal", "fhir", "phenopacket", "vrs", "pcgr", "oncokb", "xlsx"], ...
    ] = Field((), description="formats to make; see docs/exports.md")  # fmt: skip
    segments: str | None = Field(
        None,
        description="table of copy number segments, for cbioportal and pcgr, and for calls of tumors without a normal",
    )
    copy_number: str | None = Field(None, description="table of genes' copy states, for cbioportal and oncokb")
    structural_variants: str | None = Field(
        None, description="table of structural variants, for cbioportal, pcgr and oncokb"
    )
    patients: str | None = Field(None, description="table of clinical facts of patients, for cbioportal")
    panel_genes: str | None = Field(None, description="genes of the panel, one a line, for cbioportal")

    def study_options(self) -> StudyOptions:
        """How the study is named, without the rest."""
        return StudyOptions(**{name: getattr(self, name) for name in StudyOptions.model_fields})

    def tables(self) -> dict[str, str]:
        """The files that are named, by key."""
        names = ("segments", "copy_number", "structural_variants", "patients", "panel_genes")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


class Config(Options):
    """All keys of `config.yaml`. Paths are relative to the folder that the workflow runs in."""

    samples: str = Field(description="the sample sheet (tab-separated; see config/README.md)")
    reference: ReferenceConfig = Field(description="the genome that the reads are, or will be, aligned to")
    resources: ResourcesConfig = Field(default_factory=ResourcesConfig, description="see docs/options.md")
    scatter: int = Field(
        8, ge=1, le=1000, description="parts that calling is cut into; any number gives the same calls"
    )
    on_qc_fail: Literal["continue", "stop"] = Field(
        "continue", description="after a QC FAIL make the report, red, or stop this patient"
    )
    digest_inputs: bool = Field(
        True,
        description="provenance holds the SHA-256 of every input; false: of all but the reads, which take longest",
    )
    align: AlignOptions = Field(default_factory=AlignOptions, description="see docs/options.md")
    call: CallOptions = Field(default_factory=CallOptions, description="see docs/options.md")
    qc: QcOptions = Field(default_factory=QcOptions, description="see docs/options.md")
    annotate: AnnotateOptions = Field(default_factory=AnnotateOptions, description="see docs/options.md")
    interpret: InterpretOptions = Field(default_factory=InterpretOptions, description="see docs/options.md")
    export: ExportConfig = Field(default_factory=ExportConfig, description="see docs/exports.md")


class _UniqueKeys(yaml.SafeLoader):
    """YAML that refuses a key that stands twice: of two values the last would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)  # refuses keys that cannot be compared
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        return mapping


_SECTIONS = ("resources", "align", "call", "qc", "annotate", "interpret", "export")


def read_config(path: Path | str, *, check_files: bool = True) -> Config:
    """The configuration in a YAML file.

    Raises: MissingInputError; ConfigError when it is no YAML; ProblemsError with every problem, each with key,
    value, what is allowed and the fix.
    """
    return parse_config(load_yaml(path), where=str(path), check_files=check_files)


def load_yaml(path: Path | str) -> object:
    """The content of a YAML file. Raises: MissingInputError; ConfigError when it is no YAML or names a key twice."""
    path = Path(path)
    if not path.is_file():
        raise MissingInputError("the configuration is missing", where=str(path), fix="`oncopipe init` writes one")
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)  # noqa: S506 - it is a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"the configuration is no YAML: {' '.join(str(error).split())}",
            where=str(path),
            fix="see config/config.yaml for the form",
        ) from error


def parse_config(content: object, *, where: str, check_files: bool = True) -> Config:
    """The configuration from its keys, checked. Raises: ProblemsError with every problem."""
    config, problems = check_config(content, where=where)
    if config is not None and check_files:
        problems += missing_resources(config, where=where)
    refuse(problems)
    assert config is not None
    return config


def check_config(content: object, *, where: str) -> tuple[Config | None, list[Problem]]:
    """The configuration, or None and why not; for a check that gathers more."""
    if not isinstance(content, dict):
        return None, [Problem(where, "the configuration holds no keys", "see config/config.yaml for the form")]
    # A section whose keys are all commented out is null in YAML: it means the defaults.
    content = {key: {} if value is None and key in _SECTIONS else value for key, value in content.items()}
    try:
        return Config.model_validate(content), []
    except ValidationError as error:
        return None, [_problem(dict(e), where) for e in error.errors()]


def missing_resources(config: Config, *, where: str) -> list[Problem]:
    """Files that the configuration names but that do not exist, are empty, or are folders."""
    found = [
        Problem(f"{where}, key {key}", f"{path!r} {fault}", "check the path; it is relative to the working folder")
        for key, path in named_files(config)
        if (fault := file_fault(path))
    ]
    folder = config.resources.knowledge
    if folder and not Path(folder).is_dir():
        found.append(
            Problem(
                f"{where}, key resources.knowledge",
                f"{folder!r} is no folder",
                "make it with `oncopipe knowledge import`, or leave the key out",
            )
        )
    return found


def named_files(config: Config) -> Iterator[tuple[str, str]]:
    """Key and path of every file, other than sample sheet and reads, that the configuration names."""
    yield "reference.fasta", config.reference.fasta
    yield "reference.genes", config.reference.genes
    for key in ("regions", "population", "panel_of_normals", "sites", "transcripts", "biomarkers"):
        path = getattr(config.resources, key)
        if path:
            yield f"resources.{key}", path
    yield from ((f"export.{key}", path) for key, path in config.export.tables().items())


def _problem(error: dict[str, Any], where: str) -> Problem:
    """A problem in the user's words from one of pydantic's."""
    location = [str(part) for part in error["loc"]]
    key, place = ".".join(location), f"{where}, key {'.'.join(location)}"
    if error["type"] == "extra_forbidden":
        model = _model_at(location[:-1])
        return Problem(place, f"{location[-1]!r} is no known key", nearest(location[-1], model.model_fields))
    field = _model_at(location[:-1]).model_fields.get(location[-1])
    about = f" ({field.description})" if field is not None and field.description else ""
    if error["type"] == "missing":
        return Problem(place, "the key is missing", f"add {key}{about}")
    return Problem(place, f"{error['input']!r} cannot be used: {error['msg'].lower()}", f"mend {key}{about}")


def _model_at(location: list[str]) -> type[BaseModel]:
    """The model that holds the keys at this place."""
    model: type[BaseModel] = Config
    for part in location:
        field = model.model_fields.get(part)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            break
        model = field.annotation
    return model
