"""Small VCFs for the tests of reading."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import polars as pl

from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.convert import Conversion, convert_vcf

SAMPLES = Path(__file__).parents[2] / "src/cohesin_genomics/data/vcf"
EDGE = Path(__file__).parent / "edge_vcf"
EXOME = SAMPLES / "NA12878_exome_GRCh37.vcf.gz"
TRIO = SAMPLES / "trio_NA12882_scout_GRCh37.vcf.gz"
TRIO_SV = SAMPLES / "trio_SV_scout_GRCh37.vcf.gz"
CEPH = SAMPLES / "CEPH1463_17members_CFTR_region_GRCh37.vcf.gz"


def vcf_text(*records: str, samples: tuple[str, ...] = ("S1",), version: str = "4.2", meta: str = "") -> str:
    """A VCF of records whose columns are separated by blanks here, tabs there."""
    columns = "\t".join(("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *samples))
    lines = ["\t".join(record.split()) for record in records]
    return "\n".join([f"##fileformat=VCFv{version}", *meta.splitlines(), columns, *lines]) + "\n"


def convert_text(text: str | bytes, destination: Path, **options: object) -> tuple[Conversion, pl.DataFrame]:
    """The conversion of a text and the rows of its first sample."""
    data = text.encode() if isinstance(text, str) else text
    options = {"assembly": Assembly.GRCH37, **options}
    conversion = convert_vcf(io.BytesIO(data), destination, **options)  # type: ignore[arg-type]
    return conversion, pl.read_parquet(conversion.files[conversion.samples[0]])


def unpacked(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()
