"""What each sample's column says, relative to each alternate allele.

Source: VCF 4.5 specification, §1.6.2.
"""

from __future__ import annotations

import re

import polars as pl

from cohesin_genomics.model import Zygosity
from cohesin_genomics.store.schema import ZYGOSITY
from cohesin_genomics.vcf.blocks import Block

_FIELDS = ("GT", "DP", "GQ", "PS", "AD", "RO", "AO")
_GENOTYPE = re.compile(r"[|/]?(?:\.|\d{1,4})(?:[|/](?:\.|\d{1,4}))*")
_SEPARATOR = re.compile(r"[|/]")
_CALL_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "GT": pl.String,
    "allele_number": pl.Int16,
    "zygosity": ZYGOSITY,
    "other_alt": pl.Boolean,
    "phased": pl.Boolean,
    "call_reason": pl.String,
    "highest_allele": pl.Int32,
}


def interpret_genotype(genotype: str, allele_number: int) -> tuple[Zygosity, bool, bool, str | None, int]:
    """(zygosity, other_alt, phased, reason, highest allele number) of a GT relative to one alternate.

    A half-call (`./1`) is heterozygous when it holds the allele, since one copy was seen; without it (`./0`)
    it is a no-call, since the unknown copy may be the allele. A single allele (`1`) is hemizygous. From VCF
    4.4 a genotype may begin with the phasing of its first allele.

    Raises:
        ValueError: the text is not a genotype.
    """
    if not _GENOTYPE.fullmatch(genotype):
        raise ValueError("not a genotype")
    alleles = [None if part == "." else int(part) for part in _SEPARATOR.split(genotype.lstrip("|/"))]
    known = [allele for allele in alleles if allele is not None]
    highest = max(known, default=0)
    phased = "|" in genotype and "/" not in genotype
    copies = known.count(allele_number)
    others = any(allele not in (0, allele_number) for allele in known)
    reason = "half_call" if known and len(known) < len(alleles) else None
    if copies and len(alleles) == 1:
        zygosity = Zygosity.HEMIZYGOUS
    elif copies == len(alleles):
        zygosity = Zygosity.HOMOZYGOUS
    elif copies:
        zygosity = Zygosity.HETEROZYGOUS
    else:
        zygosity = Zygosity.REFERENCE if len(known) == len(alleles) else Zygosity.NO_CALL
    return zygosity, others, phased, reason, highest


def sample_fields(block: Block, sample: str) -> pl.DataFrame:
    """The fields this library uses, as text, one row per record: columns GT, DP, GQ, PS, AD, RO, AO.

    FORMAT may change from record to record, so records are taken together by their FORMAT.
    """
    records = block.frame.select(pl.col("format").fill_null(""), pl.col(sample).fill_null("").alias("value"))
    formats = records["format"].unique()
    if len(formats) == 1:
        return _split_fields(records["value"], formats[0])
    parts = []
    for (text,), part in records.with_row_index("row").group_by("format"):
        parts.append(_split_fields(part["value"], str(text)).with_columns(part["row"]))
    return pl.concat(parts).sort("row").drop("row")


def _split_fields(values: pl.Series, format_text: str) -> pl.DataFrame:
    keys = format_text.split(":")
    places = {name: keys.index(name) for name in _FIELDS if name in keys}
    count = max(places.values(), default=0) + 1
    # A struct of one field cannot be asked for, so one more than needed is.
    parts = values.str.split_exact(":", count)
    missing = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    columns = {
        name: parts.struct.field(f"field_{places[name]}") if name in places else missing for name in _FIELDS
    }
    return pl.DataFrame(columns)


def sample_calls(block: Block, sample: str, alleles: pl.DataFrame) -> pl.DataFrame:
    """One row per row of `alleles` (columns row, allele_number, alternates): the store's call columns.

    Raises:
        MalformedRecordError: a genotype cannot be read or names an allele its record does not have.
    """
    fields = sample_fields(block, sample)
    calls = pl.concat([fields[alleles["row"]], alleles], how="horizontal").with_columns(
        pl.when(pl.col("GT").is_null() | (pl.col("GT") == "")).then(None).otherwise("GT").alias("GT")
    )
    calls = calls.join(
        _interpretations(block, calls), on=["GT", "allele_number"], how="left", maintain_order="left"
    )
    too_high = calls["highest_allele"] > calls["alternates"]
    if too_high.any():
        row = calls.filter(too_high)["row"][0]
        raise block.fault(row, "a genotype names an allele that the record does not have")
    return calls.select(
        pl.col("zygosity").fill_null(pl.lit(str(Zygosity.NO_CALL), dtype=ZYGOSITY)),
        pl.col("GT").fill_null(".").alias("genotype"),
        pl.col("other_alt").fill_null(value=False),
        pl.col("phased").fill_null(value=False),
        pl.when(pl.col("PS").is_in([".", ""])).then(None).otherwise("PS").alias("phase_set"),
        pl.col("DP").cast(pl.Int32, strict=False).alias("depth"),
        *_allele_depths(),
        pl.col("GQ").cast(pl.Float32, strict=False).alias("genotype_quality"),
        pl.when(pl.col("GT").is_null())
        .then(pl.lit("no_genotype"))
        .otherwise("call_reason")
        .alias("call_reason"),
    )


def _allele_depths() -> tuple[pl.Expr, pl.Expr]:
    by_allele = pl.col("AD").str.split(",")
    alternate_only = pl.col("AO").str.split(",")
    number = pl.col("allele_number")
    ref = pl.coalesce(by_allele.list.get(0, null_on_oob=True), pl.col("RO"))
    alt = pl.coalesce(
        by_allele.list.get(number, null_on_oob=True), alternate_only.list.get(number - 1, null_on_oob=True)
    )
    return (
        ref.cast(pl.Int32, strict=False).alias("ref_depth"),
        alt.cast(pl.Int32, strict=False).alias("alt_depth"),
    )


def _interpretations(block: Block, calls: pl.DataFrame) -> pl.DataFrame:
    rows = []
    for genotype, number in calls.select("GT", "allele_number").drop_nulls().unique().iter_rows():
        try:
            rows.append((genotype, number, *interpret_genotype(genotype, number)))
        except ValueError as error:
            row = calls.filter(pl.col("GT") == genotype)["row"][0]
            raise block.fault(row, "a genotype cannot be read") from error
    return pl.DataFrame(
        [(gt, number, str(zygosity), *rest) for gt, number, zygosity, *rest in rows],
        schema=_CALL_SCHEMA,
        orient="row",
    )
