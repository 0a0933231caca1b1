"""Webhooks against a subscriber's server on loopback."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks import Webhook

from cohesin.kernel.caller import Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.events import Event, event_types
from cohesin.kernel.outbound import OutboundClient
from cohesin.platform.users.service import Founding, create_member
from cohesin.platform.webhooks.errors import TargetRefusedError
from cohesin.platform.webhooks.service import check_target
from tests.served import PASSWORD, Signed, World
from tests.sink import Sink, open_sink
from tests.slices.working import run_due, working

BASE = "/api/v1/secure/webhooks"
SUBSCRIPTIONS = f"{BASE}/subscriptions"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with open_sink() as sink:
        yield sink


async def subscribe(owner: Signed, sink: Sink, *events: str, **more: Any) -> dict[str, Any]:
    body = {"name": "Ours", "url": sink.url, "events": list(events or ("*",)), **more}
    answer = await owner.post(SUBSCRIPTIONS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def happen(world: World, owner: Signed, *types: str, **data: Any) -> None:
    for kind in types:
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            await uow.record(Event(type=kind, entity_id=uuid4(), data=data))


async def deliver(world: World, subscription: dict[str, Any]) -> int:
    return await run_due(world, "webhooks.deliver", subscription_id=subscription["id"])


async def retry_now(world: World, subscription: dict[str, Any]) -> None:
    """Let the time until the next try pass."""
    await world.services.units.pool.execute(
        "UPDATE tasks.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND args->>'subscription_id' = $1",
        subscription["id"],
    )
    await deliver(world, subscription)


async def alter(world: World, owner: Signed, sql: str, *args: Any) -> Any:
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        return await uow.conn.fetchval(sql, *args)


async def logs(owner: Signed, subscription: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    return (await owner.get(f"{SUBSCRIPTIONS}/{subscription['id']}/logs", params=params)).json()["data"]


async def test_a_generated_secret_is_shown_once_and_signs(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink, "kit.*", headers={"X-Mine": "yes"})
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) >= 24
    assert (await owner.get(f"{SUBSCRIPTIONS}/{made['id']}")).json()["data"] == made
    await happen(world, owner, "kit.ordered", state="ordered")
    assert await deliver(world, made) == 1
    [received] = sink.received
    payload = Webhook(secret).verify(received.body, received.headers)
    assert set(payload) == {"type", "timestamp", "data"}
    assert payload["type"] == "kit.ordered"
    assert payload["data"]["state"] == "ordered"
    assert UUID(payload["data"]["id"])
    assert payload["timestamp"].endswith("Z")
    assert (received.headers["x-mine"], received.headers["content-type"]) == ("yes", "application/json")
    [log] = await logs(owner, made)
    assert (log["status"], log["status_code"], log["attempts"], log["response_body"]) == (
        "success",
        200,
        1,
        "thanks",
    )
    stored = await alter(
        world,
        owner,
        "SELECT sealed_secret FROM platform.webhook_subscriptions WHERE id = $1",
        UUID(made["id"]),
    )
    assert secret.encode() not in stored


async def test_a_given_secret_is_never_shown(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink, secret="c2VjcmV0IHNlY3JldA==")
    assert "secret" not in made
    await owner.post(f"{SUBSCRIPTIONS}/{made['id']}/test")
    Webhook("c2VjcmV0IHNlY3JldA==").verify(sink.received[0].body, sink.received[0].headers)
    assert (
        await owner.patch(f"{SUBSCRIPTIONS}/{made['id']}", json={"secret": "words only"})
    ).status_code == 200
    await owner.post(f"{SUBSCRIPTIONS}/{made['id']}/test")
    Webhook(base64.b64encode(b"words only").decode()).verify(sink.received[1].body, sink.received[1].headers)
    refused = await owner.post(
        SUBSCRIPTIONS, json={"name": "x", "url": sink.url, "events": ["*"], "secret": "whsec_~"}
    )
    assert refused.status_code == 422
    audit = await alter(
        world, owner, "SELECT string_agg(data::text || coalesce(changes::text, ''), ' ') FROM kernel.events"
    )
    assert "words only" not in audit
    assert "c2VjcmV0" not in audit


async def test_only_matching_events_of_the_own_tenant_come_in_order(
    world: World, owner: Signed, stranger: Signed, sink: Sink
) -> None:
    made = await subscribe(owner, sink, "kit:*", "order.paid")
    await happen(world, owner, "kit.ordered", "order.made", "kit.sent", "order.paid", "kitten.born")
    await happen(world, stranger, "kit.ordered")
    await deliver(world, made)
    assert [received.json["type"] for received in sink.received] == ["kit.ordered", "kit.sent", "order.paid"]
    assert len({received.headers["webhook-id"] for received in sink.received}) == 3


async def test_an_undone_change_sends_nothing(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block as a whole
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            await uow.record(Event(type="kit.ordered", entity_id=None))
            raise ZeroDivisionError
    await deliver(world, made)
    assert "kit.ordered" not in [received.json["type"] for received in sink.received]


async def test_a_failed_message_is_tried_again_before_younger_ones(
    world: World, owner: Signed, sink: Sink
) -> None:
    made = await subscribe(owner, sink, "kit.*")
    sink.script, sink.location = [500, 302, 200], sink.url + "/elsewhere"
    await happen(world, owner, "kit.first", "kit.second")
    await deliver(world, made)
    assert [received.json["type"] for received in sink.received] == ["kit.first"]
    wait = await world.services.units.pool.fetchval(
        """SELECT scheduled_at - now() FROM tasks.procrastinate_jobs
            WHERE status = 'todo' AND args->>'subscription_id' = $1 AND scheduled_at IS NOT NULL""",
        made["id"],
    )
    assert timedelta(0) < wait < timedelta(seconds=10)
    await happen(world, owner, "kit.third")
    assert await deliver(world, made) == 0
    assert len(sink.received) == 1
    await retry_now(world, made)
    assert len(sink.received) == 2
    await retry_now(world, made)
    assert [received.json["type"] for received in sink.received] == ["kit.first"] * 3 + [
        "kit.second",
        "kit.third",
    ]
    assert len({received.headers["webhook-id"] for received in sink.received[:3]}) == 1
    assert len({received.body for received in sink.received[:3]}) == 1
    found = [
        (log["event"], log["status"], log["status_code"], log["attempts"])
        for log in reversed(await logs(owner, made))
    ]
    assert found == [
        ("kit.first", "failed", 500, 1),
        ("kit.first", "failed", 302, 2),
        ("kit.first", "success", 200, 3),
        ("kit.second", "success", 200, 1),
        ("kit.third", "success", 200, 1),
    ]
    assert [log["event"] for log in await logs(owner, made, status="failed")] == ["kit.first"] * 2
    assert len(await logs(owner, made, event="kit:second")) == 1
    stats = (await owner.get(f"{SUBSCRIPTIONS}/{made['id']}/stats")).json()["data"]
    assert (stats["total"], stats["success"], stats["failed"], stats["successRate"]) == (5, 3, 2, 60)
    assert stats["avgDeliveryTime"] > 0


async def test_a_message_is_given_up_after_three_days(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink, "kit.*")
    sink.status = 503
    await happen(world, owner, "kit.first", "kit.second")
    await deliver(world, made)
    await alter(
        world,
        owner,
        "UPDATE platform.webhook_deliveries SET first_attempt_at = now() - interval '3 days' WHERE attempts > 0",
    )
    await retry_now(world, made)
    sink.status = 200
    await retry_now(world, made)
    assert [received.json["type"] for received in sink.received] == ["kit.first", "kit.first", "kit.second"]


async def test_five_days_of_failure_switch_a_subscription_off_with_a_notice(
    world: World, owner: Signed, sink: Sink
) -> None:
    made = await subscribe(owner, sink, "kit.*")
    sink.status = 500
    await happen(world, owner, "kit.first")
    await deliver(world, made)
    await alter(
        world, owner, "UPDATE platform.webhook_subscriptions SET failing_since = now() - interval '5 days'"
    )
    async with open_sink() as watching:
        other = await subscribe(owner, watching, "webhook_subscription.disabled")
        await retry_now(world, made)
        await deliver(world, other)
        assert watching.received[0].json["data"]["id"] == made["id"]
    assert (await owner.get(f"{SUBSCRIPTIONS}/{made['id']}")).json()["data"]["enabled"] is False
    await happen(world, owner, "kit.unseen")
    sink.status, sink.received = 200, []
    assert (await owner.patch(f"{SUBSCRIPTIONS}/{made['id']}", json={"enabled": True})).status_code == 200
    await deliver(world, made)
    assert [received.json["type"] for received in sink.received] == ["kit.first"]


async def test_events_during_a_retry_are_not_left_behind(world: World, owner: Signed, sink: Sink) -> None:
    """The retry ends while a transaction that counts on it is still open."""
    made = await subscribe(owner, sink, "kit.*")
    sink.script = [500]
    await happen(world, owner, "kit.first")
    await deliver(world, made)
    units = world.services.units
    async with units.open(system_caller(UUID(owner.tenant_id))) as uow:
        await uow.record(Event(type="kit.second", entity_id=None))
        retrying = asyncio.create_task(retry_now(world, made))
        async with asyncio.timeout(10):
            while len(sink.received) < 2:  # noqa: ASYNC110 - no signal for it
                await asyncio.sleep(0.01)
        assert not retrying.done()
    await retrying
    assert [received.json["type"] for received in sink.received] == ["kit.first", "kit.first", "kit.second"]


async def test_the_sweep_finds_messages_without_a_job(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink, "kit.*")
    await happen(world, owner, "kit.first")
    await world.services.units.pool.execute(
        "UPDATE tasks.procrastinate_jobs SET status = 'cancelled' WHERE args->>'subscription_id' = $1",
        made["id"],
    )
    async with working(world, "webhooks.resume", "webhooks.deliver"):
        answer = await world.admin.post("/api/v1/secure/jobs/webhooks.resume/trigger", json={})
        assert answer.status_code == 200, answer.text
        async with asyncio.timeout(20):
            while not sink.received:  # noqa: ASYNC110 - no signal for it
                await asyncio.sleep(0.02)
    assert sink.received[0].json["type"] == "kit.first"


async def test_test_really_sends_and_tells(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(owner, sink, "kit.*", enabled=False)
    outcome = (await owner.post(f"{SUBSCRIPTIONS}/{made['id']}/test")).json()["data"]
    assert (outcome["success"], outcome["statusCode"], outcome["attempts"]) == (True, 200, 1)
    assert sink.received[0].json["type"] == "webhook.test"
    Webhook(made["secret"]).verify(sink.received[0].body, sink.received[0].headers)
    sink.status = 404
    outcome = (await owner.post(f"{SUBSCRIPTIONS}/{made['id']}/test")).json()["data"]
    assert (outcome["success"], outcome["statusCode"], outcome["error"]) == (False, 404, "HTTP 404")
    assert (
        await owner.patch(f"{SUBSCRIPTIONS}/{made['id']}", json={"url": "http://127.0.0.1:1/"})
    ).status_code == 200
    outcome = (await owner.post(f"{SUBSCRIPTIONS}/{made['id']}/test")).json()["data"]
    assert (outcome["success"], outcome["statusCode"], outcome["error"]) == (False, None, "connection_failed")
    assert [log["status"] for log in await logs(owner, made)] == ["failed", "failed", "success"]


async def test_addresses_and_bodies_are_refused(world: World, owner: Signed, sink: Sink) -> None:
    good = {"name": "x", "url": sink.url, "events": ["*"]}
    for bad in (
        {"url": "ftp://example.org"},
        {"url": "no url"},
        {"events": []},
        {"events": ["has space"]},
        {"name": ""},
        {"more": 1},
        {"headers": {"a": 1}},
    ):
        assert (await owner.post(SUBSCRIPTIONS, json={**good, **bad})).status_code == 400, bad
    for bad in (
        {"url": "http://u:p@127.0.0.1/"},
        {"headers": {"Host": "x"}},
        {"headers": {"X": "a\nb"}},
        {"secret": ""},
        {"url": "http://8.8.8.8/"},
    ):
        assert (await owner.post(SUBSCRIPTIONS, json={**good, **bad})).status_code == 422, bad


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[fe80::1]/",
    ],
)
async def test_private_addresses_are_refused_unless_allowed(url: str) -> None:

    client = OutboundClient(allow_private=False)
    with pytest.raises(TargetRefusedError):
        await check_target(client, url)
    await client.aclose()


async def test_subscriptions_are_their_tenants_admins_only(
    world: World, owner: Signed, stranger: Signed, sink: Sink
) -> None:
    made = await subscribe(owner, sink, "kit.*")
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    for answer in (
        await stranger.get(path),
        await stranger.patch(path, json={"name": "mine"}),
        await stranger.delete(path),
        await stranger.get(f"{path}/logs"),
        await stranger.get(f"{path}/stats"),
        await stranger.post(f"{path}/test"),
    ):
        assert answer.status_code == 404
    assert (await stranger.get(SUBSCRIPTIONS)).json()["pagination"]["total"] == 0
    assert sink.received == []

    email = f"{uuid4().hex}@example.org"
    hashed = await world.services.get(PasswordHasher).hash(PASSWORD)
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        await create_member(
            uow,
            Founding(tenant_id=UUID(owner.tenant_id), email=email, password_hash=hashed, role=Role.MEMBER),
        )
    member = await world.sign_in(email)
    for found in (SUBSCRIPTIONS, path, f"{BASE}/event-types"):
        assert (await member.get(found)).status_code == 403


async def test_list_filters(world: World, owner: Signed, sink: Sink) -> None:
    first = await subscribe(owner, sink, "kit.*")
    second = await subscribe(owner, sink, "order.paid", enabled=False)

    async def ids(**params: Any) -> list[str]:
        return [found["id"] for found in (await owner.get(SUBSCRIPTIONS, params=params)).json()["data"]]

    assert await ids() == [second["id"], first["id"]]
    assert await ids(enabled="true") == [first["id"]]
    assert await ids(event="kit:sent") == await ids(event="kit.*") == [first["id"]]
    assert await ids(event="order.paid") == [second["id"]]
    assert await ids(event="order.made") == []


async def test_patch_and_delete(world: World, owner: Signed, sink: Sink) -> None:
    made = await subscribe(
        owner, sink, "kit.*", description="words", headers={"Authorization": "Bearer hidden"}
    )
    path = f"{SUBSCRIPTIONS}/{made['id']}"
    assert (await owner.patch(path, json={})).json()["data"]["description"] == "words"
    changed = (
        await owner.patch(path, json={"description": None, "headers": None, "events": ["order.*"]})
    ).json()["data"]
    assert (changed["description"], changed["headers"], changed["events"], changed["name"]) == (
        None,
        None,
        ["order.*"],
        "Ours",
    )
    assert (await owner.patch(path, json={"name": None})).status_code == 400
    audit = await alter(
        world, owner, "SELECT string_agg(coalesce(changes::text, ''), ' ') FROM kernel.events"
    )
    assert "hidden" not in audit
    await happen(world, owner, "kit.ordered", "order.paid")
    await deliver(world, made)
    assert [received.json["type"] for received in sink.received] == ["order.paid"]
    await happen(world, owner, "order.made")
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 404
    await deliver(world, made)
    assert len(sink.received) == 1


async def test_event_types_are_the_declared_ones(owner: Signed) -> None:
    listed = (await owner.get(f"{BASE}/event-types")).json()["data"]
    assert [found["key"] for found in listed] == list(event_types())
    assert {"user.created", "tenant.updated", "webhook_subscription.disabled"} <= set(event_types())


async def test_a_key_makes_one_subscription_however_often_it_comes(owner: Signed, sink: Sink) -> None:
    body = {"name": "Once", "url": sink.url, "events": ["*"]}
    headers = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(owner.post(SUBSCRIPTIONS, json=body, headers=headers) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.json()["data"]["secret"] for answer in answers}) == 1
    assert (await owner.get(SUBSCRIPTIONS)).json()["pagination"]["total"] == 1
