"""What the reads of a piece say differently from the reference, and how deep they lie: the look that calling and QC share."""
