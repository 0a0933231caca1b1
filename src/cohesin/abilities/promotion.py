"""Promotion and order by hand, on the columns of `tables.PROMOTION_COLUMNS`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from cohesin.abilities.entity import Entity
from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.kernel.events import Event
from cohesin.kernel.http.models import ABSENT, InstantInput, RequestModel
from cohesin.kernel.uow import UnitOfWork

PromotionType = Literal[
    "None", "Effect1", "Effect2", "Effect3", "PositionDynamic", "PositionFix", "CommercialAdd"
]
COLUMNS: Final = {
    "promotionType": "promotion_type",
    "promotionRank": "promotion_rank",
    "promotionStartDate": "promotion_start_date",
    "promotionEndDate": "promotion_end_date",
}


class UpdatePromotionRequest(RequestModel):
    promotionType: PromotionType = ABSENT  # noqa: N815 - the contract's name
    promotionRank: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None  # noqa: N815
    promotionStartDate: InstantInput | None = None  # noqa: N815
    promotionEndDate: InstantInput | None = None  # noqa: N815


def active_rank(owner: str, now: str) -> str:
    """An expression: the owner's rank while its window is open, else null. `now` is a placeholder."""
    return f"""CASE WHEN ({owner}.promotion_start_date IS NULL OR {owner}.promotion_start_date <= {now}::timestamptz)
        AND ({owner}.promotion_end_date IS NULL OR {owner}.promotion_end_date > {now}::timestamptz)
        THEN {owner}.promotion_rank END"""


async def update_promotion(
    uow: UnitOfWork, entity: Entity, table: str, entity_id: UUID, request: UpdatePromotionRequest
) -> None:
    """Set or clear the promotion of something the caller may write.

    Raises:
        RuleRefusedError: the window would end before it starts.
    """
    await entity.access(uow, entity_id, "write")
    changes = {COLUMNS[name]: value for name, value in request.model_dump(exclude_unset=True).items()}
    where = "WHERE tenant_id = $1 AND id = $2"
    row = await uow.conn.fetchrow(
        f"SELECT {', '.join(COLUMNS.values())} FROM {table} {where} FOR UPDATE", uow.tenant_id, entity_id
    )
    before = dict(row)
    after = {**before, **changes}
    start, end = after["promotion_start_date"], after["promotion_end_date"]
    if start is not None and end is not None and end <= start:
        raise RuleRefusedError(faults=[Fault("promotionEndDate", "must be after promotionStartDate")])
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(after, start=4))
    await uow.conn.execute(
        f"UPDATE {table} SET updated_at = $3, {sets} {where}",
        uow.tenant_id,
        entity_id,
        uow.clock.now(),
        *after.values(),
    )
    differences: dict[str, Any] = {
        name: {"before": before[name], "after": value}
        for name, value in after.items()
        if before[name] != value
    }
    await uow.record(Event(type=f"{entity.name}.promotion_updated", entity_id=entity_id, changes=differences))


async def move_to_top(uow: UnitOfWork, entity: Entity, table: str, entity_id: UUID) -> None:
    """Give something the next highest order of its tenant. Two at once take turns, so that no order is given twice."""
    await entity.access(uow, entity_id, "write")
    await uow.conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"order:{table}:{uow.tenant_id}"
    )
    order = await uow.conn.fetchval(
        f"""UPDATE {table} SET updated_at = $3,
              custom_order = 1 + (SELECT max(o.custom_order) FROM {table} o WHERE o.tenant_id = $1 AND o.deleted_at IS NULL)
             WHERE tenant_id = $1 AND id = $2 RETURNING custom_order""",
        uow.tenant_id,
        entity_id,
        uow.clock.now(),
    )
    await uow.record(
        Event(type=f"{entity.name}.moved_to_top", entity_id=entity_id, data={"customOrder": order})
    )
