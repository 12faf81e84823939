rule cohort:
    """The tables and the page of all samples, and the summary that the run ends with."""
    input:
        findings=per_tumor(f"{PATIENT_FILE}.findings.json"),
        reports=per_tumor(f"{PATIENT_FILE}.report.html"),
        metrics=collect("results/qc/{sample}.metrics.tsv", sample=PLAN.sheet.names()),
        samples=CONFIG.samples,
    output:
        samples=ensure("results/cohort/samples.tsv", non_empty=True),
        variants=ensure("results/cohort/variants.tsv", non_empty=True),
        summary=ensure("results/cohort/summary.txt", non_empty=True),
        html=report(
            ensure("results/cohort/index.html", non_empty=True),
            caption="report/cohort.rst",
            category="Cohort",
            labels={"what": "all samples"},
        ),
        oncoplot=report(
            ensure("results/cohort/oncoplot.svg", non_empty=True),
            caption="report/oncoplot.rst",
            category="Cohort",
            labels={"what": "changed genes"},
        ),
    log:
        "results/logs/cohort.log",
    benchmark:
        "results/benchmarks/cohort.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(2000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        folder=subpath(output.html, parent=True),
    shell:
        "oncopipe cohort --samples {input.samples:q} --results results --output {params.folder:q} > {log:q} 2>&1"


rule provenance:
    """Versions, digests of the inputs, releases of knowledge, parameters: no clock, no host, no path of a machine."""
    input:
        files=present(*PLAN.files(reads=CONFIG.digest_inputs).values()),
    output:
        json=report(
            ensure("results/provenance.json", non_empty=True),
            caption="report/provenance.rst",
            category="Cohort",
            labels={"what": "provenance"},
        ),
    log:
        "results/logs/provenance.log",
    benchmark:
        "results/benchmarks/provenance.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(240),
    params:
        version=VERSION,
        config=CONFIG.model_dump_json(),
    shell:
        "oncopipe provenance --parameters {params.config:q} --output {output.json:q} > {log:q} 2>&1"
