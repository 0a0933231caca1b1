"""Visits of an entity, counted only when a client says so, and never lost: the row's own lock adds them up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from pydantic import StringConstraints

from cohesin.abilities.entity import Entity
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.db.rows import fetch_one
from cohesin.kernel.events import Event
from cohesin.kernel.http.models import RequestModel
from cohesin.kernel.http.wire import Instant
from cohesin.kernel.uow import UnitOfWork

ActorType = Literal["user", "api_key", "app_account"]
ACTORS: Final = (CallerKind.USER, CallerKind.API_KEY, CallerKind.APP_ACCOUNT)


class Reset(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entity's visits, all in all."""

    entity_id: UUID
    total_visits: Annotated[int, Meta(ge=0)]
    last_visited_at: Instant | None
    last_visited_by_actor_type: ActorType | None
    last_visited_by_actor_id: UUID | None
    last_reset_at: Instant | None
    last_reset_by_actor_type: ActorType | None
    last_reset_by_actor_id: UUID | None
    last_reset_reason: Annotated[str, Meta(max_length=500)] | None


class ResetVisitsRequest(RequestModel):
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


RETURNING: Final = """RETURNING v.entity_id, v.total AS total_visits, v.last_visited_at,
    v.last_visited_by_kind AS last_visited_by_actor_type, v.last_visited_by AS last_visited_by_actor_id,
    v.last_reset_at, v.last_reset_by_kind AS last_reset_by_actor_type, v.last_reset_by AS last_reset_by_actor_id,
    v.last_reset_reason"""
COUNT: Final = f"""
INSERT INTO platform.visit_counts AS v
  (tenant_id, entity_type, entity_id, total, last_visited_at, last_visited_by_kind, last_visited_by)
VALUES ($1, $2, $3, 1, $4, $5, $6)
ON CONFLICT (tenant_id, entity_type, entity_id) DO UPDATE SET total = v.total + 1,
  last_visited_at = EXCLUDED.last_visited_at, last_visited_by_kind = EXCLUDED.last_visited_by_kind,
  last_visited_by = EXCLUDED.last_visited_by
{RETURNING}"""
RESET: Final = f"""
INSERT INTO platform.visit_counts AS v
  (tenant_id, entity_type, entity_id, total, last_reset_at, last_reset_by_kind, last_reset_by, last_reset_reason)
VALUES ($1, $2, $3, 0, $4, $5, $6, $7)
ON CONFLICT (tenant_id, entity_type, entity_id) DO UPDATE SET total = 0, last_reset_at = EXCLUDED.last_reset_at,
  last_reset_by_kind = EXCLUDED.last_reset_by_kind, last_reset_by = EXCLUDED.last_reset_by,
  last_reset_reason = EXCLUDED.last_reset_reason
{RETURNING}"""


async def track_visit(uow: UnitOfWork, entity: Entity, entity_id: UUID) -> Reset:
    """Count one visit of something the caller may read."""
    await entity.access(uow, entity_id, "read")
    counted = await fetch_one(uow.conn, Reset, COUNT, *_facts(uow, entity, entity_id))
    await uow.record(Event(type=f"{entity.name}.visited", entity_id=entity_id))
    return counted


async def reset_visits(uow: UnitOfWork, entity: Entity, entity_id: UUID, reason: str | None) -> Reset:
    """Begin the count anew; when the last visit was stays known."""
    await entity.access(uow, entity_id, "write")
    counted = await fetch_one(uow.conn, Reset, RESET, *_facts(uow, entity, entity_id), reason)
    await uow.record(Event(type=f"{entity.name}.visits_reset", entity_id=entity_id))
    return counted


def _facts(uow: UnitOfWork, entity: Entity, entity_id: UUID) -> tuple[Any, ...]:
    kind, actor_id = _actor(uow.caller)
    now: datetime = uow.clock.now()
    return uow.tenant_id, entity.name, entity_id, now, kind, actor_id


def _actor(caller: Caller) -> tuple[str | None, UUID | None]:
    return (caller.kind.value, caller.id) if caller.kind in ACTORS else (None, None)
