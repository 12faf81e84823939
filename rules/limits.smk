# Down to which fraction a variant would have been found: where the targets lie, and what could be read there.


rule target_sites:
    """Codons and exons that the knowledge in use names, on the gene models."""
    input:
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        genes=present(CONFIG.reference.genes),
        transcripts=present(CONFIG.resources.transcripts),
        knowledge=present(CONFIG.resources.knowledge),
    output:
        sites="results/reference/target_sites.tsv",
    log:
        "results/logs/target_sites.log",
    benchmark:
        "results/benchmarks/target_sites.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(3000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        genes=CONFIG.reference.genes,
        transcripts=flag_each("--transcripts", CONFIG.resources.transcripts),
        knowledge=flag_each("--knowledge", CONFIG.resources.knowledge),
    shell:
        "oncopipe knowledge sites --reference {input.fasta:q} --genes {params.genes:q} {params.knowledge:q}"
        " {params.transcripts:q} --output {output.sites:q} > {log:q} 2>&1"


rule call_limits:
    """The limit of detection of the whole decision rule at each site of a target."""
    input:
        evidence=collect("results/calling/{{patient}}/{{sample}}/part-{part}.parquet", part=PARTS),
        model="results/calling/{patient}/{sample}/model.json",
        tumor=tumor_reads,
        normal=normal_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        sites="results/reference/target_sites.tsv",
        population=present(CONFIG.resources.population),
    output:
        limits=ensure(f"{PATIENT_FILE}.limits.tsv", non_empty=True),
    log:
        "results/logs/call_limits/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/call_limits/{patient}/{sample}.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        evidence=evidence_flags,
        normal=normal_flag,
        population=flag_each("--germline-resource", CONFIG.resources.population),
        options=flags_from(CONFIG.call),
    shell:
        "oncopipe call limits {params.evidence:q} --model {input.model:q} --tumor {input.tumor:q} {params.normal:q}"
        " {params.population:q}"
        " --reference {input.fasta:q} --sites {input.sites:q} --output {output.limits:q} {params.options:q}"
        " > {log:q} 2>&1"
