"""How a partner's webhooks went."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.http.answers import Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.deliveries import service
from cohesin.lab.deliveries.schemas import DeliveryListQuery, LabDelivery
from cohesin.lab.permissions import LAB_READ
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")


@lab.get("/api/v1/secure/lab/partners/{id}/deliveries", permission=LAB_READ)
async def list_lab_deliveries(uow: UnitOfWork, id: UUID, query: DeliveryListQuery) -> Page[LabDelivery]:
    """A partner's webhook deliveries, newest first."""
    return await service.page_deliveries(uow, id, query)
