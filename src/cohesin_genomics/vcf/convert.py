"""From a VCF to one Parquet file per sample. Memory does not grow with the number of records."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
import polars as pl

from cohesin_genomics import __version__
from cohesin_genomics.model import AlleleKind, Assembly, Zygosity
from cohesin_genomics.store.schema import COLUMNS, GenomeProvenance
from cohesin_genomics.store.writer import Spool, write_genome
from cohesin_genomics.vcf.alleles import allele_rows
from cohesin_genomics.vcf.assembly import require_assembly
from cohesin_genomics.vcf.blocks import BLOCK_BYTES, Block, read_blocks
from cohesin_genomics.vcf.compression import UnpackedStream
from cohesin_genomics.vcf.contigs import ContigNames
from cohesin_genomics.vcf.genotypes import sample_calls
from cohesin_genomics.vcf.header import VcfHeader, read_header
from cohesin_genomics.vcf.normalise import ReferenceSequence

_CARRIED = [str(Zygosity.HETEROZYGOUS), str(Zygosity.HOMOZYGOUS), str(Zygosity.HEMIZYGOUS)]
_READING_SHARE = 0.7
"""Share of the time that reading takes; the rest is sorting and writing."""

Progress = Callable[[float], None]


class Conversion(msgspec.Struct, frozen=True):
    """What became of a VCF.

    Attributes:
        record_count: data lines read.
        variant_count: by sample, rows whose allele the sample carries.
        kinds: alleles with a row, by kind.
        skipped: alleles without a row, by reason (`store.schema.SKIPPED`).
        files: by sample, its Parquet file.
    """

    assembly: Assembly
    samples: tuple[str, ...]
    record_count: int
    variant_count: dict[str, int]
    kinds: dict[AlleleKind, int]
    skipped: dict[str, int]
    files: dict[str, Path]
    header: VcfHeader


def convert_vcf(
    source: Path | BinaryIO,
    destination: Path,
    *,
    assembly: Assembly,
    fasta: Path | None = None,
    progress: Progress | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Conversion:
    """Read a VCF (plain, gzip, bgzip or bzip2) and write `<n>.parquet` for its n-th sample.

    Files appear under their names only when all are whole; a failure leaves nothing behind. With a FASTA,
    indels are left-aligned. `progress` is called with a fraction from 0 to 1.

    Raises:
        VcfError: the file cannot be used; see `vcf.errors`.
    """
    with _opened(source) as (stream_source, size):
        stream = UnpackedStream(stream_source)
        header = read_header(stream)
        header.require_samples()
        require_assembly(header, assembly)
        tell = _progress_of(stream, size, progress)
        with _all_or_nothing(destination, len(header.samples)) as work, _reference(fasta) as reference:
            reading = _Reading(header, Spool(work), reference)
            for block in read_blocks(stream, header, block_bytes=block_bytes):
                reading.take(block)
                tell()
            provenance = [
                _provenance(header, sample, assembly, left_aligned=fasta is not None)
                for sample in header.samples
            ]
            for index, facts in enumerate(provenance):
                write_genome(work / f"{index + 1}.parquet", reading.spool, index, facts)
                if progress is not None:
                    progress(_READING_SHARE + (1 - _READING_SHARE) * (index + 1) / len(provenance))
    return Conversion(
        assembly=assembly,
        samples=header.samples,
        record_count=reading.record_count,
        variant_count={sample: reading.carried[index] for index, sample in enumerate(header.samples)},
        kinds={AlleleKind(kind): count for kind, count in sorted(reading.kinds.items())},
        skipped=dict(reading.skipped),
        files={sample: destination / f"{index + 1}.parquet" for index, sample in enumerate(header.samples)},
        header=header,
    )


class _Reading:
    """The running state of one conversion."""

    def __init__(self, header: VcfHeader, spool: Spool, reference: ReferenceSequence | None) -> None:
        self.spool = spool
        self.record_count = 0
        self.carried: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self._samples = len(header.samples)
        self._contigs = ContigNames(header.contigs)
        self._reference = reference

    def take(self, block: Block) -> None:
        self.record_count += block.frame.height
        if block.frame.is_empty():
            return
        if "format" not in block.frame.columns:
            raise ValueError("a block of a file without samples has no calls")
        alleles = allele_rows(block, self._contigs, self._reference, self.skipped)
        self.kinds.update(dict(alleles["kind"].value_counts().iter_rows()))
        places = alleles.select("row", "allele_number", "alternates")
        sites = alleles.drop("row", "alternates")
        for index in range(self._samples):
            calls = sample_calls(block, f"sample_{index}", places)
            self.carried[index] += int(calls["zygosity"].is_in(_CARRIED).sum())
            self.spool.add(index, _joined(sites, calls))


def _joined(sites: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    rows = pl.concat([sites, calls], how="horizontal")
    if calls["call_reason"].null_count() < calls.height:
        both = pl.concat_str("reason", "call_reason", separator=";", ignore_nulls=True).replace("", None)
        rows = rows.with_columns(both.alias("reason"))
    return rows.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def _provenance(
    header: VcfHeader, sample: str, assembly: Assembly, *, left_aligned: bool
) -> GenomeProvenance:
    return GenomeProvenance(
        assembly=str(assembly),
        library_version=__version__,
        vcf_version=header.version,
        sample=sample,
        left_aligned=left_aligned,
        transcript_formats=header.transcript_formats,
    )


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[tuple[BinaryIO, int | None]]:
    """The source and its size in bytes, where that can be known; a file object stays open."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file, source.stat().st_size
        return
    size = None
    if source.seekable():
        here = source.tell()
        size = source.seek(0, 2) - here
        source.seek(here)
    yield source, size


@contextmanager
def _all_or_nothing(destination: Path, count: int) -> Iterator[Path]:
    """A folder inside `destination`; its Parquet files move up when the block ends well, else they vanish."""
    made = not destination.exists()
    destination.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".partial-", dir=destination))
    whole = False
    try:
        yield work
        for index in range(count):
            (work / f"{index + 1}.parquet").replace(destination / f"{index + 1}.parquet")
        whole = True
    finally:
        shutil.rmtree(work)
        if made and not whole:
            shutil.rmtree(destination)


@contextmanager
def _reference(fasta: Path | None) -> Iterator[ReferenceSequence | None]:
    if fasta is None:
        yield None
        return
    reference = ReferenceSequence(fasta)
    try:
        yield reference
    finally:
        reference.close()


def _progress_of(stream: UnpackedStream, size: int | None, progress: Progress | None) -> Callable[[], None]:
    def tell() -> None:
        if progress is not None and size:
            progress(min(1.0, stream.packed_bytes_read / size) * _READING_SHARE)

    return tell
