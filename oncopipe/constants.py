"""Values that the SAM and VCF specifications fix. No opinion lives here."""

from __future__ import annotations

# SAM FLAG bits (SAMv1, section 1.4.2).
FLAG_PAIRED = 0x1
FLAG_PROPER_PAIR = 0x2
FLAG_UNMAPPED = 0x4
FLAG_MATE_UNMAPPED = 0x8
FLAG_REVERSE = 0x10
FLAG_MATE_REVERSE = 0x20
FLAG_READ1 = 0x40
FLAG_READ2 = 0x80
FLAG_SECONDARY = 0x100
FLAG_QC_FAIL = 0x200
FLAG_DUPLICATE = 0x400
FLAG_SUPPLEMENTARY = 0x800

# CIGAR operations in BAM's order "MIDNSHP=X" (SAMv1, section 1.4.6).
CIGAR_MATCH = 0
CIGAR_INSERTION = 1
CIGAR_DELETION = 2
CIGAR_SKIP = 3
CIGAR_SOFT_CLIP = 4
CIGAR_HARD_CLIP = 5
CIGAR_PAD = 6
CIGAR_EQUAL = 7
CIGAR_DIFFERENT = 8

# Bases as small integers, everywhere: A=0 C=1 G=2 T=3, anything else 4.
BASES = "ACGT"
BASE_N = 4
