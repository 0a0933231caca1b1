"""The panel catalogue."""

from __future__ import annotations

from cohesin.kernel.authz import SYSTEM_ADMIN
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.panels import service
from cohesin.lab.panels.schemas import CreatePanelRequest, LabPanel, PanelListQuery
from cohesin.lab.permissions import LAB_READ
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/panels"


@lab.get(f"{BASE}/", permission=LAB_READ)
async def list_lab_panels(uow: UnitOfWork, query: PanelListQuery) -> Page[LabPanel]:
    """Everything that can be ordered."""
    return await service.page_panels(uow, query)


@lab.post(f"{BASE}/", permission=SYSTEM_ADMIN, errors=(ConflictError,))
async def create_lab_panel(uow: UnitOfWork, body: CreatePanelRequest) -> DataOf[LabPanel]:
    """Add a panel to the catalogue, which all tenants share."""
    return DataOf(await service.create_panel(uow, body))
