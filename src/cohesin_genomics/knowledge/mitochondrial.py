"""The mitochondrial genome: its 37 genes on the rCRS (NC_012920.1) and MITOMAP's confirmed variants.

Gene limits are those of the GenBank record NC_012920.1. The rCRS is the MT of GRCh38 and of the GRCh37
releases that name it `MT`; UCSC's hg19 `chrM` (NC_001807) is another sequence, and positions on it must not
be used here.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec

from cohesin_genomics.knowledge.gene_model import Transcript


class MitomapVariant(msgspec.Struct, frozen=True):
    """A MITOMAP entry; `status` has the ClinGen classification in brackets where there is one."""

    position: int
    ref: str
    alt: str
    locus: str
    disease: str
    status: str


def read_mitochondrial_genes(path: Path) -> list[Transcript]:
    """The 37 genes as one-exon transcripts named `NC_012920.1(GENE)`."""
    genes = []
    for line in path.read_text().splitlines()[1:]:
        gene, kind, strand, first, last, ensembl = line.split("\t")
        interval = (int(first) - 1, int(last))
        genes.append(
            Transcript(
                gene=gene,
                accession=f"NC_012920.1({gene})",
                ensembl=ensembl,
                protein="",
                tags=(kind,),
                contig="MT",
                strand=1 if strand == "+" else -1,
                exons=(interval,),
                coding=interval if kind == "CDS" else None,
            )
        )
    return genes


def read_mitomap(path: Path) -> dict[tuple[int, str, str], MitomapVariant]:
    """MITOMAP's confirmed variants by (1-based position, REF, ALT)."""
    found = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            _, position, _, ref, alt, _, _, info, *_ = line.rstrip("\n").split("\t")
            facts = {key: value for key, _, value in (part.partition("=") for part in info.split(";"))}
            variant = MitomapVariant(
                int(position),
                ref,
                alt,
                facts["Locus"],
                facts["AssociatedDisease"],
                facts["StatusMitomapClinGen"],
            )
            found[variant.position, ref, alt] = variant
    return found
