"""Writing rows of a genome's file as VCF 4.2 text.

Records are written as they stood in the file they came from (all alternates of a record in one line), so
allele numbers in genotypes keep their meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, TextIO

import polars as pl

from cohesin_genomics.model import Assembly

_DECLARATIONS = (
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the variant">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">',
    '##INFO=<ID=SVLEN,Number=A,Type=Integer,Description="Difference in length between REF and ALT">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Read depth of each allele">',
    '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Read depth">',
    '##FORMAT=<ID=GQ,Number=1,Type=Float,Description="Genotype quality">',
    '##FORMAT=<ID=PS,Number=1,Type=String,Description="Phase set">',
)


def write_vcf(
    rows: pl.DataFrame,
    output: TextIO,
    *,
    assembly: Assembly,
    sample: str,
    source: str = "cohesin",
    transcript_formats: Mapping[str, str] | None = None,
) -> int:
    """Write rows (all of the store's columns) of one sample; returns how many records were written.

    Records are written by contig, then by their position in the file they came from.
    `transcript_formats` are the header descriptions of CSQ and ANN, without which those values are left out.
    """
    formats = dict(transcript_formats or {})
    filters = rows["filter"].drop_nulls().str.split(";").explode().unique().sort().to_list()
    lines = _header(rows, assembly=assembly, sample=sample, source=source, filters=filters, formats=formats)
    output.writelines(f"{line}\n" for line in lines)
    ordered = rows.sort(
        "contig_code", "record_position", "record_number", "allele_number", maintain_order=True
    )
    count = 0
    for _, alleles in groupby(ordered.iter_rows(named=True), key=lambda row: row["record_number"]):
        output.write("\t".join(_record(list(alleles), formats)) + "\n")
        count += 1
    return count


def _header(
    rows: pl.DataFrame,
    *,
    assembly: Assembly,
    sample: str,
    source: str,
    filters: Iterable[str],
    formats: Mapping[str, str],
) -> Iterator[str]:
    yield "##fileformat=VCFv4.2"
    yield f"##source={source}"
    yield f"##reference={assembly}"
    for name in filters:
        if name != "PASS":
            yield f'##FILTER=<ID={name},Description="As named in the source file">'
    for contig in rows.sort("contig_code")["contig"].unique(maintain_order=True):
        yield f"##contig=<ID={contig},assembly={assembly}>"
    for name, description in formats.items():
        escaped = description.replace("\\", "\\\\").replace('"', '\\"')
        yield f'##INFO=<ID={name},Number=.,Type=String,Description="{escaped}">'
    yield from _DECLARATIONS
    yield f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}"


def _record(alleles: list[dict[str, Any]], formats: Mapping[str, str]) -> tuple[str, ...]:
    first = alleles[0]
    return (
        first["contig"],
        str(first["record_position"]),
        first["rsid"] or ".",
        first["record_ref"],
        first["record_alt"],
        _number(first["qual"]),
        first["filter"] or ".",
        _info(alleles, formats),
        "GT:AD:DP:GQ:PS",
        _call(alleles),
    )


def _number(value: float | None) -> str:
    """The shortest text that reads back as the same 32-bit number."""
    return "." if value is None else f"{value:.9g}"


def _by_allele(alleles: list[dict[str, Any]], column: str) -> list[str]:
    """One text per alternate of the record; `.` for those without a row or a value."""
    values = {row["allele_number"]: row[column] for row in alleles}
    count = alleles[0]["record_alt"].count(",") + 1
    numbers = (values.get(number) for number in range(1, count + 1))
    return ["." if value is None else str(value) for value in numbers]


def _info(alleles: list[dict[str, Any]], formats: Mapping[str, str]) -> str:
    first = alleles[0]
    parts = []
    if first["end"] is not None:
        parts.append(f"END={first['end']}")
    if first["sv_type"] is not None:
        parts.append(f"SVTYPE={first['sv_type']}")
    lengths = _by_allele(alleles, "sv_length")
    if any(length != "." for length in lengths):
        parts.append(f"SVLEN={','.join(lengths)}")
    if first["transcripts_format"] in formats:
        parts.append(f"{first['transcripts_format']}={first['transcripts']}")
    return ";".join(parts) or "."


def _call(alleles: list[dict[str, Any]]) -> str:
    first = alleles[0]
    depths = [_number(first["ref_depth"]), *_by_allele(alleles, "alt_depth")]
    return ":".join(
        (
            first["genotype"],
            ",".join(depths),
            _number(first["depth"]),
            _number(first["genotype_quality"]),
            first["phase_set"] or ".",
        )
    )
