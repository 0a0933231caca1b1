"""The front door of ordering partners: who they are, what they may do, where their webhooks go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.crypto.signing import generate_webhook_secret
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.outbound import HostNotFoundError, OutboundClient, OutboundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.partners import queries
from cohesin.lab.partners.errors import WebhookUrlRefusedError
from cohesin.lab.partners.schemas import CreatePartnerRequest, LabPartner, PartnerListQuery


async def check_webhook_url(outbound: OutboundClient, url: str | None) -> None:
    """Refuse an address that no webhook will be sent to. A name that does not resolve yet is let through.

    Raises:
        WebhookUrlRefusedError: plain http to the open internet, a private address, or no URL at all.
    """
    if url is None:
        return
    try:
        await outbound.check(url)
    except HostNotFoundError:
        return
    except OutboundError as error:
        raise WebhookUrlRefusedError(error.code) from None


async def create_partner(uow: UnitOfWork, sealer: Sealer, request: CreatePartnerRequest) -> LabPartner:
    """A new ordering partner, with a webhook secret that nobody has seen yet."""
    partner_id = new_id()
    secret = _seal(sealer, partner_id, generate_webhook_secret())
    partner = await queries.insert_partner(
        uow.conn, uow.tenant_id, partner_id, request.model_dump(), secret, uow.clock.now()
    )
    await uow.record(Event(type="lab_partner.created", entity_id=partner_id, data={"name": partner.name}))
    return partner


async def get_partner(uow: UnitOfWork, partner_id: UUID) -> LabPartner:
    """A partner of the tenant.

    Raises:
        NotFoundError: there is none.
    """
    partner = await queries.find_partner(uow.conn, uow.tenant_id, partner_id)
    if partner is None:
        raise NotFoundError
    return partner


async def page_partners(uow: UnitOfWork, query: PartnerListQuery) -> Page[LabPartner]:
    """The tenant's partners, oldest first."""
    return await queries.PARTNERS.fetch(uow.conn, query, ["p.tenant_id = $1"], uow.tenant_id)


async def update_partner(uow: UnitOfWork, partner_id: UUID, changes: Mapping[str, Any]) -> LabPartner:
    """Change what is named.

    Raises:
        NotFoundError: there is no such partner.
    """
    before = await get_partner(uow, partner_id)
    after = await queries.update_partner(uow.conn, uow.tenant_id, partner_id, changes, uow.clock.now())
    if after is None:
        raise NotFoundError
    await uow.record(
        Event(type="lab_partner.updated", entity_id=partner_id, changes=changes_between(before, after))
    )
    return after


async def renew_webhook_secret(uow: UnitOfWork, sealer: Sealer, partner_id: UUID) -> str:
    """A new secret for a partner's webhooks; the one before ends at once.

    Raises:
        NotFoundError: there is no such partner.
    """
    secret = generate_webhook_secret()
    changes = {"webhook_secret": _seal(sealer, partner_id, secret)}
    if await queries.update_partner(uow.conn, uow.tenant_id, partner_id, changes, uow.clock.now()) is None:
        raise NotFoundError
    await uow.record(Event(type="lab_partner.secret_renewed", entity_id=partner_id))
    return secret


async def find_webhook_secret(uow: UnitOfWork, sealer: Sealer, partner_id: UUID) -> str | None:
    """The secret under which a partner's webhooks are signed."""
    sealed = await queries.find_secret(uow.conn, uow.tenant_id, partner_id)
    return None if sealed is None else sealer.open(sealed, _context(partner_id)).decode()


def _seal(sealer: Sealer, partner_id: UUID, secret: str) -> bytes:
    return sealer.seal(secret.encode(), _context(partner_id))


def _context(partner_id: UUID) -> SealContext:
    return SealContext("lab.partners", "webhook_secret", str(partner_id))
