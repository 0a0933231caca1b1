"""Which languages a reader wants, best first."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import StringConstraints

from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import QueryModel

LANGUAGE_PATTERN: Final = r"^[a-z]{2}(-[A-Z]{2})?$"
LanguageCode = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
RANGE: Final = re.compile(r"([A-Za-z]{2})(?:-([A-Za-z]{2}))?(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")


class LanguageQuery(QueryModel):
    language: LanguageCode | None = None


def preferred_languages(asked: str | None, call: Call) -> list[str]:
    """The asked language, else those of Accept-Language by their weight; each with its language without region behind."""
    ranges = [asked] if asked else _accepted(call.header("accept-language") or "")
    return list(dict.fromkeys(known for code in ranges for known in (code, code[:2])))


def _accepted(header: str) -> list[str]:
    found: list[tuple[float, str]] = []
    for part in header.split(","):
        match = RANGE.fullmatch(part.strip())
        if match is None:
            continue
        language, region, weight = match.groups()
        quality = float(weight) if weight else 1.0
        if quality > 0:
            found.append((-quality, language.lower() + (f"-{region.upper()}" if region else "")))
    return [code for _, code in sorted(found, key=lambda item: item[0])]


def check_language(code: str, path: str) -> None:
    """Refuse what is no language code.

    Raises:
        RuleRefusedError: not `xx` or `xx-YY`.
    """
    if not re.fullmatch(LANGUAGE_PATTERN, code):
        raise RuleRefusedError(faults=[Fault(path, "is not a language code such as `de` or `de-CH`")])
