"""Bytes to nouns and back. Whoever opens a file does it here."""
