"""The reference of a genome browser from the embedded knowledge: sizes, cytobands and genes, without any outside call.

`gene_track` is for a process of its own. Texts are tab-separated; coordinates are 0-based half-open, contigs have no `chr`.
"""

from __future__ import annotations

import gzip
from typing import Final

from cohesin.kernel.late import LateFunction
from cohesin_genomics.knowledge.embedded import DATA
from cohesin_genomics.model import Assembly

_BANDS: Final = {Assembly.GRCH37: "cytoBand_hg19.txt.gz", Assembly.GRCH38: "cytoBand_hg38.txt.gz"}
_MITOCHONDRIAL_LENGTH: Final = 16_569
"""Bases of the revised Cambridge Reference Sequence, which both assemblies use."""
gene_track: Final[LateFunction[str]] = LateFunction("cohesin.clinical.gene_track", "gene_track")
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
