"""Shipments as the laboratory sends them."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.kits.schemas import LabKit
from cohesin.lab.permissions import LAB_READ, LAB_WRITE
from cohesin.lab.shipments import service
from cohesin.lab.shipments.schemas import AddKitRequest, Shipment, ShipmentListQuery, UpdateShipmentRequest
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/shipments"


@lab.get(f"{BASE}/", permission=LAB_READ)
async def list_lab_shipments(uow: UnitOfWork, query: ShipmentListQuery) -> Page[Shipment]:
    """Shipments, newest first."""
    return await service.page_shipments(uow, query)


@lab.get(f"{BASE}/{{id}}", permission=LAB_READ)
async def get_lab_shipment(uow: UnitOfWork, id: UUID) -> DataOf[Shipment]:
    """One shipment."""
    return DataOf(await service.get_shipment(uow, id))


@lab.patch(f"{BASE}/{{id}}", permission=LAB_WRITE, errors=(ConflictError,))
async def update_lab_shipment(uow: UnitOfWork, id: UUID, body: UpdateShipmentRequest) -> DataOf[Shipment]:
    """Set the carrier's number of a shipment that left."""
    return DataOf(await service.set_tracking_no(uow, id, body.tracking_no))


@lab.post(f"{BASE}/{{id}}/kits", permission=LAB_WRITE, status=200, errors=(ConflictError,))
async def add_kit_to_lab_shipment(uow: UnitOfWork, id: UUID, body: AddKitRequest) -> DataOf[LabKit]:
    """Put a kit into a shipment; the first one makes it shipped."""
    return DataOf(await service.add_kit(uow, id, body.barcode))
