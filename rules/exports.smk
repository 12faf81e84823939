# What other systems read. `export.formats` of the configuration says which; a MAF of each sample is always made.
rule export_maf:
    """The calls as MAF 2.4."""
    input:
        vcf=f"{PATIENT_FILE}.annotated.vcf.gz",
        tbi=f"{PATIENT_FILE}.annotated.vcf.gz.tbi",
    output:
        maf=ensure(f"{PATIENT_FILE}.maf", non_empty=True),
    log:
        "results/logs/export_maf/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/export_maf/{patient}/{sample}.tsv"
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
        build=CONFIG.reference.build,
    shell:
        "oncopipe export maf --calls {input.vcf:q} --build {params.build:q} --output {output.maf:q} > {log:q} 2>&1"


rule export_sample:
    """The findings of one tumor in the form of another system."""
    input:
        findings=f"{PATIENT_FILE}.findings.json",
        fasta=export_reference,
    output:
        file=ensure(f"{PATIENT_FILE}{{made}}", non_empty=True),
    log:
        "results/logs/export/{patient}/{sample}{made}.log",
    benchmark:
        "results/benchmarks/export/{patient}/{sample}{made}.tsv"
    wildcard_constraints:
        made=names_that_make("file_each"),
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(2000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        name=format_name,
        reference=export_reference_flag,
    shell:
        "oncopipe export {params.name:q} --findings {input.findings:q} {params.reference:q}"
        " --output {output.file:q} > {log:q} 2>&1"


rule export_file:
    """The findings of all tumors as one file."""
    input:
        findings=per_tumor(f"{PATIENT_FILE}.findings.json"),
        samples=CONFIG.samples,
        fasta=export_reference,
    output:
        file=ensure("results/exports/{made}", non_empty=True),
    log:
        "results/logs/export/{made}.log",
    benchmark:
        "results/benchmarks/export/{made}.tsv"
    wildcard_constraints:
        made=names_that_make("file"),
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        name=format_name,
        reference=export_reference_flag,
    shell:
        "oncopipe export {params.name:q} --results results --samples {input.samples:q} {params.reference:q}"
        " --output {output.file:q} > {log:q} 2>&1"


rule export_folder:
    """The findings of all tumors as a folder that another system imports."""
    input:
        findings=per_tumor(f"{PATIENT_FILE}.findings.json"),
        samples=CONFIG.samples,
        tables=present(*CONFIG.export.tables().values()),
    output:
        folder=directory("results/exports/{made}"),
    log:
        "results/logs/export/{made}.log",
    benchmark:
        "results/benchmarks/export/{made}.tsv"
    wildcard_constraints:
        made=names_that_make("folder"),
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(2000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        name=format_name,
        options=export_flags,
    shell:
        "oncopipe export {params.name:q} --results results --samples {input.samples:q} {params.options:q}"
        " --output {output.folder:q} > {log:q} 2>&1"
