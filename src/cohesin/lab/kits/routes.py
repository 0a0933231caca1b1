"""The laboratory's intake: kits and their stages."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.kits import service
from cohesin.lab.kits.schemas import (
    CreateKitRequest,
    KitListQuery,
    KitNoticeRequest,
    LabKit,
    UpdateKitRequest,
)
from cohesin.lab.partners.service import get_partner
from cohesin.lab.permissions import LAB_READ, LAB_WRITE
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/kits"


@lab.get(f"{BASE}/", permission=LAB_READ)
async def list_lab_kits(uow: UnitOfWork, query: KitListQuery) -> Page[LabKit]:
    """Kits, newest first."""
    return await service.page_kits(uow, query)


@lab.post(f"{BASE}/", permission=LAB_WRITE, errors=(ConflictError,))
async def create_lab_kit(uow: UnitOfWork, body: CreateKitRequest) -> DataOf[LabKit]:
    """Enter a kit, of a partner or of the laboratory itself."""
    if body.partner_id is not None:
        await get_partner(uow, body.partner_id)
    return DataOf(
        await service.create_kit(uow, body.barcode, partner_id=body.partner_id, location_id=body.location_id)
    )


@lab.get(f"{BASE}/{{id}}", permission=LAB_READ)
async def get_lab_kit(uow: UnitOfWork, id: UUID) -> DataOf[LabKit]:
    """One kit."""
    return DataOf(await service.get_kit(uow, id))


@lab.patch(f"{BASE}/{{id}}", permission=LAB_WRITE)
async def update_lab_kit(uow: UnitOfWork, id: UUID, body: UpdateKitRequest) -> DataOf[LabKit]:
    """Say at which location a kit is handled; what is absent stays."""
    if "location_id" not in body.model_fields_set:
        return DataOf(await service.get_kit(uow, id))
    return DataOf(await service.move_kit(uow, id, body.location_id))


@lab.post(f"{BASE}/{{id}}/receive", permission=LAB_WRITE, status=200, errors=(ConflictError,))
async def receive_lab_kit(uow: UnitOfWork, id: UUID) -> DataOf[LabKit]:
    """Note that a kit arrived."""
    return DataOf(await service.take_step(uow, id, "receive"))


@lab.post(f"{BASE}/{{id}}/start", permission=LAB_WRITE, status=200, errors=(ConflictError,))
async def start_lab_kit(uow: UnitOfWork, id: UUID) -> DataOf[LabKit]:
    """Note that work on a kit's sample began."""
    return DataOf(await service.take_step(uow, id, "start"))


@lab.post(f"{BASE}/{{id}}/fail", permission=LAB_WRITE, status=200, errors=(ConflictError,))
async def fail_lab_kit(uow: UnitOfWork, id: UUID, body: KitNoticeRequest) -> DataOf[LabKit]:
    """Note that a kit's sample cannot be used."""
    return DataOf(await service.take_step(uow, id, "fail", reason=body.reason))


@lab.post(f"{BASE}/{{id}}/lose", permission=LAB_WRITE, status=200, errors=(ConflictError,))
async def lose_lab_kit(uow: UnitOfWork, id: UUID, body: KitNoticeRequest) -> DataOf[LabKit]:
    """Note that a kit is lost."""
    return DataOf(await service.take_step(uow, id, "lose", reason=body.reason))
