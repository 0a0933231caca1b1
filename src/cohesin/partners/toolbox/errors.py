"""How failures look on the Toolbox face."""

from __future__ import annotations

from typing import Annotated

import msgspec

from cohesin.kernel.errors import CohesinError, Fault, InvalidInputError

Texts = Annotated[list[str], msgspec.Meta(min_length=1)]


class ToolboxError(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every failure: what is wrong with which field, and what is wrong apart from fields (under two names)."""

    errors: dict[str, Texts]
    non_field_errors: list[str] = msgspec.field(name="non-field-errors")
    messages: list[str]


class UnreadableObjectError(InvalidInputError):
    """The body is not a JSON object."""

    message = "The body must be a JSON object."

    def __init__(self) -> None:
        super().__init__([])


def error_body(error: CohesinError) -> ToolboxError:
    """An error in the face's shape; faults of a list's items stand under the list's own name."""
    fields: dict[str, list[str]] = {}
    general: list[str] = []
    faults = error.faults if isinstance(error, InvalidInputError) else []
    for fault in faults:
        text = fault.message
        if fault.path == "$":
            general.append(text)
        elif text not in fields.setdefault(_field(fault), []):
            fields[_field(fault)].append(text)
    if not fields and not general:
        general = [error.message]
    return ToolboxError(errors=fields, non_field_errors=general, messages=general)


def _field(fault: Fault) -> str:
    parts = fault.path.split(".")
    place = next((at for at, part in enumerate(parts) if part.isdigit()), len(parts))
    return ".".join(parts[:place]) or fault.path
