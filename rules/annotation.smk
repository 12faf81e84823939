rule annotate:
    """Consequence, HGVS names and population frequency of every call."""
    input:
        vcf=f"{PATIENT_FILE}.somatic.vcf.gz",
        tbi=f"{PATIENT_FILE}.somatic.vcf.gz.tbi",
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        genes=present(CONFIG.reference.genes),
        population=present(CONFIG.resources.population),
        transcripts=present(CONFIG.resources.transcripts),
    output:
        vcf=ensure(f"{PATIENT_FILE}.annotated.vcf.gz", non_empty=True),
        tbi=ensure(f"{PATIENT_FILE}.annotated.vcf.gz.tbi", non_empty=True),
    log:
        "results/logs/annotate/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/annotate/{patient}/{sample}.tsv"
    group:
        "findings"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        genes=CONFIG.reference.genes,
        population=flag_each("--population", CONFIG.resources.population),
        transcripts=flag_each("--transcripts", CONFIG.resources.transcripts),
        options=flags_from(CONFIG.annotate),
    shell:
        "oncopipe annotate --calls {input.vcf:q} --reference {input.fasta:q} --genes {params.genes:q}"
        " {params.population:q} {params.transcripts:q} --output {output.vcf:q} {params.options:q} > {log:q} 2>&1"
