"""Tables beside the evidence that interpretation looks into: hotspots, ClinVar, domains, MANE, OncoTree of another release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oncopipe.data.variants import AnnotatedVariant
from oncopipe.errors import ConfigError
from oncopipe.knowledge.clinvar import contig_key, rows_at
from oncopipe.knowledge.diseases import tumor_types
from oncopipe.knowledge.hotspots import SINGLE, changes_of
from oncopipe.knowledge.sources import read_rows, table_of

Key = tuple[str, int, str, str]


@dataclass(frozen=True)
class Residue:
    """A recurrent residue: samples with any change there, with each change (`E`, `K`, `*`), and of each tumor type."""

    n_samples: int
    changes: Mapping[str, int]
    tumor_types: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Domain:
    """A critical region of a protein, residues `first` to `last`, and who says so."""

    first: int
    last: int
    name: str
    citation: str


@dataclass(frozen=True)
class References:
    """What was imported; None where a source was not, so that nothing is taken for absent that nobody asked."""

    hotspots: Mapping[tuple[str, str], Residue] | None = None  # by gene and residue
    hotspot_sites: Mapping[Key, tuple[str, str]] | None = None  # gene and change, e.g. ("KRAS", "G12D")
    clinvar: Mapping[Key, Mapping[str, str]] | None = None  # rows of the calls alone
    domains: Mapping[str, tuple[Domain, ...]] | None = None  # by gene
    mane: Mapping[str, frozenset[str]] | None = None  # gene -> transcripts without version
    tumor_names: Mapping[str, str] = field(default_factory=dict)  # of another release of OncoTree
    parents: Mapping[str, str] = field(default_factory=dict)

    def nearest_code(self, code: str | None) -> str | None:
        """The code itself, or its nearest ancestor that the shipped OncoTree holds."""
        seen: set[str] = set()
        while code and code not in tumor_types() and code not in seen and self.parents.get(code):
            seen.add(code)
            code = self.parents[code]
        return code


def read_references(folder: Path | None, variants: Iterable[AnnotatedVariant], build: str) -> References:
    """The tables of a knowledge folder; of ClinVar only what stands at these variants.

    Raises: InputError for a table that was changed; ConfigError when ClinVar is of the other build.
    """
    mane = table_of(folder, "mane")
    oncotree = table_of(folder, "oncotree")
    rows = read_rows(oncotree[0]) if oncotree else []
    return References(
        hotspots=_hotspots(folder),
        hotspot_sites=_hotspot_sites(folder),
        clinvar=_clinvar(folder, variants, build),
        domains=_domains(folder),
        mane=_mane(mane[0]) if mane else None,
        tumor_names={row["code"]: row["name"] for row in rows},
        parents={row["code"]: row["parent"] for row in rows if row["parent"]},
    )


def clinvar_key(v: AnnotatedVariant) -> Key:
    """The allele as ClinVar's rows are keyed."""
    return contig_key(v.contig), v.position + 1, v.reference.upper(), v.alternate.upper()


def _hotspots(folder: Path | None) -> dict[tuple[str, str], Residue] | None:
    found = table_of(folder, "hotspots")
    if found is None:
        return None
    return {
        (row["gene"], row["residue"]): Residue(
            int(row["n_samples"]), changes_of(row["changes"]), changes_of(row["tumor_types"])
        )
        for row in read_rows(found[0])
        if row["kind"] == SINGLE
    }


def _hotspot_sites(folder: Path | None) -> dict[Key, tuple[str, str]] | None:
    found = table_of(folder, "hotspot_sites")
    if found is None:
        return None
    return {
        (row["chromosome"], int(row["position"]), row["reference"], row["alternate"]): (row["gene"], row["change"])
        for row in read_rows(found[0])
    }


def _clinvar(
    folder: Path | None, variants: Iterable[AnnotatedVariant], build: str
) -> dict[Key, dict[str, str]] | None:
    found = table_of(folder, "clinvar")
    if found is None:
        return None
    path, facts = found
    own = facts.get("build", "unknown")
    if build in ("GRCh37", "GRCh38") and own in ("GRCh37", "GRCh38") and own != build:
        raise ConfigError(
            f"ClinVar was imported for {own}, the calls are of {build}",
            where=str(path),
            fix=f"import ClinVar's VCF of {build}",
        )
    return rows_at(path, {clinvar_key(v) for v in variants})


def _domains(folder: Path | None) -> dict[str, tuple[Domain, ...]] | None:
    found = table_of(folder, "domains")
    if found is None:
        return None
    of: dict[str, list[Domain]] = {}
    for row in read_rows(found[0]):
        of.setdefault(row["gene"], []).append(
            Domain(int(row["first"]), int(row["last"]), row["name"], row["citation"])
        )
    return {gene: tuple(sorted(regions)) for gene, regions in of.items()}


def _mane(path: Path) -> dict[str, frozenset[str]]:
    of: dict[str, set[str]] = {}
    for row in read_rows(path):
        of.setdefault(row["gene"], set()).update((row["ensembl"].split(".")[0], row["refseq"].split(".")[0]))
    return {gene: frozenset(names) for gene, names in of.items()}
