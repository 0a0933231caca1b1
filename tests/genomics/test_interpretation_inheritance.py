"""Inheritance: genmod's two trios, each mode by table, missing calls, phase, and Mendelian contradictions."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.interpretation.carriage import (
    AbsentCall,
    InheritanceThresholds,
    Region,
    Support,
    region_of,
)
from cohesin_genomics.interpretation.compound import Phase, evaluate_compound
from cohesin_genomics.interpretation.inheritance import Mode, evaluate_inheritance
from cohesin_genomics.interpretation.pedigree import (
    AffectedStatus,
    InvalidPedigreeError,
    Member,
    Pedigree,
    Role,
)
from cohesin_genomics.model import Assembly, GenotypeCall, Sex, Variant, VerdictState, Zygosity

DATA = Path(__file__).parent / "interpretation_data"
A, U = AffectedStatus.AFFECTED, AffectedStatus.UNAFFECTED
NO_RECORD, NOT_SEQUENCED = AbsentCall.NO_RECORD, AbsentCall.NOT_SEQUENCED


def autosomal(position=1000):
    return Variant(Assembly.GRCH38, "2", position, "A", "G")


X = Variant(Assembly.GRCH38, "X", 50_000_000, "A", "G")
MT = Variant(Assembly.GRCH38, "MT", 3243, "A", "G")


def family(sex=Sex.MALE, mother=U, father=U, sibling=None, sibling_sex=Sex.FEMALE):
    members = [Member("proband", Role.PROBAND, sex, A)]
    if mother is not None:
        members.append(Member("mother", Role.MOTHER, Sex.FEMALE, mother))
    if father is not None:
        members.append(Member("father", Role.FATHER, Sex.MALE, father))
    if sibling is not None:
        members.append(Member("sibling", Role.SIBLING, sibling_sex, sibling))
    return Pedigree(tuple(members))


ZYGOSITY = {
    "0/0": Zygosity.REFERENCE, "0/1": Zygosity.HETEROZYGOUS, "0|1": Zygosity.HETEROZYGOUS,
    "1|0": Zygosity.HETEROZYGOUS, "1/2": Zygosity.HETEROZYGOUS, "1/1": Zygosity.HOMOZYGOUS,
    "1": Zygosity.HEMIZYGOUS, "0": Zygosity.REFERENCE, "./.": Zygosity.NO_CALL, "./1": Zygosity.HETEROZYGOUS,
    "./0": Zygosity.REFERENCE,
}  # fmt: skip


def call(genotype, **facts):
    """A call of good quality unless `facts` say otherwise; absent kinds pass through."""
    if isinstance(genotype, AbsentCall):
        return genotype
    given = {"depth": 40, "genotype_quality": 99.0, "phased": "|" in genotype} | facts
    return GenotypeCall(ZYGOSITY[genotype], genotype, **given)


def calls(proband, mother=NOT_SEQUENCED, father=NOT_SEQUENCED, sibling=NOT_SEQUENCED):
    given = {"proband": proband, "mother": mother, "father": father, "sibling": sibling}
    return {
        who: genotype if isinstance(genotype, GenotypeCall) else call(genotype)
        for who, genotype in given.items()
    }


def outcome(mode, pedigree, variant, member_calls, thresholds=None):
    result = evaluate_inheritance(pedigree, variant, member_calls, thresholds).mode(mode)
    assert result.verdict.reason
    return result.verdict.state.value, result.support.name


# ---------------------------------------------------------------- genmod


def genmod_rows():
    lines = (DATA / "genmod_two_trios.vcf").read_text().splitlines()
    header = next(line for line in lines if line.startswith("#CHROM")).split("\t")
    rows = []
    for line in lines:
        if line.startswith("#") or not line:
            continue
        cells = line.split("\t")
        variant = Variant(Assembly.GRCH37, cells[0], int(cells[1]), cells[3], cells[4])
        rows.append(
            (variant, {name: cell.split(":")[0] for name, cell in zip(header[9:], cells[9:], strict=True)})
        )
    return rows


def genmod_family():
    """The PED file: sex 1 male, 2 female; phenotype 1 unaffected, 2 affected."""
    members = []
    for line in (DATA / "genmod_recessive_trio.ped").read_text().splitlines()[1:]:
        _, name, _, _, sex, phenotype = line.split("\t")
        members.append(
            Member(name, Role(name), {"1": Sex.MALE, "2": Sex.FEMALE}[sex], {"1": U, "2": A}[phenotype])
        )
    return Pedigree(tuple(members))


# By hand, equal to what `genmod models --strict` 3.12.0 writes (AD_dn, AR_hom).
# Modes that fit (d de novo, D dominant, R recessive, M mitochondrial) and that stay open (after the slash).
GENMOD_TRUTH = {
    879537: ("R", ""), 879541: ("", "R"), 879595: ("", ""), 879676: ("", ""), 879911: ("", ""), 880012: ("", ""),
    880086: ("dD", ""), 880199: ("dD", ""), 880217: ("dD", ""), 76154051: ("", ""), 76154073: ("dD", ""),
    76154074: ("", ""), 76154076: ("", "dD"),
}  # fmt: skip
LETTERS = {Mode.DE_NOVO: "d", Mode.AUTOSOMAL_DOMINANT: "D", Mode.AUTOSOMAL_RECESSIVE: "R"}


def test_genmod_first_trio():
    pedigree, seen = genmod_family(), 0
    for variant, genotypes in genmod_rows():
        if variant.position not in GENMOD_TRUTH:
            continue
        seen += 1
        report = evaluate_inheritance(
            pedigree, variant, {name: call(genotypes[name]) for name in ("proband", "mother", "father")}
        )
        states = {mode: report.mode(mode).verdict.state for mode in LETTERS}
        fits = "".join(LETTERS[mode] for mode in LETTERS if states[mode] is VerdictState.PASS)
        undecided = "".join(LETTERS[mode] for mode in LETTERS if states[mode] is VerdictState.NOT_EVALUATED)
        assert (variant.position, fits, undecided) == (variant.position, *GENMOD_TRUTH[variant.position])
    assert seen == len(GENMOD_TRUTH)


def trio_rows():
    lines = (DATA / "scout_trio_genmod_models.tsv").read_text().splitlines()
    for line in lines[1:]:
        contig, position, ref, alt, father, proband, mother, models = line.split("\t")
        yield (
            Variant(Assembly.GRCH37, contig, int(position), ref, alt),
            {"father": observed(father), "proband": observed(proband), "mother": observed(mother)},
            set(models.split("|")),
        )


def observed(genotype):
    """A call of stated quality with the zygosity of allele 1."""
    alleles = genotype.replace("|", "/").split("/")
    number = alleles.count("1")
    zygosity = Zygosity.HOMOZYGOUS if number == 2 else Zygosity.HETEROZYGOUS
    if number == 0:
        zygosity = Zygosity.NO_CALL if set(alleles) == {"."} else Zygosity.REFERENCE
    return GenotypeCall(zygosity, genotype, depth=40, genotype_quality=99.0)


def complete(genotype):
    return "." not in genotype.genotype


@pytest.mark.parametrize(
    ("mode", "models"),
    [
        (Mode.DE_NOVO, {"AD_dn"}),
        (Mode.AUTOSOMAL_DOMINANT, {"AD", "AD_dn"}),
        (Mode.AUTOSOMAL_RECESSIVE, {"AR_hom"}),
    ],
)
def test_agreement_with_genmod_on_a_real_trio(mode, models):
    """Same answer wherever all three genotypes are complete; never a pass where genmod says no."""
    pedigree, compared, passes = family(), 0, 0
    for variant, genotypes, said in trio_rows():
        if region_of(variant) is not Region.AUTOSOME:
            continue  # genmod takes Y for an autosome
        state = evaluate_inheritance(pedigree, variant, genotypes).mode(mode).verdict.state
        fits = bool(said & models)
        assert not (state is VerdictState.PASS and not fits), variant.key
        if all(complete(genotype) for genotype in genotypes.values()):
            assert (state is VerdictState.PASS) is fits, variant.key
            assert state is not VerdictState.NOT_EVALUATED
            compared += 1
            passes += fits
    assert compared > 500
    assert passes >= 10


def test_genmod_compound_pairs():
    rows = {variant.position: (variant, genotypes) for variant, genotypes in genmod_rows()}

    def pair(first, second):
        chosen = [
            (rows[p][0], {name: call(rows[p][1][name]) for name in ("proband", "mother", "father")})
            for p in (first, second)
        ]
        result = evaluate_compound(genmod_family(), *chosen)
        return result.phase.value, result.result.verdict.state.value

    assert pair(879911, 880012) == ("trans", "pass")
    assert pair(879911, 880086) == ("unknown", "not_evaluated")  # the second arose de novo
    assert pair(879537, 879911) == ("unknown", "fail")  # the first is homozygous


def test_genmod_contradictions_are_reported():
    found = {}
    for variant, genotypes in genmod_rows():
        report = evaluate_inheritance(
            genmod_family(),
            variant,
            {name: call(genotypes[name]) for name in ("proband", "mother", "father")},
        )
        if report.mendelian_inconsistencies:
            found[variant.position] = report.mendelian_inconsistencies
    # 302253 on X lies in the first pseudoautosomal region; the one on MT is explained by the mother.
    assert set(found) == {879595, 880086, 880199, 880217, 76154073, 302253}
    assert "father reference" in found[879595][0] or "mother reference" in found[879595][0]


# ---------------------------------------------------------------- modes


@pytest.mark.parametrize(
    ("proband", "mother", "father", "expected"),
    [
        ("0/1", "0/0", "0/0", ("pass", "CONFIRMED")),
        ("0/1", "0/0", NO_RECORD, ("pass", "ASSUMED")),
        ("0/1", "0/0", NOT_SEQUENCED, ("not_evaluated", "UNDECIDED")),
        ("0/1", "0/0", "./.", ("not_evaluated", "UNDECIDED")),
        ("0/1", "0/0", "./0", ("not_evaluated", "UNDECIDED")),
        ("0/1", "0/1", "0/0", ("fail", "AGAINST")),
        ("0/1", "0/1", NO_RECORD, ("fail", "AGAINST")),
        ("0/1", "0/0", "./1", ("fail", "AGAINST")),
        ("1/1", "0/0", "0/0", ("fail", "AGAINST")),
        ("./.", "0/0", "0/0", ("not_evaluated", "UNDECIDED")),
        (NO_RECORD, "0/0", "0/0", ("not_evaluated", "UNDECIDED")),
    ],
)
def test_de_novo(proband, mother, father, expected):
    assert outcome(Mode.DE_NOVO, family(), autosomal(), calls(proband, mother, father)) == expected


@pytest.mark.parametrize(
    ("genotype", "facts", "expected"),
    [
        ("0/0", {"depth": 5}, "not_evaluated"),
        ("0/0", {"genotype_quality": 10.0}, "not_evaluated"),
        ("0/0", {"alt_depth": 4}, "not_evaluated"),
        ("0/0", {"alt_depth": 1}, "pass"),
    ],
)
def test_a_doubtful_parent_leaves_de_novo_open(genotype, facts, expected):
    given = calls("0/1", call(genotype, **facts), "0/0")
    assert outcome(Mode.DE_NOVO, family(), autosomal(), given)[0] == expected


def test_unstated_quality_is_assumed_not_confirmed():
    given = calls("0/1", call("0/0", depth=None), "0/0")
    assert outcome(Mode.DE_NOVO, family(), autosomal(), given) == ("pass", "ASSUMED")
    contradicted = calls("0/1", call("0/1", depth=None, genotype_quality=None), "0/0")
    assert outcome(Mode.DE_NOVO, family(), autosomal(), contradicted)[0] == "fail"


def test_de_novo_on_x_in_a_boy_needs_only_the_mother():
    given = calls("1", "0/0", NOT_SEQUENCED)
    assert outcome(Mode.DE_NOVO, family(), X, given) == ("pass", "CONFIRMED")
    assert outcome(Mode.DE_NOVO, family(Sex.FEMALE), X, calls("0/1", "0/0"))[0] == "not_evaluated"
    assert outcome(Mode.DE_NOVO, family(mother=None), X, given)[0] == "not_evaluated"


@pytest.mark.parametrize(
    ("pedigree", "given", "expected"),
    [
        (family(mother=None, father=None), calls("0/1"), ("pass", "ASSUMED")),
        (family(mother=A), calls("0/1", "0/1", "0/0"), ("pass", "CONFIRMED")),
        (family(), calls("0/1", "0/1", "0/0"), ("fail", "AGAINST")),
        (family(mother=A), calls("0/1", "0/0", "0/0"), ("fail", "AGAINST")),
        (family(mother=A), calls("0/1", NO_RECORD, "0/0"), ("not_evaluated", "UNDECIDED")),
        (family(mother=A, sibling=A), calls("0/1", "0/1", "0/0", "0/1"), ("pass", "CONFIRMED")),
        (family(mother=A, sibling=U), calls("0/1", "0/1", "0/0", "0/1"), ("fail", "AGAINST")),
        (family(mother=A, father=None), calls("0/1", "0/1"), ("pass", "ASSUMED")),
        (family(), calls("1/1", "0/1", "0/1"), ("fail", "AGAINST")),
        (family(mother=AffectedStatus.UNKNOWN), calls("0/1", "0/1", "0/0"), ("pass", "CONFIRMED")),
    ],
)
def test_dominant(pedigree, given, expected):
    assert outcome(Mode.AUTOSOMAL_DOMINANT, pedigree, autosomal(), given) == expected


def test_reduced_penetrance_leaves_an_unaffected_carrier_open():
    lenient = InheritanceThresholds(complete_penetrance=False)
    given = calls("0/1", "0/1", "0/0")
    assert outcome(Mode.AUTOSOMAL_DOMINANT, family(), autosomal(), given, lenient)[0] == "not_evaluated"


@pytest.mark.parametrize(
    ("pedigree", "given", "expected"),
    [
        (family(mother=None, father=None), calls("1/1"), ("pass", "ASSUMED")),
        (family(), calls("1/1", "0/1", "0/1"), ("pass", "CONFIRMED")),
        (family(), calls("1/1", "0/1", "0/0"), ("fail", "AGAINST")),
        (family(), calls("1/1", "0/1", NO_RECORD), ("not_evaluated", "UNDECIDED")),
        (family(), calls("1/1", "1/1", "0/1"), ("fail", "AGAINST")),
        (family(sibling=U), calls("1/1", "0/1", "0/1", "1/1"), ("fail", "AGAINST")),
        (family(sibling=U), calls("1/1", "0/1", "0/1", "./1"), ("not_evaluated", "UNDECIDED")),
        (family(sibling=A), calls("1/1", "0/1", "0/1", "1/1"), ("pass", "CONFIRMED")),
        (family(), calls("0/1", "0/1", "0/1"), ("fail", "AGAINST")),
        (family(), calls("1", "0/1", "0/1"), ("not_evaluated", "UNDECIDED")),
        (family(), calls("./1", "0/1", "0/1"), ("not_evaluated", "UNDECIDED")),
    ],
)
def test_recessive(pedigree, given, expected):
    assert outcome(Mode.AUTOSOMAL_RECESSIVE, pedigree, autosomal(), given) == expected


@pytest.mark.parametrize(
    ("pedigree", "given", "recessive", "dominant"),
    [
        (family(), calls("1", "0/1", "0"), "pass", "fail"),
        (family(), calls("1/1", "0/1", "0"), "pass", "fail"),
        (family(), calls("1", "0/1", "1"), "fail", "fail"),
        (family(mother=A), calls("1", "0/1", "0"), "fail", "pass"),
        (family(), calls("0/1", "0/1", "0"), "not_evaluated", "fail"),
        (family(Sex.FEMALE), calls("0/1", "0/0", "0"), "fail", "pass"),
        (family(Sex.FEMALE, father=A), calls("1/1", "0/1", "1"), "pass", "fail"),
        (family(Sex.FEMALE), calls("1/1", "0/1", "0"), "fail", "fail"),
        (family(Sex.UNKNOWN), calls("1/1", "0/0", "0"), "not_evaluated", "pass"),
        (family(sibling=U, sibling_sex=Sex.MALE), calls("1", "0/1", "0", "1"), "fail", "fail"),
    ],
)
def test_x_linked(pedigree, given, recessive, dominant):
    assert outcome(Mode.X_LINKED_RECESSIVE, pedigree, X, given)[0] == recessive
    if pedigree.proband.sex is not Sex.UNKNOWN:
        assert outcome(Mode.X_LINKED_DOMINANT, pedigree, X, given)[0] == dominant
    assert outcome(Mode.AUTOSOMAL_DOMINANT, pedigree, X, given)[0] == "fail"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (calls("1/1", "0/1", "0/0"), ("pass", "CONFIRMED")),
        (calls("0/1", "1", "0/0"), ("pass", "CONFIRMED")),
        (calls("1", NOT_SEQUENCED, "0/0"), ("pass", "ASSUMED")),
        (calls("1", "0", "1"), ("fail", "AGAINST")),
        (calls("1", NO_RECORD, "0/0"), ("not_evaluated", "UNDECIDED")),
    ],
)
def test_mitochondrial(given, expected):
    assert outcome(Mode.MITOCHONDRIAL, family(), MT, given) == expected


@pytest.mark.parametrize(
    ("assembly", "contig", "position", "region"),
    [
        (Assembly.GRCH37, "X", 60_000, Region.X), (Assembly.GRCH37, "X", 60_001, Region.PSEUDOAUTOSOMAL),
        (Assembly.GRCH37, "X", 2_699_520, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH37, "X", 2_699_521, Region.X),
        (Assembly.GRCH37, "X", 154_931_044, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH37, "X", 155_260_561, Region.X),
        (Assembly.GRCH38, "X", 10_000, Region.X), (Assembly.GRCH38, "X", 10_001, Region.PSEUDOAUTOSOMAL),
        (Assembly.GRCH38, "X", 2_781_479, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH38, "X", 2_781_480, Region.X),
        (Assembly.GRCH38, "X", 155_701_383, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH38, "X", 156_030_896, Region.X),
        (Assembly.GRCH37, "Y", 2_649_520, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH37, "Y", 2_649_521, Region.Y),
        (Assembly.GRCH38, "Y", 56_887_903, Region.PSEUDOAUTOSOMAL), (Assembly.GRCH38, "Y", 56_887_902, Region.Y),
        (Assembly.GRCH38, "22", 1, Region.AUTOSOME), (Assembly.GRCH38, "MT", 1, Region.MITOCHONDRIAL),
        (Assembly.GRCH38, "GL000220.1", 1, Region.OTHER),
    ],
)  # fmt: skip
def test_regions(assembly, contig, position, region):
    assert region_of(Variant(assembly, contig, position, "A", "G")) is region


def test_unplaced_contigs_and_unaffected_probands_are_not_evaluated():
    odd = Variant(Assembly.GRCH38, "GL000220.1", 5, "A", "G")
    report = evaluate_inheritance(family(), odd, calls("0/1", "0/0", "0/0"))
    assert {result.verdict.state for result in report.modes} == {VerdictState.NOT_EVALUATED}
    healthy = Pedigree((Member("proband", Role.PROBAND, Sex.MALE, U),))
    assert outcome(Mode.AUTOSOMAL_DOMINANT, healthy, autosomal(), calls("0/1"))[0] == "not_evaluated"


# ---------------------------------------------------------------- two variants


def compound(pedigree, first, second, **facts):
    result = evaluate_compound(pedigree, (autosomal(1000), first), (autosomal(2000), second), **facts)
    return result.phase.value, result.result.verdict.state.value, result.result.support.name


def phased(genotype, phase_set):
    return call(genotype, phase_set=phase_set)


SOLO = family(mother=None, father=None)


@pytest.mark.parametrize(
    ("pedigree", "first", "second", "expected"),
    [
        (family(), calls("0/1", "0/1", "0/0"), calls("0/1", "0/0", "0/1"), ("trans", "pass", "CONFIRMED")),
        (family(), calls("0/1", "0/1", NO_RECORD), calls("0/1", "0/0", "0/1"), ("trans", "pass", "ASSUMED")),
        (family(), calls("0/1", "0/1", "0/0"), calls("0/1", "0/1", "0/0"), ("cis", "fail", "AGAINST")),
        (family(), calls("0/1", "0/1", "0/1"), calls("0/1", "0/1", "0/0"), ("unknown", "not_evaluated", "UNDECIDED")),
        (family(), calls("0/1", "./.", "0/0"), calls("0/1", "0/0", "0/0"), ("unknown", "not_evaluated", "UNDECIDED")),
        (family(father=None), calls("0/1", "0/1"), calls("0/1", "0/0"), ("trans", "pass", "ASSUMED")),
        (family(father=None), calls("0/1", "0/1"), calls("0/1", "0/1"), ("cis", "not_evaluated", "UNDECIDED")),
        (SOLO, calls("0/1"), calls("0/1"), ("unknown", "not_evaluated", "UNDECIDED")),
        (SOLO, calls(phased("0|1", "7")), calls(phased("1|0", "7")), ("trans", "pass", "CONFIRMED")),
        (SOLO, calls(phased("0|1", "7")), calls(phased("0|1", "7")), ("cis", "fail", "AGAINST")),
        (SOLO, calls(phased("0|1", "7")), calls(phased("1|0", "8")), ("unknown", "not_evaluated", "UNDECIDED")),
        (SOLO, calls("0|1"), calls("1|0"), ("trans", "pass", "ASSUMED")),
        (SOLO, calls("1/1"), calls("0/1"), ("unknown", "fail", "AGAINST")),
        (family(sibling=U), calls("0/1", "0/1", "0/0", "0/1"), calls("0/1", "0/0", "0/1", "0/1"), ("trans", "fail", "AGAINST")),
        (family(sibling=U), calls("0/1", "0/1", "0/0", "0/1"), calls("0/1", "0/0", "0/1", "0/0"), ("trans", "pass", "CONFIRMED")),
        (family(sibling=A), calls("0/1", "0/1", "0/0", "0/1"), calls("0/1", "0/0", "0/1", "0/0"), ("trans", "fail", "AGAINST")),
    ],
)  # fmt: skip
def test_compound_heterozygous(pedigree, first, second, expected):
    assert compound(pedigree, first, second) == expected
    assert compound(pedigree, second, first) == expected


def test_solo_says_phase_unknown():
    result = evaluate_compound(SOLO, (autosomal(1), calls("0/1")), (autosomal(2), calls("0/1")))
    assert "possible, phase unknown" in result.result.verdict.reason


def test_parents_against_phase_set_is_unknown():
    first = calls(phased("0|1", "7"), "0/1", "0/0")
    second = calls(phased("0|1", "7"), "0/0", "0/1")
    assert compound(family(), first, second)[:2] == ("unknown", "not_evaluated")


def test_two_alternate_alleles_of_one_genotype_are_in_trans():
    one = Variant(Assembly.GRCH38, "2", 1000, "A", "G")
    two = Variant(Assembly.GRCH38, "2", 1000, "A", "T")
    result = evaluate_compound(SOLO, (one, calls("1/2")), (two, calls("1/2")))
    assert (result.phase, result.result.verdict.state) == (Phase.TRANS, VerdictState.PASS)


def test_a_boy_has_one_x():
    result = evaluate_compound(family(), (X, calls("1", "0/1", "0")), (X, calls("1", "0/1", "0")))
    assert result.result.verdict.state is VerdictState.FAIL


# ---------------------------------------------------------------- properties

GENOTYPES = st.sampled_from(["0/0", "0/1", "1/1", "1", "./.", "./1", "./0", NO_RECORD, NOT_SEQUENCED])
SEXES = st.sampled_from(list(Sex))
STATUS = st.sampled_from(list(AffectedStatus))
VARIANTS = st.sampled_from([autosomal(), X, MT])


@settings(max_examples=200, deadline=None, database=None)
@given(
    VARIANTS,
    SEXES,
    STATUS,
    STATUS,
    STATUS,
    GENOTYPES,
    GENOTYPES,
    GENOTYPES,
    st.sampled_from(["./.", "./0", NOT_SEQUENCED, NO_RECORD]),
)
def test_a_missing_proband_call_never_passes(variant, sex, mother, father, sibling, m, f, s, missing):  # noqa: PLR0917 (drawn by Hypothesis)
    report = evaluate_inheritance(family(sex, mother, father, sibling), variant, calls(missing, m, f, s))
    assert all(result.verdict.state is not VerdictState.PASS for result in report.modes)


@settings(max_examples=300, deadline=None, database=None)
@given(
    VARIANTS,
    SEXES,
    STATUS,
    STATUS,
    STATUS,
    GENOTYPES,
    GENOTYPES,
    GENOTYPES,
    GENOTYPES,
    st.sampled_from(["mother", "father", "sibling"]),
)
def test_losing_a_call_never_creates_support(variant, sex, mother, father, sibling, p, m, f, s, lost):  # noqa: PLR0917 (drawn by Hypothesis)
    """What passes without knowing a relative's genotype passes, at least as well, when it is known."""
    pedigree = family(sex, mother, father, sibling)
    known = calls(p, m, f, s)
    with_no_call = evaluate_inheritance(pedigree, variant, known | {lost: call("./.")})
    for result in with_no_call.modes:
        if known[lost] is NOT_SEQUENCED:
            continue
        before = evaluate_inheritance(pedigree, variant, known).mode(result.mode)
        if result.support > Support.UNDECIDED:
            assert before.support >= result.support


@settings(max_examples=150, deadline=None, database=None)
@given(SEXES, GENOTYPES, GENOTYPES, GENOTYPES, GENOTYPES, GENOTYPES, GENOTYPES)
def test_phase_does_not_depend_on_order(sex, p1, m1, f1, p2, m2, f2):  # noqa: PLR0917 (drawn by Hypothesis)
    one, two = calls(p1, m1, f1), calls(p2, m2, f2)
    assert compound(family(sex), one, two) == compound(family(sex), two, one)


# ---------------------------------------------------------------- pedigree


def test_every_fault_of_a_pedigree_is_told():
    broken = Pedigree(
        (
            Member("a", Role.MOTHER, Sex.MALE, U),
            Member("a", Role.MOTHER, Sex.FEMALE, U),
            Member(" ", Role.FATHER, Sex.FEMALE, U),
        )
    )
    with pytest.raises(InvalidPedigreeError) as caught:
        evaluate_inheritance(broken, autosomal(), {})
    assert [fault.code for fault in caught.value.faults] == [
        "proband_missing", "mother_repeated", "id_repeated", "id_blank", "mother_male", "father_female",
    ]  # fmt: skip
    assert family().faults() == ()
    assert [fault.code for fault in Pedigree(()).faults()] == ["proband_missing"]
