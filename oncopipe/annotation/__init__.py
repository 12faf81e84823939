"""Calls to names: consequence, HGVS, population frequency."""
