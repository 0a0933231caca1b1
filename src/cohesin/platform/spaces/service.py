"""The front door of spaces: make, find, change and end them, and say who belongs to them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cohesin.abilities.categories.service import replace_categories, require_categories
from cohesin.abilities.entity import person_of
from cohesin.abilities.tags.service import replace_tags, require_tag
from cohesin.abilities.translations import Text, check_locales, replace_translations
from cohesin.abilities.typed import type_definitions
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event, RecordedEvent, changes_between, subscribe
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.spaces import queries, rules
from cohesin.platform.spaces.access import SpaceAction, access_space, permitted, standing_of
from cohesin.platform.spaces.entity import SPACE
from cohesin.platform.spaces.errors import DefaultSpaceError, SpaceInUseError
from cohesin.platform.spaces.schemas import (
    CreateSpaceRequest,
    Space2,
    Space3,
    SpaceListQuery,
    SpaceMember,
    SpaceMemberRequest,
    SpaceQuery,
    SpaceRole,
    UpdateSpaceRequest,
)
from cohesin.platform.users.service import get_member

__all__ = [
    "access_space",
    "can",
    "create_space",
    "delete_space",
    "get_space",
    "list_spaces",
    "occupied_by",
    "update_space",
]

DEFAULT_NAME: Final = "Default space"
Occupancy = Callable[[UnitOfWork, UUID], Awaitable[bool]]
_occupancies: list[Occupancy] = []


def occupied_by(occupancy: Occupancy) -> Occupancy:
    """Let `occupancy` say whether a space holds something and so cannot be deleted. Declared once, at import."""
    _occupancies.append(occupancy)
    return occupancy


async def can(uow: UnitOfWork, space_id: UUID, action: str) -> bool | None:
    """Whether the caller may `read`, `write` or `delete` a space; None where there is none, or none to be seen."""
    known: dict[str, SpaceAction] = {"read": "read", "write": "write", "delete": "delete"}
    asked = known.get(action)
    if asked is None:
        return False
    standing = await queries.find_standing(uow.conn, standing_of(uow, asked), space_id, lock=False)
    if standing is None or not standing.visible:
        return None
    return permitted(uow.caller, asked) and (asked == "read" or standing.manageable)


async def list_spaces(uow: UnitOfWork, query: SpaceListQuery, languages: list[str]) -> Page[Space2]:
    """Spaces the caller may see: by promotion, order and name, or by distance where a radius is given.

    Raises:
        InvalidInputError: half a place, or an unknown sort key.
        NotFoundError: a filter names something the tenant does not have.
    """
    rules.check_place(query.latitude, query.longitude, query.radiusMeters)
    rules.check_span(query.created_from, query.created_to)
    if query.tagId is not None:
        await require_tag(uow, query.tagId)
    if query.categoryId is not None:
        await require_categories(uow, [query.categoryId])
    if query.typeDefinitionId is not None and not await type_definitions().names(
        uow, {query.typeDefinitionId}
    ):
        raise NotFoundError
    listing = queries.SPACES if query.radiusMeters is None else queries.NEARBY
    view = _view(uow, languages, query.latitude, query.longitude)
    page = await listing.fetch(uow.conn, query, [queries.IN_TENANT, "may.visible"], *view)
    ids = {space.typeDefinitionId for space in page.data if space.typeDefinitionId is not None}
    names = await type_definitions().names(uow, ids) if ids else {}
    return msgspec.structs.replace(
        page,
        data=[
            msgspec.structs.replace(space, typeName=names.get(space.typeDefinitionId))
            if space.typeDefinitionId
            else space
            for space in page.data
        ],
    )


async def get_space(uow: UnitOfWork, space_id: UUID, query: SpaceQuery, languages: list[str]) -> Space3:
    """A space the caller may read, in the reader's language, with the distance from the given place."""
    rules.check_place(query.latitude, query.longitude)
    await access_space(uow, space_id)
    return await _load(uow, space_id, languages, query.latitude, query.longitude)


async def details_of(uow: UnitOfWork, space_id: UUID) -> Space3:
    """A space just written, in its base language."""
    return await _load(uow, space_id)


async def _load(
    uow: UnitOfWork,
    space_id: UUID,
    languages: list[str] | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Space3:
    space = await queries.get_space(uow.conn, _view(uow, languages or [], latitude, longitude), space_id)
    if space.typeDefinitionId is None:
        return space
    names = await type_definitions().names(uow, {space.typeDefinitionId})
    return msgspec.structs.replace(space, typeName=names.get(space.typeDefinitionId))


def _view(
    uow: UnitOfWork, languages: list[str], latitude: float | None, longitude: float | None
) -> tuple[Any, ...]:
    return (*standing_of(uow), languages, latitude, longitude, uow.clock.now())


async def create_space(uow: UnitOfWork, request: CreateSpaceRequest) -> Space3:
    """A space; a person who is no administrator becomes its manager.

    Raises:
        SystemSpaceTypeError, DefaultSpaceError: the type is not the caller's to give.
        NotFoundError: a category, tag or type definition that the tenant does not have.
        RuleRefusedError: settings or translations that a rule refuses.
    """
    rules.check_type(None, request.type, is_system_admin=uow.caller.is_system_admin)
    settings = request.settings or {}
    rules.check_settings(settings)
    if request.type_definition_id is not None:
        await type_definitions().check(uow, request.type_definition_id, SPACE.name, settings)
    columns = _columns(request.model_dump(exclude={"category_ids", "tag_ids", "translations_i18n"}))
    space_id = new_id()
    language = await _insert(uow, space_id, {**columns, "created_by": person_of(uow.caller)})
    person = person_of(uow.caller)
    if person is not None and not (uow.caller.is_tenant_admin or uow.caller.is_system_admin):
        await queries.put_member(uow.conn, uow.tenant_id, _member(uow, space_id, person, "manager"))
    await _set_links(uow, space_id, language, request)
    return await _load(uow, space_id)


async def _insert(uow: UnitOfWork, space_id: UUID, columns: dict[str, Any]) -> str:
    try:
        async with uow.savepoint():
            language = await queries.insert_space(uow.conn, uow.tenant_id, space_id, columns, uow.clock.now())
    except asyncpg.UniqueViolationError:
        raise DefaultSpaceError from None
    await queries.refresh_searchable(uow.conn, uow.tenant_id, space_id)
    await uow.record(
        Event(
            type="space.created",
            entity_id=space_id,
            data={"type": columns["type"], "status": columns["status"]},
        )
    )
    return language


def _columns(fields: dict[str, Any]) -> dict[str, Any]:
    """A request's fields as columns."""
    columns = dict(fields)
    if "homeLocation" in columns:
        place = columns.pop("homeLocation") or {"latitude": None, "longitude": None}
        columns |= place
    if "settings" in columns:
        columns["settings"] = columns["settings"] or {}
    return columns


async def _set_links(
    uow: UnitOfWork, space_id: UUID, language: str, request: CreateSpaceRequest | UpdateSpaceRequest
) -> None:
    """Make the links and translations that the request names the only ones; what it leaves out stays."""
    given = request.model_fields_set
    if "category_ids" in given:
        await replace_categories(uow, SPACE, space_id, request.category_ids or [])
    if "tag_ids" in given:
        await replace_tags(uow, SPACE, space_id, request.tag_ids or [])
    if "translations_i18n" in given:
        texts = {
            locale: Text(text.name, text.description)
            for locale, text in (request.translations_i18n or {}).items()
        }
        check_locales(language, list(texts))
        await replace_translations(uow, SPACE.name, space_id, texts)
    await queries.refresh_searchable(uow.conn, uow.tenant_id, space_id)


async def update_space(uow: UnitOfWork, space_id: UUID, request: UpdateSpaceRequest) -> Space3:
    """Change what the request names. Errors as for `create_space`."""
    await access_space(uow, space_id, "write")
    before = await _load(uow, space_id)
    fields = request.model_dump(exclude_unset=True, exclude={"category_ids", "tag_ids", "translations_i18n"})
    columns = _columns(fields)
    rules.check_type(
        before.type, columns.get("type", before.type), is_system_admin=uow.caller.is_system_admin
    )
    settings = columns.get("settings", before.settings)
    rules.check_settings(settings)
    definition = columns.get("type_definition_id", before.typeDefinitionId)
    if definition is not None and {"settings", "type_definition_id"} & columns.keys():
        await type_definitions().check(uow, definition, SPACE.name, settings)
    try:
        async with uow.savepoint():
            await queries.update_space(uow.conn, uow.tenant_id, space_id, columns, uow.clock.now())
    except asyncpg.UniqueViolationError:
        raise DefaultSpaceError from None
    language = columns.get("language", before.language)
    await _set_links(uow, space_id, language, request)
    after = await _load(uow, space_id)
    check_locales(language, list(after.translations_i18n))
    await uow.record(Event(type="space.updated", entity_id=space_id, changes=changes_between(before, after)))
    return after


async def delete_space(uow: UnitOfWork, space_id: UUID) -> None:
    """Hide a space from every read and take it out of all links; its history stays.

    Raises:
        DefaultSpaceError, SystemSpaceError: those stay.
        SpaceInUseError: it still holds something.
    """
    standing = await access_space(uow, space_id, "delete")
    rules.check_deletable(standing.type)
    for occupancy in _occupancies:
        if await occupancy(uow, space_id):
            raise SpaceInUseError
    await replace_categories(uow, SPACE, space_id, [])
    await replace_tags(uow, SPACE, space_id, [])
    await queries.delete_members(uow.conn, uow.tenant_id, space_id)
    now = uow.clock.now()
    await queries.update_space(uow.conn, uow.tenant_id, space_id, {"deleted_at": now}, now)
    await uow.record(Event(type="space.deleted", entity_id=space_id))


async def list_members(uow: UnitOfWork, space_id: UUID) -> list[SpaceMember]:
    """A space's members, newest first."""
    await access_space(uow, space_id)
    return await queries.list_members(uow.conn, uow.tenant_id, space_id)


async def add_member(uow: UnitOfWork, space_id: UUID, request: SpaceMemberRequest) -> SpaceMember:
    """Give a person of the tenant a role in the space, in place of one they have.

    Raises:
        NotFoundError: nobody of this tenant.
    """
    await access_space(uow, space_id, "write")
    await get_member(uow, request.userId)
    member = await queries.put_member(
        uow.conn, uow.tenant_id, _member(uow, space_id, request.userId, request.role)
    )
    await uow.record(
        Event(
            type="space.member_added",
            entity_id=space_id,
            data={"userId": str(request.userId), "role": request.role},
        )
    )
    return member


def _member(uow: UnitOfWork, space_id: UUID, user_id: UUID, role: SpaceRole) -> SpaceMember:
    return SpaceMember(id=new_id(), space_id=space_id, user_id=user_id, role=role, created_at=uow.clock.now())


async def remove_member(uow: UnitOfWork, space_id: UUID, user_id: UUID) -> None:
    """End a person's role in the space.

    Raises:
        NotFoundError: they have none.
    """
    await access_space(uow, space_id, "write")
    role = await queries.delete_member(uow.conn, uow.tenant_id, space_id, user_id)
    if role is None:
        raise NotFoundError
    await uow.record(
        Event(type="space.member_removed", entity_id=space_id, data={"userId": str(user_id), "role": role})
    )


@subscribe
async def found_default_space(uow: UnitOfWork, event: RecordedEvent) -> None:
    """Every new tenant begins with its default space."""
    if event.type == "tenant.created":
        await _insert(
            uow, new_id(), {"name": DEFAULT_NAME, "language": None, "type": "default", "status": "active"}
        )


async def names_of(uow: UnitOfWork, space_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of spaces of the tenant, for those who name them without access to them; unknown ones are left out."""
    return await queries.names_of(uow.conn, uow.tenant_id, space_ids) if space_ids else {}
