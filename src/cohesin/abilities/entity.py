"""What an entity declares to have abilities: its name on the wire, and who may read and write one of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeVar
from uuid import UUID

import msgspec

from cohesin.kernel.authz import Requirement
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.uow import UnitOfWork

EntityType = Literal["space", "resource", "tenant", "group"]
Action = Literal["read", "write"]
AccessRule = Callable[[UnitOfWork, UUID, Action], Awaitable[None]]
Visibility = Callable[[UnitOfWork, list[UUID]], Awaitable[set[UUID]]]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of thing with abilities.

    `name` is its `entity_type` on the wire, the value of its partitions and the prefix of its events. `access` raises
    NotFoundError or ForbiddenError; `visible` keeps the ids the caller may read. `reading` and `writing` are what its
    operations ask of a caller before any one object is looked at.
    """

    name: str
    access: AccessRule
    visible: Visibility
    reading: Requirement
    writing: Requirement


_entities: dict[str, Entity] = {}


def declare_entity(entity: Entity) -> Entity:
    """Make an entity known by its name. Declared once, at import."""
    _entities[entity.name] = entity
    return entity


def entity_of(name: str) -> Entity:
    """The entity of a name.

    Raises:
        NotFoundError: nothing of that kind exists.
    """
    found = _entities.get(name)
    if found is None:
        raise NotFoundError
    return found


def object_right(permission: str) -> Requirement:
    """For people, the object decides; API keys and application accounts need the permission in their map as well."""
    return Requirement(
        f"object:{permission}",
        f"People by their right to the object; keys that hold `{permission}`.",
        lambda caller: caller.kind is CallerKind.USER or caller.may(permission),
    )


def admin_or_key(permission: str) -> Requirement:
    """Administrators of the tenant, and keys that an administrator gave the permission."""
    return Requirement(
        f"admin:{permission}",
        f"Administrators of the tenant, and keys that hold `{permission}`.",
        lambda caller: (
            caller.is_tenant_admin
            or caller.is_system_admin
            or (caller.kind is CallerKind.API_KEY and caller.may(permission))
        ),
    )


def person_of(caller: Caller) -> UUID | None:
    """The caller's id where it is a person."""
    return caller.id if caller.kind is CallerKind.USER else None


class EntityLink(Protocol):
    """A row that points at an entity."""

    @property
    def entity_type(self) -> EntityType: ...

    @property
    def entity_id(self) -> UUID: ...


Link = TypeVar("Link", bound=EntityLink)


async def visible_links(uow: UnitOfWork, links: list[Link]) -> list[Link]:
    """Those links whose entity the caller may read."""
    seen: dict[str, set[UUID]] = {}
    for name in {link.entity_type for link in links}:
        ids = [link.entity_id for link in links if link.entity_type == name]
        seen[name] = await entity_of(name).visible(uow, ids)
    return [link for link in links if link.entity_id in seen[link.entity_type]]
