"""Pushing events to partners: planned in the transaction of the event, sent by a task."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.crypto.signing import standard_webhook_headers, timestamped_signature
from cohesin.kernel.events import RecordedEvent, subscribe
from cohesin.kernel.outbound import OutboundClient, OutboundError
from cohesin.kernel.tasks import TaskContext, enqueue, task
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.deliveries import service as deliveries
from cohesin.lab.events import find_event
from cohesin.lab.partners.service import find_webhook_secret, get_partner
from cohesin.partners.toolbox.mapping import EVENT_TYPES, event_answer


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it goes out."""

    url: str
    secret: str
    event_id: int
    body: bytes

    def headers(self, now: datetime) -> dict[str, str]:
        """Both kinds of signatures, under the same secret."""
        signature = timestamped_signature(self.secret, timestamp=int(now.timestamp()), body=self.body)
        message_id = f"toolbox-event-{self.event_id}"
        return {
            "Content-Type": "application/json",
            "X-Toolbox-Event-Id": str(self.event_id),
            "X-Toolbox-Signature": signature,
            **standard_webhook_headers(self.secret, message_id=message_id, timestamp=now, body=self.body),
        }


@subscribe
async def plan_webhook(uow: UnitOfWork, event: RecordedEvent) -> None:
    """Plan the delivery of an event to the webhook of the partner whom it is for, where one is set."""
    partner_id = event.data.get("partner_id") if event.type in EVENT_TYPES else None
    if partner_id is None:
        return
    partner = await get_partner(uow, UUID(partner_id))
    if partner.webhook_url is None or not partner.active:
        return
    delivery = await deliveries.plan_delivery(uow, partner.id, event.sequence, event.type)
    await enqueue(uow.conn, push_event, _arguments(uow.tenant_id, delivery.id, 1))


def _arguments(tenant_id: UUID, delivery_id: UUID, attempt: int) -> dict[str, str | int]:
    return {"tenant_id": str(tenant_id), "delivery_id": str(delivery_id), "attempt": attempt}


@task(name="toolbox.push_event")
async def push_event(context: TaskContext, *, tenant_id: str, delivery_id: str, attempt: int) -> None:
    """Make one attempt of a delivery, and plan the next one if it fails."""
    services = context.services
    caller = system_caller(UUID(tenant_id))
    async with services.units.open(caller) as uow:
        message = await _find_message(uow, services.get(Sealer), UUID(delivery_id), attempt)
    if message is None:
        return
    status, error = await _send(services.get(OutboundClient), message, services.units.clock.now())
    async with services.units.open(caller) as uow:
        due = await deliveries.record_attempt(
            uow, UUID(delivery_id), attempt, response_status=status, error=error
        )
        if due is not None:
            arguments = _arguments(uow.tenant_id, UUID(delivery_id), attempt + 1)
            await enqueue(uow.conn, push_event, arguments, schedule_at=due)


async def _find_message(uow: UnitOfWork, sealer: Sealer, delivery_id: UUID, attempt: int) -> Message | None:
    """What this attempt sends; None where it was made before, or the partner takes no webhooks any more."""
    delivery = await deliveries.find_due_delivery(uow, delivery_id, attempt)
    if delivery is None:
        return None
    partner = await get_partner(uow, delivery.partner_id)
    secret = await find_webhook_secret(uow, sealer, partner.id)
    event = await find_event(uow, delivery.event_sequence)
    if partner.webhook_url is None or secret is None or event is None:
        await deliveries.give_up(uow, delivery, "no_webhook")
        return None
    body = msgspec.json.encode(event_answer(event))
    return Message(url=partner.webhook_url, secret=secret, event_id=event.sequence, body=body)


async def _send(outbound: OutboundClient, message: Message, now: datetime) -> tuple[int | None, str | None]:
    """The answer's status, and one word for what went wrong, if anything did."""
    try:
        answer = await outbound.post(message.url, message.body, message.headers(now))
    except OutboundError as error:
        return None, error.code
    return answer.status, None if 200 <= answer.status < 300 else "refused"
