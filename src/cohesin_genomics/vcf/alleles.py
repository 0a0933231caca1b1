"""From raw records to one row per alternate allele."""

from __future__ import annotations

from collections import Counter

import polars as pl

from cohesin_genomics.model import AlleleKind
from cohesin_genomics.store.schema import KIND
from cohesin_genomics.vcf.blocks import Block
from cohesin_genomics.vcf.contigs import ContigNames
from cohesin_genomics.vcf.normalise import ReferenceSequence, trim

_NOT_BASES = r"[^ACGTNRYSWKMBDHV]"
_AMBIGUOUS = r"[^ACGT]"
_HIGHEST_POSITION = 2**31 - 2
_UNSPECIFIED = ["<NON_REF>", "<*>"]


def allele_rows(
    block: Block, contigs: ContigNames, reference: ReferenceSequence | None, skipped: Counter[str]
) -> pl.DataFrame:
    """One row per alternate allele, in file order, with the store's site columns.

    Also `row` (of the record in the block) and `alternates` (how many the record has), which the calls need.
    `skipped` counts alleles without a row, by reason.

    Raises:
        MalformedRecordError: a fixed column cannot be read.
    """
    records = _typed_records(block, contigs)
    alleles = (
        records.with_columns(pl.col("record_alt").str.split(",").alias("alt"))
        .with_columns(
            pl.col("alt").list.len().cast(pl.Int16).alias("alternates"),
            pl.int_ranges(1, pl.col("alt").list.len() + 1, dtype=pl.Int16).alias("allele_number"),
        )
        .explode("alt", "allele_number")
        if records["record_alt"].str.contains(",", literal=True).any()
        else records.with_columns(
            pl.col("record_alt").alias("alt"),
            pl.lit(1, pl.Int16).alias("alternates"),
            pl.lit(1, pl.Int16).alias("allele_number"),
        )
    )
    alleles = _classified(alleles, skipped)
    alleles = _normalised(alleles, reference)
    return _with_info(_with_final_kind(alleles))


def _typed_records(block: Block, contigs: ContigNames) -> pl.DataFrame:
    raw = block.frame
    typed = raw.select(
        "contig_in_file",
        pl.col("record_position").cast(pl.Int64, strict=False),
        pl.col("record_ref").str.to_uppercase(),
        "record_alt",
        pl.when(pl.col("qual").is_in([".", ""])).then(None).otherwise("qual").alias("qual"),
        pl.when(pl.col("filter").is_in([".", ""])).then(None).otherwise("filter").alias("filter"),
        pl.col("id").str.extract(r"(?:^|;)(rs\d+)").alias("rsid"),
        "info",
    ).with_row_index("row")
    numbers = typed["qual"].cast(pl.Float32, strict=False)
    faults = (
        (typed["contig_in_file"].str.starts_with("#"), "a header line stands among the records"),
        (typed["contig_in_file"] == "", "CHROM is empty"),
        (typed["record_position"].is_null(), "POS is not a whole number"),
        (~typed["record_position"].is_between(0, _HIGHEST_POSITION), "POS is out of range"),
        (typed["record_ref"] == "", "REF is empty"),
        (typed["record_alt"].str.contains(r"^$|,,|^,|,$"), "ALT holds an empty allele"),
        (numbers.is_null() & typed["qual"].is_not_null(), "QUAL is not a number"),
    )
    for mask, fault in faults:
        if mask.any():
            raise block.fault(typed.filter(mask)["row"][0], fault)
    names = {name: contigs.resolve(name) for name in typed["contig_in_file"].unique(maintain_order=True)}
    codes = {name: code for name, (code, _) in names.items()}
    canonical = {name: canonical for name, (_, canonical) in names.items()}
    return typed.with_columns(
        numbers.alias("qual"),
        pl.col("record_position").cast(pl.Int32),
        pl.col("contig_in_file").replace_strict(codes, return_dtype=pl.Int16).alias("contig_code"),
        pl.col("contig_in_file").replace_strict(canonical, return_dtype=pl.String).alias("contig"),
        (pl.col("row") + block.first_record).cast(pl.Int32).alias("record_number"),
    ).drop("contig_in_file")


def _classified(alleles: pl.DataFrame, skipped: Counter[str]) -> pl.DataFrame:
    """Adds `special` (kind of an allele that is no sequence, else null), `reason`; drops what has no row."""
    alt = pl.col("alt")
    special = (
        pl.when(alt == "*")
        .then(pl.lit(str(AlleleKind.SPANNING_DELETION)))
        .when(alt.str.starts_with("<") & alt.str.ends_with(">"))
        .then(pl.lit(str(AlleleKind.SYMBOLIC)))
        .when(alt.str.contains(r"[\[\]]|^\..|.\.$"))
        .then(pl.lit(str(AlleleKind.BREAKEND)))
    )
    alleles = alleles.with_columns(special.alias("special"))
    alleles = alleles.with_columns(
        pl.when(pl.col("special").is_null()).then(alt.str.to_uppercase()).otherwise(alt).alias("alt"),
    )
    is_sequence = pl.col("special").is_null()
    not_kept = (
        pl.when(alt == ".")
        .then(pl.lit("no_alternate_allele"))
        .when(pl.col("record_ref").str.contains(_NOT_BASES))
        .then(pl.lit("reference_not_sequence"))
        .when(is_sequence & alt.str.contains(_NOT_BASES))
        .then(pl.lit("alternate_not_sequence"))
        .when(alt == pl.col("record_ref"))
        .then(pl.lit("alternate_equals_reference"))
    )
    ambiguous = pl.col("record_ref").str.contains(_AMBIGUOUS) | (is_sequence & alt.str.contains(_AMBIGUOUS))
    reason = (
        pl.when(pl.col("special") == AlleleKind.SYMBOLIC)
        .then(
            pl.when(alt.is_in(_UNSPECIFIED))
            .then(pl.lit("unspecified_allele"))
            .otherwise(pl.lit("symbolic_allele"))
        )
        .otherwise("special")
    )
    alleles = alleles.with_columns(
        not_kept.alias("not_kept"),
        pl.concat_str(
            reason, pl.when(ambiguous).then(pl.lit("ambiguous_bases")), separator=";", ignore_nulls=True
        )
        .replace("", None)
        .alias("reason"),
    )
    dropped = alleles["not_kept"].drop_nulls()
    if len(dropped):
        skipped.update(dropped.to_list())
        alleles = alleles.filter(pl.col("not_kept").is_null())
    return alleles.drop("not_kept")


def _normalised(alleles: pl.DataFrame, reference: ReferenceSequence | None) -> pl.DataFrame:
    """Adds position, ref and final alt; alleles that are no sequence keep the record's position and text."""
    alleles = alleles.with_columns(
        pl.col("record_position").alias("position"), pl.col("record_ref").alias("ref")
    ).with_row_index("allele_row")
    ref_length, alt_length = pl.col("ref").str.len_bytes(), pl.col("alt").str.len_bytes()
    movable = (ref_length > 1) & (alt_length > 1)
    if reference is not None:
        movable = (ref_length > 1) | (alt_length > 1)
    todo = alleles.filter(pl.col("special").is_null() & movable).select(
        "allele_row", "contig", "position", "ref", "alt", "reason"
    )
    if todo.is_empty():
        return alleles.drop("allele_row")
    changed = pl.DataFrame(
        [_normalise_one(row, reference) for row in todo.iter_rows()],
        schema={
            "allele_row": pl.UInt32,
            "position": pl.Int32,
            "ref": pl.String,
            "alt": pl.String,
            "reason": pl.String,
        },
        orient="row",
    )
    return alleles.update(changed, on="allele_row", how="left", maintain_order="left").drop("allele_row")


def _normalise_one(
    row: tuple[int, str, int, str, str, str | None], reference: ReferenceSequence | None
) -> tuple[int, int, str, str, str | None]:
    number, contig, position, ref, alt, reason = row
    position, ref, alt = trim(position, ref, alt)
    if reference is not None and len(ref) != len(alt) and position > 0 and reference.has(contig):
        if reference.matches(contig, position, ref):
            position, ref, alt = reference.left_align(contig, position, ref, alt)
        else:
            reason = "reference_mismatch" if reason is None else f"{reason};reference_mismatch"
    return number, position, ref, alt, reason


def _with_final_kind(alleles: pl.DataFrame) -> pl.DataFrame:
    ref, alt = pl.col("ref"), pl.col("alt")
    ref_length, alt_length = ref.str.len_bytes(), alt.str.len_bytes()
    kind = (
        pl.when(pl.col("special").is_not_null())
        .then("special")
        .when((ref_length == 1) & (alt_length == 1))
        .then(pl.lit(str(AlleleKind.SNV)))
        .when(ref_length == alt_length)
        .then(pl.lit(str(AlleleKind.MNV)))
        # At a contig's first base the anchor follows the change, so it may be the last base.
        .when((ref_length == 1) & (alt.str.starts_with(ref) | alt.str.ends_with(ref)))
        .then(pl.lit(str(AlleleKind.INSERTION)))
        .when((alt_length == 1) & (ref.str.starts_with(alt) | ref.str.ends_with(alt)))
        .then(pl.lit(str(AlleleKind.DELETION)))
        .otherwise(pl.lit(str(AlleleKind.DELINS)))
    )
    return alleles.with_columns(kind.cast(KIND).alias("kind")).drop("special")


def _with_info(alleles: pl.DataFrame) -> pl.DataFrame:
    """Adds the INFO columns. Most files lack these keys, so each is looked for before it is extracted."""
    info = alleles["info"]

    def value(key: str) -> pl.Series:
        if not info.str.contains(f"{key}=", literal=True).any():
            return pl.Series(key, [None], dtype=pl.String).new_from_index(0, len(info))
        return info.str.extract(rf"(?:^|;){key}=([^;]*)").replace(["", "."], [None, None])

    csq, ann = value("CSQ"), value("ANN")
    lengths = value("SVLEN").str.split(",")
    sv_length = lengths.list.get(alleles["allele_number"] - 1, null_on_oob=True)
    end = value("END").cast(pl.Int32, strict=False)
    last_base = pl.col("position") + pl.col("ref").str.len_bytes().cast(pl.Int32) - 1
    symbolic = pl.col("kind") == str(AlleleKind.SYMBOLIC)
    # From VCF 4.4 the length stands in for END; an insertion covers no more than its anchor.
    by_length = pl.when(~pl.col("alt").str.starts_with("<INS")).then(
        pl.col("position") + pl.col("sv_length").abs()
    )
    return (
        alleles.with_columns(
            end.alias("end"),
            value("SVTYPE").alias("sv_type"),
            sv_length.cast(pl.Int32, strict=False).alias("sv_length"),
            csq.fill_null(ann).alias("transcripts"),
            pl.when(csq.is_not_null())
            .then(pl.lit("CSQ"))
            .when(ann.is_not_null())
            .then(pl.lit("ANN"))
            .alias("transcripts_format"),
        )
        .with_columns(
            pl.when(symbolic)
            .then(pl.max_horizontal(last_base, "end", by_length))
            .otherwise(last_base)
            .alias("span_end")
        )
        .drop("info")
    )
