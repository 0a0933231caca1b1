"""Combination of criteria into a class, in the two published ways.

Points: Tavtigian et al. 2020, PMID 32720330 (supporting 1, moderate 2, strong 4, very strong 8, benign
evidence
negative; stand-alone benign decides alone). Table: Richards et al. 2015, PMID 25741868, table 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from cohesin_genomics.interpretation.acmg.evidence import Criterion, CriterionState, Strength


class Classification(StrEnum):
    PATHOGENIC = "P"
    LIKELY_PATHOGENIC = "LP"
    UNCERTAIN = "VUS"
    LIKELY_BENIGN = "LB"
    BENIGN = "B"


class CombiningMethod(StrEnum):
    POINTS = "points"
    TABLE = "table"


class ClassificationResult(msgspec.Struct, frozen=True):
    """The class by `method` with its rule in words, the points, and the class by the other method."""

    classification: Classification
    points: int
    rule: str
    method: CombiningMethod
    other_method: Classification


_POINTS = {
    Strength.SUPPORTING: 1,
    Strength.MODERATE: 2,
    Strength.STRONG: 4,
    Strength.VERY_STRONG: 8,
    Strength.STAND_ALONE: 8,
}


def classify(
    criteria: Iterable[Criterion], method: CombiningMethod = CombiningMethod.POINTS
) -> ClassificationResult:
    """Combine the criteria that are met; all others count nothing."""
    counted = [criterion for criterion in criteria if criterion.state is CriterionState.MET]
    points = points_of(counted)
    results = {CombiningMethod.POINTS: _by_points(counted, points), CombiningMethod.TABLE: _by_table(counted)}
    other = next(item for item in CombiningMethod if item is not method)
    classification, rule = results[method]
    return ClassificationResult(classification, points, rule, method, results[other][0])


def points_of(counted: Iterable[Criterion]) -> int:
    """Sum of points, benign evidence negative."""
    return sum(
        -_POINTS[criterion.strength] if criterion.code.benign else _POINTS[criterion.strength]
        for criterion in counted
    )


def _by_points(counted: list[Criterion], points: int) -> tuple[Classification, str]:
    if any(criterion.strength is Strength.STAND_ALONE for criterion in counted):
        return Classification.BENIGN, "stand-alone benign evidence"
    if points >= 10:
        return Classification.PATHOGENIC, f"{points} points, at least 10"
    if points >= 6:
        return Classification.LIKELY_PATHOGENIC, f"{points} points, 6 to 9"
    if points >= 0:
        return Classification.UNCERTAIN, f"{points} points, 0 to 5"
    if points >= -6:
        return Classification.LIKELY_BENIGN, f"{points} points, -1 to -6"
    return Classification.BENIGN, f"{points} points, at most -7"


def _by_table(counted: list[Criterion]) -> tuple[Classification, str]:
    harmful = Counter(criterion.strength for criterion in counted if not criterion.code.benign)
    harmless = Counter(criterion.strength for criterion in counted if criterion.code.benign)
    pathogenic = _pathogenic_row(harmful) or _likely_pathogenic_row(harmful)
    benign = _benign_row(harmless)
    if pathogenic and benign:
        return Classification.UNCERTAIN, "pathogenic and benign criteria contradict each other"
    return pathogenic or benign or (Classification.UNCERTAIN, "no rule of the table is satisfied")


def _pathogenic_row(counts: Counter[Strength]) -> tuple[Classification, str] | None:
    very, strong = counts[Strength.VERY_STRONG], counts[Strength.STRONG]
    moderate, supporting = counts[Strength.MODERATE], counts[Strength.SUPPORTING]
    rows = (
        (very >= 2, "two very strong"),
        (very >= 1 and strong >= 1, "very strong and strong"),
        (very >= 1 and moderate >= 2, "very strong and two moderate"),
        (very >= 1 and moderate >= 1 and supporting >= 1, "very strong, moderate and supporting"),
        (very >= 1 and supporting >= 2, "very strong and two supporting"),
        (strong >= 2, "two strong"),
        (strong >= 1 and moderate >= 3, "strong and three moderate"),
        (strong >= 1 and moderate >= 2 and supporting >= 2, "strong, two moderate, two supporting"),
        (strong >= 1 and moderate >= 1 and supporting >= 4, "strong, moderate, four supporting"),
    )
    return next(((Classification.PATHOGENIC, text) for holds, text in rows if holds), None)


def _likely_pathogenic_row(counts: Counter[Strength]) -> tuple[Classification, str] | None:
    very, strong = counts[Strength.VERY_STRONG], counts[Strength.STRONG]
    moderate, supporting = counts[Strength.MODERATE], counts[Strength.SUPPORTING]
    rows = (
        (very >= 1 and moderate >= 1, "very strong and moderate"),
        (strong >= 1 and moderate >= 1, "strong and moderate"),
        (strong >= 1 and supporting >= 2, "strong and two supporting"),
        (moderate >= 3, "three moderate"),
        (moderate >= 2 and supporting >= 2, "two moderate, two supporting"),
        (moderate >= 1 and supporting >= 4, "moderate and four supporting"),
    )
    return next(((Classification.LIKELY_PATHOGENIC, text) for holds, text in rows if holds), None)


def _benign_row(counts: Counter[Strength]) -> tuple[Classification, str] | None:
    if counts[Strength.STAND_ALONE] >= 1:
        return Classification.BENIGN, "stand-alone benign evidence"
    if counts[Strength.STRONG] >= 2:
        return Classification.BENIGN, "two strong benign"
    if counts[Strength.STRONG] >= 1 and counts[Strength.SUPPORTING] >= 1:
        return Classification.LIKELY_BENIGN, "strong and supporting benign"
    if counts[Strength.SUPPORTING] >= 2:
        return Classification.LIKELY_BENIGN, "two supporting benign"
    return None
