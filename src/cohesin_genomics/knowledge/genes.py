"""Gene symbols (HGNC), the diseases of genes (HPO annotations) and named gene lists."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import msgspec


class SymbolStatus(StrEnum):
    APPROVED = "approved"
    ALIAS = "alias"
    PREVIOUS = "previous"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


class ResolvedSymbol(msgspec.Struct, frozen=True):
    """What a symbol typed by a person or written in a file stands for today.

    `approved` is None when the symbol is unknown or could be several genes (`candidates`).
    """

    text: str
    approved: str | None
    status: SymbolStatus
    candidates: tuple[str, ...] = ()


class GeneDisease(msgspec.Struct, frozen=True):
    """A disease of a gene. `inheritance` holds HPO mode codes (AD, AR, XLD …) and HPO ids of modifiers."""

    disease_id: str
    name: str
    inheritance: tuple[str, ...]


class GeneIdentity(msgspec.Struct, frozen=True):
    symbol: str
    hgnc_id: str
    location: str
    ncbi_gene: str
    ensembl_gene: str


class GeneCatalogue:
    """HGNC's protein-coding genes, and approved symbols that other sources add (RNA genes)."""

    def __init__(self, hgnc: Path, other_approved: Iterable[str]) -> None:
        """Read the HGNC table; `other_approved` are symbols used as approved by the gene models."""
        self._genes: dict[str, GeneIdentity] = {}
        self._previous: dict[str, set[str]] = {}
        self._alias: dict[str, set[str]] = {}
        with gzip.open(hgnc, "rt", encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                f = line.rstrip("\n").split("\t")
                self._genes[f[1]] = GeneIdentity(f[1], f[0], f[4], f[5], f[6])
                for column, index in ((2, self._alias), (3, self._previous)):
                    for name in filter(None, f[column].split("|")):
                        index.setdefault(name.upper(), set()).add(f[1])
        for symbol in other_approved:
            if symbol.upper() not in self._previous:
                self._genes.setdefault(symbol, GeneIdentity(symbol, "", "", "", ""))
        self._approved = {symbol.upper(): symbol for symbol in self._genes}

    def find(self, approved: str) -> GeneIdentity | None:
        return self._genes.get(approved)

    def resolve_symbol(self, text: str) -> ResolvedSymbol:
        """The approved symbol for a text: itself, or the one gene it is an old symbol or alias of."""
        wanted = text.strip().upper()
        if wanted in self._approved:
            return ResolvedSymbol(text, self._approved[wanted], SymbolStatus.APPROVED)
        previous, alias = self._previous.get(wanted, set()), self._alias.get(wanted, set())
        candidates = tuple(sorted(previous | alias))
        if len(candidates) == 1:
            status = SymbolStatus.PREVIOUS if previous else SymbolStatus.ALIAS
            return ResolvedSymbol(text, candidates[0], status, candidates)
        status = SymbolStatus.AMBIGUOUS if candidates else SymbolStatus.UNKNOWN
        return ResolvedSymbol(text, None, status, candidates)


def read_gene_diseases(path: Path) -> dict[str, tuple[GeneDisease, ...]]:
    """Approved symbol → its diseases, from the gene-disease-inheritance table."""
    found: dict[str, list[GeneDisease]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            gene, _, disease, name, inheritance = line.rstrip("\n").split("\t")
            if gene != "-":
                modes = tuple(filter(None, inheritance.split(",")))
                found.setdefault(gene, []).append(GeneDisease(disease, name, modes))
    return {gene: tuple(diseases) for gene, diseases in found.items()}


def read_lof_mechanism(path: Path) -> dict[str, int]:
    """Symbol → ClinGen haploinsufficiency score: 3 sufficient evidence, 30 autosomal recessive phenotype."""
    rows = (line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#"))
    return {row[0]: int(row[1]) for row in rows if row[0] != "gene_symbol"}


def read_acmg_secondary_findings(path: Path) -> dict[str, tuple[str, ...]]:
    """ACMG SF lists by version: v3.2 and v3.3."""
    rows = [line.split("\t") for line in path.read_text().splitlines()[1:] if line]
    return {
        "ACMG SF v3.3": tuple(row[0] for row in rows),
        "ACMG SF v3.2": tuple(row[0] for row in rows if row[2] != "v3.3"),
    }


def read_clingen_validity(path: Path) -> dict[str, tuple[str, ...]]:
    """Gene lists by ClinGen gene-disease validity classification (reduced set)."""
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) > 6 and row[1].startswith("HGNC:"):
                found.setdefault(f"ClinGen {row[6].strip()}", set()).add(row[0])
    return {name: tuple(sorted(genes)) for name, genes in sorted(found.items())}
