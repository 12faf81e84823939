rule align:
    """FASTQ of one sample, all lanes, to its sorted, duplicate-marked, indexed BAM."""
    input:
        fastq=given_files,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        index=multiext(FASTA, *INDEX_SUFFIXES),
    output:
        bam=ensure("results/alignment/{sample}.bam", non_empty=True),
        bai=ensure("results/alignment/{sample}.bam.bai", non_empty=True),
    log:
        "results/logs/align/{sample}.log",
    benchmark:
        "results/benchmarks/align/{sample}.tsv"
    wildcard_constraints:
        sample=given_as("fastq"),
    conda:
        "../envs/alignment.yaml"
    threads: 8
    resources:
        mem_mb=more_each_attempt(12000),
        runtime=more_each_attempt(720),
    params:
        version=VERSION,
        lanes=lane_flags,
        patient=patient_of,
        options=flags_from(CONFIG.align),
    shell:
        "oncopipe align {params.lanes:q} --reference {input.fasta:q} --sample {wildcards.sample:q}"
        " --patient {params.patient:q} --output {output.bam:q} --threads {threads} {params.options:q}"
        " > {log:q} 2>&1"


rule stage_bam:
    """A BAM as given, under our own name, with its index (made here when the giver has none)."""
    input:
        bam=given_files,
    output:
        bam=ensure("results/alignment/{sample}.bam", non_empty=True),
        bai=ensure("results/alignment/{sample}.bam.bai", non_empty=True),
    log:
        "results/logs/stage_bam/{sample}.log",
    benchmark:
        "results/benchmarks/stage_bam/{sample}.tsv"
    wildcard_constraints:
        sample=given_as("bam"),
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        given=given_bam,
    shell:
        "oncopipe stage reads --bam {params.given:q} --output {output.bam:q} > {log:q} 2>&1"


rule stage_cram:
    """A CRAM as given, under our own name, with its index (made here when the giver has none)."""
    input:
        cram=given_files,
    output:
        cram=ensure("results/alignment/{sample}.cram", non_empty=True),
        crai=ensure("results/alignment/{sample}.cram.crai", non_empty=True),
    log:
        "results/logs/stage_cram/{sample}.log",
    benchmark:
        "results/benchmarks/stage_cram/{sample}.tsv"
    wildcard_constraints:
        sample=given_as("cram"),
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        given=given_bam,
    shell:
        "oncopipe stage reads --bam {params.given:q} --output {output.cram:q} > {log:q} 2>&1"
