# Look-ups of the report: what it is compared with, and who released it.


def earlier_findings(wildcards):
    """Findings of the patient's earlier reports, oldest first: of this run's tumors, and those that the sheet names."""
    own = PLAN.sheet.sample(wildcards.sample)
    files = []
    for tumor in PLAN.sheet.earlier(own.sample):
        files += [*present(tumor.previous), *per_patient_file([tumor], ".findings.json")]
    return [*files, *present(own.previous)]


def signoff_of(wildcards):
    """The record of `oncopipe report sign` beside the findings, once there is one."""
    return present(*per_patient_file([PLAN.sheet.sample(wildcards.sample)], ".signoff.json"))


def per_patient_file(samples, suffix):
    return [PATIENT_FILE.format(patient=s.patient, sample=s.sample) + suffix for s in samples]


def report_flags(wildcards, input):
    return flag_each("--previous", *input.earlier) + flag_each("--signoff", *input.signoff)
