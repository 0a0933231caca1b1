"""The columns of a genome's Parquet file: one row per alternate allele per record.

| column | meaning |
|---|---|
| contig, contig_code | canonical name; place in karyotype order (1 to 25; others from 100, per file) |
| position, ref, alt | 1-based; trimmed to the shortest form, left-aligned where a FASTA was given |
| span_end | last 1-based reference position the allele covers (INFO/END for symbolic alleles) |
| kind | an `AlleleKind` |
| zygosity | a `Zygosity`, relative to this row's allele |
| genotype | GT as in the file; its allele numbers are the record's |
| other_alt | the genotype also holds another alternate allele of the record (1/2) |
| phased, phase_set | all alleles joined by `|`; FORMAT/PS |
| depth, ref_depth, alt_depth | reads: DP; AD (or RO and AO) of the reference and of this allele |
| genotype_quality, qual | Phred-scaled: GQ; QUAL |
| filter | FILTER as in the file, null when none was applied |
| rsid | the first dbSNP identifier in ID |
| record_position, record_ref, record_alt | as in the file; `record_alt` holds all alternates of the record |
| record_number, allele_number | record counted from 1 over the file; alternate counted from 1 |
| end, sv_type, sv_length | INFO END, SVTYPE, SVLEN (of this allele) |
| transcripts, transcripts_format | the raw INFO value of `CSQ` or `ANN` (CSQ where both stand), and which |
| reason | codes joined by `;`, why a row is to be read with care (see `REASONS`); null for most |

Rows are sorted by (contig_code, position) and row groups never cross a contig. The footer holds provenance as
JSON under `PROVENANCE_KEY`.
"""

from __future__ import annotations

import msgspec
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]

from cohesin_genomics.model import AlleleKind, Zygosity

KIND = pl.Enum([str(kind) for kind in AlleleKind])
ZYGOSITY = pl.Enum([str(zygosity) for zygosity in Zygosity])

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "contig": pl.String,
    "contig_code": pl.Int16,
    "position": pl.Int32,
    "ref": pl.String,
    "alt": pl.String,
    "span_end": pl.Int32,
    "kind": KIND,
    "zygosity": ZYGOSITY,
    "genotype": pl.String,
    "other_alt": pl.Boolean,
    "phased": pl.Boolean,
    "phase_set": pl.String,
    "depth": pl.Int32,
    "ref_depth": pl.Int32,
    "alt_depth": pl.Int32,
    "genotype_quality": pl.Float32,
    "qual": pl.Float32,
    "filter": pl.String,
    "rsid": pl.String,
    "record_position": pl.Int32,
    "record_ref": pl.String,
    "record_alt": pl.String,
    "record_number": pl.Int32,
    "allele_number": pl.Int16,
    "end": pl.Int32,
    "sv_type": pl.String,
    "sv_length": pl.Int32,
    "transcripts": pl.String,
    "transcripts_format": pl.String,
    "reason": pl.String,
}

REASONS = {
    "symbolic_allele": "a class of variant without sequence, such as <DEL>",
    "unspecified_allele": "<NON_REF> or <*>: any allele not listed, no claim of a variant",
    "breakend": "one side of a rearrangement",
    "spanning_deletion": "the allele is missing because an upstream deletion covers it",
    "ambiguous_bases": "REF or ALT holds IUPAC codes or N",
    "reference_mismatch": "REF is not what the FASTA holds there, so it was not left-aligned",
    "no_genotype": "the record gives no GT for the sample",
    "half_call": "one allele of the genotype is known and another is not",
}
"""Codes of `reason`."""

SKIPPED = {
    "no_alternate_allele": "ALT is `.`: a reference record",
    "reference_not_sequence": "REF holds other characters than IUPAC bases",
    "alternate_not_sequence": "ALT is neither bases, nor symbolic, nor a breakend",
    "alternate_equals_reference": "ALT is REF",
}
"""Why an allele has no row."""

PROVENANCE_KEY = b"cohesin_genomics"
ROW_GROUP_ROWS = 20_000
DICTIONARY_COLUMNS = [
    "contig", "ref", "alt", "kind", "zygosity", "genotype", "phase_set", "filter", "record_ref", "record_alt",
    "sv_type", "transcripts_format", "reason",
]  # fmt: skip

_ARROW = {
    pl.String: pa.string(),
    pl.Int16: pa.int16(),
    pl.Int32: pa.int32(),
    pl.Float32: pa.float32(),
    pl.Boolean: pa.bool_(),
}


def arrow_schema() -> pa.Schema:
    """The file's Arrow schema; categories are stored as text, so that any engine reads them."""
    return pa.schema([(name, _ARROW.get(kind, pa.string())) for name, kind in COLUMNS.items()])  # type: ignore[arg-type]


class GenomeProvenance(msgspec.Struct, frozen=True):
    """Where a genome's file came from. `transcript_formats` are the header's descriptions of CSQ and ANN."""

    assembly: str
    library_version: str
    vcf_version: str
    sample: str
    left_aligned: bool
    transcript_formats: dict[str, str]
