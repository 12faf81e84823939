"""Normals to a panel: alleles that several people's normal tissue shows, germline or noise of the place."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from math import comb
from pathlib import Path

import numpy as np
import pysam

from oncopipe.calling.likelihoods import errors_of, fraction_likelihoods
from oncopipe.data.evidence import ALT, TUMOR, Collected
from oncopipe.errors import InputError
from oncopipe.io.output import whole_file

# METHOD: an allele is seen in a normal where its reads are 100 times as likely with it at some fraction as by the errors
# measured in that normal, so a run of bases that always slips is not listed for slipping as usual.
SEEN_LOG_ODDS = 2.0
_POWER = 0.95
_Key = tuple[int, int, str, str]


@dataclass(frozen=True)
class Panel:
    """Alleles by contig, position, reference, alternate, with the normals that show them and the mean fraction there."""

    n_normals: int
    least: int
    contigs: dict[str, int]
    alleles: dict[_Key, tuple[int, float]]

    def listed_from(self) -> float | None:
        """Share of people who must show an allele for it to be listed with 95 % probability; None where none suffices."""
        shares = np.linspace(0.0, 1.0, 1001)
        enough = [s for s in shares if _at_least(self.least, self.n_normals, float(s)) >= _POWER]
        return float(enough[0]) if enough else None


def _at_least(k: int, n: int, p: float) -> float:
    return 1.0 - sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k))


def build_panel(normals: list[Collected], least: int) -> Panel:
    """The alleles that at least so many of the normals show. Each was collected as a tumor alone.

    Raises: InputError (a normal twice, other references, too few normals).
    """
    names = [collected.tumor for collected in normals]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"the normal {twice[0]} is given twice", fix="give each person's normal once")
    if len(normals) < least:
        raise InputError(f"{len(normals)} normals cannot show an allele {least} times", fix="give more normals")
    if any(collected.contigs != normals[0].contigs for collected in normals):
        raise InputError("the normals were collected against different references", fix="use one reference")
    fractions: dict[_Key, list[float]] = {}
    for collected in normals:
        for key, fraction in _seen(collected):
            fractions.setdefault(key, []).append(fraction)
    alleles = {k: (len(f), sum(f) / len(f)) for k, f in sorted(fractions.items()) if len(f) >= least}
    return Panel(len(normals), least, normals[0].contigs, alleles)


def _seen(collected: Collected) -> list[tuple[_Key, float]]:
    e = collected.evidence
    if not len(e):
        return []
    likelihoods = fraction_likelihoods(e, TUMOR, errors_of(collected.statistics)) / np.log(10)
    seen = likelihoods[:, 1:].max(axis=1) - likelihoods[:, 0] >= SEEN_LOG_ODDS
    fraction = e.allele_depth(TUMOR, ALT) / np.maximum(e.depth(TUMOR), 1)
    return [
        ((int(e.contig[i]), int(e.position[i]), e.reference[i], e.alternate[i]), float(fraction[i]))
        for i in np.flatnonzero(seen)
    ]


def write_panel(panel: Panel, path: Path | str) -> None:
    """Write a panel as VCF with its index, whole or not at all."""
    names, listed = list(panel.contigs), panel.listed_from()
    power = "none" if listed is None else f"{listed:.3f}"
    lines = [
        "##fileformat=VCFv4.3",
        '##INFO=<ID=NS,Number=1,Type=Integer,Description="Normals that show the allele">',
        '##INFO=<ID=MF,Number=1,Type=Float,Description="Mean fraction of molecules in those">',
        *(f"##contig=<ID={name},length={length}>" for name, length in panel.contigs.items()),
        f"##source=OncoPipe {version('oncopipe')}",
        f"##oncopipe_panel_normals={panel.n_normals}",
        f"##oncopipe_panel_least={panel.least}",
        f"##oncopipe_panel_lists_from={power}",
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
        *(
            f"{names[contig]}\t{position + 1}\t.\t{reference}\t{alternate}\t.\t.\tNS={n};MF={fraction:.4g}"
            for (contig, position, reference, alternate), (n, fraction) in panel.alleles.items()
        ),
    ]
    with whole_file(path) as part, whole_file(f"{path}.tbi") as index:
        with pysam.BGZFile(str(part), "wb", index=None) as out:
            out.write("".join(line + "\n" for line in lines).encode())
        pysam.tabix_index(str(part), preset="vcf", force=True, index=str(index))
