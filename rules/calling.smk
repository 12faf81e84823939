# Three steps: collect is scattered and reads the BAMs; fit and score see tables, and score the reads under neighboring
# calls. Any scatter gives the same calls.


rule call_split:
    """The regions cut into parts of about equal work."""
    input:
        tumor=tumor_reads,
        normal=normal_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        regions=present(CONFIG.resources.regions),
    output:
        parts=temp(collect("results/calling/{{patient}}/{{sample}}/part-{part}.bed", part=PARTS)),
    log:
        "results/logs/call_split/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/call_split/{patient}/{sample}.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(1000),
        runtime=more_each_attempt(20),
    params:
        version=VERSION,
        bams=bam_flags,
        regions=flag_each("--regions", CONFIG.resources.regions),
        scatter=CONFIG.scatter,
        folder="results/calling/{patient}/{sample}",
    shell:
        "oncopipe call split {params.bams:q} {params.regions:q} --reference {input.fasta:q}"
        " --parts {params.scatter} --output {params.folder:q} > {log:q} 2>&1"


rule call_collect:
    """Reads under one part of the regions to candidates with their evidence, and to integer statistics."""
    input:
        tumor=tumor_reads,
        normal=normal_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        regions="results/calling/{patient}/{sample}/part-{part}.bed",
        hotspots="results/reference/target_sites.tsv",
    output:
        evidence=temp(ensure("results/calling/{patient}/{sample}/part-{part}.parquet", non_empty=True)),
    log:
        "results/logs/call_collect/{patient}/{sample}.{part}.log",
    benchmark:
        "results/benchmarks/call_collect/{patient}/{sample}.{part}.tsv"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(240),
    params:
        version=VERSION,
        normal=normal_flag,
        options=flags_from(CONFIG.call),
    shell:
        "oncopipe call collect --tumor {input.tumor:q} {params.normal:q} --reference {input.fasta:q}"
        " --regions {input.regions:q} --hotspots {input.hotspots:q} --output {output.evidence:q} {params.options:q} > {log:q} 2>&1"


rule call_fit:
    """What belongs to the sample and not to a region, learned from the sums over all parts."""
    input:
        evidence=collect("results/calling/{{patient}}/{{sample}}/part-{part}.parquet", part=PARTS),
    output:
        model=ensure("results/calling/{patient}/{sample}/model.json", non_empty=True),
    log:
        "results/logs/call_fit/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/call_fit/{patient}/{sample}.tsv"
    group:
        "fit_and_score"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(30),
    params:
        version=VERSION,
        evidence=evidence_flags,
        options=flags_from(CONFIG.call),
    shell:
        "oncopipe call fit {params.evidence:q} --output {output.model:q} {params.options:q} > {log:q} 2>&1"


rule call_score:
    """Evidence and model to calls with their phase, and to the evidence table that `oncopipe explain` reads."""
    input:
        evidence=collect("results/calling/{{patient}}/{{sample}}/part-{part}.parquet", part=PARTS),
        model="results/calling/{patient}/{sample}/model.json",
        tumor=tumor_reads,
        indexes=indexes,
        fasta=FASTA,
        fai=f"{FASTA}.fai",
        population=present(CONFIG.resources.population),
        panel_of_normals=present(CONFIG.resources.panel_of_normals),
        segments=present(CONFIG.export.segments),
    output:
        vcf=ensure(f"{PATIENT_FILE}.somatic.vcf.gz", non_empty=True),
        tbi=ensure(f"{PATIENT_FILE}.somatic.vcf.gz.tbi", non_empty=True),
        evidence=ensure(f"{PATIENT_FILE}.evidence.parquet", non_empty=True),
    log:
        "results/logs/call_score/{patient}/{sample}.log",
    benchmark:
        "results/benchmarks/call_score/{patient}/{sample}.tsv"
    group:
        "fit_and_score"
    conda:
        "../envs/oncopipe.yaml"
    threads: 1
    resources:
        mem_mb=more_each_attempt(4000),
        runtime=more_each_attempt(60),
    params:
        version=VERSION,
        evidence=evidence_flags,
        population=flag_each("--germline-resource", CONFIG.resources.population),
        panel_of_normals=flag_each("--panel-of-normals", CONFIG.resources.panel_of_normals),
        state=state_flags,
        options=flags_from(CONFIG.call),
    shell:
        "oncopipe call score {params.evidence:q} --model {input.model:q}"
        " --tumor {input.tumor:q} --reference {input.fasta:q}"
        " {params.population:q} {params.panel_of_normals:q} {params.state:q} --output {output.vcf:q}"
        " --evidence-output {output.evidence:q} {params.options:q} > {log:q} 2>&1"
