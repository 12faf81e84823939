"""Families: the reads of one molecule, told by its barcode, become one read that carries what they agree on."""
