"""Reads to calls, in three steps: collect, fit, score."""
