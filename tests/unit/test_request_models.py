"""What requests are read as: text in one form, instants in UTC, and numbers that JSON has words for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cohesin.kernel.errors import InvalidInputError
from cohesin.kernel.http.models import (
    InstantInput,
    QueryModel,
    RequestModel,
    UnreadableBodyError,
    parse_body,
    parse_query,
)


class Body(RequestModel):
    text: str = ""
    at: InstantInput | None = None
    free: Any = None


class Query(QueryModel):
    at: InstantInput | None = None


@pytest.mark.parametrize("written", ["\u00e9", "e\u0301", "\\u00e9", "e\\u0301"])
def test_text_is_composed_however_it_is_written(written: str) -> None:
    assert parse_body(Body, f'{{"text": " {written} "}}'.encode()).text == "\u00e9"


@pytest.mark.parametrize(
    "broken",
    ['{"free": NaN}', '{"free": [-Infinity]}', '{"text": "\\ud800"}', '{"text": "\\u12"}', "[" * 9999],
)
def test_what_is_no_json_is_unreadable(broken: str) -> None:
    with pytest.raises(UnreadableBodyError):
        parse_body(Body, broken.encode())


def test_words_that_look_like_numbers_are_text() -> None:
    assert parse_body(Body, b'{"text": "NaN Infinity", "free": {"NaN": "\\u0041"}}').free == {"NaN": "A"}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-02-01T00:30:00+01:00", datetime(2026, 1, 31, 23, 30, tzinfo=UTC)),
        ("2026-02-01t00:30:00.5z", datetime(2026, 2, 1, 0, 30, 0, 500000, tzinfo=UTC)),
    ],
)
def test_instants_are_in_utc(text: str, instant: datetime) -> None:
    for read in (parse_body(Body, f'{{"at": "{text}"}}'.encode()).at, parse_query(Query, [("at", text)]).at):
        assert read == instant
        assert read is not None
        assert read.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "text",
    [
        "2026",
        "1767225600",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_other_instants_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_query(Query, [("at", text)])
    with pytest.raises(InvalidInputError):
        parse_body(Body, f'{{"at": "{text}"}}'.encode())
