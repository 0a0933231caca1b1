"""Who may do what with a space.

Administrators see and write all. A role in the space decides for its members: managers write, readers read. Everybody
else reads what is not private, and writes it with the permission.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from cohesin.abilities.entity import person_of
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.spaces import queries
from cohesin.platform.spaces.queries import Standing

SpaceAction = Literal["read", "write", "delete"]


def standing_of(uow: UnitOfWork, action: SpaceAction = "write") -> tuple[Any, ...]:
    """The four facts about the caller that `queries.STANDING` begins with."""
    caller = uow.caller
    sees_all = caller.is_tenant_admin or caller.is_system_admin
    return uow.tenant_id, person_of(caller), sees_all, caller.may(f"spaces:{action}")


def permitted(caller: Caller, action: SpaceAction) -> bool:
    """People are judged by the space alone; keys and application accounts need the permission as well."""
    return caller.kind is CallerKind.USER or caller.may(f"spaces:{action}")


async def access_space(
    uow: UnitOfWork, space_id: UUID, action: SpaceAction = "read", *, lock: bool = False
) -> Standing:
    """What the caller may do with a space of the tenant. A write holds the space until the unit ends, so does `lock`.

    Raises:
        NotFoundError: it does not exist, or the caller cannot see it.
        ForbiddenError: the caller may see it only.
    """
    held = lock or action != "read"
    standing = await queries.find_standing(uow.conn, standing_of(uow, action), space_id, lock=held)
    if standing is None or not standing.visible:
        raise NotFoundError
    if not permitted(uow.caller, action) or (action != "read" and not standing.manageable):
        raise ForbiddenError
    return standing


async def access_for_ability(uow: UnitOfWork, space_id: UUID, action: Literal["read", "write"]) -> None:
    """`access_space` as an entity declares it."""
    await access_space(uow, space_id, action)


async def visible_spaces(uow: UnitOfWork, space_ids: list[UUID]) -> set[UUID]:
    """Those of the spaces that the caller may read."""
    return await queries.list_visible(uow.conn, standing_of(uow), space_ids)
