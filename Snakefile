# OncoPipe: from the reads of a tumor to a report that a molecular tumor board can act on.
# This file is the table of contents. What a step does, `oncopipe VERB --help` says.
from snakemake.utils import min_version

min_version("9.10")


# A file named by --configfile stands alone.
if not workflow.configfiles:

    configfile: "config/config.yaml"


report: "rules/report/workflow.rst"


include: "rules/common.smk"
include: "rules/reference.smk"
include: "rules/alignment.smk"
include: "rules/qc.smk"
include: "rules/calling_lookups.smk"
include: "rules/calling.smk"
include: "rules/limits.smk"
include: "rules/annotation.smk"
include: "rules/report_lookups.smk"
include: "rules/report.smk"
include: "rules/export_lookups.smk"
include: "rules/exports.smk"
include: "rules/cohort.smk"


rule all:
    """Every patient's report and files, the cohort's tables and the record of the run."""
    default_target: True
    input:
        reports=per_tumor("results/patients/{patient}/{sample}.report.html"),
        pdfs=[pdf for pattern in PDF for pdf in per_tumor(pattern)],
        findings=per_tumor("results/patients/{patient}/{sample}.findings.json"),
        maf=per_tumor("results/patients/{patient}/{sample}.maf"),
        cohort="results/cohort/samples.tsv",
        provenance="results/provenance.json",
        multiqc=MULTIQC,
        exports=exported(),


rule reads:
    """Only the reads: aligned or staged, indexed, with their quality."""
    input:
        reads=collect("results/qc/{sample}.metrics.tsv", sample=PLAN.sheet.names()),


rule calls:
    """Only the calls, with their names."""
    input:
        calls=per_tumor("results/patients/{patient}/{sample}.annotated.vcf.gz"),


onstart:
    refuse_missing_inputs()
    refuse_missing_packages()
    # Kernels are compiled once here, not by every job of the first wave. A job that finds none compiles its own.
    shell("oncopipe warmup > /dev/null 2>&1 || true")


onsuccess:
    shell("if [ -e results/cohort/summary.txt ]; then cat results/cohort/summary.txt; fi")


onerror:
    engine_logs = flag_each("--engine-log", *([log] if isinstance(log, str) else log))
    shell(
        "oncopipe cohort --samples {CONFIG.samples:q} --results results --output results/cohort {engine_logs:q} || true"
    )
    print(failures_text(log, PLAN.sheet), file=sys.stderr)
