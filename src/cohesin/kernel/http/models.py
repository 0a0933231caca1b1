"""Bases of request models: bodies are strict (a number is not a string), queries are text that is read."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar

import pydantic
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import from_json, to_json

from cohesin.kernel.errors import Fault, InvalidInputError


class UnreadableBodyError(InvalidInputError):
    """The body is not JSON at all (or not text)."""

    message = "The body is not readable JSON."


class RequestModel(BaseModel):
    """A body whose contract closes the object: an unknown field is a fault. Text is trimmed and NFC-normalised."""

    model_config = ConfigDict(strict=True, extra="forbid", str_strip_whitespace=True, frozen=True)


class OpenRequestModel(BaseModel):
    """A body whose contract allows further fields; they are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", str_strip_whitespace=True, frozen=True)


class QueryModel(BaseModel):
    """Query parameters; unknown ones are ignored. A surface may refuse repeated or empty ones (`single = True`)."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)
    single: ClassVar[bool] = False


class ListQuery(QueryModel):
    """`limit` and `offset`, refused outside their range."""

    limit: Annotated[int, Field(ge=1, le=100)] = 50
    offset: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0


# The default of a field that may be left out but not be null: the model never checks it, and a patch dumps with
# `exclude_unset`, so that absent leaves a value alone.
ABSENT: Any = None

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _rfc_3339(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not RFC_3339.fullmatch(value):
        message = "must be a date and time with its offset, as RFC 3339 writes them"
        raise ValueError(message)
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except OverflowError:
        message = "must lie between the years 1 and 9999 in UTC"
        raise ValueError(message) from None


# An instant in a body or query. Pydantic alone would also read bare numbers as seconds since 1970.
InstantInput = Annotated[AwareDatetime, BeforeValidator(_rfc_3339)]

Password = Annotated[str, StringConstraints(min_length=8, strip_whitespace=False)]

Model = TypeVar("Model", bound=BaseModel)


def faults_of(error: pydantic.ValidationError, location: str) -> list[Fault]:
    """Every fault with its dotted path. Messages tell the rule, never the value."""
    return [
        Fault(
            ".".join(str(part) for part in item["loc"]) or "$",
            item["msg"].removeprefix("Value error, "),
            location,
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]


# The backslash of the escape is not itself escaped.
ESCAPED_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def _normalised(text: str) -> str:
    """JSON in NFC, whether its characters stand as they are or as escapes.

    Raises:
        UnreadableBodyError: numbers that JSON has no words for (they would pass as any value), or a broken escape.
    """
    if "\\u" in text or "NaN" in text or "Infinity" in text:
        try:
            text = to_json(from_json(text, allow_inf_nan=False)).decode()
        except ValueError:
            raise UnreadableBodyError([Fault("$", "must be JSON")]) from None
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def parse_body(model: type[Model], raw: bytes) -> Model:
    """A model from JSON bytes.

    Raises:
        UnreadableBodyError: not JSON, not UTF-8, or text with a NUL.
        InvalidInputError: JSON that breaks the model; names every fault.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBodyError([Fault("$", "must be UTF-8")]) from None
    if ESCAPED_NUL.search(text) or "\x00" in text:
        raise UnreadableBodyError([Fault("$", "must not contain NUL characters")])
    try:
        return model.model_validate_json(_normalised(text) or "{}")
    except pydantic.ValidationError as error:
        faults = faults_of(error, "body")
        if any(item["type"] == "json_invalid" for item in error.errors(include_url=False)):
            raise UnreadableBodyError(faults) from None
        raise InvalidInputError(faults) from None


def parse_query(model: type[Model], pairs: list[tuple[str, str]]) -> Model:
    """A model from query pairs: list fields take every value, others the last."""
    fields = model.model_fields
    names = {field.alias or name: name for name, field in fields.items()}
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    single = getattr(model, "single", False)
    for key, raw in pairs:
        if key not in names:
            continue
        value = unicodedata.normalize("NFC", raw)
        if "\x00" in value:
            faults.append(Fault(key, "must not contain NUL characters", "query"))
        elif _takes_many(fields[names[key]].annotation):
            values.setdefault(key, []).append(value)
        elif single and (key in values or value == ""):
            faults.append(Fault(key, "must be given once and not be empty", "query"))
        else:
            values[key] = value
    try:
        parsed = model.model_validate(values)
    except pydantic.ValidationError as error:
        faults += faults_of(error, "query")
        raise InvalidInputError(faults) from None
    if faults:
        raise InvalidInputError(faults)
    return parsed


def _takes_many(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, tuple):
        return True
    return any(_takes_many(part) for part in getattr(annotation, "__args__", ()) if part is not type(None))
