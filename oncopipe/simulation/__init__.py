"""A genome, people and reads that were made, not measured: the demo cohort, and data for tests. Always SYNTHETIC."""
