"""Decisions about clinical reports that need no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final, Literal

TestType = Literal["panel", "panel_trio", "somatic_panel", "exome", "Solo", "Duo", "Trio", "Quad", "Quintet"]
Status = Literal[
    "WAITING FOR SAMPLE", "WAITING", "PROCESSING", "READY TO REVIEW", "READY FOR INTERPRETATION",
    "WAITING FOR APPROVAL", "APPROVED", "FAILED", "CUSTOM_1", "CUSTOM_2", "CUSTOM_3", "CUSTOM_4",
]  # fmt: skip

PANEL_TYPES: Final = frozenset({"panel", "panel_trio", "somatic_panel"})
REVIEW: Final[frozenset[str]] = frozenset(
    {
        "READY TO REVIEW", "READY FOR INTERPRETATION", "WAITING FOR APPROVAL", "CUSTOM_1", "CUSTOM_2", "CUSTOM_3",
        "CUSTOM_4",
    }
)  # fmt: skip
"""States in which people work on a report."""
SETTABLE: Final = REVIEW | {"APPROVED"}
REVIEWABLE: Final = REVIEW | {"APPROVED"}
"""States in which a report has variants to show."""

FAMILY_SLOTS: Final = ("family_1", "family_2", "family_3", "family_4")
_CLASSIC: Final[Mapping[str, frozenset[str]]] = {
    "panel": frozenset({"proband"}),
    "somatic_panel": frozenset({"proband"}),
    "exome": frozenset({"proband"}),
    "Solo": frozenset({"proband"}),
    "Duo": frozenset({"proband", "duo_relation"}),
    "Trio": frozenset({"proband", "mother", "father"}),
    "panel_trio": frozenset({"proband", "mother", "father"}),
    "Quad": frozenset({"proband", "mother", "father", "sibling"}),
}
_FAMILY_COUNT: Final[Mapping[str, int]] = {"Duo": 1, "Trio": 2, "Quad": 3, "Quintet": 4}
HPO_TERM: Final = re.compile(r"HP:\d{7}")


def has_every_genome(test_type: str, slots_with_genome: AbstractSet[str]) -> bool:
    """Whether all genomes that the kind of report needs are there, in its fixed or its flexible family form."""
    classic = _CLASSIC.get(test_type)
    if classic is not None and classic <= slots_with_genome:
        return True
    count = _FAMILY_COUNT.get(test_type)
    return count is not None and {"proband", *FAMILY_SLOTS[:count]} <= slots_with_genome


def slots_in_order(slots: AbstractSet[str]) -> bool:
    """Whether family slots are filled from the first on, without a gap."""
    filled = [slot in slots for slot in FAMILY_SLOTS]
    return filled == sorted(filled, reverse=True)


def settable_status(word: str) -> Status | None:
    """The state a person may set by that word, in any letter case."""
    wanted = " ".join(word.upper().split())
    return wanted if wanted in SETTABLE else None  # type: ignore[return-value]


def may_set(present: str, wanted: str) -> bool:
    """Whether a person may move a report from one state to another. The present one may always be set again."""
    if present == wanted:
        return wanted in SETTABLE
    if present not in REVIEW:
        return False
    return wanted != "APPROVED" or present == "WAITING FOR APPROVAL"


_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?")


def read_date(text: str, today: date) -> date | None:
    """A date written m/d/y or in ISO form; None when it is neither. Two-digit years are the last ones that have been."""
    text = text.strip()
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _SLASHED.fullmatch(text):
        month, day, year = (int(part) for part in match.groups())
        if len(match[3]) == 2:
            year += today.year // 100 * 100
            if year > today.year:
                year -= 100
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
