"""What a report says of the real exome and the real trio: names, zygosity, criteria and order hold together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cohesin_genomics
from cohesin.clinical.genomes.annotation import annotate_file
from cohesin.clinical.reports.case import interpret_case
from cohesin.clinical.reports.case_request import CaseAnswer, CaseRequest, PersonFile
from cohesin.clinical.science import knowledge_for
from cohesin_genomics.interpretation.carriage import zygosity_in
from cohesin_genomics.model import Assembly, Sex, Variant, Zygosity
from cohesin_genomics.vcf.split import split_samples

VCF = Path(cohesin_genomics.__file__).parent / "data" / "vcf"
SAMPLES = {"father": "ADM1059A1", "mother": "ADM1059A3", "proband": "ADM1059A2"}
SEXES = {"father": "male", "mother": "female", "proband": "male"}
#: Criteria of which at most one may count, as both rest on the same fact or say the opposite of it.
EXCLUSIVE = [("PM2", "BS1"), ("PM2", "BA1"), ("BA1", "BS1"), ("PS1", "PM5"), ("PS2", "PM6"), ("PVS1", "PP3"),
             ("PVS1", "PM4"), ("PP3", "BP4"), ("PM3", "BP2"), ("PVS1", "BP7")]  # fmt: skip


def _person(role: str, sex: str, source: Path, folder: Path) -> PersonFile:
    files = annotate_file(lambda *_: None, str(source), str(folder / role), "GRCh37")
    assert files.annotation is not None
    return PersonFile(
        id=role,
        role=role,
        sex=sex,
        affected="affected" if role == "proband" else "unaffected",
        variants=files.variants,
        annotation=files.annotation,
    )


def _interpret(*people: PersonFile) -> CaseAnswer:
    return interpret_case(CaseRequest(assembly="GRCh37", people=people, panel=None, phenotype_terms=()))


@pytest.fixture(scope="module")
def exome(tmp_path_factory: pytest.TempPathFactory) -> CaseAnswer:
    source = VCF / "NA12878_exome_GRCh37.vcf.gz"
    return _interpret(_person("proband", "female", source, tmp_path_factory.mktemp("exome")))


@pytest.fixture(scope="module")
def trio(tmp_path_factory: pytest.TempPathFactory) -> CaseAnswer:
    folder = tmp_path_factory.mktemp("trio")
    files = split_samples(VCF / "trio_NA12882_scout_GRCh37.vcf.gz", folder)
    return _interpret(*(_person(role, SEXES[role], files[name], folder) for role, name in SAMPLES.items()))


def _row(answer: CaseAnswer, contig: str, position: int) -> dict[str, Any]:
    return next(row for row in answer.variants if (row["contig"], row["position"]) == (contig, position))


def _met(row: dict[str, Any]) -> set[str]:
    return {one["code"] for one in row["evidence"]["criteria"] if one["state"] == "met"}


def test_criteria_never_contradict_each_other(exome: CaseAnswer, trio: CaseAnswer) -> None:
    for row in (*exome.variants, *trio.variants):
        met = _met(row)
        assert not [pair for pair in EXCLUSIVE if met.issuperset(pair)], row["hgvs_g"]
        assert len({one["code"] for one in row["evidence"]["criteria"]}) == 28


def test_rarity_counts_only_where_somebody_was_found_to_carry_it(exome: CaseAnswer, trio: CaseAnswer) -> None:
    rare = [row for row in (*exome.variants, *trio.variants) if "PM2" in _met(row)]
    assert rare
    assert all(row["frequency"] for row in rare)


def test_a_site_that_nobody_carries_is_not_a_rare_one() -> None:
    # AP3B1 5:77425028 A>T: homozygous in NA12878, and 0.0000 in all populations of the embedded table.
    knowledge = knowledge_for(Assembly.GRCH37)
    assert knowledge.find_frequency(Variant(Assembly.GRCH37, "5", 77425028, "A", "T")) is None


def test_what_clinvar_knows_ranks_first(exome: CaseAnswer) -> None:
    known = [row["rank"] for row in exome.variants if row["evidence"]["clinvar"] is not None]
    assert known == list(range(1, len(known) + 1))
    assert exome.variants[0]["gene"] == "HEXA"
    assert exome.variants[0]["hgvs_c"] == "c.409C>T"  # minus strand: G>A on the chromosome


def test_a_carrier_of_a_recessive_disease_is_not_called_dominant(exome: CaseAnswer) -> None:
    carrier = _row(exome, "15", 72647903)
    modes = {one["mode"]: one["verdict"]["state"] for one in carrier["evidence"]["modes"]}
    assert modes["autosomal_dominant"] == "pass"  # by the genotype alone
    assert carrier["inheritance"] is None
    assert _row(exome, "17", 29508805)["inheritance"] == "autosomal_dominant"  # NF1


def test_names_of_files_are_written_as_hgvs_now_writes_them(trio: CaseAnswer) -> None:
    mitochondrial = _row(trio, "MT", 15326)
    names = {one["hgvs_c"] for one in mitochondrial["evidence"]["transcripts"]}
    assert names == {"m.15326A>G"}
    named = [
        one["hgvs_c"] for row in trio.variants for one in row["evidence"]["transcripts"] if one["hgvs_c"]
    ]
    assert any(name.endswith("del") for name in named)
    assert any(name.endswith("dup") for name in named)
    assert not [
        name
        for name in named
        if name[-1] in "ACGT" and ("del" in name or "dup" in name) and "ins" not in name
    ]


def test_a_mans_single_copy_is_hemizygous(trio: CaseAnswer) -> None:
    variant = _row(trio, "Y", 14959237)
    assert variant["zygosity"] == "hemizygous"
    assert variant["evidence"]["members"]["proband"]["genotype"] == "1/1"
    assert variant["evidence"]["members"]["proband"]["zygosity"] == "hemizygous"


@pytest.mark.parametrize(
    ("contig", "position", "sex", "told"),
    [
        ("X", 50_000_000, Sex.MALE, Zygosity.HEMIZYGOUS),
        ("X", 50_000_000, Sex.FEMALE, Zygosity.HOMOZYGOUS),
        ("X", 50_000_000, Sex.UNKNOWN, Zygosity.HOMOZYGOUS),
        ("X", 100_000, Sex.MALE, Zygosity.HOMOZYGOUS),  # pseudoautosomal: two copies
        ("7", 1000, Sex.MALE, Zygosity.HOMOZYGOUS),
        ("MT", 1000, Sex.MALE, Zygosity.HOMOZYGOUS),
    ],
)
def test_where_a_homozygous_call_means_one_copy(contig: str, position: int, sex: Sex, told: Zygosity) -> None:
    variant = Variant(Assembly.GRCH37, contig, position, "A", "G")
    assert zygosity_in(variant, Zygosity.HOMOZYGOUS, sex) is told
    assert zygosity_in(variant, Zygosity.HETEROZYGOUS, sex) is Zygosity.HETEROZYGOUS
