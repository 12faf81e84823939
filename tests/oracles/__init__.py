"""Consequences and names held against snpEff and bcftools csq, every disagreement listed with its reason."""
