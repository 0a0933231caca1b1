"""Loading reference data: a file is recognised, kept, read once as it will be used, and only then named."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
import polars as pl

from cohesin.clinical.reference.manifest import Kind, ReferenceFile, read_manifest, write_manifest
from cohesin.clinical.reference.sniff import TSV_CONTIG, TSV_POSITION, Sniffed, sniff
from cohesin_genomics.knowledge.clinvar import ClinVarTable
from cohesin_genomics.knowledge.frequency import FrequencyTable
from cohesin_genomics.knowledge.model_files import read_gene_models
from cohesin_genomics.knowledge.reference import FastaReference
from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.assembly import CHROMOSOME_LENGTHS
from cohesin_genomics.vcf.compression import Compression, UnpackedStream
from cohesin_genomics.vcf.errors import VcfError

Report = Callable[[int], None]
_BLOCK: Final = 1 << 20


class UnusableReferenceError(Exception):
    """The file cannot be used as what it seems to be; the message says why. Nothing was kept of it."""

    code = "UNUSABLE_REFERENCE"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says of a file. It wins over what the file shows, but an assembly may not contradict it."""

    assembly: Assembly | None = None
    release: str | None = None


def load_reference(
    folder: Path, source: Path, said: Statement, now: datetime, report: Report = lambda _: None
) -> ReferenceFile:
    """Keep a file for the annotations and reports that start from now on.

    A file of the same kind and assembly is replaced; of frequencies, one of the same name, as there may be several.
    `report` is told the bytes read since the last call.

    Raises:
        UnknownReferenceError: it is of no kind that can be loaded.
        UnusableReferenceError: its assembly is unknown or another one, or its content cannot be read.
        VcfError: it is cut off or damaged.
        OSError: it cannot be read or kept.
    """
    seen = sniff(source)
    assembly = _agreed(source, seen, said)
    target = Path(assembly) / seen.kind / _kept_name(source, seen)
    (folder / target).parent.mkdir(parents=True, exist_ok=True)
    handle, draft_name = tempfile.mkstemp(dir=(folder / target).parent, prefix=".", suffix=f"-{target.name}")
    draft = Path(draft_name)
    try:
        with os.fdopen(handle, "wb") as kept:
            _copy(source, kept, seen, report)
            kept.flush()
            os.fsync(kept.fileno())
        index = _validate(seen.kind, draft, assembly)
        file = ReferenceFile(
            kind=seen.kind,
            assembly=str(assembly),
            path=target.as_posix(),
            release=said.release or seen.release or source.name,
            size=draft.stat().st_size,
            sha256=_sha256(draft),
            loaded_at=now.isoformat(timespec="seconds"),
        )
        if index is not None:
            index.replace(_index_of(folder / target))
        draft.replace(folder / target)
    except BaseException:
        draft.unlink(missing_ok=True)
        _index_of(draft).unlink(missing_ok=True)
        raise
    _enter(folder, file)
    return file


def _agreed(source: Path, seen: Sniffed, said: Statement) -> Assembly:
    if said.assembly is not None and seen.assembly not in (None, said.assembly):
        raise UnusableReferenceError(f"{source.name} shows {seen.assembly}, not {said.assembly}")
    assembly = said.assembly or seen.assembly
    if assembly is None and seen.kind == "fasta":
        assembly = _fasta_assembly(source)
    if assembly is None:
        raise UnusableReferenceError(f"{source.name} does not show its assembly: name it with --assembly")
    return assembly


def _fasta_assembly(source: Path) -> Assembly | None:
    """By the length of the first chromosome in the file: one pass over its lines up to the next record."""
    by_length = {
        (chromosome, length): assembly
        for assembly, lengths in CHROMOSOME_LENGTHS.items()
        for chromosome, length in lengths.items()
    }
    with source.open("rb") as file:
        stream = UnpackedStream(file)
        name, length = "", 0
        while line := stream.readline(_BLOCK):
            if line.startswith(b">"):
                if name:
                    break
                name = line[1:].split()[0].decode("ascii", "replace").removeprefix("chr")
            else:
                length += len(line.strip())
    return by_length.get((name, length))


def _kept_name(source: Path, seen: Sniffed) -> str:
    name = source.name
    if seen.kind == "fasta":
        return name.removesuffix(".gz").removesuffix(".bz2")
    return f"{name.partition('.')[0]}.vcf.gz" if seen.is_table else name


def _copy(source: Path, kept: BinaryIO, seen: Sniffed, report: Report) -> None:
    """The bytes as they are; a FASTA unpacked, as its index needs it; a table as the VCF it stands for."""
    with source.open("rb") as file:
        stream = UnpackedStream(file)
        if seen.is_table:
            _write_sites(source.name, stream, kept, report)
        elif seen.kind == "fasta" and stream.compression is not Compression.PLAIN:
            before = 0
            while block := stream.read(_BLOCK):
                kept.write(block)
                report(stream.packed_bytes_read - before)
                before = stream.packed_bytes_read
        else:
            file.seek(0)
            while block := file.read(_BLOCK):
                kept.write(block)
                report(len(block))


def _write_sites(name: str, stream: UnpackedStream, kept: BinaryIO, report: Report) -> None:
    header = [column.strip() for column in stream.readline(_BLOCK).decode().rstrip("\r\n").split("\t")]
    lower = [column.lower() for column in header]
    place = [next(lower.index(one) for one in names if one in lower) for names in (TSV_CONTIG, TSV_POSITION)]
    place += [lower.index("ref"), lower.index("alt")]
    # Frequencies keep their columns' names, which the reader of sites knows: AF and AF_<population>.
    frequencies = [(at, one.upper()[:2] + one[2:]) for at, one in enumerate(header) if _is_frequency(one)]
    before, number = 0, 1
    with gzip.open(kept, "wt", compresslevel=6, encoding="utf-8") as sites:
        sites.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        while line := stream.readline(_BLOCK):
            number += 1
            fields = line.decode().rstrip("\r\n").split("\t")
            if len(fields) != len(header):
                raise UnusableReferenceError(f"{name}, line {number}: {len(fields)} of {len(header)} columns")
            contig, position, ref, alt = (fields[at] for at in place)
            info = ";".join(f"{key}={fields[at]}" for at, key in frequencies if fields[at])
            sites.write(f"{contig}\t{position}\t.\t{ref}\t{alt}\t.\t.\t{info or '.'}\n")
            report(stream.packed_bytes_read - before)
            before = stream.packed_bytes_read


def _is_frequency(column: str) -> bool:
    return column.upper() == "AF" or column.upper().startswith("AF_")


def _validate(kind: Kind, path: Path, assembly: Assembly) -> Path | None:
    """Read the file as the annotation will; answers the index that came of it, for a FASTA."""
    try:
        if kind == "clinvar":
            count = len(ClinVarTable.from_vcf(path))
        elif kind == "frequencies":
            count = len(FrequencyTable.from_vcf(path, path.name))
        elif kind == "gene_models":
            count = len(read_gene_models(path))
        else:
            fasta = FastaReference(path)
            for contig, length in CHROMOSOME_LENGTHS[assembly].items():
                if fasta.length(contig) not in (None, length):
                    raise UnusableReferenceError(f"chromosome {contig} has not the length of {assembly}")
            return _index_of(path)
    except VcfError:
        raise
    except (ValueError, KeyError, IndexError, EOFError, pl.exceptions.PolarsError) as error:
        raise UnusableReferenceError(f"the content cannot be read: {error}") from error
    if count == 0:
        raise UnusableReferenceError("it holds no usable record")
    return None


def _index_of(fasta: Path) -> Path:
    return fasta.with_name(f"{fasta.name}.fai")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _enter(folder: Path, file: ReferenceFile) -> None:
    """Name the file in the manifest; what it takes the place of goes away after that."""
    before = read_manifest(folder)

    def is_replaced(one: ReferenceFile) -> bool:
        same_kind = (one.kind, one.assembly) == (file.kind, file.assembly)
        return one.path == file.path or (same_kind and file.kind != "frequencies")

    write_manifest(folder, [*(one for one in before if not is_replaced(one)), file])
    for one in filter(is_replaced, before):
        if one.path != file.path:
            (folder / one.path).unlink(missing_ok=True)
            _index_of(folder / one.path).unlink(missing_ok=True)
