"""The reference of a genome browser from the embedded knowledge: sizes, cytobands and genes, without any outside call.

Texts are tab-separated; coordinates are 0-based half-open, contigs have no `chr`.
"""

from __future__ import annotations

import gzip
from typing import Final

from cohesin.clinical.science import knowledge_for
from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.knowledge.store import DATA
from cohesin_genomics.model import Assembly

_BANDS: Final = {Assembly.GRCH37: "cytoBand_hg19.txt.gz", Assembly.GRCH38: "cytoBand_hg38.txt.gz"}
_MITOCHONDRIAL_LENGTH: Final = 16_569
"""Bases of the revised Cambridge Reference Sequence, which both assemblies use."""
_CONTIGS: Final = (*(str(number) for number in range(1, 23)), "X", "Y")


def cytobands(assembly: str) -> str:
    """UCSC cytoBand rows: contig, start, end, name, stain."""
    raw = gzip.decompress((DATA / "ref" / _BANDS[Assembly(assembly)]).read_bytes()).decode()
    rows = (line.removeprefix("chr") for line in raw.splitlines())
    return "".join(f"{row}\n" for row in rows if row.partition("\t")[0] in _CONTIGS)


def chromosome_sizes(assembly: str) -> str:
    """Contig and length in bases, in karyotype order: a chromosome ends where its last band does."""
    ends: dict[str, int] = {}
    for row in cytobands(assembly).splitlines():
        contig, _, end, *_ = row.split("\t")
        ends[contig] = max(ends.get(contig, 0), int(end))
    lengths = [(contig, ends[contig]) for contig in _CONTIGS] + [("MT", _MITOCHONDRIAL_LENGTH)]
    return "".join(f"{contig}\t{length}\n" for contig, length in lengths)


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
