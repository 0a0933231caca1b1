"""Two heterozygous variants of one gene: in trans (different copies), in cis (one copy), or unknown.

Phase comes from the parents' calls and from phased genotypes (VCF `|` and PS); where the two disagree, or
neither
tells, the pair is "possible, phase unknown" and never passes.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from cohesin_genomics.interpretation.carriage import (
    AbsentCall,
    Carriage,
    Finding,
    InheritanceThresholds,
    MemberCall,
    MemberCalls,
    Region,
    Support,
)
from cohesin_genomics.interpretation.inheritance import Family, Mode, ModeResult, conclude
from cohesin_genomics.interpretation.pedigree import AffectedStatus, Pedigree, Role, sex_of
from cohesin_genomics.model import GenotypeCall, Sex, Variant


class Phase(StrEnum):
    TRANS = "trans"
    CIS = "cis"
    UNKNOWN = "unknown"


class PhaseCall(msgspec.Struct, frozen=True):
    phase: Phase
    support: Support
    reason: str


class CompoundResult(msgspec.Struct, frozen=True):
    """A pair of variants with its phase and whether it fits compound heterozygosity in the family."""

    first: Variant
    second: Variant
    phase: Phase
    phase_support: Support
    result: ModeResult


_UNKNOWN = PhaseCall(Phase.UNKNOWN, Support.UNDECIDED, "possible, phase unknown")


def evaluate_compound(
    pedigree: Pedigree,
    first: tuple[Variant, MemberCalls],
    second: tuple[Variant, MemberCalls],
    thresholds: InheritanceThresholds | None = None,
) -> CompoundResult:
    """Judge two variants of the same gene; the caller answers for the gene being the same.

    Raises:
        InvalidPedigreeError: the pedigree has faults.
    """
    limits = thresholds or InheritanceThresholds()
    one = Family(pedigree, first[0], first[1], limits)
    two = Family(pedigree, second[0], second[1], limits)
    findings = _applicability(one, two)
    phase = _UNKNOWN
    if min(finding.support for finding in findings) > Support.UNDECIDED:
        phase = _phase(first, second, one, two)
        findings.append(_phase_finding(phase))
        findings += _relatives(one, two)
    result = conclude(Mode.COMPOUND_HETEROZYGOUS, findings)
    return CompoundResult(first[0], second[0], phase.phase, phase.support, result)


def _applicability(one: Family, two: Family) -> list[Finding]:
    proband = one.pedigree.proband
    diploid = {Region.AUTOSOME, Region.PSEUDOAUTOSOMAL}
    if sex_of(proband) is Sex.FEMALE:
        diploid.add(Region.X)
    if one.region not in diploid or two.region not in diploid:
        return [Finding(Support.AGAINST, "the proband does not have two copies of this region")]
    if proband.affected is not AffectedStatus.AFFECTED:
        return [Finding(Support.UNDECIDED, "the proband is not recorded as affected")]
    return [
        family.proband.test(lambda n: n == 1, f"is heterozygous for the {which} variant")
        for family, which in ((one, "first"), (two, "second"))
    ]


def _phase_finding(phase: PhaseCall) -> Finding:
    if phase.phase is Phase.CIS and phase.support is Support.ASSUMED:
        return Finding(Support.UNDECIDED, f"possible, phase unknown, probably in cis: {phase.reason}")
    if phase.phase is Phase.CIS:
        return Finding(Support.AGAINST, f"in cis: {phase.reason}")
    return Finding(phase.support, phase.reason)


def _relatives(one: Family, two: Family) -> list[Finding]:
    """Siblings and further relatives: the affected carry both variants, the unaffected do not."""
    findings: list[Finding] = []
    for carriage in one.sequenced_relatives:
        other = two.carriages[carriage.member.id]
        if carriage.member.affected is AffectedStatus.AFFECTED:
            findings += [
                item.test(lambda n: n >= 1, "is affected and carries both variants")
                for item in (carriage, other)
            ]
        elif carriage.member.affected is AffectedStatus.UNAFFECTED and carriage.member.role is Role.SIBLING:
            findings.append(_unaffected_sibling(carriage, other))
    return findings


def _unaffected_sibling(one: Carriage, two: Carriage) -> Finding:
    who = f"sibling {one.member.id}"
    if one.carries and two.carries:
        return Finding(Support.AGAINST, f"{who} is unaffected and carries both variants")
    tests = [
        item.test(lambda n: n == 0, "is unaffected and lacks one of the variants") for item in (one, two)
    ]
    return max(tests, key=lambda finding: finding.support)


def _phase(
    first: tuple[Variant, MemberCalls], second: tuple[Variant, MemberCalls], one: Family, two: Family
) -> PhaseCall:
    proband = one.pedigree.proband.id
    read = _phase_by_genotype(first[0], first[1][proband], second[0], second[1][proband])
    parental = _phase_by_parents(one, two)
    known = [call for call in (parental, read) if call.phase is not Phase.UNKNOWN]
    if not known:
        return parental
    if len({call.phase for call in known}) > 1:
        return PhaseCall(
            Phase.UNKNOWN,
            Support.UNDECIDED,
            f"phase unknown: {parental.reason} (parents), but {read.reason} (genotypes)",
        )
    best = max(known, key=lambda call: call.support)
    return PhaseCall(best.phase, best.support, "; ".join(call.reason for call in known))


def _phase_by_genotype(
    first: Variant, first_call: MemberCall, second: Variant, second_call: MemberCall
) -> PhaseCall:
    if not isinstance(first_call, GenotypeCall) or not isinstance(second_call, GenotypeCall):
        return _UNKNOWN
    alleles = re.split(r"[/|]", first_call.genotype)
    if (
        first.position == second.position
        and first_call.genotype == second_call.genotype
        and "0" not in alleles
    ):
        return PhaseCall(Phase.TRANS, Support.CONFIRMED, "two alternate alleles of one genotype")
    sides = (_side(first_call), _side(second_call))
    if None in sides or first_call.phase_set != second_call.phase_set:
        return _UNKNOWN
    phase = Phase.CIS if sides[0] == sides[1] else Phase.TRANS
    if first_call.phase_set is None:
        return PhaseCall(phase, Support.ASSUMED, f"phased genotypes put them in {phase}, no phase set named")
    return PhaseCall(phase, Support.CONFIRMED, f"phase set {first_call.phase_set} puts them in {phase}")


def _side(call: GenotypeCall) -> int | None:
    """Haplotype (0 or 1) of the alternate allele; None when unphased or both alleles are alternate."""
    alleles = call.genotype.split("|")
    if len(alleles) != 2 or "." in alleles or alleles.count("0") != 1:
        return None
    return 1 - alleles.index("0")


def _phase_by_parents(one: Family, two: Family) -> PhaseCall:
    origins = (_origins(one), _origins(two))
    trans = any(first != second for first in origins[0] for second in origins[1])
    cis = bool(origins[0] & origins[1])
    if trans == cis:
        return _UNKNOWN
    text = " and ".join("/".join(sorted(origin)) for origin in origins)
    parents = [carriage for family in (one, two) for carriage in family.parents(Role.MOTHER, Role.FATHER)]
    sure = len(parents) == 4 and all(carriage.confirmed for carriage in parents)
    notes = "" if sure else ", assumed where a parent's call is missing or its quality is not stated"
    return PhaseCall(
        Phase.TRANS if trans else Phase.CIS,
        Support.CONFIRMED if sure else Support.ASSUMED,
        f"inherited from {text}{notes}",
    )


def _origins(family: Family) -> frozenset[Role]:
    """Parents the proband's allele can have come from; both when nothing tells, as when de novo."""
    both = frozenset({Role.MOTHER, Role.FATHER})
    found = {carriage.member.role: carriage for carriage in family.parents(Role.MOTHER, Role.FATHER)}
    unseen = {
        role
        for role in both
        if role not in found
        or family.calls.get(found[role].member.id, AbsentCall.NOT_SEQUENCED) is AbsentCall.NOT_SEQUENCED
    }
    if len(unseen) == 2:
        return both
    if len(unseen) == 1:
        # A rare allele seen in one parent is taken to come from there; one that parent lacks, from the other.
        (other,) = unseen
        (role,) = both - unseen
        if found[role].carries:
            return frozenset({role})
        return frozenset({other}) if found[role].lacks else both
    possible = frozenset(role for role in both if max(found[role].copies) > 0)
    return possible or both
