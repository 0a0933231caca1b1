"""Every odd real-world file is read, with known counts, or refused for a known reason."""

from __future__ import annotations

import io

import pytest

from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf import errors
from cohesin_genomics.vcf.convert import convert_vcf
from tests.genomics.vcf_cases import EDGE

A37, A38 = Assembly.GRCH37, Assembly.GRCH38

# file, assembly, records, alleles with a row, rows the first sample carries, alleles skipped
READ = [
    ("bad-info-character.vcf", A37, 1, 1, 1, {}),
    ("bcftools_gvcfz.vcf", A38, 2595, 279, 3, {"no_alternate_allele": 2390}),
    ("bcftools_mendelian.vcf", A37, 30, 30, 9, {}),
    ("bcftools_missing.vcf", A37, 5, 5, 0, {}),
    ("bcftools_norm.vcf", A37, 23, 36, 18, {"no_alternate_allele": 1, "alternate_not_sequence": 1}),
    ("bcftools_trio-dnm.1.vcf", A37, 18, 21, 17, {}),
    ("example-4.1-bnd.vcf", A37, 10, 10, 3, {}),
    ("example-4.1-ploidy.vcf", A37, 2, 2, 0, {}),
    ("formatmissing.vcf", A37, 1, 1, 0, {}),
    ("genmod_two_trios.vcf", A37, 15, 15, 4, {}),
    ("issue-214.vcf", A37, 2, 2, 0, {"reference_not_sequence": 2}),
    ("noroundtrip.vcf", A37, 4, 4, 4, {}),
    ("null_genotype_mono.vcf", A37, 1, 0, 0, {"no_alternate_allele": 1}),
    ("samples-space.vcf", A37, 2, 2, 0, {}),
    ("string_as_flag.vcf", A37, 4, 4, 0, {}),
    ("test-vcf-hdr-in.vcf", A37, 10, 10, 8, {"no_alternate_allele": 2}),
    ("test_vcf_sv_same_pos.vcf", A38, 2, 2, 1, {}),
    ("uncalled_genotypes.vcf", A37, 4, 6, 2, {}),
]

REFUSED = [
    ("bcftools_norm.iupac.vcf", A37, errors.NoSamplesError, "no sample columns"),
    ("norm.2.vcf", A37, errors.NoSamplesError, "no sample columns"),
    ("vcf_meta_meta.vcf", A37, errors.NoSamplesError, "no sample columns"),
    ("example-4.2.vcf", A37, errors.SpaceDelimitedError, "line 48: columns are separated by spaces"),
    ("metadata-whitespace.vcf", A37, errors.SpaceDelimitedError, "line 48: columns are separated by spaces"),
    ("example-4.0.vcf", A37, errors.WrongAssemblyError, "shows assembly NCBI36, not GRCh37"),
    ("example-4.1.vcf", A37, errors.WrongAssemblyError, "shows assembly NCBI36, not GRCh37"),
    ("example-4.1-sv.vcf", A37, errors.WrongAssemblyError, "shows assembly NCBI36, not GRCh37"),
    ("mixed-filtering.vcf", A37, errors.WrongAssemblyError, "shows assembly NCBI36, not GRCh37"),
    ("bcftools_gvcfz.vcf", A37, errors.WrongAssemblyError, "shows assembly GRCh38, not GRCh37"),
]

# The specification's own examples stand on NCBI36; without the lines that say so they must read.
WITHOUT_ASSEMBLY = [
    ("example-4.0.vcf", 6, 7, {"no_alternate_allele": 1}),
    ("example-4.1.vcf", 5, 6, {"no_alternate_allele": 1}),
    ("example-4.1-sv.vcf", 6, 6, {}),
    ("mixed-filtering.vcf", 5, 6, {"no_alternate_allele": 1}),
]


@pytest.mark.parametrize(("name", "assembly", "records", "alleles", "carried", "skipped"), READ)
def test_read(tmp_path, *, name, assembly, records, alleles, carried, skipped):
    conversion = convert_vcf(EDGE / name, tmp_path, assembly=assembly)
    assert conversion.record_count == records
    assert sum(conversion.kinds.values()) == alleles
    assert conversion.variant_count[conversion.samples[0]] == carried
    assert conversion.skipped == skipped
    assert sorted(tmp_path.iterdir()) == sorted(conversion.files.values())


@pytest.mark.parametrize(("name", "assembly", "error", "message"), REFUSED)
def test_refused(tmp_path, name, assembly, error, message):
    with pytest.raises(error, match=message):
        convert_vcf(EDGE / name, tmp_path / "new", assembly=assembly)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("name", "records", "alleles", "skipped"), WITHOUT_ASSEMBLY)
def test_specification_examples_without_their_assembly(tmp_path, name, records, alleles, skipped):
    lines = (EDGE / name).read_bytes().splitlines(keepends=True)
    text = b"".join(
        line for line in lines if not line.startswith((b"##reference", b"##contig", b"##assembly"))
    )
    conversion = convert_vcf(io.BytesIO(text), tmp_path, assembly=A37)
    assert (conversion.record_count, sum(conversion.kinds.values())) == (records, alleles)
    assert conversion.skipped == skipped


def test_every_file_has_its_line_in_the_tables():
    listed = {row[0] for row in READ} | {row[0] for row in REFUSED}
    assert listed == {path.name for path in EDGE.glob("*.vcf")}
