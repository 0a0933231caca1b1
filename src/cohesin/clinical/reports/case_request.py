"""What an interpretation is asked and what it answers, in plain values that cross processes."""

from __future__ import annotations

from typing import Any

import msgspec


class CandidateLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Fractions of 1, compared with the highest population frequency; ClinVar's (likely) pathogenic alleles pass."""

    common: float = 0.05
    rare: float = 0.01
    annotated_at_most: int = 4000
    kept_at_most: int = 1000


class PersonFile(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the case; paths are local."""

    id: str
    role: str
    sex: str
    affected: str
    variants: str
    annotation: str


class CasePanel(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    version: str
    genes: tuple[str, ...]


class CaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    assembly: str
    people: tuple[PersonFile, ...]
    panel: CasePanel | None
    phenotype_terms: tuple[str, ...]
    limits: CandidateLimits = CandidateLimits()
    reference: str | None = None
    """Folder of the installation's own reference data."""


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Rows as the report's tables take them, best ranked first, and what the run was made with."""

    variants: list[dict[str, Any]]
    structural: list[dict[str, Any]]
    facts: dict[str, Any]


class CaseRefusedError(Exception):
    """The family as it is described cannot be interpreted; the message says why, without a name."""

    code = "CASE_REFUSED"
