"""The genes of an assembly as a genome browser takes them. Run in a process of its own: it reads all gene models."""

from __future__ import annotations

from cohesin.clinical.science import knowledge_for
from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.model import Assembly


def gene_track(assembly: str) -> str:
    """BED12 rows of one transcript a gene (MANE Select where there is one), by place."""
    models = knowledge_for(Assembly(assembly)).models
    chosen = (models.of_gene(gene)[0] for gene in models.genes)
    shown = sorted(chosen, key=lambda one: (one.contig, one.start, one.gene))
    return "".join(_bed12(one) for one in shown)


def _bed12(one: Transcript) -> str:
    coding = one.coding or (one.end, one.end)
    sizes = ",".join(str(end - start) for start, end in one.exons)
    starts = ",".join(str(start - one.start) for start, _ in one.exons)
    fields = (
        one.contig, one.start, one.end, one.gene, 0, "+" if one.strand > 0 else "-", *coding, 0, len(one.exons), sizes,
        starts,
    )  # fmt: skip
    return "\t".join(str(field) for field in fields) + "\n"
