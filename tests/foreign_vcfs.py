"""VCFs as other callers write them: their header lines and keys, made-up counts, on the made contig "1"."""

from __future__ import annotations

from pathlib import Path

_TAIL = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"

MUTECT2 = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=weak_evidence,Description="Mutation does not meet likelihood threshold">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths for the ref and alt alleles">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele fractions of alternate alleles in the tumor">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=PGT,Number=1,Type=String,Description="Physical phasing haplotype information">',
    '##FORMAT=<ID=PID,Number=1,Type=String,Description="Physical phasing ID information">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="Phasing set">',
    '##GATKCommandLine=<ID=Mutect2,CommandLine="Mutect2 --normal-sample N7 --input T7.bam",Version="4.4.0.0">',
    '##INFO=<ID=TLOD,Number=A,Type=Float,Description="Log 10 likelihood ratio score of variant existing">',
    "##MutectVersion=2.2",
    "##contig=<ID=1,length={length}>",
    "##normal_sample=N7",
    "##source=FilterMutectCalls",
    "##source=Mutect2",
    "##tumor_sample=T7",
    f"{_TAIL}\tN7\tT7",
)
STRELKA_SNV = (
    "##fileformat=VCFv4.1",
    "##source=strelka",
    "##source_version=2.9.10",
    "##content=strelka somatic snv calls",
    '##INFO=<ID=QSS,Number=1,Type=Integer,Description="Quality score for any somatic snv">',
    '##INFO=<ID=SGT,Number=1,Type=String,Description="Most likely somatic genotype excluding normal noise states">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth for tier1 (used+filtered)">',
    '##FORMAT=<ID=FDP,Number=1,Type=Integer,Description="Number of basecalls filtered for tier1">',
    *(
        f"##FORMAT=<ID={b}U,Number=2,Type=Integer,Description=\"Number of '{b}' alleles used in tiers 1,2\">"
        for b in "ACGT"
    ),
    f"{_TAIL}\tNORMAL\tTUMOR",
)
STRELKA_INDEL = (
    "##fileformat=VCFv4.1",
    "##source=strelka",
    "##source_version=2.9.10",
    "##content=strelka somatic indel calls",
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth for tier1">',
    '##FORMAT=<ID=DP2,Number=1,Type=Integer,Description="Read depth for tier2">',
    '##FORMAT=<ID=TAR,Number=2,Type=Integer,Description="Reads strongly supporting alternate allele, tiers 1,2">',
    '##FORMAT=<ID=TIR,Number=2,Type=Integer,Description="Reads strongly supporting indel allele, tiers 1,2">',
    '##FORMAT=<ID=TOR,Number=2,Type=Integer,Description="Other reads, tiers 1,2">',
    f"{_TAIL}\tNORMAL\tTUMOR",
)
VARDICT = (
    "##fileformat=VCFv4.2",
    "##source=VarDict_v1.8.3",
    '##INFO=<ID=STATUS,Number=1,Type=String,Description="Somatic or germline status">',
    '##INFO=<ID=SAMPLE,Number=1,Type=String,Description="Sample name">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Total Depth">',
    '##FORMAT=<ID=VD,Number=1,Type=Integer,Description="Variant Depth">',
    '##FORMAT=<ID=ALD,Number=2,Type=Integer,Description="Variant forward, reverse reads">',
    '##FORMAT=<ID=RD,Number=2,Type=Integer,Description="Reference forward, reverse reads">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele Frequency">',
    f"{_TAIL}\tHB1\tHB1-blood",
)
DRAGEN = (
    "##fileformat=VCFv4.2",
    '##DRAGENCommandLine=<ID=HashTableBuild,Version="SW: 01.003.044.3.9.5">',
    '##DRAGENCommandLine=<ID=dragen,Version="SW: 05.121.645.4.0.3, HW: 05.121.645",Date="x",'
    'CommandLineOptions="--enable-variant-caller true{options}">',
    "##source=DRAGEN_SOMATIC",
    '##FORMAT=<ID=SQ,Number=A,Type=Float,Description="Somatic quality">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths">',
    '##FORMAT=<ID=AF,Number=A,Type=Float,Description="Allele fractions">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">',
    f"{_TAIL}\tB-10\tT-10",
)
DRAGEN_ALONE = (
    *DRAGEN[:-1],
    '##INFO=<ID=GermlineStatus,Number=1,Type=String,Description="Germline or somatic">',
    f"{_TAIL}\tT-10",
)
DEEPSOMATIC = (
    "##fileformat=VCFv4.2",
    '##FILTER=<ID=RefCall,Description="Genotyping model thinks this site is reference.">',
    '##FILTER=<ID=GERMLINE,Description="Non somatic variants">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth for each allele">',
    '##FORMAT=<ID=VAF,Number=A,Type=Float,Description="Variant allele fractions.">',
    "##DeepVariant_version=1.8.0",
    f"{_TAIL}\tcase9",
)
VARSCAN = (
    "##fileformat=VCFv4.1",
    "##source=VarScan2",
    '##FORMAT=<ID=RD,Number=1,Type=Integer,Description="Depth of reference-supporting bases (reads1)">',
    '##FORMAT=<ID=AD,Number=1,Type=Integer,Description="Depth of variant-supporting bases (reads2)">',
    '##FORMAT=<ID=FREQ,Number=1,Type=String,Description="Variant allele frequency">',
    f"{_TAIL}\tNORMAL\tTUMOR",
)
PCGR = (
    "##fileformat=VCFv4.2",
    '##INFO=<ID=TVAF,Number=.,Type=Float,Description="Allelic fraction of alternative allele in tumor">',
    '##INFO=<ID=TDP,Number=.,Type=Integer,Description="Read depth across variant site in tumor">',
    '##INFO=<ID=CVAF,Number=.,Type=Float,Description="Allelic fraction of alternative allele in control">',
    '##INFO=<ID=CDP,Number=.,Type=Integer,Description="Read depth across variant site in control">',
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
)


def write(path: Path, header: tuple[str, ...], *records: str, **values: object) -> Path:
    """The file; `{name}` in the header is replaced by the value of that name."""
    text = "\n".join((*header, *(record.replace(" ", "\t") for record in records), ""))
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    path.write_text(text)
    return path
