"""ClinVar assertions by allele.

The embedded rows are those of the GRCh38 VCF of 2024-12-15 that are pathogenic or likely pathogenic with two
stars or more. Their GRCh37 positions were paired exon by exon; REF and ALT are GRCh38's. A GRCh37 allele
matches only when the file's own REF equals that REF, so a site whose reference base changed between the
builds (F5 rs6025: C>T on GRCh38, T>C on GRCh37) cannot match with its alleles swapped; where two rows fall on
one GRCh37 allele, neither is used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from cohesin_genomics.knowledge.sites import AlleleTable, Keys, info_value, read_sites_vcf
from cohesin_genomics.knowledge.terms import canonical_term
from cohesin_genomics.model import Assembly, ClinVarRecord, PopulationFrequency

STARS: Final[dict[str, int]] = {
    "practice_guideline": 4,
    "reviewed_by_expert_panel": 3,
    "criteria_provided,_multiple_submitters,_no_conflicts": 2,
    "criteria_provided,_multiple_submitters": 2,
    "criteria_provided,_conflicting_classifications": 1,
    "criteria_provided,_conflicting_interpretations": 1,
    "criteria_provided,_single_submitter": 1,
}
"""Review status → stars (https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/); any other has none."""

_COLUMNS: Final = (
    "contig", "position", "ref", "alt", "variation_id", "rsid", "genes", "significance", "review_status",
    "consequences", "af_exac", "conditions",
)  # fmt: skip


# Texts that many rows share are held once each: it halves the memory.
_REPEATED: Final = ("genes", "significance", "review_status", "consequences", "conditions")


class ClinVarTable:
    """ClinVar records of one assembly, found by exact allele."""

    def __init__(self, rows: pl.DataFrame) -> None:
        """Index rows of text columns (see `_COLUMNS`) with an integer position."""
        self._table = AlleleTable(rows.select(_COLUMNS).with_columns(pl.col(_REPEATED).cast(pl.Categorical)))

    @classmethod
    def from_embedded(cls, path: Path, assembly: Assembly) -> ClinVarTable:
        """Read the embedded TSV for one assembly; rows without a position on it are left out."""
        position = "pos38" if assembly is Assembly.GRCH38 else "pos37"
        frame = pl.read_csv(
            path,
            separator="\t",
            quote_char=None,
            infer_schema=False,
            columns=["chrom", "pos38", "pos37", "clinvar_variation_id", *_COLUMNS[2:4], *_COLUMNS[5:]],
            schema_overrides={
                "pos38": pl.Int64,
                "pos37": pl.Int64,
                **dict.fromkeys(_REPEATED, pl.Categorical),
            },
        )
        if assembly is Assembly.GRCH37:
            frame = _well_paired(frame)
        names = {"chrom": "contig", position: "position", "clinvar_variation_id": "variation_id"}
        return cls(frame.rename(names).filter(pl.col("position").is_not_null()))

    @classmethod
    def from_vcf(cls, path: Path) -> ClinVarTable:
        """Read a ClinVar VCF as NCBI publishes it, of the assembly it is named for."""
        frame = read_sites_vcf(path).filter(pl.col("alt") != ".")
        names = ("CLNSIG", "CLNREVSTAT", "CLNDN", "GENEINFO", "MC", "RS", "AF_EXAC")
        frame = frame.with_columns(info_value(name) for name in names)
        return cls(
            frame.filter(pl.col("CLNSIG").is_not_null()).with_columns(
                variation_id=pl.col("id"),
                rsid="rs" + pl.col("RS").str.extract(r"^(\d+)"),
                genes=pl.col("GENEINFO").str.replace_all(r":\d+", "").str.replace_all("|", ",", literal=True),
                significance=pl.col("CLNSIG"),
                review_status=pl.col("CLNREVSTAT"),
                consequences=pl.col("MC").str.replace_all(r"SO:\d+\|", ""),
                af_exac=pl.col("AF_EXAC"),
                conditions=pl.col("CLNDN").str.replace_all("_", " ", literal=True),
            )
        )

    def __len__(self) -> int:
        return len(self._table)

    @property
    def rows(self) -> pl.DataFrame:
        """All rows: contig, position (1-based), ref, alt and ClinVar's own texts."""
        return self._table.rows

    def find(self, contig: str, position: int, ref: str, alt: str) -> ClinVarRecord | None:
        """The record of an allele. None says that none was found in this release and scope, nothing more."""
        row = self._table.find(contig, position, ref, alt)
        return None if row is None else self._record(row)

    def find_exac(self, contig: str, position: int, ref: str, alt: str) -> PopulationFrequency | None:
        """The ExAC frequency that ClinVar quotes for an allele: one overall value, no populations."""
        row = self._table.find(contig, position, ref, alt)
        value = None if row is None else self._table.rows["af_exac"][row]
        if not value:
            return None
        return PopulationFrequency("ExAC (quoted by ClinVar)", float(value), float(value), "all", {})

    def match(self, frame: pl.DataFrame, keys: Keys) -> pl.DataFrame:
        """Bulk lookup: `index` in the frame with clinvar_id, clinvar_significance, clinvar_stars, af_exac."""
        found = self._table.match(frame, keys)
        facts = self._table.rows[found["row"]].select(
            clinvar_id="variation_id",
            clinvar_significance=pl.col("significance").cast(pl.String),
            clinvar_stars=pl.col("review_status")
            .cast(pl.String)
            .replace_strict(STARS, default=0, return_dtype=pl.Int8),
            clinvar_af_exac=pl.col("af_exac").replace("", None).cast(pl.Float64),
        )
        return found.select("index").hstack(facts)

    def _record(self, row: int) -> ClinVarRecord:
        facts = {name: value or "" for name, value in self._table.rows.row(row, named=True).items()}
        return ClinVarRecord(
            variation_id=str(facts["variation_id"]),
            significance=str(facts["significance"]),
            review_status=str(facts["review_status"]),
            stars=STARS.get(str(facts["review_status"]), 0),
            conditions=tuple(filter(None, str(facts["conditions"]).split("|"))),
            gene=str(facts["genes"]),
            consequences=tuple(canonical_term(one) for one in str(facts["consequences"]).split(",") if one),
            rsid=str(facts["rsid"]) or None,
        )


def _well_paired(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows whose GRCh37 position can be trusted; the others stay unplaced there.

    Left out are a row whose shift between the builds differs from that of both neighbours while theirs is one
    (a doubled exon paired with its copy), and CSF2RA, which lies in the pseudo-autosomal region and was
    paired with its copy on Y.
    """
    shift = pl.col("pos37") - pl.col("pos38")
    before, after = shift.shift(1).over("chrom"), shift.shift(-1).over("chrom")
    lone = (before == after) & (shift != before)
    wrong = lone | (pl.col("genes").cast(pl.String) == "CSF2RA")
    placed = frame.filter(pl.col("pos37").is_not_null()).sort("chrom", "pos38")
    return placed.filter(~wrong.fill_null(value=False))
