"""The family of a case: who is related how to the proband, and who is affected."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import msgspec

from cohesin_genomics.model import Sex


class Role(StrEnum):
    """Relation to the proband. A `sibling` shares both parents; anyone else is a `relative`."""

    PROBAND = "proband"
    MOTHER = "mother"
    FATHER = "father"
    SIBLING = "sibling"
    RELATIVE = "relative"


class AffectedStatus(StrEnum):
    AFFECTED = "affected"
    UNAFFECTED = "unaffected"
    UNKNOWN = "unknown"


class Member(msgspec.Struct, frozen=True):
    id: str
    role: Role
    sex: Sex
    affected: AffectedStatus

    @property
    def name(self) -> str:
        """The role and the id, as reasons name a person; once where the id is the role's own word."""
        return str(self.role) if self.id == self.role else f"{self.role} {self.id}"


class PedigreeFault(msgspec.Struct, frozen=True):
    """One thing wrong with a pedigree; `member` is empty when the whole family is meant."""

    code: str
    member: str
    message: str


class InvalidPedigreeError(ValueError):
    """The pedigree cannot be interpreted; `faults` holds every reason."""

    def __init__(self, faults: tuple[PedigreeFault, ...]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


class Pedigree(msgspec.Struct, frozen=True):
    """A family with exactly one proband and at most one mother and one father. Call `check` before use."""

    members: tuple[Member, ...]

    def faults(self) -> tuple[PedigreeFault, ...]:
        """Everything wrong, in a stable order; empty when the pedigree is sound."""
        found: list[PedigreeFault] = []
        roles = Counter(member.role for member in self.members)
        if roles[Role.PROBAND] == 0:
            found.append(PedigreeFault("proband_missing", "", "the pedigree has no proband"))
        found.extend(
            PedigreeFault(
                f"{role}_repeated", "", f"the pedigree has {roles[role]} members with the role {role}"
            )
            for role in (Role.PROBAND, Role.MOTHER, Role.FATHER)
            if roles[role] > 1
        )
        for id_, number in Counter(member.id for member in self.members).items():
            if not id_.strip():
                found.append(PedigreeFault("id_blank", id_, "a member has no id"))
            if number > 1:
                found.append(PedigreeFault("id_repeated", id_, f"{number} members have the id {id_!r}"))
        for member in self.members:
            if member.role is Role.MOTHER and member.sex is Sex.MALE:
                found.append(PedigreeFault("mother_male", member.id, "the mother is given as male"))
            if member.role is Role.FATHER and member.sex is Sex.FEMALE:
                found.append(PedigreeFault("father_female", member.id, "the father is given as female"))
        return tuple(found)

    def check(self) -> Pedigree:
        """The pedigree itself.

        Raises:
            InvalidPedigreeError: with all faults at once.
        """
        faults = self.faults()
        if faults:
            raise InvalidPedigreeError(faults)
        return self

    @property
    def proband(self) -> Member:
        return next(member for member in self.members if member.role is Role.PROBAND)

    @property
    def mother(self) -> Member | None:
        return self._only(Role.MOTHER)

    @property
    def father(self) -> Member | None:
        return self._only(Role.FATHER)

    @property
    def relatives(self) -> tuple[Member, ...]:
        """Everyone but the proband."""
        return tuple(member for member in self.members if member.role is not Role.PROBAND)

    def _only(self, role: Role) -> Member | None:
        return next((member for member in self.members if member.role is role), None)


def sex_of(member: Member) -> Sex:
    """The member's sex; a parent's role tells it where the record does not."""
    if member.sex is Sex.UNKNOWN and member.role is Role.MOTHER:
        return Sex.FEMALE
    if member.sex is Sex.UNKNOWN and member.role is Role.FATHER:
        return Sex.MALE
    return member.sex
