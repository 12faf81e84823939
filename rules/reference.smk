rule stage_reference:
    """The reference under our own name, indexed once, so that no two jobs make its index at the same time."""
    input:
        fasta=present(CONFIG.reference.fasta),
    output:
        fasta=FASTA,
        fai=ensure(f"{FASTA}.fai", non_empty=True),
    log:
        "results/logs/stage_reference.log",
    benchmark:
        "results/benchmarks/stage_reference.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        fasta=CONFIG.reference.fasta,
    shell:
        "oncopipe stage reference --fasta {params.fasta:q} --output {output.fasta:q} > {log:q} 2>&1"


rule stage_aligner_index:
    """bwa's index of the reference: the one given beside the FASTA, or one built here."""
    input:
        fasta=FASTA,
        fai=f"{FASTA}.fai",
    output:
        index=multiext(FASTA, *INDEX_SUFFIXES),
    log:
        "results/logs/stage_aligner_index.log",
    benchmark:
        "results/benchmarks/stage_aligner_index.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(8000),
        runtime=more_each_attempt(180),
    params:
        version=VERSION,
    shell:
        "oncopipe stage aligner-index --reference {input.fasta:q} > {log:q} 2>&1"
