"""What the reads say about the sample: yield, coverage, errors, identity, contamination, sex."""
