"""The front door of the panel catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.lab.panels import queries
from cohesin.lab.panels.errors import PanelShapeError, SkuTakenError
from cohesin.lab.panels.schemas import CreatePanelRequest, LabPanel, PanelKind, PanelListQuery


async def list_panels(uow: UnitOfWork, kind: PanelKind, window: Window = WHOLE) -> Found[LabPanel]:
    """One of the three catalogues by number."""
    return await queries.list_panels(uow.conn, kind, window)


async def page_panels(uow: UnitOfWork, query: PanelListQuery) -> Page[LabPanel]:
    """The whole catalogue by number."""
    return await queries.page_panels(uow.conn, query)


async def find_by_skus(uow: UnitOfWork, skus: Sequence[str]) -> dict[str, LabPanel]:
    """The panels of these skus in any letter case, by the sku in lower case; unknown ones are left out."""
    return await queries.find_by_skus(uow.conn, skus)


async def get_panel(uow: UnitOfWork, panel_id: UUID) -> LabPanel:
    """A panel by id.

    Raises:
        NotFoundError: there is none.
    """
    panel = await queries.find_panel(uow.conn, panel_id)
    if panel is None:
        raise NotFoundError
    return panel


async def create_panel(uow: UnitOfWork, request: CreatePanelRequest) -> LabPanel:
    """Add a panel to the catalogue of every tenant.

    Raises:
        SkuTakenError: the sku is taken in one of the three catalogues.
        PanelShapeError: markers and parts do not fit its kind.
    """
    parts = await queries.find_by_skus(uow.conn, request.parts)
    wanted = list(dict.fromkeys(sku.lower() for sku in request.parts))
    is_bundle = request.kind == "multi_trait"
    if is_bundle != bool(wanted) or is_bundle == bool(request.snps) or len(parts) != len(wanted):
        raise PanelShapeError
    if any(part.kind != "trait" for part in parts.values()):
        raise PanelShapeError
    panel_id = new_id()
    try:
        async with uow.savepoint():
            await queries.insert_panel(uow.conn, panel_id, request)
    except asyncpg.UniqueViolationError:
        raise SkuTakenError from None
    for place, sku in enumerate(wanted, start=1):
        await queries.insert_part(uow.conn, panel_id, parts[sku].id, place)
    await uow.record(Event(type="lab_panel.created", entity_id=panel_id, data={"sku": request.sku}))
    return await get_panel(uow, panel_id)
