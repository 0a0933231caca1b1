"""Who did what, by name."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.auth.service import display_name_of
from cohesin.platform.users.service import get_member


async def names_of(uow: UnitOfWork, user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Display names of members; who is none any more is left out."""
    names: dict[UUID, str] = {}
    for user_id in {one for one in user_ids if one is not None}:
        try:
            names[user_id] = display_name_of(await get_member(uow, user_id))
        except NotFoundError:
            continue
    return names
