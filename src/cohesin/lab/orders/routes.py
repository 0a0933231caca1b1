"""Panel orders as the laboratory sees them."""

from __future__ import annotations

from cohesin.kernel.http.answers import Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.orders import service
from cohesin.lab.orders.schemas import LabOrder, OrderListQuery
from cohesin.lab.permissions import LAB_READ
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")


@lab.get("/api/v1/secure/lab/orders/", permission=LAB_READ)
async def list_lab_orders(uow: UnitOfWork, query: OrderListQuery) -> Page[LabOrder]:
    """Panel orders, newest first."""
    return await service.page_orders(uow, query)
