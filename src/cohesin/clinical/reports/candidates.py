"""Which of a patient's variants become candidates of a report. Runs in a process of its own."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import polars as pl

from cohesin.clinical.reports.case_request import CandidateLimits
from cohesin_genomics.annotation import TranscriptField
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Variant
from cohesin_genomics.store.query import Genome, Interval

PRIMARY_CONTIGS: Final = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")
CARRIED: Final = ("heterozygous", "homozygous", "hemizygous")
_SEQUENCE_KINDS: Final = ("snv", "mnv", "insertion", "deletion", "delins")
# `coding_sequence_variant` has impact MODIFIER: without a reference nobody can tell what it does to the protein.
_TELLING_TERMS: Final = (
    "coding_sequence_variant", "splice_region_variant", "splice_donor_5th_base_variant", "splice_donor_region_variant",
    "protein_altering_variant",
)  # fmt: skip
_HARMFUL: Final = r"(?i)^(?:likely[ _])?pathogenic"
EXON_FLANK: Final = 20
"""Bases on either side of an exon that a panel looks at."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Candidate variants with their rows of the patient's genome, and how many were left out and why."""

    variants: list[Variant]
    rows: dict[Variant, dict[str, Any]]
    left_out: dict[str, int]


def select_candidates(
    genome: Genome,
    annotation: pl.DataFrame,
    knowledge: Knowledge,
    genes: frozenset[str] | None,
    limits: CandidateLimits,
) -> Selection:
    """A patient's candidates.

    A panel's lie in or near the exons of its genes; without a panel they are rare and coding, near a splice site, or
    known to ClinVar as (likely) pathogenic.
    """
    harmful = pl.col("clinvar_significance").str.contains(_HARMFUL).fill_null(value=False)
    usable = annotation.filter(
        pl.col("contig").is_in(PRIMARY_CONTIGS) & pl.col("kind").is_in(_SEQUENCE_KINDS)
    )  # fmt: skip
    telling = pl.col("impact").is_in(["HIGH", "MODERATE"]) | pl.col("consequence").is_in(_TELLING_TERMS)
    if genes is None:
        common = (pl.col("popmax") >= limits.rare).fill_null(value=False)
        places = usable.filter(telling | harmful)
    else:
        common = (pl.col("popmax") >= limits.common).fill_null(value=False)
        inside = _in_exons(genome, knowledge, genes)
        of_panel = pl.col("gene").is_in(list(genes)) & (telling | harmful)
        near = usable.join(inside, on=["contig", "position", "ref", "alt"], how="semi")
        places = pl.concat([near, usable.filter(of_panel)]).unique(maintain_order=True)
    kept = places.filter(~common | harmful)
    left_out = {"common in a population": places.height - kept.height}
    if kept.height > limits.annotated_at_most:
        kept = _most_telling(kept, limits.annotated_at_most)
        left_out["beyond the number that is interpreted"] = (
            places.height - left_out["common in a population"] - kept.height
        )
    variants = [
        Variant(genome.assembly, *row) for row in kept.select("contig", "position", "ref", "alt").iter_rows()
    ]
    return Selection(variants=variants, rows=rows_of(genome, variants), left_out=left_out)


def _in_exons(genome: Genome, knowledge: Knowledge, genes: frozenset[str]) -> pl.DataFrame:
    intervals = [
        Interval(transcript.contig, max(0, start - EXON_FLANK), end + EXON_FLANK)
        for gene in sorted(genes)
        for transcript in knowledge.models.of_gene(gene)
        for start, end in transcript.exons
    ]
    return genome.variants_in(intervals, columns=["contig", "position", "ref", "alt"]).unique()


def _most_telling(frame: pl.DataFrame, count: int) -> pl.DataFrame:
    order = pl.col("impact").replace_strict({"HIGH": 0, "MODERATE": 1}, default=2, return_dtype=pl.Int8)
    return frame.sort(
        pl.col("clinvar_id").is_null(), order, pl.col("popmax").fill_null(0.0), maintain_order=True
    ).head(count)


def rows_of(genome: Genome, variants: list[Variant]) -> dict[Variant, dict[str, Any]]:
    """The genome's own row of each variant it carries; of two records of one allele the first."""
    wanted = set(variants)
    found: dict[Variant, dict[str, Any]] = {}
    for row in genome.variants_at((one.contig, one.position) for one in variants).iter_rows(named=True):
        variant = Variant(genome.assembly, row["contig"], row["position"], row["ref"], row["alt"])
        if variant in wanted and variant not in found and row["zygosity"] in CARRIED:
            found[variant] = row
    return found


def transcript_fields(genome: Genome, rows: dict[Variant, dict[str, Any]]) -> dict[Variant, TranscriptField]:
    """The file's own CSQ or ANN of each variant; a CSQ whose columns the header does not name is not read."""
    described = genome.provenance.transcript_formats
    names = {"ANN": "ANN"} | ({"CSQ": f"CSQ:{described['CSQ']}"} if "CSQ" in described else {})
    return {
        variant: TranscriptField(
            names[row["transcripts_format"]],
            row["transcripts"],
            row["record_alt"].split(",")[row["allele_number"] - 1],
        )
        for variant, row in rows.items()
        if row["transcripts"] and row["transcripts_format"] in names
    }


_SV_TYPES: Final = ("DEL", "DUP", "INV", "INS", "BND", "CNV")


def select_structural(
    genome: Genome, knowledge: Knowledge, genes: frozenset[str] | None
) -> list[dict[str, Any]]:
    """Structural variants that the patient carries, with the genes they touch; with a panel those of its genes."""
    rows = (
        pl.scan_parquet(genome.path)
        .filter(
            pl.col("sv_type").is_not_null()
            & pl.col("contig").is_in(PRIMARY_CONTIGS)
            & pl.col("zygosity").is_in(CARRIED)
        )
        .select("contig", "contig_code", "position", "end", "span_end", "sv_type", "sv_length", "zygosity", "record_ref",
                "record_alt", "allele_number")
        .collect()
    )  # fmt: skip
    found = []
    for row in rows.iter_rows(named=True):
        kind = row["sv_type"].upper().partition(":")[0]
        if kind not in _SV_TYPES:
            continue
        end = max(row["end"] or row["span_end"] or row["position"], row["position"])
        touched = sorted(
            {one.gene for one in knowledge.models.overlapping(row["contig"], row["position"] - 1, end)}
        )
        if genes is not None and not genes.intersection(touched):
            continue
        length = row["sv_length"]
        found.append(
            {
                "contig": row["contig"],
                "contig_order": row["contig_code"],
                "position": row["position"],
                "end_position": end,
                "sv_type": kind,
                "length": abs(length) if length is not None else None,
                "genes": touched,
                "zygosity": row["zygosity"],
                "ref": row["record_ref"],
                "alt": row["record_alt"].split(",")[row["allele_number"] - 1],
            }
        )
    return found
