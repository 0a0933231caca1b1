"""Lenient scalars of the wire: digits in a string, yes and no as words, sex as letter or word, terms in four forms.

Each type reads more than strict JSON would and shows the contract's own schema in the document.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import BeforeValidator, Field, WithJsonSchema

_LARGEST: Final = 2**63 - 1
_DIGITS: Final = re.compile(r"-?[0-9]{1,30}")
_SEXES: Final = {"m": "m", "f": "f", "u": "u", "male": "m", "female": "f", "unspecified": "u"}


def _number(value: Any) -> Any:
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit()):
            message = "must be a number"
            raise ValueError(message)
        value = int(text)
    if isinstance(value, bool) or (value is not None and not isinstance(value, int)):
        message = "must be a number"
        raise ValueError(message)
    if value is not None and abs(value) > _LARGEST:
        message = "is out of range"
        raise ValueError(message)
    return value


def _whole(value: Any) -> Any:
    """A number in a query: digits, perhaps with a minus, and nothing that only resembles one (`1.0`, `1_0`)."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        message = "must be a whole number"
        raise ValueError(message)
    return value


def _yes_no(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return value


def _sex(value: Any) -> Any:
    if value is None:
        return None
    found = _SEXES.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        message = "must be m, f, u, male, female or unspecified"
        raise ValueError(message)
    return found


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def read_terms(value: Any) -> Any:
    """HPO terms from null, the text null, a JSON array as text, a comma list or an array."""
    if isinstance(value, str):
        text = value.strip()
        if text in ("", "null"):
            return None
        if text.startswith("["):
            try:
                value = msgspec.json.decode(text)
            except (msgspec.DecodeError, RecursionError):
                message = "is not a list of terms"
                raise ValueError(message) from None
        else:
            value = [part.strip() for part in text.split(",") if part.strip()]
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(term, str) for term in value):
        message = "is not a list of terms"
        raise ValueError(message)
    return list(dict.fromkeys(term.strip() for term in value))


def _truthy(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, bool):
        return value
    message = "must be true or false"
    raise ValueError(message)


NumberOrText = Annotated[
    int | None,
    BeforeValidator(_number),
    WithJsonSchema({"anyOf": [{"type": ["integer", "null"]}, {"type": "string", "pattern": r"^\d+$"}]}),
]
#: Numbers in a query.
Limit = Annotated[int, BeforeValidator(_whole), Field(ge=1, lt=2**63)]
Offset = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=2**63)]
AnyNumber = Annotated[int, BeforeValidator(_whole), Field(gt=-(2**63), lt=2**63)]
Position = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=2**31)]
#: A number in a body that has to be there.
Number = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer"})]
YesNo = Annotated[
    bool | None,
    BeforeValidator(_yes_no),
    WithJsonSchema({"anyOf": [{"type": ["boolean", "null"]}, {"type": "string", "enum": ["true", "false"]}]}),
]
SexWord = Annotated[
    Literal["m", "f", "u"] | None,
    BeforeValidator(_sex),
    WithJsonSchema(
        {"type": ["string", "null"], "enum": ["m", "f", "u", "male", "female", "unspecified", None]}
    ),
]
TextOrNumber = Annotated[
    str | None, BeforeValidator(_text), WithJsonSchema({"type": ["string", "integer", "null"]})
]
HpoInput = Annotated[
    list[str] | None,
    BeforeValidator(read_terms),
    WithJsonSchema({"anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}]}),
]
Truthy = Annotated[bool, BeforeValidator(_truthy), WithJsonSchema({"type": "string"})]


def external_id_of(text: str | None) -> str | None:
    """A caller's own id; blanks around it are cut, and nothing or the word None means that there is none."""
    cut = (text or "").strip()
    return None if cut in ("", "None") else cut


def contig_of(chromosome: str) -> str:
    """`chr7` and `7` as `7`; `M` and `chrM` as `MT`."""
    name = chromosome.removeprefix("chr")
    return "MT" if name == "M" else name


def chromosome_of(contig: str) -> str:
    """`7` as `chr7`, `MT` as `chrM`."""
    return "chrM" if contig == "MT" else f"chr{contig}"


def size_in_words(size: int) -> str:
    """Bytes in decimal units with one digit after the point: `1.8 kB`."""
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB"):
        value /= 1000
        if round(value, 1) < 1000:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} GB"
