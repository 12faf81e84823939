rule qc:
    """A sample's quality; a tumor is compared with its normal (identity, contamination)."""
    input:
        reads=tumor_reads,
        normal=normal_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        regions=present(CONFIG.resources.regions),
        sites=present(CONFIG.resources.sites),
    output:
        metrics=ensure("results/qc/{sample}.metrics.tsv", non_empty=True),
    log:
        "results/logs/qc/{sample}.log",
    benchmark:
        "results/benchmarks/qc/{sample}.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 2
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(240),
    params:
        version=VERSION,
        regions=flag_each("--regions", CONFIG.resources.regions),
        sites=flag_each("--sites", CONFIG.resources.sites),
        normal=normal_flag,
        sample=sample_flags,
        options=flags_from(CONFIG.qc),
    shell:
        "oncopipe qc --bam {input.reads:q} --reference {input.fasta:q} {params.regions:q} {params.sites:q}"
        " {params.normal:q} {params.sample:q} --output results/qc --threads {threads} {params.options:q}"
        " > {log:q} 2>&1"


rule qc_gate:
    """Only with `on_qc_fail: stop`: a sample whose quality is FAIL stops its patient here, with the reasons."""
    input:
        metrics="results/qc/{sample}.metrics.tsv",
    output:
        passed=touch("results/qc/{sample}.passed"),
    log:
        "results/logs/qc_gate/{sample}.log",
    benchmark:
        "results/benchmarks/qc_gate/{sample}.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(500),
        runtime=more_each_attempt(10),
    params:
        version=VERSION,
    script:
        "../scripts/qc_gate.py"


rule multiqc:
    """All samples' quality on one page, where MultiQC is installed."""
    input:
        metrics=collect("results/qc/{sample}.metrics.tsv", sample=PLAN.sheet.names()),
    output:
        html=report(
            "results/qc/multiqc.html",
            caption="report/multiqc.rst",
            category="Quality",
            labels={"what": "MultiQC"},
        ),
    log:
        "results/logs/multiqc.log",
    benchmark:
        "results/benchmarks/multiqc.tsv"
    conda:
        "../envs/multiqc.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(2000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
    shell:
        "multiqc --force --no-data-dir --filename multiqc.html --outdir results/qc results/qc > {log:q} 2>&1"
