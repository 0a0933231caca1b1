"""The partners that order from the laboratory."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.http.call import Call
from cohesin.kernel.outbound import OutboundClient
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.partners import service
from cohesin.lab.partners.schemas import (
    CreatePartnerRequest,
    LabPartner,
    PartnerListQuery,
    UpdatePartnerRequest,
    WebhookSecret,
)
from cohesin.lab.permissions import LAB_READ
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/partners"


@lab.get(f"{BASE}/", permission=LAB_READ)
async def list_lab_partners(uow: UnitOfWork, query: PartnerListQuery) -> Page[LabPartner]:
    """Ordering partners, oldest first."""
    return await service.page_partners(uow, query)


@lab.post(f"{BASE}/", permission=TENANT_ADMIN)
async def create_lab_partner(
    units: Units, call: Call, sealer: Sealer, outbound: OutboundClient, body: CreatePartnerRequest
) -> DataOf[LabPartner]:
    """Enter a partner."""
    await service.check_webhook_url(outbound, body.webhook_url)
    async with units.open(call.caller, call.origin) as uow:
        return DataOf(await service.create_partner(uow, sealer, body))


@lab.get(f"{BASE}/{{id}}", permission=LAB_READ)
async def get_lab_partner(uow: UnitOfWork, id: UUID) -> DataOf[LabPartner]:
    """One partner."""
    return DataOf(await service.get_partner(uow, id))


@lab.patch(f"{BASE}/{{id}}", permission=TENANT_ADMIN)
async def update_lab_partner(
    units: Units, call: Call, outbound: OutboundClient, id: UUID, body: UpdatePartnerRequest
) -> DataOf[LabPartner]:
    """Change a partner's name, rights or webhook address; what is absent stays."""
    changes = body.model_dump(exclude_unset=True)
    await service.check_webhook_url(outbound, changes.get("webhook_url"))
    async with units.open(call.caller, call.origin) as uow:
        return DataOf(await service.update_partner(uow, id, changes))


@lab.post(f"{BASE}/{{id}}/webhook-secret", permission=TENANT_ADMIN)
async def renew_lab_webhook_secret(uow: UnitOfWork, sealer: Sealer, id: UUID) -> DataOf[WebhookSecret]:
    """Make a new key for the signatures of a partner's webhooks, shown this once."""
    return DataOf(WebhookSecret(await service.renew_webhook_secret(uow, sealer, id)))
