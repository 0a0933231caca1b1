"""The heavy part of a genome's annotation, run in a process of its own: VCF in, Parquet files out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from cohesin.clinical.genomes.entity import AnnotatedFiles
from cohesin.clinical.science import knowledge_for
from cohesin_genomics.annotation import ANNOTATION_COLUMNS, annotate_frame
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly
from cohesin_genomics.store.query import open_genome
from cohesin_genomics.vcf.convert import convert_vcf

ALLELE_COLUMNS = ["contig", "position", "ref", "alt", "kind", "zygosity"]
_NEEDED = [*ALLELE_COLUMNS, "transcripts", "transcripts_format", "record_alt", "allele_number"]
_CARRIED = ["heterozygous", "homozygous", "hemizygous"]


def annotate_file(
    report: Callable[[float, str], None],
    source: str,
    folder: str,
    assembly: str,
    reference: str | None = None,
) -> AnnotatedFiles:
    """Convert a VCF and annotate what its sample carries.

    `reference` is the folder of the installation's own reference data. `report` is told a fraction from 0 to 1 and the stage. The annotation file holds one row for each allele that is
    carried and touches a gene, ClinVar or a splice site, with `ALLELE_COLUMNS` and the library's annotation columns.

    Raises:
        VcfError: the file cannot be used.
    """
    build = Assembly(assembly)
    target = Path(folder)
    done = convert_vcf(
        Path(source), target, assembly=build, progress=lambda fraction: report(fraction * 0.6, "reading")
    )
    first = done.files[done.samples[0]]
    annotation: Path | None = None
    if len(done.samples) == 1:
        annotation = target / "annotation.parquet"
        _annotate(report, first, annotation, knowledge_for(build, reference))
    report(1.0, "storing")
    return AnnotatedFiles(
        variants=str(first),
        annotation=None if annotation is None else str(annotation),
        record_count=done.record_count,
        variant_count=done.variant_count[done.samples[0]],
    )


def _annotate(
    report: Callable[[float, str], None], variants: Path, target: Path, knowledge: Knowledge
) -> None:
    genome = open_genome(variants)
    parts = []
    seen = 0
    for batch in genome.iter_batches(columns=_NEEDED):
        seen += batch.height
        carried = batch.filter(pl.col("zygosity").cast(pl.String).is_in(_CARRIED))
        found = annotate_frame(carried, knowledge, genome.provenance.transcript_formats)
        parts.append(
            found.filter(pl.col("gene").is_not_null() | pl.col("clinvar_id").is_not_null()).select(
                [pl.col(name).cast(pl.String) if name in ("kind", "zygosity") else pl.col(name)
                 for name in (*ALLELE_COLUMNS, *ANNOTATION_COLUMNS)]
            )
        )  # fmt: skip
        report(0.6 + 0.4 * seen / max(genome.row_count, 1), "annotating")
    if not parts:
        parts.append(_no_rows())
    pl.concat(parts, how="vertical_relaxed").write_parquet(target, compression="zstd")


def _no_rows() -> pl.DataFrame:
    """The annotation of a genome without a variant."""
    numbers = {
        "position": pl.Int32,
        "clinvar_stars": pl.Int8,
        "allele_frequency": pl.Float64,
        "popmax": pl.Float64,
    }
    return pl.DataFrame(
        schema={name: numbers.get(name, pl.String) for name in (*ALLELE_COLUMNS, *ANNOTATION_COLUMNS)}
    )
