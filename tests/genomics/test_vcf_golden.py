"""The real genomes that ship with the library: known counts, and agreement with cyvcf2 (htslib)."""

from __future__ import annotations

import polars as pl
import pytest
from cyvcf2 import VCF

from cohesin_genomics.model import AlleleKind, Assembly
from cohesin_genomics.vcf.convert import convert_vcf
from cohesin_genomics.vcf.split import split_samples
from tests.genomics.vcf_cases import CEPH, EXOME, TRIO, TRIO_SV

GOLDEN = [
    (EXOME, 19147, {"NA12878": 19147}, {"snv": 19148}),
    (
        TRIO,
        680,
        {"ADM1059A1": 393, "ADM1059A2": 366, "ADM1059A3": 360},
        {"deletion": 125, "delins": 8, "insertion": 104, "mnv": 26, "snv": 417},
    ),
    (
        TRIO_SV,
        19,
        {"ADM1059A1": 9, "ADM1059A2": 13, "ADM1059A3": 16},
        {"deletion": 8, "delins": 2, "insertion": 4, "symbolic": 5},
    ),
    (
        CEPH,
        355,
        {"NA12877": 222, "NA12878": 20, "NA12879": 136},
        {"breakend": 2, "deletion": 44, "delins": 4, "insertion": 38, "mnv": 3, "snv": 270},
    ),
]


@pytest.mark.parametrize(("path", "records", "carried", "kinds"), GOLDEN)
def test_golden_counts(tmp_path, path, records, carried, kinds):
    conversion = convert_vcf(path, tmp_path, assembly=Assembly.GRCH37)
    assert conversion.record_count == records
    assert conversion.variant_count | carried == conversion.variant_count
    assert conversion.kinds == {AlleleKind(kind): count for kind, count in kinds.items()}
    assert conversion.skipped == {}


@pytest.mark.filterwarnings("ignore")
def test_exome_agrees_with_htslib(tmp_path):
    conversion = convert_vcf(EXOME, tmp_path, assembly=Assembly.GRCH37)
    rows = pl.read_parquet(conversion.files["NA12878"]).sort("record_number", "allele_number")
    expected = []
    for number, record in enumerate(VCF(str(EXOME)), start=1):
        alleles = record.genotypes[0]
        for allele, alt in enumerate(record.ALT, start=1):
            copies = alleles[:-1].count(allele)
            expected.append(
                (
                    number,
                    record.CHROM,
                    record.POS,
                    record.REF,
                    alt,
                    {0: "reference", 1: "heterozygous", 2: "homozygous"}[copies],
                    int(record.format("DP")[0][0]),
                    int(record.gt_ref_depths[0]),
                    pytest.approx(float(record.format("GQ")[0][0]), rel=1e-6),
                    pytest.approx(record.QUAL, rel=1e-6),
                    record.FILTER or "PASS",
                )
            )
    found = rows.select(
        "record_number", "contig", "record_position", "record_ref", "alt", "zygosity", "depth", "ref_depth",
        "genotype_quality", "qual", "filter",
    ).rows()  # fmt: skip
    assert found == expected


def test_trio_keeps_annotations_and_family_evidence(tmp_path):
    conversion = convert_vcf(TRIO, tmp_path, assembly=Assembly.GRCH37)
    frames = [pl.read_parquet(conversion.files[name]) for name in conversion.samples]
    assert {frame.height for frame in frames} == {680}
    assert frames[0]["transcripts_format"].unique().to_list() == ["CSQ"]
    assert "Allele|Consequence" in conversion.header.transcript_formats["CSQ"]
    keys = [frame.select("contig", "position", "ref", "alt") for frame in frames]
    assert keys[0].equals(keys[1])
    assert keys[0].equals(keys[2])
    # freebayes records give RO and AO instead of AD.
    assert frames[0].filter(pl.col("alt_depth").is_null()).height < 150


def test_split_samples_give_the_same_rows(tmp_path):
    whole = convert_vcf(TRIO, tmp_path / "whole", assembly=Assembly.GRCH37)
    parts = split_samples(TRIO, tmp_path / "parts")
    assert list(parts) == list(whole.samples)
    for sample, path in parts.items():
        one = convert_vcf(path, tmp_path / f"one-{path.stem}", assembly=Assembly.GRCH37)
        assert one.samples == (sample,)
        assert pl.read_parquet(one.files[sample]).equals(pl.read_parquet(whole.files[sample]))
