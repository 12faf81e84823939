# Look-ups: which file, which option, which flag. No method lives here.
import os
import re
import shutil
import sys

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from oncopipe import __version__
from oncopipe.cli.failures import failures_text
from oncopipe.cli.flags import flags_from
from oncopipe.data.plan import make_plan
from oncopipe.data.problems import message_of
from oncopipe.errors import OncoPipeError

# Results hold patient data: no file is readable by the world, whatever the shell's habit.
os.umask(0o027)
shell.executable("bash")
shell.prefix("set -euo pipefail; umask 027; ")

try:
    PLAN = make_plan(config, where="configuration")
except OncoPipeError as error:
    raise WorkflowError(str(error)) from None

CONFIG = PLAN.config
FASTA = f"results/reference/{os.path.basename(CONFIG.reference.fasta)}"
PARTS = [f"{number:04d}" for number in range(1, CONFIG.scatter + 1)]
# A changed release makes its results anew: the workflow engine does not look into a package.
VERSION = __version__
INDEX_SUFFIXES = (".amb", ".ann", ".pac", ".sa", ".bwt")
PATIENT_FILE = "results/patients/{patient}/{sample}"

for problem in PLAN.missing():
    logger.warning(f"{problem.where}: {problem.what}")


def one_of(names):
    """A wildcard constraint: one of these names, or none at all."""
    return "|".join(sorted(map(re.escape, names))) or r"(?!)"


wildcard_constraints:
    patient=one_of(PLAN.sheet.patients()),
    sample=one_of(PLAN.sheet.names()),
    part="[0-9]{4}",


def refuse_missing_inputs():
    """Stop before the first job when a file is not there. A dry run, a lint or a graph needs only the sheet."""
    if PLAN.missing():
        raise WorkflowError(message_of(PLAN.missing()))


def present(*paths):
    """Those of the paths that are named and exist; what is missing was told, and stops a real run."""
    return [path for path in paths if path and os.path.exists(path)]


def more_each_attempt(amount):
    """A resource that grows with every attempt, for `--retries`."""

    def resource(wildcards, attempt):
        return amount * attempt

    return resource


def flag(name, *values):
    """A flag before each value that is given: for a shell line, which quotes what it gets."""
    return [part for value in values if value for part in (name, value)]


def per_tumor(pattern):
    """A file of every tumor."""
    return [pattern.format(patient=t.patient, sample=t.sample) for t in PLAN.sheet.tumors()]


def has_multiqc(wildcards):
    """MultiQC is a guest: its page is made where it is installed."""
    return shutil.which("multiqc") is not None


def given_files(wildcards):
    return present(*PLAN.sheet.sample(wildcards.sample).files())


def lane_flags(wildcards):
    lanes = PLAN.sheet.sample(wildcards.sample).lanes
    return flag("--fastq-1", *(lane.fastq_1 for lane in lanes)) + flag("--fastq-2", *(lane.fastq_2 for lane in lanes))


def given_as(form):
    """A wildcard constraint: the samples whose reads come as fastq, bam or cram."""
    return one_of(sample.sample for sample in PLAN.sheet if sample.form == form)


def all_inputs(wildcards):
    return present(*PLAN.files(reads=CONFIG.digest_inputs).values())


def patient_of(wildcards):
    return PLAN.sheet.sample(wildcards.sample).patient


def sample_flags(wildcards):
    """Who the sample is, for its quality."""
    own = PLAN.sheet.sample(wildcards.sample)
    return [*flag("--role", own.role), *flag("--sample", own.sample), *flag("--declared-sex", own.sex)]


def diagnosis_flag(wildcards):
    return flag("--diagnosis", PLAN.sheet.sample(wildcards.sample).diagnosis)


def reads_of(sample):
    """The staged or aligned reads of a sample."""
    return f"results/alignment/{sample.sample}.{'cram' if sample.form == 'cram' else 'bam'}"


def tumor_reads(wildcards):
    return reads_of(PLAN.sheet.sample(wildcards.sample))


def normal_reads(wildcards):
    """The reads of the patient's normal, when this is a tumor that has one."""
    own = PLAN.sheet.sample(wildcards.sample)
    normal = PLAN.sheet.normal(own.patient)
    return [reads_of(normal)] if normal and own.role == "tumor" else []


def indexes(wildcards):
    reads = [tumor_reads(wildcards), *normal_reads(wildcards)]
    return [f"{path}.crai" if path.endswith(".cram") else f"{path}.bai" for path in reads]


def normal_flag(wildcards):
    return flag("--normal", *normal_reads(wildcards))


def bam_flags(wildcards):
    return flag("--bam", tumor_reads(wildcards), *normal_reads(wildcards))


def of_tumor_and_normal(pattern, wildcards):
    """A file of this tumor and of the patient's normal."""
    normal = PLAN.sheet.normal(wildcards.patient)
    return collect(pattern, sample=[wildcards.sample] + ([normal.sample] if normal else []))


def metrics_of(wildcards):
    return of_tumor_and_normal("results/qc/{sample}.metrics.tsv", wildcards)


def gates_of(wildcards):
    """With `on_qc_fail: stop` a patient whose quality is FAIL goes no further."""
    return of_tumor_and_normal("results/qc/{sample}.passed", wildcards) if CONFIG.on_qc_fail == "stop" else []
