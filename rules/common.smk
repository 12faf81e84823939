# Look-ups: which file, which option, which flag. No method lives here.
import os
import re
import shutil
import sys
from importlib.util import find_spec

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from oncopipe import __version__ as VERSION  # in every rule's params: a new release makes its results anew
from oncopipe.cli.failures import failures_text
from oncopipe.cli.flags import flag_each, flags_from
from oncopipe.data.plan import make_plan
from oncopipe.data.problems import message_of
from oncopipe.errors import OncoPipeError

# Results hold patient data: no file is readable by the world, whatever the shell's habit.
os.umask(0o027)
shell.prefix("set -euo pipefail; umask 027; ")

try:
    PLAN = make_plan(config, where="configuration")
except OncoPipeError as error:
    raise WorkflowError(str(error)) from None

CONFIG = PLAN.config
FASTA = f"results/reference/{os.path.basename(CONFIG.reference.fasta)}"
PARTS = [f"{number:04d}" for number in range(1, CONFIG.scatter + 1)]
# The PDF is made where Typst is installed.
PDF = ["results/patients/{patient}/{sample}.report.pdf"] if find_spec("typst") else []
# MultiQC is a guest: its page is made where it is installed.
MULTIQC = ["results/qc/multiqc.html"] if shutil.which("multiqc") else []
INDEX_SUFFIXES = (".amb", ".ann", ".pac", ".sa", ".bwt")
PATIENT_FILE = "results/patients/{patient}/{sample}"

MISSING = PLAN.missing()
for problem in MISSING:
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
    if MISSING:
        raise WorkflowError(message_of(MISSING))


def present(*paths):
    """Those of the paths that are named and exist; what is missing was told, and stops a real run."""
    return [path for path in paths if path and os.path.exists(path)]


def more_each_attempt(amount):
    """A resource that grows with every attempt, for `--retries`."""

    def resource(wildcards, attempt):
        return amount * attempt

    return resource


def per_tumor(pattern):
    """A file of every tumor."""
    return [pattern.format(patient=t.patient, sample=t.sample) for t in PLAN.sheet.tumors()]


def given_files(wildcards):
    return present(*PLAN.sheet.sample(wildcards.sample).files())


def given_bam(wildcards):
    return PLAN.sheet.sample(wildcards.sample).bam


def lane_flags(wildcards):
    lanes = PLAN.sheet.sample(wildcards.sample).lanes
    first, second = zip(*((lane.fastq_1, lane.fastq_2) for lane in lanes))
    return flag_each("--fastq-1", *first) + flag_each("--fastq-2", *second)


def given_as(form):
    """A wildcard constraint: the samples whose reads come as fastq, bam or cram."""
    return one_of(sample.sample for sample in PLAN.sheet if sample.form == form)


def patient_of(wildcards):
    return PLAN.sheet.sample(wildcards.sample).patient


def sample_flags(wildcards):
    """Who the sample is, for its quality."""
    own = PLAN.sheet.sample(wildcards.sample)
    return ["--role", own.role, "--sample", own.sample, *flag_each("--declared-sex", own.sex)]


def reads_of(sample):
    """The staged or aligned reads of a sample."""
    return f"results/alignment/{sample.sample}.{'cram' if sample.form == 'cram' else 'bam'}"


def tumor_reads(wildcards):
    return reads_of(PLAN.sheet.sample(wildcards.sample))


def normal_reads(wildcards):
    """The reads of the patient's normal, when this is a tumor that has one."""
    own = PLAN.sheet.sample(wildcards.sample)
    return [reads_of(n) for n in [PLAN.sheet.normal(own.patient)] if n and own.role == "tumor"]


def indexes(wildcards):
    reads = [tumor_reads(wildcards), *normal_reads(wildcards)]
    return [f"{path}.crai" if path.endswith(".cram") else f"{path}.bai" for path in reads]


def normal_flag(wildcards, input):
    return flag_each("--normal", *input.normal)


def bam_flags(wildcards, input):
    return flag_each("--bam", input.tumor, *input.normal)


def evidence_flags(wildcards, input):
    return flag_each("--evidence", *input.evidence)


def metrics_of(wildcards):
    """The quality of this tumor and of the patient's normal."""
    normal = PLAN.sheet.normal(wildcards.patient)
    samples = [wildcards.sample] + ([normal.sample] if normal else [])
    return collect("results/qc/{sample}.metrics.tsv", sample=samples)


def gates_of(wildcards):
    """With `on_qc_fail: stop` a patient whose quality is FAIL goes no further."""
    stop = CONFIG.on_qc_fail == "stop"
    return [path.replace(".metrics.tsv", ".passed") for path in metrics_of(wildcards)] if stop else []
