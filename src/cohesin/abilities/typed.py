"""Entities that may have a type definition: what they ask of whoever keeps the definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.uow import UnitOfWork


class TypeDefinitions(Protocol):
    """The definitions, as far as a typed entity needs them."""

    async def check(
        self, uow: UnitOfWork, type_definition_id: UUID, entity: str, values: Mapping[str, Any]
    ) -> None:
        """Raise NotFoundError for an unknown definition, RuleRefusedError with every fault of the values."""

    async def names(self, uow: UnitOfWork, ids: set[UUID]) -> Mapping[UUID, str]:
        """The names of definitions."""


class NoTypeDefinitions:
    """An installation without definitions: every reference is to something that does not exist."""

    async def check(
        self, uow: UnitOfWork, type_definition_id: UUID, entity: str, values: Mapping[str, Any]
    ) -> None:
        raise NotFoundError

    async def names(self, uow: UnitOfWork, ids: set[UUID]) -> Mapping[UUID, str]:
        return {}


_source: list[TypeDefinitions] = [NoTypeDefinitions()]


def provide_type_definitions(source: TypeDefinitions) -> None:
    """Say who keeps the definitions. Declared once, at import."""
    _source[0] = source


def type_definitions() -> TypeDefinitions:
    return _source[0]
