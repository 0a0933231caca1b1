"""Population allele frequencies by allele.

Embedded: 23,770 exome sites of 1000 Genomes phase 3 with five superpopulations. A user's own sites VCF
(gnomAD and its like) is read by its INFO keys: AF, and AF_<population> for as many as it has.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import polars as pl

from cohesin_genomics.knowledge.sites import AlleleTable, Keys, info_value, read_sites_vcf
from cohesin_genomics.model import Assembly, PopulationFrequency

_POPULATIONS: Final = ("AFR", "AMR", "EAS", "EUR", "SAS")
_VCF_POPULATIONS: Final = (
    "afr", "ami", "amr", "asj", "eas", "fin", "mid", "nfe", "eur", "sas", "AFR", "AMR", "EAS", "EUR", "SAS",
)  # fmt: skip
# Bottlenecked groups are left out of the maximum, as gnomAD does for its grpmax: an allele common only by
# founder effect may still be disease-causing.
_NOT_IN_MAXIMUM: Final = frozenset({"AMI", "ASJ", "FIN", "MID"})


class FrequencyTable:
    """One frequency source on one assembly."""

    def __init__(self, source: str, rows: pl.DataFrame, populations: tuple[str, ...]) -> None:
        """Index rows of contig, position, ref, alt, AF and one column per population (fractions of 1)."""
        self.source = source
        self.populations = populations
        counted = [one for one in populations if one not in _NOT_IN_MAXIMUM] or ["AF"]
        self._table = AlleleTable(
            rows.filter(pl.col("AF").is_not_null()).with_columns(popmax=pl.max_horizontal(*counted, "AF"))
        )

    @classmethod
    def from_embedded(cls, path: Path, assembly: Assembly) -> FrequencyTable:
        """Read the embedded 1000 Genomes table for one assembly.

        Rows that nobody of the 2,504 people carries are left out. The sites were chosen as common ones elsewhere, many
        lie in duplicated genes, and the project made no call there: their zeros say nothing of rarity. (Of those seen
        in the exome of NA12878, many are homozygous.)
        """
        position = "pos38" if assembly is Assembly.GRCH38 else "pos37"
        frame = pl.read_csv(path, separator="\t", schema_overrides={"chrom": pl.String})
        rows = frame.rename({"chrom": "contig", position: "position"}).filter(
            pl.col("position").is_not_null() & (pl.max_horizontal("AF", *_POPULATIONS) > 0)
        )
        columns = ("contig", "position", "ref", "alt", "AF", *_POPULATIONS)
        return cls("1000 Genomes phase 3", rows.select(columns), _POPULATIONS)

    @classmethod
    def from_vcf(cls, path: Path, source: str) -> FrequencyTable:
        """Read a sites VCF with AF (Number=A) and any AF_<population> keys.

        Raises:
            ValueError: No record has an AF.
        """
        frame = read_sites_vcf(path)
        sample = ";".join(frame["info"].head(1000).drop_nulls())
        keys = {name: f"AF_{name}" for name in _VCF_POPULATIONS if re.search(rf"(?:^|;)AF_{name}=", sample)}
        names = ["AF", *keys.values()]
        frame = frame.with_columns(
            pl.col("alt").str.split(","), *(info_value(name).str.split(",") for name in names)
        )
        if frame["AF"].null_count() == frame.height:
            raise ValueError(f"{path.name}: no record has AF in its INFO column")
        # A list shorter than ALT would misplace values: such fields are dropped for the record.
        size = pl.col("alt").list.len()
        blank = pl.lit(None, dtype=pl.String).repeat_by(size)
        frame = frame.with_columns(
            pl.when(pl.col(name).list.len() == size).then(pl.col(name)).otherwise(blank).alias(name)
            for name in names
        )
        rows = frame.select("contig", "position", "ref", "alt", *names).explode("alt", *names)
        rows = rows.with_columns(pl.col(names).cast(pl.Float64, strict=False)).rename(
            {key: name.upper() for name, key in keys.items()}
        )
        return cls(source, rows, tuple(name.upper() for name in keys))

    def __len__(self) -> int:
        return len(self._table)

    def find(self, contig: str, position: int, ref: str, alt: str) -> PopulationFrequency | None:
        """The frequencies of an allele. None says that the source does not cover it, not that it is rare."""
        row = self._table.find(contig, position, ref, alt)
        if row is None:
            return None
        facts = self._table.rows.row(row, named=True)
        by_population = {name: facts[name] for name in self.populations if facts[name] is not None}
        popmax = facts["popmax"]
        leading = (
            name for name, value in by_population.items() if value == popmax and name not in _NOT_IN_MAXIMUM
        )
        return PopulationFrequency(self.source, facts["AF"], popmax, next(leading, "all"), by_population)

    def match(self, frame: pl.DataFrame, keys: Keys) -> pl.DataFrame:
        """Bulk lookup: `index` in the frame with allele_frequency, popmax and frequency_source."""
        found = self._table.match(frame, keys)
        facts = self._table.rows[found["row"]].select(
            allele_frequency="AF", popmax="popmax", frequency_source=pl.lit(self.source)
        )
        return found.select("index").hstack(facts)
