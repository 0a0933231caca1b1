"""Gene panels as the database has them."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    name: str
    description: str
    methodology: str | None
    limitations: str | None
    fda_disclosure: str | None
    test_code: str | None
    version: int


class PanelTexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller writes of a panel; None leaves a text alone."""

    name: str | None = None
    description: str | None = None
    methodology: str | None = None
    limitations: str | None = None
    fda_disclosure: str | None = None
    test_code: str | None = None


class GenesAdded(msgspec.Struct, frozen=True, kw_only=True):
    """Where each symbol of a request went; `ambiguous` maps a symbol to what it could stand for."""

    added: list[str]
    already_added: list[str]
    not_found: list[str]
    ambiguous: dict[str, list[str]]
