"""Variants as VCF and CSV text. FILTER carries the state of review, so that a file sent back sets nothing anew."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final

from cohesin.clinical.reports.entity import ReportVariant, StructuralVariant
from cohesin.partners.opal.mapping import ZYGOSITIES
from cohesin.partners.opal.scalars import chromosome_of

FILTERS: Final = {"CONFIRMED": "CONFIRMED", "FAILED_CONFIRMATION": "FAIL"}
_HEADER: Final = (
    "##fileformat=VCFv4.2",
    "##source=cohesin",
    '##FILTER=<ID=PASS,Description="Not confirmed and not failed">',
    '##FILTER=<ID=CONFIRMED,Description="Confirmed by another method">',
    '##FILTER=<ID=FAIL,Description="Not confirmed by another method">',
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
)
_GENE: Final = '##INFO=<ID=GENE,Number=.,Type=String,Description="Gene symbol">'
_STRUCTURAL: Final = (
    '##INFO=<ID=END,Number=1,Type=Integer,Description="Last position">',
    '##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">',
    '##INFO=<ID=SVLEN,Number=1,Type=Integer,Description="Length in bases">',
)
_GENOTYPES: Final = {"heterozygous": "0/1", "homozygous": "1/1", "hemizygous": "1"}
_COLUMNS: Final = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tpatient"
FIRST_COLUMNS: Final = ("chrom", "start_on_chrom", "end_on_chrom", "ref", "alt", "gene", "zygosity")


def variants_vcf(variants: Iterable[ReportVariant], assembly: str) -> bytes:
    """VCF 4.2 in the order given; the caller gives genome order."""
    lines = [*_HEADER, _GENE, f"##reference={assembly}", _COLUMNS]
    for one in variants:
        quality = "." if one.quality is None else f"{one.quality:g}"
        info = f"GENE={one.gene}" if one.gene else "."
        lines.append(
            "\t".join(
                (chromosome_of(one.contig), str(one.position), one.rsid or ".", one.ref, one.alt, quality,
                 FILTERS.get(one.status, "PASS"), info, "GT", _GENOTYPES[one.zygosity])
            )
        )  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def structural_vcf(variants: Iterable[StructuralVariant], assembly: str) -> bytes:
    """VCF 4.2 of structural variants in the order given."""
    lines = [*_HEADER, _GENE, *_STRUCTURAL, f"##reference={assembly}", _COLUMNS]
    for one in variants:
        info = [f"END={one.end_position}", f"SVTYPE={one.sv_type}"]
        info += [f"SVLEN={one.length}"] if one.length is not None else []
        info += [f"GENE={','.join(one.genes)}"] if one.genes else []
        lines.append(
            "\t".join(
                (chromosome_of(one.contig), str(one.position), ".", one.ref, one.alt, ".",
                 FILTERS.get(one.status, "PASS"), ";".join(info), "GT", _GENOTYPES[one.zygosity])
            )
        )  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def variants_csv(variants: Iterable[ReportVariant], *, extended: bool) -> bytes:
    """CSV with a header; the first seven columns are the same for every export."""
    more = ["id", "dbsnp_id", "quality", "inheritance_mode", "status", "to_report"]
    if extended:
        more += ["transcript", "hgvs_c", "hgvs_p", "consequence", "frequency"]
    rows = []
    for one in variants:
        row: list[Any] = _first(
            one.contig, one.position, one.end_position, one.ref, one.alt, one.gene, one.zygosity
        )
        row += [one.number, one.rsid, one.quality, one.inheritance.upper() if one.inheritance else None]
        row += [one.status, one.to_report]
        if extended:
            row += [one.transcript, one.hgvs_c, one.hgvs_p, one.consequence, one.frequency]
        rows.append(row)
    return _csv(more, rows)


def structural_csv(variants: Iterable[StructuralVariant]) -> bytes:
    rows = []
    for one in variants:
        row: list[Any] = _first(
            one.contig, one.position, one.end_position, one.ref, one.alt, " ".join(one.genes), one.zygosity
        )
        rows.append([*row, one.number, one.sv_type, one.length, one.status, one.to_report])
    return _csv(["id", "sv_type", "length", "status", "to_report"], rows)


def _first(
    contig: str, start: int, end: int, ref: str, alt: str, gene: str | None, zygosity: str
) -> list[Any]:
    return [chromosome_of(contig), start, end, ref, alt, gene, ZYGOSITIES[zygosity]]


def _csv(more: list[str], rows: list[list[Any]]) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow([*FIRST_COLUMNS, *more])
    writer.writerows(rows)
    return output.getvalue().encode()
