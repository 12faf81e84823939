rule interpret:
    """Annotated calls, quality and knowledge to findings with tiers."""
    input:
        vcf=f"{PATIENT_FILE}.annotated.vcf.gz",
        tbi=f"{PATIENT_FILE}.annotated.vcf.gz.tbi",
        evidence=f"{PATIENT_FILE}.evidence.parquet",
        metrics=metrics_of,
        gates=gates_of,
        samples=CONFIG.samples,
        knowledge=present(CONFIG.resources.knowledge),
        biomarkers=present(CONFIG.resources.biomarkers),
        limits=f"{PATIENT_FILE}.limits.tsv",
        regions=present(CONFIG.resources.regions),
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        genes=present(CONFIG.reference.genes),
    output:
        findings=ensure(f"{PATIENT_FILE}.findings.json", non_empty=True),
    log:
        "results/logs/interpret/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/interpret/{patient}/{sample}.tsv"
    group:
        "findings"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(3000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        knowledge=flag_each("--knowledge", CONFIG.resources.knowledge),
        biomarkers=flag_each("--biomarkers", CONFIG.resources.biomarkers),
        regions=flag_each("--regions", CONFIG.resources.regions),
        genes=CONFIG.reference.genes,
        build=CONFIG.reference.build,
        options=flags_from(CONFIG.interpret),
    shell:
        "oncopipe interpret --calls {input.vcf:q} {params.knowledge:q} {params.biomarkers:q} {params.regions:q}"
        " --limits {input.limits:q} --reference {input.fasta:q} --genes {params.genes:q}"
        " --evidence {input.evidence:q} --qc results/qc --samples {input.samples:q} --sample {wildcards.sample:q}"
        " --build {params.build:q} --output {output.findings:q} {params.options:q} > {log:q} 2>&1"


rule report_reads:
    """The reads under reported variants, kept so that a report can draw them without the BAMs."""
    input:
        findings=f"{PATIENT_FILE}.findings.json",
        tumor=tumor_reads,
        normal=normal_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
    output:
        reads=ensure(f"{PATIENT_FILE}.reads.parquet", non_empty=True),
    log:
        "results/logs/report_reads/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/report_reads/{patient}/{sample}.tsv"
    group:
        "findings"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(20),
    params:
        version=VERSION,
        normal=normal_flag,
    shell:
        "oncopipe report reads --findings {input.findings:q} --tumor-bam {input.tumor:q} {params.normal:q}"
        " --reference {input.fasta:q} --output {output.reads:q} > {log:q} 2>&1"


rule report:
    """Findings to the report that a board reads: one HTML file that asks nothing of any network."""
    input:
        findings=f"{PATIENT_FILE}.findings.json",
        reads=f"{PATIENT_FILE}.reads.parquet",
        limits=f"{PATIENT_FILE}.limits.tsv",
        earlier=earlier_findings,
        signoff=signoff_of,
    output:
        html=report(
            ensure(f"{PATIENT_FILE}.report.html", non_empty=True),
            caption="report/patient.rst",
            category="Patients",
            subcategory="{patient}",
            labels={"sample": "{sample}", "what": "report"},
        ),
        plot=report(
            ensure(f"{PATIENT_FILE}.vaf.svg", non_empty=True),
            caption="report/vaf.rst",
            category="Patients",
            subcategory="{patient}",
            labels={"sample": "{sample}", "what": "VAF plot"},
        ),
    log:
        "results/logs/report/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/report/{patient}/{sample}.tsv"
    group:
        "findings"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(20),
    params:
        version=VERSION,
        beside=report_flags,
    shell:
        "oncopipe report --findings {input.findings:q} --reads {input.reads:q} --limits {input.limits:q}"
        " {params.beside:q} --output {output.html:q} --plot {output.plot:q} > {log:q} 2>&1"


rule report_pdf:
    """The same report as PDF, where Typst is installed."""
    input:
        findings=f"{PATIENT_FILE}.findings.json",
        reads=f"{PATIENT_FILE}.reads.parquet",
        limits=f"{PATIENT_FILE}.limits.tsv",
        earlier=earlier_findings,
        signoff=signoff_of,
    output:
        pdf=report(
            ensure(f"{PATIENT_FILE}.report.pdf", non_empty=True),
            caption="report/patient.rst",
            category="Patients",
            subcategory="{patient}",
            labels={"sample": "{sample}", "what": "PDF"},
        ),
    log:
        "results/logs/report_pdf/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/report_pdf/{patient}/{sample}.tsv"
    group:
        "findings"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(20),
    params:
        version=VERSION,
        beside=report_flags,
    shell:
        "oncopipe report --findings {input.findings:q} --reads {input.reads:q} --limits {input.limits:q}"
        " {params.beside:q} --pdf {output.pdf:q} > {log:q} 2>&1"
