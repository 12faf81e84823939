"""Names and knowledge to findings: matching and tiers."""
