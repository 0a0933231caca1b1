"""What the slice of rights asks about spaces."""

from __future__ import annotations

from uuid import UUID

from cohesin.abilities.entity import person_of
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.iam.schemas import Action, Decision, ManageableSpace, SpaceMembership
from cohesin.platform.iam.service import (
    register_entity_access,
    register_manageable_spaces,
    register_space_memberships,
)
from cohesin.platform.spaces import queries
from cohesin.platform.spaces.access import permitted, standing_of


async def decide(uow: UnitOfWork, space_id: UUID, action: Action) -> Decision | None:
    """Whether the caller may do something to a space, and by which rule; None where there is none to be seen."""
    standing = await queries.find_standing(uow.conn, standing_of(uow, action), space_id, lock=False)
    if standing is None or not standing.visible:
        return None
    if not permitted(uow.caller, action) or (action == "write" and not standing.manageable):
        return Decision(allowed=False, rule=f"space_{standing.role}" if standing.role else "no_right")
    if standing.role is not None:
        return Decision(allowed=True, rule=f"space_{standing.role}")
    return Decision(allowed=True, rule="permission" if action == "write" else "tenant_space")


async def list_memberships(uow: UnitOfWork) -> list[SpaceMembership]:
    return await queries.list_own_memberships(uow.conn, uow.tenant_id, person_of(uow.caller))


async def list_manageable(uow: UnitOfWork) -> list[ManageableSpace]:
    return await queries.list_manageable(uow.conn, standing_of(uow))


register_entity_access("space", decide)
register_space_memberships(list_memberships)
register_manageable_spaces(list_manageable)
