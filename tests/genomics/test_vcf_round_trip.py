"""What is written as VCF reads back as the same rows."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.convert import convert_vcf
from cohesin_genomics.vcf.write import write_vcf
from tests.genomics.vcf_cases import CEPH, EXOME, TRIO, TRIO_SV, convert_text, vcf_text

BASES = st.text("ACGT", min_size=1, max_size=6)
ALT = st.one_of(BASES, st.sampled_from(["*", "<DEL>", "<DUP:TANDEM>", "N[2:321682[", "<NON_REF>"]))
GENOTYPE = st.lists(st.sampled_from([".", "0", "1"]), min_size=1, max_size=3)
DEPTH = st.one_of(st.none(), st.integers(0, 10_000))


def _text(value: object) -> str:
    return "." if value is None else str(value)


@st.composite
def records(draw):
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        alts = draw(st.lists(ALT, min_size=1, max_size=3, unique=True))
        alleles = [".", *(str(number) for number in range(len(alts) + 1))]
        parts = draw(st.lists(st.sampled_from(alleles), min_size=1, max_size=3))
        genotype = draw(st.sampled_from("/|")).join(parts)
        depths = ",".join(_text(draw(DEPTH)) for _ in range(len(alts) + 1))
        quality = draw(st.one_of(st.none(), st.floats(0, 1e6, width=32)))
        info = draw(st.sampled_from([".", "END=500", "SVTYPE=DEL;SVLEN=-9", "END=7;SVTYPE=DUP"]))
        lines.append(
            f"{draw(st.sampled_from(['1', 'chr2', 'X', 'MT']))} {draw(st.integers(1, 400))} "
            f"{draw(st.sampled_from(['.', 'rs12', 'rs9;rs8']))} {draw(BASES)} {','.join(alts)} "
            f"{_text(quality)} {draw(st.sampled_from(['.', 'PASS', 'q10', 'q10;s50']))} {info} "
            f"GT:AD:DP:GQ:PS {genotype}:{depths}:{_text(draw(DEPTH))}:{_text(draw(DEPTH))}:"
            f"{_text(draw(DEPTH))}"
        )
    return lines


def written(rows: pl.DataFrame, **options: object) -> str:
    output = io.StringIO()
    write_vcf(rows, output, assembly=Assembly.GRCH37, sample="S1", **options)  # type: ignore[arg-type]
    return output.getvalue()


def comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without the number of their record, which depends on what else a file holds."""
    rest = rows.drop("record_number")
    return rest.sort(
        "contig_code", "record_position", "record_ref", "record_alt", "allele_number", "genotype"
    )


@settings(max_examples=60, deadline=None)
@given(records())
def test_round_trip(lines):
    with tempfile.TemporaryDirectory() as folder:
        _, rows = convert_text(vcf_text(*lines), Path(folder) / "a")
        _, again = convert_text(written(rows), Path(folder) / "b")
        first = rows.sort("contig_code", "record_position", "record_number", "allele_number")
        second = again.sort("record_number", "allele_number")
        assert first.drop("record_number").equals(second.drop("record_number"))


@pytest.mark.parametrize("path", [EXOME, TRIO, TRIO_SV, CEPH])
def test_real_genomes_round_trip(tmp_path, path):
    conversion = convert_vcf(path, tmp_path / "a", assembly=Assembly.GRCH37)
    rows = pl.read_parquet(conversion.files[conversion.samples[0]])
    text = written(rows, transcript_formats=conversion.header.transcript_formats)
    _, again = convert_text(text, tmp_path / "b")
    assert comparable(rows).equals(comparable(again))
