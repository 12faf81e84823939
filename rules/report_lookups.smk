# Look-ups of the report: what it is compared with, and who released it.


def earlier_findings(wildcards):
    """Findings of the patient's earlier reports, oldest first: of this run's tumors, and those that the sheet names."""
    own = PLAN.sheet.sample(wildcards.sample)
    files = []
    for tumor in PLAN.sheet.earlier(own.sample):
        files += [*present(tumor.previous), file_of(tumor, ".findings.json")]
    return [*files, *present(own.previous)]


def signoff_of(wildcards):
    """The record of `oncopipe report sign` beside the findings, once there is one."""
    return present(file_of(PLAN.sheet.sample(wildcards.sample), ".signoff.json"))


def file_of(tumor, suffix):
    return PATIENT_FILE.format(patient=tumor.patient, sample=tumor.sample) + suffix


def report_flags(wildcards, input):
    return flag_each("--previous", *input.earlier) + flag_each("--signoff", *input.signoff)
