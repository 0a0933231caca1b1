"""How many copies of an allele a family member may carry, given what was and was not observed.

Every observation becomes the set of copy numbers it leaves possible. A rule about copies is then decided
for certain
when all of them agree, and undecided otherwise: a missing, half or unreliable call widens the set, so it
can never
decide anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import IntEnum, StrEnum

import msgspec

from cohesin_genomics.interpretation.pedigree import Member, sex_of
from cohesin_genomics.model import Assembly, GenotypeCall, Sex, Variant, Zygosity


class AbsentCall(StrEnum):
    """Why a member has no genotype call for a variant."""

    NO_RECORD = "no_record"
    """The member's VCF has no row here. Usually reference, but possibly not covered: weak evidence."""
    NOT_SEQUENCED = "not_sequenced"
    """The member has no VCF."""


MemberCall = GenotypeCall | AbsentCall
MemberCalls = Mapping[str, MemberCall]
"""By member id. A member who is not in it was not sequenced."""


class InheritanceThresholds(msgspec.Struct, frozen=True):
    """Quality below which a call is not used, and how strictly segregation is read."""

    min_depth: int = 8
    min_genotype_quality: float = 20.0
    min_het_allele_fraction: float = 0.2
    max_het_allele_fraction: float = 0.8
    max_reference_alt_fraction: float = 0.05
    """Share of alternate reads above which a homozygous-reference call is doubted (parental mosaicism)."""
    min_mitochondrial_fraction: float = 0.05
    complete_penetrance: bool = True
    """Whether an unaffected carrier speaks against dominant inheritance; if not, it leaves the mode
    undecided.
    """


class Region(StrEnum):
    """Where a position lies, as far as inheritance goes."""

    AUTOSOME = "autosome"
    PSEUDOAUTOSOMAL = "pseudoautosomal"
    X = "x"
    Y = "y"
    MITOCHONDRIAL = "mitochondrial"
    OTHER = "other"


# Genome Reference Consortium, 1-based inclusive: https://www.ncbi.nlm.nih.gov/grc/human
_PSEUDOAUTOSOMAL = {
    (Assembly.GRCH37, "X"): ((60_001, 2_699_520), (154_931_044, 155_260_560)),
    (Assembly.GRCH37, "Y"): ((10_001, 2_649_520), (59_034_050, 59_363_566)),
    (Assembly.GRCH38, "X"): ((10_001, 2_781_479), (155_701_383, 156_030_895)),
    (Assembly.GRCH38, "Y"): ((10_001, 2_781_479), (56_887_903, 57_217_415)),
}
_AUTOSOMES = frozenset(str(number) for number in range(1, 23))


def region_of(variant: Variant) -> Region:
    """The inheritance region of a variant's position (1-based)."""
    if variant.contig in _AUTOSOMES:
        return Region.AUTOSOME
    if variant.contig == "MT":
        return Region.MITOCHONDRIAL
    spans = _PSEUDOAUTOSOMAL.get((variant.assembly, variant.contig))
    if spans is None:
        return Region.OTHER
    if any(first <= variant.position <= last for first, last in spans):
        return Region.PSEUDOAUTOSOMAL
    return Region.X if variant.contig == "X" else Region.Y


class Support(IntEnum):
    """How far a rule is met. The support of several rules together is their least."""

    AGAINST = 0
    UNDECIDED = 1
    ASSUMED = 2
    CONFIRMED = 3


class Finding(msgspec.Struct, frozen=True):
    support: Support
    reason: str


class QualityFacts(msgspec.Struct, frozen=True):
    """What a member's call rests on: `issues` are reasons not to use it, `unstated` facts weaken it."""

    member: str
    genotype: str | None
    depth: int | None
    genotype_quality: float | None
    allele_fraction: float | None
    issues: tuple[str, ...]
    unstated: tuple[str, ...]


class Carriage(msgspec.Struct, frozen=True):
    """Copy numbers of the allele that remain possible for a member.

    `observed`: there is a call; without one nothing can be contradicted. `confirmed`: its quality is stated
    and good.
    """

    member: Member
    copies: frozenset[int]
    observed: bool
    confirmed: bool
    note: str
    quality: QualityFacts

    def test(self, rule: Callable[[int], bool], wanted: str) -> Finding:
        """Whether `rule` holds; `wanted` completes the sentence "<role> <id> …"."""
        who = self.member.name
        holds = [rule(number) for number in self.copies]
        if all(holds):
            support = Support.CONFIRMED if self.confirmed else Support.ASSUMED
            return Finding(support, f"{who} {wanted} ({self.note})")
        if any(holds) or not self.observed:
            return Finding(Support.UNDECIDED, f"cannot tell whether {who} {wanted} ({self.note})")
        return Finding(Support.AGAINST, f"not so that {who} {wanted} ({self.note})")

    @property
    def carries(self) -> bool:
        """Certain to carry at least one copy."""
        return min(self.copies) > 0

    @property
    def lacks(self) -> bool:
        """Observed to carry none."""
        return self.observed and max(self.copies) == 0


def expected_ploidy(region: Region, sex: Sex) -> int | None:
    """Copies of the region a person has; None where an unknown sex leaves it open."""
    if region in {Region.AUTOSOME, Region.PSEUDOAUTOSOMAL}:
        return 2
    if region is Region.MITOCHONDRIAL:
        return 1
    if region is Region.OTHER or sex is Sex.UNKNOWN:
        return None
    if region is Region.X:
        return 1 if sex is Sex.MALE else 2
    return 1 if sex is Sex.MALE else 0


def zygosity_in(variant: Variant, zygosity: Zygosity, sex: Sex) -> Zygosity:
    """The zygosity as it is told: callers write `1/1` where a man has one copy, which is hemizygous."""
    single = expected_ploidy(region_of(variant), sex) == 1 and region_of(variant) is not Region.MITOCHONDRIAL
    return Zygosity.HEMIZYGOUS if single and zygosity is Zygosity.HOMOZYGOUS else zygosity


def carriage_of(
    member: Member, variant: Variant, call: MemberCall, thresholds: InheritanceThresholds
) -> Carriage:
    """Possible copy numbers of `variant` in `member`."""
    region = region_of(variant)
    ploidy = expected_ploidy(region, sex_of(member))
    if isinstance(call, AbsentCall):
        return _without_call(member, call, ploidy)
    facts = quality_of(member.id, call, region, thresholds)
    copies, note = _copies(call, region, ploidy)
    if facts.issues:
        note = f"{note}, not used: {', '.join(facts.issues)}"
        return Carriage(member, _any(ploidy), observed=True, confirmed=False, note=note, quality=facts)
    if facts.unstated:
        note = f"{note}, {' and '.join(facts.unstated)} not stated"
    return Carriage(member, copies, observed=True, confirmed=not facts.unstated, note=note, quality=facts)


def _without_call(member: Member, call: AbsentCall, ploidy: int | None) -> Carriage:
    facts = QualityFacts(member.id, None, None, None, None, (), ())
    copies, note = _any(ploidy), "not sequenced"
    if call is AbsentCall.NO_RECORD:
        copies, note = frozenset({0}), "no call recorded, reference assumed, not confirmed"
    return Carriage(member, copies, observed=False, confirmed=False, note=note, quality=facts)


def _any(ploidy: int | None) -> frozenset[int]:
    return frozenset(range((2 if ploidy is None else ploidy) + 1)) | {0, 1}


def _copies(call: GenotypeCall, region: Region, ploidy: int | None) -> tuple[frozenset[int], str]:
    text = f"{call.zygosity}, {call.genotype}"
    carries = call.zygosity in {Zygosity.HETEROZYGOUS, Zygosity.HOMOZYGOUS, Zygosity.HEMIZYGOUS}
    if call.zygosity is Zygosity.NO_CALL or ("." in call.genotype and not carries):
        return _any(ploidy), f"{text}: no complete call"
    if "." in call.genotype:
        return _any(ploidy) - {0}, f"{text}: half call, zygosity unknown"
    if call.zygosity is Zygosity.REFERENCE:
        return frozenset({0}), text
    if region is Region.MITOCHONDRIAL:
        return frozenset({1}), text
    return _carried_copies(call, ploidy, text)


def _carried_copies(call: GenotypeCall, ploidy: int | None, text: str) -> tuple[frozenset[int], str]:
    """Copies of an allele that is present, where the expected ploidy and the genotype's agree or not."""
    if ploidy is None or ploidy == 0:
        return _any(ploidy), f"{text}: copies expected here are unknown"
    if ploidy == 1:
        if call.zygosity is Zygosity.HETEROZYGOUS:
            return frozenset({0, 1}), f"{text}: heterozygous where one copy is expected"
        return frozenset({1}), text
    if call.zygosity is Zygosity.HEMIZYGOUS or not re.search(r"[/|]", call.genotype):
        return frozenset({1, 2}), f"{text}: haploid call where two copies are expected"
    return frozenset({1 if call.zygosity is Zygosity.HETEROZYGOUS else 2}), text


def quality_of(
    member_id: str, call: GenotypeCall, region: Region, thresholds: InheritanceThresholds
) -> QualityFacts:
    """Depth, genotype quality and allele fraction (0-1) of a call, and what is wrong with them."""
    depth = call.depth
    if depth is None and call.ref_depth is not None and call.alt_depth is not None:
        depth = call.ref_depth + call.alt_depth
    fraction = call.alt_depth / depth if call.alt_depth is not None and depth else None
    issues: list[str] = []
    unstated: list[str] = []
    if depth is None:
        unstated.append("depth")
    elif depth < thresholds.min_depth:
        issues.append(f"depth {depth} below {thresholds.min_depth}")
    if call.genotype_quality is None:
        unstated.append("genotype quality")
    elif call.genotype_quality < thresholds.min_genotype_quality:
        issues.append(f"genotype quality {call.genotype_quality:g} below {thresholds.min_genotype_quality:g}")
    if fraction is not None:
        issues.extend(_fraction_issues(call.zygosity, fraction, region, thresholds))
    return QualityFacts(
        member_id, call.genotype, depth, call.genotype_quality, fraction, tuple(issues), tuple(unstated)
    )


def _fraction_issues(
    zygosity: Zygosity, fraction: float, region: Region, limits: InheritanceThresholds
) -> list[str]:
    if zygosity is Zygosity.REFERENCE and fraction > limits.max_reference_alt_fraction:
        return [f"reference call with {fraction:.0%} alternate reads"]
    if region is Region.MITOCHONDRIAL:
        low = zygosity is not Zygosity.REFERENCE and fraction < limits.min_mitochondrial_fraction
        return [f"mitochondrial allele fraction {fraction:.2f} below the threshold"] if low else []
    balanced = limits.min_het_allele_fraction <= fraction <= limits.max_het_allele_fraction
    if zygosity is Zygosity.HETEROZYGOUS and not balanced:
        return [f"heterozygous call with allele fraction {fraction:.2f}"]
    return []
