"""Reading gene models: the embedded TSV, UCSC genePred (plain or extended) and GFF3 of Ensembl or NCBI.

genePred and the TSV are 0-based half-open, GFF3 is 1-based inclusive. Any of them may be gzipped.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.knowledge.reference import contig_name

_TSV_HEADER: Final = "#gene\trefseq\t"
_TRANSCRIPT_TYPES: Final = frozenset(
    {"mRNA", "transcript", "lnc_RNA", "ncRNA", "snRNA", "rRNA", "tRNA", "miRNA"}
)


class GeneModelFormatError(ValueError):
    """A gene-model file is in none of the formats read."""


def read_gene_models(path: Path) -> list[Transcript]:
    """Read a file of transcripts, its format found by its content.

    Raises:
        GeneModelFormatError: Neither the embedded TSV, GFF3 nor genePred.
    """
    raw = path.read_bytes()
    lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode().splitlines()
    if lines and lines[0].startswith(_TSV_HEADER):
        return list(_from_tsv(lines[1:]))
    if lines and lines[0].startswith("##gff-version 3"):
        return _from_gff3(lines)
    try:
        return list(_from_gene_pred(lines))
    except (ValueError, IndexError) as fault:
        raise GeneModelFormatError(f"{path.name} is not a gene-model TSV, GFF3 or genePred") from fault


def _from_tsv(lines: list[str]) -> Iterator[Transcript]:
    for line in lines:
        f = line.split("\t")
        start = int(f[9])
        exons = tuple(
            (start + int(offset), start + int(offset) + int(size))
            for offset, size in zip(f[13].split(","), f[14].split(","), strict=True)
        )
        coding = (int(f[11]), int(f[12]))
        yield Transcript(
            gene=f[0], accession=f[1], ensembl=f[2], protein=f[3], tags=tuple(f[6].split(";")), contig=f[7],
            strand=1 if f[8] == "+" else -1, exons=exons, coding=coding if coding[0] < coding[1] else None,
        )  # fmt: skip


def _from_gene_pred(lines: list[str]) -> Iterator[Transcript]:
    for line in lines:
        if not line or line.startswith("#"):
            continue
        f = line.split("\t")
        if f[2] not in {"+", "-"}:
            f = f[1:]  # UCSC table dumps lead with a bin number
        if f[2] not in {"+", "-"}:
            raise GeneModelFormatError(f"no strand in {line[:60]!r}")
        starts, ends = ([int(one) for one in f[column].rstrip(",").split(",")] for column in (8, 9))
        coding = (int(f[5]), int(f[6]))
        yield Transcript(
            gene=f[11] if len(f) > 11 else f[0], accession=f[0], ensembl="", protein="", tags=(),
            contig=contig_name(f[1]), strand=1 if f[2] == "+" else -1,
            exons=tuple(zip(starts, ends, strict=True)), coding=coding if coding[0] < coding[1] else None,
        )  # fmt: skip


def _attributes(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.strip().split(";") if part)
    return {key: unquote(value) for key, _, value in pairs}


def _from_gff3(lines: list[str]) -> list[Transcript]:
    contigs: dict[str, str] = {}
    genes: dict[str, str] = {}
    rows: dict[str, tuple[str, str, dict[str, str]]] = {}
    parts: dict[str, dict[str, list[tuple[int, int]]]] = {}
    proteins: dict[str, str] = {}
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        contig, _, kind, first, last, _, strand, _, text = line.split("\t")
        attributes = _attributes(text)
        identifier, parent = attributes.get("ID", ""), attributes.get("Parent", "")
        if kind == "region" and attributes.get("chromosome"):
            contigs[contig] = contig_name(attributes["chromosome"])
        elif kind in {"exon", "CDS"}:
            parts.setdefault(parent, {}).setdefault(kind, []).append((int(first) - 1, int(last)))
            if kind == "CDS":
                proteins[parent] = attributes.get("protein_id", "")
        elif kind in _TRANSCRIPT_TYPES:
            rows[identifier] = (contig, strand, attributes)
        else:
            genes[identifier] = attributes.get("Name") or attributes.get("gene") or identifier
    found = (
        _gff3_transcript(row, parts.get(identifier, {}), genes, contigs, proteins.get(identifier, ""))
        for identifier, row in rows.items()
    )
    return [one for one in found if one is not None]


def _gff3_transcript(
    row: tuple[str, str, dict[str, str]],
    parts: dict[str, list[tuple[int, int]]],
    genes: dict[str, str],
    contigs: dict[str, str],
    protein: str,
) -> Transcript | None:
    contig, strand, attributes = row
    exons = tuple(sorted(parts.get("exon", ())))
    if not exons:
        return None
    coding = sorted(parts.get("CDS", ()))
    accession = (
        attributes.get("transcript_id") or attributes.get("Name") or attributes["ID"].partition(":")[2]
    )
    version = attributes.get("version")
    if version and "." not in accession:
        accession = f"{accession}.{version}"
    gene = attributes.get("gene") or genes.get(attributes.get("Parent", ""), "")
    tags = tuple(tag.strip().replace(" ", "_") for tag in attributes.get("tag", "").split(",") if tag.strip())
    return Transcript(
        gene=gene,
        accession=accession,
        ensembl=accession if accession.startswith("ENST") else "",
        protein=protein,
        tags=tags,
        contig=contigs.get(contig, contig_name(contig)),
        strand=1 if strand == "+" else -1,
        exons=exons,
        coding=(coding[0][0], coding[-1][1]) if coding else None,
    )
