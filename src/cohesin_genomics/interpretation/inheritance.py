"""Which modes of inheritance one variant fits in a family of any completeness.

Rules are those of the clinical genetics textbooks, as in the segregation criteria of Richards et al. 2015
(PMID 25741868): complete penetrance unless the thresholds say otherwise, siblings sharing both parents. Two
variants
of one gene in trans are judged in `compound`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from cohesin_genomics.interpretation.carriage import (
    AbsentCall,
    Carriage,
    Finding,
    InheritanceThresholds,
    MemberCalls,
    QualityFacts,
    Region,
    Support,
    carriage_of,
    expected_ploidy,
    region_of,
)
from cohesin_genomics.interpretation.pedigree import AffectedStatus, Member, Pedigree, Role, sex_of
from cohesin_genomics.model import Sex, Variant, Verdict, VerdictState


class Mode(StrEnum):
    DE_NOVO = "de_novo"
    AUTOSOMAL_DOMINANT = "autosomal_dominant"
    AUTOSOMAL_RECESSIVE = "autosomal_recessive"
    COMPOUND_HETEROZYGOUS = "compound_heterozygous"
    X_LINKED_RECESSIVE = "x_linked_recessive"
    X_LINKED_DOMINANT = "x_linked_dominant"
    MITOCHONDRIAL = "mitochondrial"


class ModeResult(msgspec.Struct, frozen=True):
    """Whether a mode fits. A pass with `support` ASSUMED rests on the unconfirmed things in its reason."""

    mode: Mode
    verdict: Verdict
    support: Support


class InheritanceReport(msgspec.Struct, frozen=True):
    """Every mode but the compound one, the calls' quality, and contradictions to Mendelian inheritance."""

    region: Region
    modes: tuple[ModeResult, ...]
    quality: tuple[QualityFacts, ...]
    mendelian_inconsistencies: tuple[str, ...]

    def mode(self, mode: Mode) -> ModeResult:
        return next(result for result in self.modes if result.mode is mode)


class Family:
    """One variant's carriage in each member of a pedigree."""

    def __init__(
        self, pedigree: Pedigree, variant: Variant, calls: MemberCalls, thresholds: InheritanceThresholds
    ) -> None:
        self.pedigree = pedigree.check()
        self.region = region_of(variant)
        self.thresholds = thresholds
        self.calls = calls
        self.carriages = {
            member.id: carriage_of(
                member, variant, calls.get(member.id, AbsentCall.NOT_SEQUENCED), thresholds
            )
            for member in pedigree.members
        }

    def sequenced(self, member: Member) -> bool:
        return self.calls.get(member.id, AbsentCall.NOT_SEQUENCED) is not AbsentCall.NOT_SEQUENCED

    @property
    def proband(self) -> Carriage:
        return self.carriages[self.pedigree.proband.id]

    @property
    def sequenced_relatives(self) -> list[Carriage]:
        return [self.carriages[member.id] for member in self.pedigree.relatives if self.sequenced(member)]

    def parents(self, *roles: Role) -> list[Carriage]:
        """Carriage of the named parents who are in the pedigree."""
        found = {Role.MOTHER: self.pedigree.mother, Role.FATHER: self.pedigree.father}
        return [self.carriages[member.id] for role in roles if (member := found[role]) is not None]


def evaluate_inheritance(
    pedigree: Pedigree,
    variant: Variant,
    calls: MemberCalls,
    thresholds: InheritanceThresholds | None = None,
) -> InheritanceReport:
    """Judge every single-variant mode.

    Raises:
        InvalidPedigreeError: the pedigree has faults.
    """
    family = Family(pedigree, variant, calls, thresholds or InheritanceThresholds())
    judges: tuple[tuple[Mode, Callable[[Family], list[Finding]]], ...] = (
        (Mode.DE_NOVO, _de_novo),
        (Mode.AUTOSOMAL_DOMINANT, _autosomal_dominant),
        (Mode.AUTOSOMAL_RECESSIVE, _autosomal_recessive),
        (Mode.X_LINKED_RECESSIVE, _x_linked_recessive),
        (Mode.X_LINKED_DOMINANT, _x_linked_dominant),
        (Mode.MITOCHONDRIAL, _mitochondrial),
    )
    return InheritanceReport(
        region=family.region,
        modes=tuple(_judge(family, mode, judge) for mode, judge in judges),
        quality=tuple(carriage.quality for carriage in family.carriages.values()),
        mendelian_inconsistencies=tuple(mendelian_inconsistencies(family)),
    )


_REGIONS = {
    Mode.AUTOSOMAL_DOMINANT: (Region.AUTOSOME, Region.PSEUDOAUTOSOMAL),
    Mode.AUTOSOMAL_RECESSIVE: (Region.AUTOSOME, Region.PSEUDOAUTOSOMAL),
    Mode.X_LINKED_RECESSIVE: (Region.X,),
    Mode.X_LINKED_DOMINANT: (Region.X,),
    Mode.MITOCHONDRIAL: (Region.MITOCHONDRIAL,),
}


def _judge(family: Family, mode: Mode, judge: Callable[[Family], list[Finding]]) -> ModeResult:
    if family.region is Region.OTHER:
        return conclude(mode, [Finding(Support.UNDECIDED, "inheritance on this contig is not modelled")])
    regions = _REGIONS.get(mode)
    if regions is not None and family.region not in regions:
        return conclude(mode, [Finding(Support.AGAINST, f"the variant lies in the region {family.region}")])
    if mode is not Mode.DE_NOVO and family.pedigree.proband.affected is not AffectedStatus.AFFECTED:
        return conclude(mode, [Finding(Support.UNDECIDED, "the proband is not recorded as affected")])
    return conclude(mode, judge(family))


def conclude(mode: Mode, findings: Sequence[Finding]) -> ModeResult:
    """The least supported finding decides; the reason names all findings of that support."""
    support = min(finding.support for finding in findings)
    state = {Support.AGAINST: VerdictState.FAIL, Support.UNDECIDED: VerdictState.NOT_EVALUATED}.get(
        support, VerdictState.PASS
    )
    named = [finding.reason for finding in findings if finding.support is support]
    return ModeResult(mode, Verdict(state, "; ".join(dict.fromkeys(named))), support)


def _segregation(
    family: Family, affected: Callable[[Carriage], Finding], unaffected: Callable[[Carriage], Finding]
) -> list[Finding]:
    """Findings of sequenced relatives of known status, and a reservation where parents are missing."""
    findings: list[Finding] = []
    for carriage in family.sequenced_relatives:
        if carriage.member.affected is AffectedStatus.AFFECTED:
            findings.append(affected(carriage))
        elif carriage.member.affected is AffectedStatus.UNAFFECTED:
            findings.append(unaffected(carriage))
    parents = [item for item in family.parents(Role.MOTHER, Role.FATHER) if family.sequenced(item.member)]
    if len(parents) < 2:
        number = len(family.sequenced_relatives)
        who = "no relative" if number == 0 else f"{number} relative(s), not both parents,"
        reason = f"compatible, but segregation is not fully tested: {who} sequenced"
        findings.append(Finding(Support.ASSUMED, reason))
    return findings


def _unaffected_lacks(family: Family) -> Callable[[Carriage], Finding]:
    def judge(carriage: Carriage) -> Finding:
        finding = carriage.test(lambda n: n == 0, "is unaffected and carries no copy")
        if finding.support is Support.AGAINST and not family.thresholds.complete_penetrance:
            return Finding(Support.UNDECIDED, f"{finding.reason}; reduced penetrance is allowed")
        return finding

    return judge


def _de_novo(family: Family) -> list[Finding]:
    sex = sex_of(family.pedigree.proband)
    if family.region is Region.Y:
        roles: tuple[Role, ...] = (Role.FATHER,)
    elif family.region is Region.MITOCHONDRIAL or (family.region is Region.X and sex is Sex.MALE):
        roles = (Role.MOTHER,)
    else:
        roles = (Role.MOTHER, Role.FATHER)
    findings = [family.proband.test(lambda n: n == 1, "carries one copy")]
    present = {carriage.member.role: carriage for carriage in family.parents(*roles)}
    for role in roles:
        if role in present:
            findings.append(present[role].test(lambda n: n == 0, "carries no copy"))
        else:
            findings.append(Finding(Support.UNDECIDED, f"the {role} is not in the pedigree"))
    return findings


def _autosomal_dominant(family: Family) -> list[Finding]:
    return [
        family.proband.test(lambda n: n == 1, "carries one copy"),
        *_segregation(
            family,
            lambda carriage: carriage.test(lambda n: n >= 1, "is affected and carries a copy"),
            _unaffected_lacks(family),
        ),
    ]


def _autosomal_recessive(family: Family) -> list[Finding]:
    parents = [item for item in family.parents(Role.MOTHER, Role.FATHER) if family.sequenced(item.member)]
    return [
        family.proband.test(lambda n: n == 2, "carries two copies"),
        *(carriage.test(lambda n: n >= 1, "carries a copy to pass on") for carriage in parents),
        *_segregation(
            family,
            lambda carriage: carriage.test(lambda n: n == 2, "is affected and carries two copies"),
            lambda carriage: carriage.test(
                lambda n: n < 2, "is unaffected and carries fewer than two copies"
            ),
        ),
    ]


def _fills_every_copy(carriage: Carriage, wanted: str) -> Finding:
    ploidy = expected_ploidy(Region.X, sex_of(carriage.member))
    if ploidy is None:
        return Finding(Support.UNDECIDED, f"the sex of {carriage.member.name} is unknown")
    return carriage.test(lambda n: n >= ploidy, wanted)


def _leaves_a_copy(carriage: Carriage) -> Finding:
    ploidy = expected_ploidy(Region.X, sex_of(carriage.member))
    if ploidy is None:
        return Finding(Support.UNDECIDED, f"the sex of {carriage.member.name} is unknown")
    return carriage.test(lambda n: n < ploidy, "is unaffected and has a copy without the allele")


def _x_linked_recessive(family: Family) -> list[Finding]:
    findings = [_fills_every_copy(family.proband, "carries the allele on every X chromosome")]
    if sex_of(family.pedigree.proband) is Sex.FEMALE:
        parents = family.parents(Role.MOTHER, Role.FATHER)
        findings += [
            carriage.test(lambda n: n >= 1, "carries a copy to pass on")
            for carriage in parents
            if family.sequenced(carriage.member)
        ]
    return findings + _segregation(
        family,
        lambda carriage: _fills_every_copy(
            carriage, "is affected and carries the allele on every X chromosome"
        ),
        _leaves_a_copy,
    )


def _x_linked_dominant(family: Family) -> list[Finding]:
    return [
        family.proband.test(lambda n: n >= 1, "carries a copy"),
        *_segregation(
            family,
            lambda carriage: carriage.test(lambda n: n >= 1, "is affected and carries a copy"),
            _unaffected_lacks(family),
        ),
    ]


def _mitochondrial(family: Family) -> list[Finding]:
    findings = [family.proband.test(lambda n: n >= 1, "carries the allele")]
    mothers = family.parents(Role.MOTHER)
    if mothers and family.sequenced(mothers[0].member):
        findings.append(mothers[0].test(lambda n: n >= 1, "carries the allele to pass on"))
    else:
        findings.append(Finding(Support.ASSUMED, "compatible, but the mother was not sequenced"))
    findings.extend(
        carriage.test(lambda n: n >= 1, "is affected and carries the allele")
        for carriage in family.sequenced_relatives
        if carriage.member.role is Role.SIBLING and carriage.member.affected is AffectedStatus.AFFECTED
    )
    return findings


def mendelian_inconsistencies(family: Family) -> list[str]:
    """Children (proband and siblings) whose observed copies no gametes of the observed parents explain.

    A de novo variant is one such inconsistency; others are uniparental disomy, a deletion, a sample swap or
    an error.
    """
    found: list[str] = []
    for carriage in family.carriages.values():
        child = carriage.member
        if child.role not in {Role.PROBAND, Role.SIBLING} or not carriage.observed:
            continue
        possible = _transmissible(family, sex_of(child))
        if possible is not None and not carriage.copies & possible:
            parents = ", ".join(
                f"{parent.member.role} {parent.note}" for parent in family.parents(Role.MOTHER, Role.FATHER)
            )
            found.append(f"{child.name} ({carriage.note}) is not explained by {parents}")
    return found


def _transmissible(family: Family, sex: Sex) -> set[int] | None:
    """Copy numbers a child of this sex can have; None where the region or the sex leaves it open."""
    ploidy = expected_ploidy(family.region, sex)
    if ploidy is None or ploidy == 0:
        return None
    maternal = _gametes(family, Role.MOTHER)
    paternal = _gametes(family, Role.FATHER)
    if family.region is Region.Y:
        return paternal
    if family.region is Region.MITOCHONDRIAL or ploidy == 1:
        return maternal
    return {one + other for one in maternal for other in paternal}


def _gametes(family: Family, role: Role) -> set[int]:
    parents = family.parents(role)
    if not parents or not parents[0].observed:
        return {0, 1}
    ploidy = expected_ploidy(family.region, sex_of(parents[0].member))
    gametes: set[int] = set()
    for copies in parents[0].copies:
        if copies == 0 or ploidy == 0:
            gametes.add(0)
        elif copies == ploidy and family.region is not Region.MITOCHONDRIAL:
            gametes.add(1)
        else:
            gametes |= {0, 1}
    return gametes
