from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.signing import verify_timestamped_signature
from cohesin.lab.deliveries.rules import wait_after
from cohesin.lab.kits.service import take_step
from tests.labs import Partner


async def test_t106_t107_filters_combine(partner: Partner) -> None:
    barcode = (await partner.kit())["barcode"]
    for step in ("receive", "start", "fail"):
        await partner.step(barcode, step)
    events = await partner.get("events/")
    assert [event["type"] for event in events] == [
        "kit_failed",
        "kit_in_process",
        "kit_received_by_lab",
    ]  # T31
    first, last = events[-1]["created_at"], events[0]["created_at"]
    assert len(await partner.get("events/", created_at__gte=first)) == 3
    assert events[0] in await partner.get("events/", created_at__gte=last)  # T112
    assert await partner.get("events/", created_at__gt=last) == []
    assert await partner.get("events/", created_at__lt=first) == []
    assert len(await partner.get("events/", created_at__lte=last)) == 3
    only = await partner.get("events/", created_at__gte=first, created_at__lte=last, type="kit_in_process")
    assert only == [events[1]]
    assert await partner.get("events/", type="kit_lost") == []
    assert "type" in (await partner.get("events/", status=400, type="kit.updated"))["errors"]


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-01+00:00:00", "2019-10-01", "2019-10-01T00:00", "2019-10-01%2000:00:00.5", "2019-10-01T00:00:00Z",
        "2019-10-01T00:00:00+0000", "2019-10-01T00:00:00%2B00:00", "2019-10-01T00:00:00-0930", "2019-10-01 00:00:00 0200",
    ],
)  # fmt: skip
async def test_t106_t108_readable_instants(partner: Partner, text: str) -> None:
    await partner.step((await partner.kit())["barcode"], "receive")
    answer = await partner.call("GET", f"/api/v1/events/?created_at__gte={text}")
    assert answer.status_code == 200
    assert len(answer.json()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2019-13-01",
        "2019-10-01T24:00:00",
        "1570000000",
        "2019-10-01T00:00:00+9",
        "2019-10-01T00:00:00%2B99:00",
        "0001-01-01T00:00:00%2B14:00",
        "2019-10-01T",
    ],
)
async def test_t108_unreadable_instants_are_400(partner: Partner, text: str) -> None:
    answer = await partner.call("GET", f"/api/v1/events/?created_at__lt={text}")
    assert set(answer.json()["errors"]) == {"created_at__lt"}
    assert answer.status_code == 400


async def test_t109_to_t111_a_snapshot_that_never_changes(partner: Partner) -> None:
    barcode = (await partner.kit())["barcode"]
    await partner.step(barcode, "receive")
    (received,) = await partner.get("events/")
    assert received["type"] == received["action"] == "kit_received_by_lab"
    assert set(received["data"]) == {"kit"}
    await partner.step(barcode, "start")
    events = await partner.get("events/")
    assert events[1] == received
    assert events[0]["id"] > events[1]["id"]
    assert events[0]["created_at"] >= events[1]["created_at"]


async def test_t111_events_are_committed_in_the_order_of_their_ids(partner: Partner) -> None:
    """A poller that has seen an id never finds a lower one later."""
    kits = [await partner.lab_kit((await partner.kit())["barcode"]) for _ in range(4)]
    units, caller = partner.world.services.units, system_caller(UUID(partner.tenant_id))
    took, release = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with units.open(caller) as uow:
            await take_step(uow, UUID(kits[0]["id"]), "receive")
            took.set()
            await release.wait()

    async def quick(kit: Any) -> None:
        async with units.open(caller) as uow:
            await take_step(uow, UUID(kit["id"]), "receive")

    first = asyncio.create_task(slow())
    await took.wait()
    others = [asyncio.create_task(quick(kit)) for kit in kits[1:]]
    assert await partner.get("events/") == []
    release.set()
    await asyncio.gather(first, *others)
    events = await partner.get("events/")
    assert events[-1]["data"]["kit"]["id"] == kits[0]["number"]
    assert [event["id"] for event in events] == sorted((event["id"] for event in events), reverse=True)


async def test_events_of_another_account_are_not_shown(partner: Partner, rival: Partner) -> None:
    await partner.step((await partner.kit())["barcode"], "receive")
    assert await rival.get("events/") == []
    assert (await rival.get("events/", page=1))["total"] == 0


class Sink:
    """A webhook receiver that answers with the statuses it is given, 200 after those."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
            if name
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.received.append((headers, body))
        status = self.statuses.pop(0) if self.statuses else 200
        extra = "Location: http://127.0.0.1:1/\r\n" if 300 <= status < 400 else ""
        writer.write(f"HTTP/1.1 {status} X\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.start_server(sink.handle, "127.0.0.1", 0)
    sink.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?tenant=1"
    async with server:
        yield sink


async def subscribed(partner: Partner, url: str) -> str:
    """Point the partner's webhook to a URL; answers its secret."""
    await partner.lab("PATCH", f"partners/{partner.partner_id}", {"webhook_url": url})
    return (await partner.lab("POST", f"partners/{partner.partner_id}/webhook-secret", status=201))["secret"]


async def test_t115_to_t117b_a_signed_push(partner: Partner) -> None:
    async with listening() as sink:
        secret = await subscribed(partner, sink.url)
        await partner.step((await partner.kit())["barcode"], "receive")
        assert await partner.run_jobs() == ["toolbox.push_event"]
    ((headers, body),) = sink.received
    (event,) = await partner.get("events/")
    assert json.loads(body) == event
    assert headers["x-toolbox-event-id"] == str(event["id"])
    signed_at = verify_timestamped_signature(secret, headers["x-toolbox-signature"], body=body)
    assert signed_at is not None
    assert abs(signed_at - datetime.now(UTC).timestamp()) < 60
    assert Webhook(secret).verify(body, headers) == event
    (delivery,) = await partner.lab("GET", f"partners/{partner.partner_id}/deliveries")
    assert (delivery["status"], delivery["attempts"], delivery["response_status"]) == ("delivered", 1, 200)


async def test_t118_retries_then_gives_up(partner: Partner) -> None:
    async with listening() as sink:
        await subscribed(partner, sink.url)
        sink.statuses = [500, 404, 302, 503, 429, 400, 500]
        await partner.step((await partner.kit())["barcode"], "receive")
        await partner.run_jobs(until=datetime.now(UTC) + timedelta(days=2))
        (delivery,) = await partner.lab("GET", f"partners/{partner.partner_id}/deliveries")
    assert len(sink.received) == 7
    assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("given_up", 7, "refused")
    assert len({headers["x-toolbox-event-id"] for headers, _ in sink.received}) == 1
    assert len({headers["webhook-id"] for headers, _ in sink.received}) == 1


def test_t118_the_waits() -> None:
    minutes = [wait_after(attempt) for attempt in range(1, 8)]
    assert [wait and wait.total_seconds() / 60 for wait in minutes] == [1, 5, 30, 120, 360, 1440, None]


async def test_t118_a_failed_attempt_waits_a_minute(partner: Partner) -> None:
    async with listening() as sink:
        await subscribed(partner, sink.url)
        sink.statuses = [500]
        await partner.step((await partner.kit())["barcode"], "receive")
        assert await partner.run_jobs() == ["toolbox.push_event"]
        assert await partner.run_jobs() == []
        (delivery,) = await partner.lab("GET", f"partners/{partner.partner_id}/deliveries")
        assert (delivery["status"], delivery["error"], delivery["response_status"]) == (
            "waiting",
            "refused",
            500,
        )
        due = datetime.fromisoformat(delivery["next_attempt_at"])
        assert timedelta(seconds=50) < due - datetime.now(UTC) <= timedelta(seconds=60)
        assert await partner.run_jobs(until=due + timedelta(seconds=1)) == ["toolbox.push_event"]
        (delivery,) = await partner.lab("GET", f"partners/{partner.partner_id}/deliveries")
        assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("delivered", 2, None)


async def test_a_webhook_taken_away_ends_its_deliveries(partner: Partner) -> None:
    async with listening() as sink:
        await subscribed(partner, sink.url)
        await partner.step((await partner.kit())["barcode"], "receive")
        await partner.lab("PATCH", f"partners/{partner.partner_id}", {"webhook_url": None})
        await partner.run_jobs()
        assert sink.received == []
    (delivery,) = await partner.lab("GET", f"partners/{partner.partner_id}/deliveries")
    assert (delivery["status"], delivery["error"]) == ("given_up", "no_webhook")


async def test_t115_where_webhooks_may_go(partner: Partner) -> None:
    path = f"/api/v1/secure/lab/partners/{partner.partner_id}"
    for bad in (
        "http://93.184.216.34/hook",
        "ftp://example.org/",
        "https://user:secret@127.0.0.1/",
        "https://",
    ):
        answer = await partner.staff.patch(path, json={"webhook_url": bad})
        assert answer.status_code == 400, bad
        assert "secret" not in answer.text
    assert (await partner.lab("GET", f"partners/{partner.partner_id}"))["webhook_url"] is None


async def test_a_partner_without_a_webhook_gets_none(partner: Partner) -> None:
    await partner.step((await partner.kit())["barcode"], "receive")
    assert await partner.run_jobs() == []


async def test_events_of_a_change_that_failed_are_not_pushed(partner: Partner) -> None:
    async with listening() as sink:
        await subscribed(partner, sink.url)
        kit = await partner.lab_kit((await partner.kit())["barcode"])

        async def receive_and_fail() -> None:
            async with partner.world.services.units.open(system_caller(UUID(partner.tenant_id))) as uow:
                await take_step(uow, UUID(kit["id"]), "receive")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await receive_and_fail()
        assert await partner.run_jobs() == []
        assert await partner.get("events/") == []
