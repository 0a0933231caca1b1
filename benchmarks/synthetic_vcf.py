"""A made-up whole genome on GRCh37, for timing: real ClinVar sites among random ones, with random genotypes.

It tests cost and plumbing, not biology: reference bases outside the ClinVar sites are random.

    python -m benchmarks.synthetic_vcf genome.vcf.gz --records 4500000 --clinvar clinvar_…_PLP_2star.tsv.gz
"""

from __future__ import annotations

import argparse
import struct
import zlib
from pathlib import Path

import numpy as np
import polars as pl
from isal import isal_zlib

from cohesin_genomics.vcf.assembly import GRCH37_LENGTHS
from cohesin_genomics.vcf.compression import BGZF_END

CHUNK = 250_000
_BGZF_PAYLOAD = 65_280
_BASES = np.array(["A", "C", "G", "T"])
_INSERTS = np.array(["A", "TT", "CAG", "GATA", "TTTTC"])


class _BgzfWriter:
    """Blocked gzip, so that the file is what sequencing pipelines send."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._rest = b""

    def write(self, data: bytes) -> None:
        data = self._rest + data
        end = len(data) - len(data) % _BGZF_PAYLOAD
        for start in range(0, end, _BGZF_PAYLOAD):
            self._block(data[start : start + _BGZF_PAYLOAD])
        self._rest = data[end:]

    def _block(self, data: bytes) -> None:
        packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
        body = packer.compress(data) + packer.flush()
        head = struct.pack("<4BI2BH2B2H", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, 0)[:16]
        size = struct.pack("<H", len(body) + 25)
        self._file.write(head + size + body + struct.pack("<2I", zlib.crc32(data), len(data)))

    def close(self) -> None:
        if self._rest:
            self._block(self._rest)
        self._file.write(BGZF_END)
        self._file.close()


def _header(sample: str) -> str:
    contigs = "".join(f"##contig=<ID={name},length={length}>\n" for name, length in GRCH37_LENGTHS.items())
    return (
        "##fileformat=VCFv4.2\n##source=cohesin-benchmark\n##reference=GRCh37\n"
        '##FILTER=<ID=LowQual,Description="Low quality">\n'
        '##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
        '##INFO=<ID=AF,Number=A,Type=Float,Description="Allele frequency">\n'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allele depths">\n'
        '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">\n'
        '##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">\n'
        f"{contigs}#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{sample}\n"
    )


def _clinvar_sites(path: Path | None, contig: str) -> pl.DataFrame:
    schema = {"POS": pl.Int64, "ID": pl.String, "REF": pl.String, "ALT": pl.String}
    if path is None:
        return pl.DataFrame(schema=schema)
    table = pl.read_csv(path, separator="\t", quote_char=None, infer_schema=False)
    position = pl.col("pos37").cast(pl.Int64, strict=False)
    kept = table.filter(
        (pl.col("chrom") == contig)
        & position.is_not_null()
        & pl.col("ref").str.contains("^[ACGT]+$")
        & pl.col("alt").str.contains("^[ACGT]+$")
    )
    return kept.select(
        position.alias("POS"),
        pl.when(pl.col("rsid").str.starts_with("rs")).then("rsid").otherwise(pl.lit(".")).alias("ID"),
        pl.col("ref").alias("REF"),
        pl.col("alt").alias("ALT"),
    )


def _random_sites(rng: np.random.Generator, count: int, length: int) -> pl.DataFrame:
    """SNVs, with 8 % insertions, 8 % deletions and 2 % two-allele sites, as in a germline genome."""
    ref_code = rng.integers(0, 4, count)
    ref = _BASES[ref_code]
    alt = _BASES[(ref_code + rng.integers(1, 4, count)) % 4]
    second = _BASES[(ref_code + 1) % 4]
    inserts = _INSERTS[rng.integers(0, len(_INSERTS), count)]
    shape = rng.random(count)
    rsid = rng.random(count) < 0.9
    frame = pl.DataFrame(
        {
            "POS": rng.integers(10_000, length - 1_000, count),
            "number": rng.integers(1, 2_000_000_000, count),
            "rs": rsid,
            "r": ref,
            "a": alt,
            "s": second,
            "i": inserts,
            "shape": shape,
        }
    )
    longer = pl.concat_str("r", "i")
    return frame.select(
        "POS",
        pl.when("rs").then(pl.concat_str(pl.lit("rs"), "number")).otherwise(pl.lit(".")).alias("ID"),
        pl.when(pl.col("shape").is_between(0.08, 0.16)).then(longer).otherwise("r").alias("REF"),
        pl.when(pl.col("shape") < 0.08)
        .then(longer)
        .when(pl.col("shape") < 0.16)
        .then("r")
        .when((pl.col("shape") > 0.98) & (pl.col("a") != pl.col("s")))
        .then(pl.concat_str("a", pl.lit(","), "s"))
        .otherwise("a")
        .alias("ALT"),
    )


def _lines(rng: np.random.Generator, contig: str, sites: pl.DataFrame) -> bytes:
    count = sites.height
    depth = rng.integers(12, 60, count)
    alt_depth = (depth * rng.random(count) * 0.6).astype(np.int64)
    frame = sites.with_columns(
        pl.lit(contig).alias("#CHROM"),
        pl.Series("q", rng.integers(30, 5000, count)),
        pl.Series("low", rng.random(count) < 0.04),
        pl.Series("hom", rng.random(count) < 0.37),
        pl.Series("dp", depth),
        pl.Series("ad", alt_depth),
        pl.Series("gq", rng.integers(20, 100, count)),
        pl.Series("af", rng.integers(1, 1000, count)),
    )
    two = pl.col("ALT").str.contains(",", literal=True)
    genotype = pl.when(two).then(pl.lit("1/2")).when("hom").then(pl.lit("1/1")).otherwise(pl.lit("0/1"))
    third = pl.when(two).then(pl.lit(",3")).otherwise(pl.lit(""))
    depths = pl.concat_str(pl.col("dp") - pl.col("ad"), pl.lit(","), "ad", third)
    columns = frame.select(
        "#CHROM",
        "POS",
        "ID",
        "REF",
        "ALT",
        pl.col("q").alias("QUAL"),
        pl.when("low").then(pl.lit("LowQual")).otherwise(pl.lit("PASS")).alias("FILTER"),
        pl.concat_str(pl.lit("AF=0."), "af", pl.lit(";DP="), "dp").alias("INFO"),
        pl.lit("GT:AD:DP:GQ").alias("FORMAT"),
        pl.concat_str(genotype, depths, "dp", "gq", separator=":").alias("sample"),
    )
    return columns.write_csv(None, separator="\t", include_header=False, quote_style="never").encode()


def write_synthetic_genome(
    path: Path, records: int, seed: int, *, clinvar: Path | None = None, sample: str = "SYNTHETIC"
) -> None:
    """Write a bgzipped single-sample GRCh37 VCF of about `records` sorted records.

    One record in a hundred stands at a site of `clinvar` (the embedded pathogenic variants), where given.
    """
    rng = np.random.default_rng(seed)
    total = sum(GRCH37_LENGTHS.values())
    writer = _BgzfWriter(path)
    try:
        writer.write(_header(sample).encode())
        for contig, length in GRCH37_LENGTHS.items():
            count = max(1, round(records * length / total))
            known = _clinvar_sites(clinvar, contig)
            known = known.sample(min(known.height, count // 100), seed=seed)
            sites = pl.concat([_random_sites(rng, count - known.height, length), known])
            sites = sites.sort("POS", maintain_order=True)
            for part in sites.iter_slices(CHUNK):
                writer.write(_lines(rng, contig, part))
    finally:
        writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--records", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clinvar", type=Path)
    arguments = parser.parse_args()
    write_synthetic_genome(arguments.path, arguments.records, arguments.seed, clinvar=arguments.clinvar)


if __name__ == "__main__":
    main()
