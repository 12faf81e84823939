"""ReadBatch: the records that overlap one region, as columns beside the raw bytes they came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oncopipe.data.regions import Region


@dataclass(frozen=True)
class AlignmentHeader:
    """What a BAM says of itself. `read_groups` are pairs of ID and sample (SM), in the file's order."""

    contigs: tuple[str, ...]
    lengths: tuple[int, ...]
    read_groups: tuple[tuple[str, str], ...]
    sort_order: str
    text: str

    @property
    def samples(self) -> tuple[str, ...]:
        """Sample names, each once, in the file's order."""
        return tuple(dict.fromkeys(sample for _, sample in self.read_groups))

    @property
    def contig_lengths(self) -> dict[str, int]:
        return dict(zip(self.contigs, self.lengths, strict=True))


@dataclass(frozen=True)
class ReadBatch:
    """Every record that overlaps `region` widened by the padding that was asked for. In file order.

    `columns` has axes (records, columns), int64; the properties name its columns. Offsets point into `buffer`
    ((bytes,) uint8, inflated records). Kernels take `buffer` and `columns` as they are.
    """

    region: Region
    contig_index: int
    buffer: np.ndarray
    columns: np.ndarray

    def __len__(self) -> int:
        return int(self.columns.shape[0])

    @property
    def contig(self) -> np.ndarray:
        """Index of the contig, -1 when unplaced."""
        return self.columns[:, 0]

    @property
    def position(self) -> np.ndarray:
        """0-based leftmost aligned base, -1 when unplaced."""
        return self.columns[:, 1]

    @property
    def end(self) -> np.ndarray:
        """Behind the last aligned base on the reference."""
        return self.columns[:, 2]

    @property
    def flag(self) -> np.ndarray:
        return self.columns[:, 3]

    @property
    def mapping_quality(self) -> np.ndarray:
        return self.columns[:, 4]

    @property
    def mate_contig(self) -> np.ndarray:
        return self.columns[:, 5]

    @property
    def mate_position(self) -> np.ndarray:
        return self.columns[:, 6]

    @property
    def template_length(self) -> np.ndarray:
        return self.columns[:, 7]

    @property
    def n_mismatches(self) -> np.ndarray:
        """The NM tag, -1 when absent."""
        return self.columns[:, 8]

    @property
    def name_hash(self) -> np.ndarray:
        """uint64, FNV-1a of the read name."""
        return self.columns[:, 9].view(np.uint64)

    @property
    def cigar_offset(self) -> np.ndarray:
        """Offset of the CIGAR's words in `buffer`; a CG tag is followed."""
        return self.columns[:, 10]

    @property
    def n_cigar(self) -> np.ndarray:
        return self.columns[:, 11]

    @property
    def sequence_offset(self) -> np.ndarray:
        """Offset of the packed bases, two in a byte."""
        return self.columns[:, 12]

    @property
    def length(self) -> np.ndarray:
        """Bases of the read; 0 when the sequence is `*`."""
        return self.columns[:, 13]

    @property
    def quality_offset(self) -> np.ndarray:
        """Offset of the base qualities; the first is 255 when they are missing."""
        return self.columns[:, 14]
