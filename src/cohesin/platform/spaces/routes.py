"""Spaces over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.abilities.entity import object_right
from cohesin.abilities.languages import preferred_languages
from cohesin.abilities.operations import attach_categories, attach_promotion, attach_tags, attach_visits
from cohesin.abilities.portability.operations import attach_portability
from cohesin.kernel.authz import permits
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.spaces import service
from cohesin.platform.spaces.entity import SPACE, TABLE
from cohesin.platform.spaces.portability import SPACES
from cohesin.platform.spaces.schemas import (
    CreateSpaceRequest,
    Space2,
    Space3,
    SpaceListQuery,
    SpaceMember,
    SpaceMemberRequest,
    SpaceQuery,
    UpdateSpaceRequest,
)
from cohesin.platform.surface import platform

spaces = platform.tagged("Spaces")
members = platform.tagged("Space Members")
BASE = "/api/v1/secure/spaces"


@spaces.get(f"{BASE}/", permission=SPACE.reading)
async def list_spaces(uow: UnitOfWork, query: SpaceListQuery, call: Call) -> Page[Space2]:
    """Spaces in the caller's sight."""
    return await service.list_spaces(uow, query, preferred_languages(query.language, call))


@spaces.post(f"{BASE}/", permission=permits("spaces:write"), errors=(ConflictError,))
async def create_space(uow: UnitOfWork, body: CreateSpaceRequest) -> DataOf[Space3]:
    """Make a space."""
    return DataOf(await service.create_space(uow, body))


@spaces.get(f"{BASE}/{{id}}", permission=SPACE.reading)
async def get_space(uow: UnitOfWork, id: UUID, query: SpaceQuery, call: Call) -> DataOf[Space3]:
    """One space."""
    return DataOf(await service.get_space(uow, id, query, preferred_languages(query.language, call)))


@spaces.patch(f"{BASE}/{{id}}", permission=SPACE.writing, errors=(ConflictError,))
async def update_space(uow: UnitOfWork, id: UUID, body: UpdateSpaceRequest) -> DataOf[Space3]:
    """Change a space; what is absent stays."""
    return DataOf(await service.update_space(uow, id, body))


@spaces.delete(f"{BASE}/{{id}}", permission=object_right("spaces:delete"), errors=(ConflictError,))
async def delete_space(uow: UnitOfWork, id: UUID) -> None:
    """End a space that holds nothing."""
    await service.delete_space(uow, id)


@members.get(f"{BASE}/{{id}}/members", permission=SPACE.reading)
async def list_space_members(uow: UnitOfWork, id: UUID) -> DataOf[list[SpaceMember]]:
    """Who has a role in a space."""
    return DataOf(await service.list_members(uow, id))


@members.post(f"{BASE}/{{id}}/members", permission=SPACE.writing)
async def add_space_member(uow: UnitOfWork, id: UUID, body: SpaceMemberRequest) -> DataOf[SpaceMember]:
    """Give a person a role in a space."""
    return DataOf(await service.add_member(uow, id, body))


@members.delete(f"{BASE}/{{id}}/members/{{userId}}", permission=SPACE.writing)
async def remove_space_member(uow: UnitOfWork, id: UUID, userId: UUID) -> None:  # noqa: N803 - the contract's name
    """End a person's role in a space."""
    await service.remove_member(uow, id, userId)


attach_tags(spaces, BASE, SPACE)
attach_categories(spaces, BASE, SPACE)
attach_promotion(spaces, BASE, SPACE, TABLE, service.details_of, Space3)
attach_visits(spaces, BASE, SPACE)
attach_portability(spaces, BASE, SPACES)
