"""Where the embedded data sets are, and the gene symbols among them, which need no numeric library."""

from __future__ import annotations

import gzip
from importlib.resources import files
from pathlib import Path
from typing import Final

from cohesin_genomics.knowledge.genes import GeneCatalogue
from cohesin_genomics.model import Assembly

DATA: Final = Path(str(files("cohesin_genomics"))) / "data"
"""The embedded data sets; see their README and NOTICE."""

HGNC: Final = DATA / "panels" / "hgnc_2025-06_protein_coding.tsv.gz"
MITOCHONDRIAL_GENES: Final = DATA / "mito" / "mitochondrial_genes_rCRS.tsv"


def gene_models_path(assembly: Assembly) -> Path:
    return DATA / f"gene_models_{assembly}.disease_hpo_or_clinvar.tsv.gz"


def embedded_catalogue(assembly: Assembly) -> GeneCatalogue:
    """Symbols as `Knowledge.embedded` resolves them, without its gene models."""
    with gzip.open(gene_models_path(assembly), "rt", encoding="utf-8") as lines:
        rows = [*lines][1:] + MITOCHONDRIAL_GENES.read_text(encoding="utf-8").splitlines()[1:]
    return GeneCatalogue(HGNC, {row.partition("\t")[0] for row in rows})
