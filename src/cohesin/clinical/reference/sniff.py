"""What a file of reference data is, found by its content: its kind, its assembly and its release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import msgspec

from cohesin.clinical.reference.manifest import Kind
from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.assembly import guess_assembly
from cohesin_genomics.vcf.compression import UnpackedStream
from cohesin_genomics.vcf.header import VcfHeader

_LINE: Final = 1 << 20
_HEAD_LINES: Final = 5000
_RELEASE: Final = re.compile(
    r"^(?:##fileDate=|##source=|#!annotation-source |#!annotation-date )\s*(\S.*?)\s*$"
)
_HINT: Final = re.compile(r"^(?:##(?:reference|assembly)=|#!genome-build(?:-accession)? )\s*(.*\S)")
_CONTIG: Final = re.compile(r"^##contig=<.*?ID=([^,>]+)(?:.*?length=(\d+))?")
_TSV_FREQUENCY: Final = {"ref", "alt", "af"}
TSV_CONTIG: Final = ("contig", "chrom", "chr", "#chrom")
TSV_POSITION: Final = ("position", "pos")


class Sniffed(msgspec.Struct, frozen=True, kw_only=True):
    """What the beginning of a file shows. `assembly` and `release` are None where it does not tell.

    `is_table`: frequencies as tab-separated columns instead of a VCF.
    """

    kind: Kind
    assembly: Assembly | None
    release: str | None
    is_table: bool = False


class UnknownReferenceError(Exception):
    """The file is none of the kinds that can be loaded."""

    code = "UNKNOWN_REFERENCE"


def sniff(path: Path) -> Sniffed:
    """Look at the first lines of a file, plain or compressed.

    Raises:
        UnknownReferenceError: it is of no kind that can be loaded.
        VcfError: it is cut off or damaged.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        stream = UnpackedStream(file)
        lines = [line.decode("utf-8", "replace").rstrip("\r\n") for line in _head(stream)]
    if not lines:
        raise UnknownReferenceError(f"{path.name} is empty")
    first = lines[0]
    if first.startswith(">"):
        return Sniffed(kind="fasta", assembly=_named(first, path.name), release=None)
    if first.startswith("##fileformat=VCF"):
        return _vcf(lines, path)
    if first.startswith(("##gff-version 3", "#gene\trefseq\t")):
        return Sniffed(kind="gene_models", assembly=_assembly(lines, path.name), release=_release(lines))
    names = {name.strip().lower() for name in first.split("\t")}
    if names >= _TSV_FREQUENCY and names & set(TSV_CONTIG) and names & set(TSV_POSITION):
        return Sniffed(kind="frequencies", assembly=_named(path.name), release=_release(lines), is_table=True)
    if _is_gene_pred(lines):
        return Sniffed(kind="gene_models", assembly=_named(path.name), release=None)
    raise UnknownReferenceError(
        f"{path.name} is neither a ClinVar or frequency VCF, a frequency table, gene models (GFF3, genePred, TSV) "
        "nor a FASTA"
    )


def _head(stream: UnpackedStream) -> list[bytes]:
    """The comments at the beginning and a few lines after them."""
    lines: list[bytes] = []
    after = 0
    while len(lines) < _HEAD_LINES and after < 20:
        line = stream.readline(_LINE)
        if not line:
            break
        lines.append(line)
        after += not line.startswith(b"#")
    return lines


def _vcf(lines: list[str], path: Path) -> Sniffed:
    keys = {match[1] for line in lines if (match := re.match(r"##INFO=<ID=([^,>]+)", line))}
    bodies = [line.split("\t") for line in lines if not line.startswith("#")]
    keys |= {part.partition("=")[0] for body in bodies if len(body) > 7 for part in body[7].split(";")}
    if {"CLNSIG", "CLNREVSTAT"} <= keys:
        kind: Kind = "clinvar"
    elif "AF" in keys:
        kind = "frequencies"
    else:
        raise UnknownReferenceError(f"{path.name} is a VCF with neither CLNSIG nor AF in its INFO column")
    return Sniffed(kind=kind, assembly=_assembly(lines, path.name), release=_release(lines))


def _assembly(lines: list[str], name: str) -> Assembly | None:
    """By contig lengths, else by what the header or, last, the file's name says."""
    contigs = {match[1]: match[2] for line in lines if (match := _CONTIG.match(line))}
    hints = tuple(match[1] for line in lines if (match := _HINT.match(line)))
    lengths = {contig: int(length) if length else None for contig, length in contigs.items()}
    return guess_assembly(_header(lengths, hints)) or _named(name)


def _named(*texts: str) -> Assembly | None:
    return guess_assembly(_header({}, texts))


def _header(contigs: dict[str, int | None], hints: tuple[str, ...]) -> VcfHeader:
    return VcfHeader(
        version="4.2",
        samples=(),
        contigs=contigs,
        info={},
        formats={},
        filters={},
        reference=None,
        assembly_hints=hints,
        lines=0,
        has_format=False,
    )


def _release(lines: list[str]) -> str | None:
    return next((match[1] for line in lines if (match := _RELEASE.match(line))), None)


def _is_gene_pred(lines: list[str]) -> bool:
    """Ten columns or more, after an optional bin, with strand and two whole numbers where genePred has them."""
    fields = next((line.split("\t") for line in lines if not line.startswith("#")), [])
    if fields and fields[0].isdigit():
        fields = fields[1:]
    return len(fields) >= 10 and fields[2] in {"+", "-"} and fields[3].isdigit() and fields[4].isdigit()
