"""Ranking components, panels, ClinVar words, and whole cases from calls to classification."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.interpretation.carriage import AbsentCall, Support
from cohesin_genomics.interpretation.case import (
    Candidate,
    CaseInput,
    CaseSettings,
    MixedAssembliesError,
    RepeatedCandidateError,
    interpret,
)
from cohesin_genomics.interpretation.inheritance import Mode, ModeResult
from cohesin_genomics.interpretation.knowledge import (
    GeneKnowledge,
    Significance,
    SiteCoverage,
    significance_of,
)
from cohesin_genomics.interpretation.panel import GenePanel, panel_verdict
from cohesin_genomics.interpretation.pedigree import (
    AffectedStatus,
    InvalidPedigreeError,
    Member,
    Pedigree,
    Role,
)
from cohesin_genomics.interpretation.phenotype import GeneScore, PhenotypeModel
from cohesin_genomics.interpretation.ranking import (
    RankingEvidence,
    RankingWeights,
    rank,
    rarity,
    score_variant,
)
from cohesin_genomics.model import (
    Annotation,
    Assembly,
    ClinVarRecord,
    GenotypeCall,
    PopulationFrequency,
    Sex,
    TranscriptConsequence,
    Variant,
    Verdict,
    VerdictState,
    Zygosity,
)


class Facts:
    """A knowledge source of three genes."""

    genes = {
        "FBN1": GeneKnowledge("FBN1", frozenset({"AD"}), lof_mechanism=True, missense_mechanism=True),
        "CFTR": GeneKnowledge("CFTR", frozenset({"AR"}), lof_mechanism=True, missense_mechanism=True),
    }

    def find_gene(self, symbol):
        return self.genes.get(symbol)

    def frequency_coverage(self, variant):
        return SiteCoverage.COVERED if variant.contig == "15" else SiteCoverage.UNKNOWN

    def find_protein_evidence(self, variant):
        return None


def clinvar(gene, significance="Pathogenic", stars=2):
    return ClinVarRecord("1", significance, "", stars, (), gene)


def annotated(  # noqa: PLR0917 (a builder with defaults)
    gene, contig, position, terms, impact, record=None, frequency=None, exon=None, assembly=Assembly.GRCH38
):
    consequence = TranscriptConsequence(gene, "NM_1.1", terms, impact, "fasta", exon=exon)
    population = frequency and PopulationFrequency("source", frequency, frequency, "NFE", {"NFE": frequency})
    return Annotation(Variant(assembly, contig, position, "A", "G"), (consequence,), record, population)


def call(genotype):
    zygosity = {"0/0": Zygosity.REFERENCE, "0/1": Zygosity.HETEROZYGOUS, "1/1": Zygosity.HOMOZYGOUS}[genotype]
    return GenotypeCall(zygosity, genotype, depth=40, genotype_quality=99.0)


def trio(proband, mother, father):
    return {"child": call(proband), "mum": call(mother), "dad": call(father)}


FAMILY = Pedigree(
    (
        Member("child", Role.PROBAND, Sex.FEMALE, AffectedStatus.AFFECTED),
        Member("mum", Role.MOTHER, Sex.FEMALE, AffectedStatus.UNAFFECTED),
        Member("dad", Role.FATHER, Sex.MALE, AffectedStatus.UNAFFECTED),
    )
)
MARFAN = ("HP:0001166", "HP:0001083", "HP:0002616")

FBN1_STOP = Candidate(
    annotated("FBN1", "15", 48_500_000, ("stop_gained",), "HIGH", exon="20/66"), trio("0/1", "0/0", "0/0")
)
CFTR_FIRST = Candidate(
    annotated("CFTR", "7", 117_559_590, ("inframe_deletion",), "MODERATE", clinvar("CFTR")),
    trio("0/1", "0/1", "0/0"),
)
CFTR_SECOND = Candidate(
    annotated("CFTR", "7", 117_587_806, ("missense_variant",), "MODERATE"), trio("0/1", "0/0", "0/1")
)
COMMON = Candidate(
    annotated("OR4F5", "1", 69_511, ("missense_variant",), "MODERATE", frequency=0.4),
    trio("1/1", "1/1", "1/1"),
)
CASE = CaseInput(
    pedigree=FAMILY,
    candidates=(COMMON, CFTR_FIRST, CFTR_SECOND, FBN1_STOP),
    phenotype_terms=MARFAN,
    panel=GenePanel("p", "Connective tissue", "1.0", frozenset({"FBN1", "TGFBR2"})),
)


@pytest.fixture(scope="module")
def model():
    return PhenotypeModel.load()


def test_a_case_from_calls_to_classes(model):
    results = interpret(CASE, Facts(), model)
    assert [result.gene for result in results] == ["FBN1", "CFTR", "CFTR", "OR4F5"]
    best = results[0]
    assert best.panel.state is VerdictState.PASS
    assert best.phenotype.rank == 1
    states = {criterion.code.value: criterion.state.value for criterion in best.criteria}
    assert [code for code, state in states.items() if state == "met"][:3] == ["PVS1", "PM2", "PM6"]
    assert best.classification.classification == "P"
    assert best.classification.points >= 11
    assert results[-1].classification.classification == "B"
    assert {result.panel.state for result in results[1:]} == {VerdictState.FAIL}


def test_compound_partner_gives_pm3_to_the_other_variant_only(model):
    by_position = {item.annotation.variant.position: item for item in interpret(CASE, Facts(), model)}
    second = by_position[117_587_806]
    compound = next(mode for mode in second.modes if mode.mode is Mode.COMPOUND_HETEROZYGOUS)
    assert (compound.verdict.state, compound.support) == (VerdictState.PASS, Support.CONFIRMED)
    states = {criterion.code.value: criterion for criterion in second.criteria}
    assert states["PM3"].state == "met"
    assert "7-117559590-A-G" in states["PM3"].evidence
    first = {criterion.code.value: criterion for criterion in by_position[117_559_590].criteria}
    assert first["PM3"].state == "not_met"


def test_without_phenotype_panel_or_knowledge_nothing_is_invented():
    class Nothing(Facts):
        genes = {}

        def frequency_coverage(self, variant):
            return SiteCoverage.UNKNOWN

    bare = CaseInput(pedigree=FAMILY, candidates=(FBN1_STOP,))
    (result,) = interpret(bare, Nothing())
    assert result.panel.state is VerdictState.NOT_EVALUATED
    assert result.phenotype is None
    met = [criterion.code.value for criterion in result.criteria if criterion.state == "met"]
    assert met == ["PM6"]
    unassessed = {part.name for part in result.ranked.components if not part.assessed}
    assert unassessed == {"frequency", "clinvar", "phenotype"}


def test_too_many_heterozygous_candidates_are_not_paired():
    settings_ = CaseSettings(max_heterozygous_per_gene=1)
    case = CaseInput(pedigree=FAMILY, candidates=(CFTR_FIRST, CFTR_SECOND), settings=settings_)
    for result in interpret(case, Facts()):
        compound = next(mode for mode in result.modes if mode.mode is Mode.COMPOUND_HETEROZYGOUS)
        assert compound.verdict.state is VerdictState.NOT_EVALUATED
        assert {item.code.value: item.state for item in result.criteria}["PM3"] == "not_evaluated"


def test_faulty_cases_are_refused():
    with pytest.raises(InvalidPedigreeError):
        interpret(CaseInput(pedigree=Pedigree(()), candidates=()), Facts())
    with pytest.raises(RepeatedCandidateError):
        interpret(CaseInput(pedigree=FAMILY, candidates=(COMMON, COMMON)), Facts())
    other = Candidate(
        annotated("A", "1", 1, ("missense_variant",), "MODERATE", assembly=Assembly.GRCH37),
        trio("0/1", "0/0", "0/0"),
    )
    with pytest.raises(MixedAssembliesError):
        interpret(CaseInput(pedigree=FAMILY, candidates=(COMMON, other)), Facts())


def test_a_member_without_vcf_or_row_is_weaker_evidence():
    def supports(dad):
        candidate = Candidate(FBN1_STOP.annotation, {**FBN1_STOP.calls, "dad": dad})
        (result,) = interpret(CaseInput(pedigree=FAMILY, candidates=(candidate,)), Facts())
        return result.inheritance.mode(Mode.DE_NOVO).support

    assert supports(call("0/0")) is Support.CONFIRMED
    assert supports(AbsentCall.NO_RECORD) is Support.ASSUMED
    assert supports(AbsentCall.NOT_SEQUENCED) is Support.UNDECIDED


# ---------------------------------------------------------------- ranking


def scored(annotation, **facts):
    modes = facts.pop("modes", ())
    return score_variant(RankingEvidence(annotation=annotation, modes=modes, **facts))


def test_weights_add_up_and_components_explain_the_score():
    weights = RankingWeights()
    item = scored(CFTR_FIRST.annotation)
    assert sum(part.weight for part in item.components) == pytest.approx(1)
    assert item.score == pytest.approx(sum(part.value * part.weight for part in item.components))
    assert all(part.explanation for part in item.components)
    assert all(part.value == weights.neutral for part in item.components if not part.assessed)


def mode(kind, support, state=VerdictState.PASS):
    return ModeResult(kind, Verdict(state, "reason"), support)


def test_inheritance_counts_what_the_gene_is_known_for():
    gene = GeneKnowledge("CFTR", frozenset({"AR"}))

    def value(result, known=gene):
        item = scored(CFTR_FIRST.annotation, modes=(result,), gene=known)
        return next(part.value for part in item.components if part.name == "inheritance")

    known = value(mode(Mode.AUTOSOMAL_RECESSIVE, Support.CONFIRMED))
    assumed = value(mode(Mode.AUTOSOMAL_RECESSIVE, Support.ASSUMED))
    untold = value(mode(Mode.AUTOSOMAL_RECESSIVE, Support.CONFIRMED), None)
    undecided = value(mode(Mode.AUTOSOMAL_RECESSIVE, Support.UNDECIDED, VerdictState.NOT_EVALUATED))
    other = value(mode(Mode.AUTOSOMAL_DOMINANT, Support.CONFIRMED))
    against = value(mode(Mode.AUTOSOMAL_RECESSIVE, Support.AGAINST, VerdictState.FAIL))
    assert known > assumed > untold > undecided > other > against == 0


def test_clinvar_order_follows_class_and_stars():
    def score(significance, stars):
        record = clinvar("CFTR", significance, stars)
        return scored(annotated("CFTR", "7", 1, ("missense_variant",), "MODERATE", record)).score

    pathogenic = [score("Pathogenic", stars) for stars in range(4)]
    assert pathogenic == sorted(pathogenic)
    benign = [score("Benign", stars) for stars in range(4)]
    assert benign == sorted(benign, reverse=True)
    unknown = scored(annotated("CFTR", "7", 1, ("missense_variant",), "MODERATE")).score
    assert benign[0] < unknown < pathogenic[0]


def test_phenotype_lifts_the_gene_that_fits():
    def score(place):
        return scored(FBN1_STOP.annotation, phenotype=GeneScore(0.1, "OMIM:1", "D", 1.0, place)).score

    assert score(1) > score(10) > score(100) > score(4000)
    assert score(4000) < scored(FBN1_STOP.annotation).score


@settings(max_examples=100, deadline=None, database=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_rarity_falls_with_frequency(one, other):
    low, high = sorted((one, other))
    assert 1 >= rarity(low, RankingWeights()) >= rarity(high, RankingWeights()) >= 0


@settings(max_examples=25, deadline=None, database=None)
@given(st.randoms(use_true_random=False))
def test_ties_are_broken_by_place(source: random.Random):
    items = [
        scored(annotated("G", contig, position, ("missense_variant",), "MODERATE"))
        for contig in ("2", "10", "X", "MT")
        for position in (5, 50)
    ]
    shuffled = items.copy()
    source.shuffle(shuffled)
    assert rank(shuffled) == items


# ---------------------------------------------------------------- panels and words


def test_panel():
    panel = GenePanel("p", "Heart", "2", frozenset({"MYH7", "KMT2D"}))
    inside = annotated("MYH7", "14", 1, ("missense_variant",), "MODERATE")
    outside = annotated("CFTR", "7", 1, ("missense_variant",), "MODERATE")
    nowhere = Annotation(Variant(Assembly.GRCH38, "1", 1, "A", "G"), (), None, None)
    former = annotated("MLL2", "12", 1, ("missense_variant",), "MODERATE")
    assert panel_verdict(inside, panel).state is VerdictState.PASS
    assert panel_verdict(outside, panel).state is VerdictState.FAIL
    assert panel_verdict(nowhere, panel).state is VerdictState.NOT_EVALUATED
    assert panel_verdict(former, panel).state is VerdictState.FAIL
    assert panel_verdict(former, panel, {"MLL2": "KMT2D"}).state is VerdictState.PASS
    only_clinvar = Annotation(nowhere.variant, (), clinvar("MYH7"), None)
    assert panel_verdict(only_clinvar, panel).state is VerdictState.PASS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pathogenic", Significance.PATHOGENIC),
        ("Pathogenic/Likely_pathogenic", Significance.PATHOGENIC),
        ("Likely pathogenic", Significance.LIKELY_PATHOGENIC),
        ("Likely_benign", Significance.LIKELY_BENIGN),
        ("Benign/Likely_benign", Significance.BENIGN),
        ("Conflicting_classifications_of_pathogenicity", Significance.CONFLICTING),
        ("Uncertain_significance", Significance.UNCERTAIN),
        ("Pathogenic|drug_response", Significance.PATHOGENIC),
        ("Pathogenic,_low_penetrance", Significance.PATHOGENIC),
        ("risk_factor", Significance.OTHER),
        ("not provided", Significance.OTHER),
        ("", Significance.OTHER),
    ],
)
def test_clinvar_words(text, expected):
    assert significance_of(clinvar("G", text)) is expected
