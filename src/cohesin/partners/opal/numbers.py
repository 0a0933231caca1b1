"""Opal's numbers for workspaces and users, given out at first sight and kept for ever."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from cohesin.kernel.uow import UnitOfWork


async def workspace_number(uow: UnitOfWork) -> int:
    """The number of the unit's tenant."""
    found: int | None = await uow.conn.fetchval(
        "SELECT number FROM partners.opal_workspaces WHERE tenant_id = $1", uow.tenant_id
    )
    if found is None:
        found = await uow.conn.fetchval(
            """INSERT INTO partners.opal_workspaces (tenant_id) VALUES ($1)
               ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id RETURNING number""",
            uow.tenant_id,
        )
    assert found is not None
    return found


async def user_numbers(uow: UnitOfWork, actors: Iterable[UUID | None]) -> dict[UUID | None, int]:
    """The number of everyone named; 0 stands for the server itself."""
    wanted = list({actor for actor in actors if actor is not None})
    known = await _known(uow, wanted)
    missing = [actor for actor in wanted if actor not in known]
    if missing:
        await uow.conn.execute(
            """INSERT INTO partners.opal_users (tenant_id, actor_id) SELECT $1, unnest($2::uuid[])
               ON CONFLICT DO NOTHING""",
            uow.tenant_id, missing,
        )  # fmt: skip
        known = await _known(uow, wanted)
    return {**known, None: 0}


async def _known(uow: UnitOfWork, wanted: list[UUID]) -> dict[UUID | None, int]:
    rows = await uow.conn.fetch(
        "SELECT actor_id, number FROM partners.opal_users WHERE tenant_id = $1 AND actor_id = ANY($2)",
        uow.tenant_id, wanted,
    )  # fmt: skip
    # asyncpg's UUID is a subclass of its own; a plain one is found by either.
    return {UUID(int=row["actor_id"].int): row["number"] for row in rows}
