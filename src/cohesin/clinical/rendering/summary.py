"""The result of a report, computed from its findings and worded to claim no more than they do."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from cohesin.clinical.rendering.snapshot import Classification, Finding, Section

_DISEASE_CAUSING = frozenset({Classification.PATHOGENIC, Classification.LIKELY_PATHOGENIC})
_BENIGN = frozenset({Classification.BENIGN, Classification.LIKELY_BENIGN})


class Result(StrEnum):
    POSITIVE = "positive"
    UNCERTAIN = "uncertain"
    NEGATIVE = "negative"


class Summary(msgspec.Struct, frozen=True):
    """`headline` in a word, `statement` in sentences, `additional` on findings beyond the indication."""

    result: Result
    headline: str
    statement: str
    additional: str | None


def summarise_findings(findings: Sequence[Finding]) -> Summary:
    """Judge the primary findings alone; mention the other sections apart.

    A variant that nobody has classified counts as uncertain: it is never passed over as benign.
    """
    primary = [finding for finding in findings if finding.section is Section.PRIMARY]
    causing = [finding for finding in primary if finding.classification in _DISEASE_CAUSING]
    unsure = [
        finding
        for finding in primary
        if finding.classification not in _DISEASE_CAUSING and finding.classification not in _BENIGN
    ]
    additional = _additional(findings)
    if causing:
        return Summary(Result.POSITIVE, "Positive", _positive(causing, unsure), additional)
    if unsure:
        return Summary(Result.UNCERTAIN, "Uncertain", _uncertain(unsure), additional)
    return Summary(Result.NEGATIVE, "Negative", _NEGATIVE, additional)


_NEGATIVE = (
    "No pathogenic or likely pathogenic variant and no variant of uncertain significance is reported for the "
    "indication. This does not exclude a genetic cause: see “Not assessed” for what this test could not see."
)


def _positive(causing: Sequence[Finding], unsure: Sequence[Finding]) -> str:
    text = (
        f"{_count(len(causing), 'pathogenic or likely pathogenic variant')} "
        f"{_is_are(len(causing))} reported in {_genes(causing)}. "
    )
    if unsure:
        text += f"{_count(len(unsure), 'further variant')} of uncertain significance {_is_are(len(unsure))} "
        text += f"reported in {_genes(unsure)}. "
    return text + (
        "Whether this explains the indication depends on zygosity, phase, mode of inheritance and the "
        "clinical picture; see the interpretation of each finding."
    )


def _uncertain(unsure: Sequence[Finding]) -> str:
    return (
        "No pathogenic or likely pathogenic variant is reported for the indication. "
        f"{_count(len(unsure), 'variant')} of uncertain significance {_is_are(len(unsure))} reported in "
        f"{_genes(unsure)}. A variant of uncertain significance should not by itself decide clinical care."
    )


def _additional(findings: Sequence[Finding]) -> str | None:
    others = [finding for finding in findings if finding.section is not Section.PRIMARY]
    if not others:
        return None
    causing = sum(finding.classification in _DISEASE_CAUSING for finding in others)
    number = len(others)
    text = f"{_count(number, 'finding')} beyond the indication {_is_are(number)} reported separately"
    return f"{text}, {causing} of them pathogenic or likely pathogenic." if causing else f"{text}."


_NUMBER_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def _count(number: int, noun: str) -> str:
    word = _NUMBER_WORDS[number] if number < len(_NUMBER_WORDS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _is_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _genes(findings: Sequence[Finding], shown: int = 6) -> str:
    genes = list(dict.fromkeys(finding.gene for finding in findings))
    if len(genes) > shown:
        return f"{', '.join(genes[:shown])} and {_count(len(genes) - shown, 'other gene').lower()}"
    return genes[0] if len(genes) == 1 else f"{', '.join(genes[:-1])} and {genes[-1]}"
