"""An installation's own reference data: recognised, kept, refused, and used by annotation."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cohesin.clinical.genomes.annotation import annotate_file
from cohesin.clinical.reference.knowledge import load_knowledge
from cohesin.clinical.reference.manifest import (
    ReferenceDataError,
    check_files,
    read_manifest,
)
from cohesin.clinical.reference.service import Statement, UnusableReferenceError, load_reference
from cohesin.clinical.reference.sniff import UnknownReferenceError, sniff
from cohesin_genomics.knowledge import DATA
from cohesin_genomics.model import Assembly, Variant
from cohesin_genomics.vcf.errors import TruncatedFileError

NOW = datetime(2026, 1, 2, tzinfo=UTC)
CLINVAR = """##fileformat=VCFv4.1
##fileDate=2026-01-01
##reference=GRCh37
##INFO=<ID=CLNSIG,Number=.,Type=String,Description="">
##INFO=<ID=CLNREVSTAT,Number=.,Type=String,Description="">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
7\t117559590\t99\tA\tG\t.\t.\tCLNSIG=Benign;CLNREVSTAT=criteria_provided,_single_submitter;GENEINFO=CFTR:1080
"""
ALLELE = Variant(Assembly.GRCH37, "7", 117559590, "A", "G")


def keep(folder: Path, source: Path, assembly: Assembly | None = None, release: str | None = None):
    return load_reference(folder, source, Statement(assembly=assembly, release=release), NOW)


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_a_clinvar_vcf_takes_the_place_of_the_embedded_one(tmp_path: Path):
    file = keep(tmp_path / "reference", write(tmp_path / "clinvar.vcf.gz", CLINVAR))
    assert (file.kind, file.assembly, file.release) == ("clinvar", "GRCh37", "2026-01-01")
    knowledge = load_knowledge(Assembly.GRCH37, tmp_path / "reference")
    assert knowledge.find_clinvar(ALLELE).significance == "Benign"
    assert len(knowledge.clinvar) == 1
    assert [one.release for one in knowledge.releases if one.name == "ClinVar"] == ["2026-01-01"]
    assert len(load_knowledge(Assembly.GRCH38, tmp_path / "reference").clinvar) > 1


def test_a_table_of_frequencies_is_asked_first(tmp_path: Path):
    table = "chrom\tpos\tref\talt\taf\tAF_nfe\tnote\n7\t117559590\tA\tG\t0.25\t0.5\tx\n"
    file = keep(tmp_path / "reference", write(tmp_path / "gnomad.tsv", table), Assembly.GRCH37, "v4")
    assert file.kind == "frequencies"
    found = load_knowledge(Assembly.GRCH37, tmp_path / "reference").find_frequency(ALLELE)
    assert (found.source, found.allele_frequency, found.popmax) == ("gnomad", 0.25, 0.5)


def test_a_fasta_is_unpacked_and_gene_models_are_recognised(tmp_path: Path):
    folder = tmp_path / "reference"
    fasta = write(tmp_path / "mini.fa.gz", ">chr7 x\nACGTACGT\n>chrM\nGATC\n")
    with pytest.raises(UnusableReferenceError, match="--assembly"):
        keep(folder, fasta)
    with pytest.raises(UnusableReferenceError, match="chromosome 7"):
        keep(folder, fasta, Assembly.GRCH37)
    models = DATA / "gene_models_GRCh38.disease_hpo_or_clinvar.tsv.gz"
    assert keep(folder, models).assembly == "GRCh38"
    only = write(tmp_path / "mt.fa.gz", ">chrM\nGATC\n")
    assert keep(folder, only, Assembly.GRCH38).path == "GRCh38/fasta/mt.fa"
    assert {path.name for path in (folder / "GRCh38/fasta").iterdir()} == {"mt.fa", "mt.fa.fai"}
    assert load_knowledge(Assembly.GRCH38, folder).reference.fetch("MT", 0, 4) == "GATC"


def test_a_new_file_replaces_the_one_of_its_kind(tmp_path: Path):
    folder = tmp_path / "reference"
    keep(folder, write(tmp_path / "clinvar_1.vcf", CLINVAR))
    keep(folder, write(tmp_path / "clinvar_2.vcf", CLINVAR), release="second")
    (only,) = read_manifest(folder)
    assert (only.path, only.release) == ("GRCh37/clinvar/clinvar_2.vcf", "second")
    assert [path.name for path in (folder / "GRCh37/clinvar").iterdir()] == ["clinvar_2.vcf"]


def test_what_cannot_be_used_is_refused_and_leaves_nothing(tmp_path: Path):
    folder = tmp_path / "reference"
    packed = gzip.compress(CLINVAR.encode())
    (tmp_path / "cut.vcf.gz").write_bytes(packed[:-20])
    with pytest.raises(TruncatedFileError):
        keep(folder, tmp_path / "cut.vcf.gz")
    with pytest.raises(UnusableReferenceError, match="GRCh37, not GRCh38"):
        keep(folder, write(tmp_path / "c.vcf", CLINVAR), Assembly.GRCH38)
    with pytest.raises(UnusableReferenceError):
        keep(folder, write(tmp_path / "d.vcf", CLINVAR.rpartition("7\t")[0]))
    for text in ("", "hello\n", "##fileformat=VCFv4.2\n#CHROM\tPOS\n"):
        with pytest.raises(UnknownReferenceError):
            sniff(write(tmp_path / "x", text))
    assert read_manifest(folder) == []
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_changed_or_lost_file_is_told_and_never_passed_over(tmp_path: Path):
    folder = tmp_path / "reference"
    file = keep(folder, write(tmp_path / "clinvar.vcf", CLINVAR))
    (folder / file.path).write_text("other")
    with pytest.raises(ReferenceDataError, match="was changed"):
        load_knowledge(Assembly.GRCH37, folder)
    (folder / file.path).unlink()
    with pytest.raises(ReferenceDataError, match="is gone"):
        check_files(folder, read_manifest(folder))
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(ReferenceDataError):
        read_manifest(folder)


def test_annotation_uses_what_was_loaded(tmp_path: Path):
    folder = tmp_path / "reference"
    keep(folder, write(tmp_path / "clinvar.vcf.gz", CLINVAR))
    sample = CLINVAR.split("#CHROM", maxsplit=1)[0] + '##FORMAT=<ID=GT,Number=1,Type=String,Description="">\n'
    sample += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n7\t117559590\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\n"
    source = write(tmp_path / "s.vcf", sample)
    found = {}
    for name, own in (("own", str(folder)), ("embedded", str(tmp_path / "none"))):
        files = annotate_file(lambda *_: None, str(source), str(tmp_path / name), "GRCh37", own)
        found[name] = pl.read_parquet(files.annotation)["clinvar_significance"].to_list()
    assert found["own"] == ["Benign"]
    assert found["embedded"] in ([], [None])
