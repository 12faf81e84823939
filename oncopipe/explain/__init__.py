"""What happened to a variant, gate by gate: from the reads to its place in the report."""
