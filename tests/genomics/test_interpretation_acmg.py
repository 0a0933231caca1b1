"""ACMG/AMP: the 2015 combining table, the point boundaries, and each criterion's evidence."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.interpretation.acmg import (
    AcmgEvidence,
    Code,
    CombiningMethod,
    Criterion,
    CriterionState,
    NmdPrediction,
    Strength,
    TransPartner,
    classify,
    evaluate_criteria,
)
from cohesin_genomics.interpretation.carriage import AbsentCall, Support
from cohesin_genomics.interpretation.compound import Phase
from cohesin_genomics.interpretation.inheritance import evaluate_inheritance
from cohesin_genomics.interpretation.knowledge import GeneKnowledge, ProteinEvidence, SiteCoverage
from cohesin_genomics.interpretation.pedigree import AffectedStatus, Member, Pedigree, Role
from cohesin_genomics.interpretation.phenotype import GeneScore
from cohesin_genomics.model import (
    Annotation,
    Assembly,
    ClinVarRecord,
    GenotypeCall,
    PopulationFrequency,
    Sex,
    TranscriptConsequence,
    Variant,
    Zygosity,
)

VARIANT = Variant(Assembly.GRCH38, "1", 1000, "A", "G")
VS, S, M, P = Strength.VERY_STRONG, Strength.STRONG, Strength.MODERATE, Strength.SUPPORTING
ALONE = Strength.STAND_ALONE


def criteria(harmful="", harmless=""):
    """ "V S M P" letters for pathogenic, "A S P" for benign evidence."""
    letters = {"V": VS, "S": S, "M": M, "P": P, "A": ALONE}
    return [Criterion(Code.PP1, CriterionState.MET, letters[x], "") for x in harmful] + [
        Criterion(Code.BP1, CriterionState.MET, letters[x], "") for x in harmless
    ]


# Richards et al. 2015, table 5: every row at its least, and what is just short of it.
@pytest.mark.parametrize(
    ("harmful", "harmless", "expected"),
    [
        ("VS", "", "P"), ("VMM", "", "P"), ("VMP", "", "P"), ("VPP", "", "P"),
        ("SS", "", "P"), ("SMMM", "", "P"), ("SMMPP", "", "P"), ("SMPPPP", "", "P"),
        ("VM", "", "LP"), ("SM", "", "LP"), ("SMM", "", "LP"), ("SPP", "", "LP"), ("SPPPP", "", "LP"),
        ("MMM", "", "LP"), ("MMPP", "", "LP"), ("MPPPP", "", "LP"), ("SMPPP", "", "LP"), ("SMMP", "", "LP"),
        ("V", "", "VUS"), ("VP", "", "VUS"), ("S", "", "VUS"), ("SP", "", "VUS"), ("MM", "", "VUS"),
        ("MMP", "", "VUS"), ("MPPP", "", "VUS"), ("PPPPP", "", "VUS"), ("", "", "VUS"),
        ("", "A", "B"), ("", "SS", "B"), ("", "SP", "LB"), ("", "PP", "LB"), ("", "S", "VUS"), ("", "P", "VUS"),
        ("VS", "PP", "VUS"), ("SM", "A", "VUS"), ("P", "PP", "LB"), ("VS", "P", "P"),
    ],
)  # fmt: skip
def test_table_of_2015(harmful, harmless, expected):
    assert classify(criteria(harmful, harmless), CombiningMethod.TABLE).classification == expected


# Tavtigian et al. 2020: P >= 10, LP 6-9, VUS 0-5, LB -1 to -6, B <= -7.
@pytest.mark.parametrize(
    ("harmful", "harmless", "points", "expected"),
    [
        ("VM", "", 10, "P"), ("SSM", "", 10, "P"), ("VP", "", 9, "LP"), ("SM", "", 6, "LP"), ("V", "", 8, "LP"),
        ("SP", "", 5, "VUS"), ("", "", 0, "VUS"), ("P", "P", 0, "VUS"), ("", "P", -1, "LB"), ("", "SPP", -6, "LB"),
        ("", "SPPP", -7, "B"), ("", "SS", -8, "B"), ("VS", "S", 8, "LP"), ("VS", "A", 4, "B"),
    ],
)  # fmt: skip
def test_points(harmful, harmless, points, expected):
    result = classify(criteria(harmful, harmless))
    assert (result.points, result.classification) == (points, expected)


def test_only_met_criteria_count():
    unmet = [
        Criterion(Code.PVS1, state, VS, "") for state in CriterionState if state is not CriterionState.MET
    ]
    assert classify(unmet).points == 0
    assert classify(unmet).classification == "VUS"


ORDER = ["B", "LB", "VUS", "LP", "P"]


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.text(alphabet="VSMP", max_size=6), st.text(alphabet="ASP", max_size=4), st.sampled_from("VSMP"),
    st.sampled_from(list(CombiningMethod)),
)  # fmt: skip
def test_more_pathogenic_evidence_never_lowers_the_class(harmful, harmless, extra, method):
    before = classify(criteria(harmful, harmless), method).classification
    after = classify(criteria(harmful + extra, harmless), method).classification
    assert ORDER.index(after) >= ORDER.index(before)


def annotation(*terms, exon=None, frequency=None, clinvar=None, gene="GENE1"):
    consequences = (
        (TranscriptConsequence(gene, "NM_1.1", terms, "HIGH", "fasta", exon=exon, mane_select=True),)
        if terms
        else ()
    )
    population = None
    if frequency is not None:
        population = PopulationFrequency("source", frequency / 2, frequency, "AFR", {"AFR": frequency})
    return Annotation(VARIANT, consequences, clinvar, population)


def record(significance="Pathogenic", stars=2):
    return ClinVarRecord("123", significance, "", stars, (), "GENE1")


def judged(**facts):
    found = evaluate_criteria(AcmgEvidence(**facts))
    assert [criterion.code for criterion in found] == list(Code)
    assert all(criterion.evidence for criterion in found)
    return {criterion.code.value: (criterion.state.value, criterion.strength.value) for criterion in found}


def test_nothing_known_meets_nothing():
    states = Counter(state for state, _ in judged(annotation=annotation()).values())
    assert states == {"not_evaluated": 28}


LOF = GeneKnowledge("GENE1", frozenset({"AD"}), lof_mechanism=True, missense_mechanism=False)


@pytest.mark.parametrize(
    ("terms", "facts", "expected"),
    [
        (("stop_gained",), {"exon": "3/10"}, ("met", "very_strong")),
        (("frameshift_variant",), {"exon": "10/10"}, ("met", "moderate")),
        (("frameshift_variant",), {"exon": "9/10"}, ("met", "strong")),
        (("stop_gained",), {"exon": "1/1"}, ("met", "moderate")),
        (("stop_gained",), {}, ("met", "strong")),
        (("splice_donor_variant",), {}, ("met", "strong")),
        (("start_lost",), {}, ("met", "moderate")),
        (("transcript_ablation",), {}, ("met", "very_strong")),
        (("missense_variant",), {}, ("not_met", "very_strong")),
    ],
)
def test_pvs1_strength(terms, facts, expected):
    assert judged(annotation=annotation(*terms, **facts), gene=LOF)["PVS1"] == expected


def test_pvs1_needs_the_mechanism():
    stop = annotation("stop_gained", exon="2/9")
    assert judged(annotation=stop)["PVS1"][0] == "not_evaluated"
    assert judged(annotation=stop, gene=GeneKnowledge("GENE1"))["PVS1"][0] == "not_evaluated"
    assert judged(annotation=stop, gene=GeneKnowledge("GENE1", lof_mechanism=False))["PVS1"][0] == "not_met"
    long_loss = judged(annotation=stop, gene=LOF, nmd=NmdPrediction.ESCAPES, truncated_fraction=0.4)
    assert long_loss["PVS1"] == ("met", "strong")
    frame = judged(annotation=annotation("splice_donor_variant"), gene=LOF, splice_disrupts_frame=True)
    assert frame["PVS1"] == ("met", "very_strong")


@pytest.mark.parametrize(
    ("frequency", "coverage", "pm2", "bs1", "ba1"),
    [
        (0.00005, SiteCoverage.COVERED, "met", "not_met", "not_met"),
        (0.0002, SiteCoverage.COVERED, "not_met", "not_met", "not_met"),
        (0.02, SiteCoverage.COVERED, "not_met", "met", "not_met"),
        (0.05, SiteCoverage.COVERED, "not_met", "met", "not_met"),
        (0.06, SiteCoverage.COVERED, "not_met", "not_met", "met"),
        (None, SiteCoverage.COVERED, "met", "not_met", "not_met"),
        (None, SiteCoverage.NOT_COVERED, "not_evaluated", "not_evaluated", "not_evaluated"),
        (None, SiteCoverage.UNKNOWN, "not_evaluated", "not_evaluated", "not_evaluated"),
    ],
)
def test_frequency_criteria(frequency, coverage, pm2, bs1, ba1):
    found = judged(annotation=annotation(frequency=frequency), coverage=coverage)
    assert (found["PM2"][0], found["BS1"][0], found["BA1"][0]) == (pm2, bs1, ba1)
    assert found["PM2"][1] == "supporting"


def test_common_but_pathogenic_in_clinvar_is_left_to_the_reader():
    common = judged(annotation=annotation(frequency=0.06, clinvar=record()))
    assert common["BA1"][0] == "not_evaluated"
    assert judged(annotation=annotation(frequency=0.06, clinvar=record("Benign")))["BA1"][0] == "met"
    assert judged(annotation=annotation(frequency=0.06, clinvar=record(stars=0)))["BA1"][0] == "met"


def test_same_and_other_residue_changes():
    missense = annotation("missense_variant")
    same = judged(
        annotation=missense, protein=ProteinEvidence(same_change=(record(),), other_change=(record(),))
    )
    assert (same["PS1"][0], same["PM5"][0]) == ("met", "not_met")
    other = judged(annotation=missense, protein=ProteinEvidence(other_change=(record(),)))
    assert (other["PS1"][0], other["PM5"][0]) == ("not_met", "met")
    unreviewed = judged(annotation=missense, protein=ProteinEvidence(same_change=(record(stars=0),)))
    assert unreviewed["PS1"][0] == "not_met"
    unknown = judged(annotation=missense)
    assert (unknown["PS1"][0], unknown["PM5"][0]) == ("not_evaluated", "not_evaluated")


def test_protein_length_and_repeats():
    inframe = annotation("inframe_deletion")
    assert judged(annotation=annotation("stop_lost"))["PM4"][0] == "met"
    assert judged(annotation=inframe)["PM4"][0] == "not_evaluated"
    assert judged(annotation=inframe, in_repeat=False)["PM4"][0] == "met"
    repeat = judged(annotation=inframe, in_repeat=True, in_functional_domain=False)
    assert (repeat["PM4"][0], repeat["BP3"][0]) == ("not_met", "met")
    assert judged(annotation=inframe, in_repeat=True)["BP3"][0] == "not_evaluated"


def test_synonymous_and_missense_gene_criteria():
    assert judged(annotation=annotation("synonymous_variant"))["BP7"][0] == "met"
    near = annotation("synonymous_variant", "splice_region_variant")
    assert judged(annotation=near)["BP7"][0] == "not_met"
    missense = annotation("missense_variant")
    assert judged(annotation=missense, gene=LOF)["BP1"][0] == "met"
    constrained = GeneKnowledge("GENE1", missense_mechanism=True, missense_constrained=True)
    assert judged(annotation=missense, gene=constrained)["PP2"][0] == "met"
    assert judged(annotation=missense, gene=GeneKnowledge("GENE1"))["PP2"][0] == "not_evaluated"


def test_retired_criteria_never_count():
    found = evaluate_criteria(
        AcmgEvidence(annotation=annotation("missense_variant", clinvar=record(stars=4)))
    )
    for criterion in found:
        if criterion.code in {Code.PP5, Code.BP6}:
            assert criterion.state is CriterionState.NOT_EVALUATED
            assert "29543229" in criterion.evidence


def test_specific_phenotype():
    def score(posterior):
        return GeneScore(posterior, "OMIM:1", "Disease", 10, 1)

    assert judged(annotation=annotation(), phenotype=score(0.8))["PP4"][0] == "met"
    assert judged(annotation=annotation(), phenotype=score(0.1))["PP4"][0] == "not_met"
    assert judged(annotation=annotation())["PP4"][0] == "not_evaluated"


RECESSIVE = GeneKnowledge("GENE1", frozenset({"AR"}))


@pytest.mark.parametrize(
    ("gene", "partners", "pm3", "bp2"),
    [
        (RECESSIVE, (TransPartner("x", Phase.TRANS, Support.CONFIRMED),), ("met", "moderate"), "not_met"),
        (RECESSIVE, (TransPartner("x", Phase.TRANS, Support.ASSUMED),), ("met", "supporting"), "not_met"),
        (
            RECESSIVE,
            (TransPartner("x", Phase.UNKNOWN, Support.UNDECIDED),),
            ("not_evaluated", "moderate"),
            "not_evaluated",
        ),
        (RECESSIVE, (TransPartner("x", Phase.CIS, Support.CONFIRMED),), ("not_met", "moderate"), "met"),
        (RECESSIVE, (), ("not_met", "moderate"), "not_met"),
        (RECESSIVE, None, ("not_evaluated", "moderate"), "not_evaluated"),
        (LOF, (TransPartner("x", Phase.TRANS, Support.CONFIRMED),), ("not_met", "moderate"), "met"),
        (None, (), ("not_evaluated", "moderate"), "not_met"),
    ],
)
def test_pathogenic_partner(gene, partners, pm3, bp2):
    found = judged(annotation=annotation(), gene=gene, partners=partners)
    assert found["PM3"] == pm3
    assert found["BP2"][0] == bp2


def member(role, sex, affected=AffectedStatus.UNAFFECTED):
    return Member(role.value, role, sex, affected)


TRIO = Pedigree(
    (
        member(Role.PROBAND, Sex.FEMALE, AffectedStatus.AFFECTED),
        member(Role.MOTHER, Sex.FEMALE),
        member(Role.FATHER, Sex.MALE),
    )
)


def call(zygosity, genotype):
    alt = {"0/0": 0, "0/1": 15, "1/1": 30}[genotype]
    return GenotypeCall(zygosity, genotype, depth=30, ref_depth=30 - alt, alt_depth=alt, genotype_quality=99)


@pytest.mark.parametrize(
    ("father", "parentage", "ps2", "pm6"),
    [
        (call(Zygosity.REFERENCE, "0/0"), True, ("met", "strong"), ("not_met", "moderate")),
        (call(Zygosity.REFERENCE, "0/0"), None, ("not_met", "strong"), ("met", "moderate")),
        (AbsentCall.NO_RECORD, True, ("not_met", "strong"), ("met", "supporting")),
        (call(Zygosity.HETEROZYGOUS, "0/1"), True, ("not_met", "strong"), ("not_met", "moderate")),
        (AbsentCall.NOT_SEQUENCED, True, ("not_evaluated", "strong"), ("not_evaluated", "moderate")),
    ],
)
def test_de_novo_criteria(father, parentage, ps2, pm6):
    calls = {
        "proband": call(Zygosity.HETEROZYGOUS, "0/1"),
        "mother": call(Zygosity.REFERENCE, "0/0"),
        "father": father,
    }
    found = judged(
        annotation=annotation(),
        pedigree=TRIO,
        inheritance=evaluate_inheritance(TRIO, VARIANT, calls),
        parentage_confirmed=parentage,
    )
    assert (found["PS2"], found["PM6"]) == (ps2, pm6)


def test_de_novo_does_not_count_with_an_affected_parent():
    family = Pedigree(
        (TRIO.members[0], member(Role.MOTHER, Sex.FEMALE, AffectedStatus.AFFECTED), TRIO.members[2])
    )
    calls = {
        "proband": call(Zygosity.HETEROZYGOUS, "0/1"),
        "mother": call(Zygosity.REFERENCE, "0/0"),
        "father": call(Zygosity.REFERENCE, "0/0"),
    }
    found = judged(
        annotation=annotation(), pedigree=family, inheritance=evaluate_inheritance(family, VARIANT, calls)
    )
    assert found["PS2"][0] == found["PM6"][0] == "not_evaluated"


def test_homozygous_recessive_supports_pm3():
    calls = {
        "proband": call(Zygosity.HOMOZYGOUS, "1/1"),
        "mother": call(Zygosity.HETEROZYGOUS, "0/1"),
        "father": call(Zygosity.HETEROZYGOUS, "0/1"),
    }
    found = judged(
        annotation=annotation(),
        gene=RECESSIVE,
        partners=(),
        pedigree=TRIO,
        inheritance=evaluate_inheritance(TRIO, VARIANT, calls),
    )
    assert found["PM3"] == ("met", "supporting")


def test_readers_evidence():
    found = judged(annotation=annotation(), healthy_adult_genotype=True, alternative_cause="1-5-A-G in GENE2")
    assert (found["BS2"], found["BP5"]) == (("met", "strong"), ("met", "supporting"))
    assert judged(annotation=annotation(), healthy_adult_genotype=False)["BS2"][0] == "not_met"
