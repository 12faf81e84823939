# Look-ups of calling: what is known of a tumor beside its reads.


def state_flags(wildcards):
    """Purity and copy number of a tumor without a normal, where sheet and configuration give both."""
    own, segments = PLAN.sheet.sample(wildcards.sample), CONFIG.export.segments
    if PLAN.sheet.normal(own.patient) or not own.purity or not segments:
        return []
    return ["--purity", str(own.purity), "--copy-number", segments]
