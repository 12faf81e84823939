# Look-ups of the exports: which format makes which file, with which flags.
from oncopipe.cli.flags import flag_of
from oncopipe.exports import FORMATS
from oncopipe.exports.checks import package_problems

EXPORTS = [form for form in FORMATS if form.name in CONFIG.export.formats]
EXPORT_OPTIONS = {"alterations": ("segments", "copy_number", "structural_variants")}


def refuse_missing_packages():
    """Stop before the first job when a format is asked for whose package is not installed."""
    problems = package_problems(CONFIG.export)
    if problems:
        raise WorkflowError(message_of(problems))


def exported():
    """Every file and folder that the configured formats make."""
    each = [f"{PATIENT_FILE}{form.suffix}" for form in EXPORTS if form.makes == "file_each"]
    whole = [f"results/exports/{form.suffix}" for form in EXPORTS if form.makes != "file_each"]
    return [*(path for pattern in each for path in per_tumor(pattern)), *whole]


def names_that_make(what):
    """A wildcard constraint: what the formats of this kind call their files."""
    return one_of(form.suffix for form in FORMATS if form.makes == what)


def format_of(wildcards):
    return next(form for form in FORMATS if form.suffix == wildcards.made)


def format_name(wildcards):
    return format_of(wildcards).name


def export_flags(wildcards):
    """The flags of a format's own options that the configuration answers."""
    form, tables = format_of(wildcards), CONFIG.export.tables()
    keys = [key for option in form.options for key in EXPORT_OPTIONS.get(option, (option,)) if key in tables]
    flags = [part for key in keys for part in flag_each(flag_of(key), tables[key])]
    study = flags_from(CONFIG.export.study_options()) if "study" in form.options else []
    return [*flags, *study]


def export_reference(wildcards):
    wants = {"reference", "vrs_reference"} & set(format_of(wildcards).options)
    return [FASTA, f"{FASTA}.fai"] if wants else []


def export_reference_flag(wildcards, input):
    return flag_each("--reference", *input.fasta[:1])
