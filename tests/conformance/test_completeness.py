"""Every operation of the platform's contract that is declared does what it is for, in the contract's shape."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from cohesin.kernel.http.operation import Operation
from tests.conformance.bodies import BODIES, QUERIES, SHEETS, STANDINGS, filled, made_for, sent_with
from tests.conformance.conftest import make_access, make_spaces, make_webhook
from tests.conformance.test_operations import PLATFORM, body_of, each, path_of, query_of
from tests.contracts import contract
from tests.served import Signed, World

#: The laboratory's own operations are ours: the contract knows none of them (their slices' tests check them).
IN_CONTRACT = [operation for operation in PLATFORM if not operation.path.startswith("/api/v1/secure/lab/")]


#: Ours beside the contract's: counting visits of spaces as of resources, and readiness for whoever balances the load.
OURS = {"POST /api/v1/secure/spaces/{id}/visit-metrics/track", "GET /api/v1/system/ready"}


#: What the audit log says nothing of.
SILENT = {
    "POST /api/v1/public/auth/refresh",  # the session was noted when it began; only a reuse is news
    "POST /api/v1/secure/webhooks/subscriptions/{id}/test",  # the delivery log has it; nothing changes
}
#: Events about what has a name instead of an id.
NAMED = {"job.updated", "job.triggered", "job.cancelled"}


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


async def values_of(
    world: World, owner: Signed, operation: Operation, made: dict[str, str]
) -> dict[str, str]:
    """The path's ids: things that nothing else needs, as the operation may end them."""
    path = operation.path
    if path.startswith("/api/v1/secure/taxonomy/") and path.endswith(("/unlink", "/upgrade")):
        return {"id": made["linked_category" if "categories" in path else "linked_tag"]}
    if path.endswith("categories/{id}/link"):
        return {"id": made["free_category"]}
    if path.startswith("/api/v1/secure/tenants/"):
        return {"id": await tenant_for(world, owner, operation)}
    if path.startswith("/api/v1/secure/jobs/"):
        later = await owner.post(
            "/api/v1/secure/jobs/webhooks.retry/trigger", json={"data": {"startAfter": 3600}}
        )
        return {"name": "webhooks.retry", "jobId": later.json()["data"]["jobId"]}
    table = {**await make_access(world, owner), **await make_spaces(owner), **await make_webhook(owner)}
    return table[max((prefix for prefix in table if path.startswith(prefix)), key=len)]


async def tenant_for(world: World, owner: Signed, operation: Operation) -> str:
    """The owner's tenant, or one that stands where the operation takes it further."""
    if operation.permission.name != "system_admin":
        return owner.tenant_id
    step = operation.path.rpartition("/")[2]
    tenant = (await world.make_tenant()).tenant_id
    standing = STANDINGS.get(step, "active")
    if standing != "active":
        changed = await world.admin.patch(f"/api/v1/secure/tenants/{tenant}", json={"status": standing})
        assert changed.status_code == 200
    return tenant


@each(IN_CONTRACT)
async def test_it_is_answered_as_the_contract_says(world: World, owner: Signed, operation: Operation) -> None:
    name = name_of(operation)
    caller = world.admin if operation.permission.name == "system_admin" else owner
    made = await made_for(owner)
    values = await values_of(world, owner, operation, made) if operation.path_names else None
    body: Any = filled(BODIES[name], made) if name in BODIES else body_of(operation)
    query = filled(QUERIES[name], made) if name in QUERIES else query_of(operation)
    if name.endswith("/tags/cleanup"):
        await owner.post(
            "/api/v1/secure/taxonomy/tags/bulk-update",
            json=filled(BODIES["POST /api/v1/secure/taxonomy/tags/bulk-update"], made),
        )
    path = path_of(operation, values)
    response = await caller.request(operation.method, path, params=query, **sent_with(name, body))
    assert response.is_success, response.text
    found = contract("platform").find(operation.method, path)
    # `world.client` held the body against the contract; here, that the contract knows the operation and its status.
    assert (found is None) == (name in OURS), f"{name} is in no contract"
    assert found is None or str(response.status_code) in found[1]["responses"]
    if operation.method != "GET" and name not in SILENT:
        await assert_recorded(world, response.headers["X-Request-ID"])


#: Two fields of each thing that is changed by naming fields, and what they are set to.
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "PATCH /api/v1/secure/tenants/{id}": ({"settings": {"a": 1}}, {"settings": {"b": 2}}),
    "PATCH /api/v1/secure/users/{id}": ({"first_name": "A"}, {"last_name": "B"}),
    "PUT /api/v1/secure/groups/{id}": ({"name": "A"}, {"description": "B"}),
    "PATCH /api/v1/secure/api-keys/{id}": ({"name": "A"}, {"description": "B"}),
    "PATCH /api/v1/secure/spaces/{id}": ({"name": "Aa"}, {"description": "B"}),
    "PATCH /api/v1/secure/taxonomy/categories/{id}": ({"name": "A"}, {"description": "B"}),
    "PATCH /api/v1/secure/webhooks/subscriptions/{id}": ({"name": "A"}, {"description": "B"}),
}
AS_SENT = {"first_name": "firstName", "last_name": "lastName"}


@each([operation for operation in IN_CONTRACT if name_of(operation) in PAIRS])
async def test_of_two_changes_at_once_both_hold(world: World, owner: Signed, operation: Operation) -> None:
    path = path_of(operation, await values_of(world, owner, operation, await made_for(owner)))
    pair = PAIRS[name_of(operation)]
    sent = [{AS_SENT.get(field, field): value for field, value in part.items()} for part in pair]
    answers = await asyncio.gather(*(owner.request(operation.method, path, json=part) for part in sent))
    assert [answer.status_code for answer in answers] == [200, 200]
    held = (await owner.get(path)).json()["data"]
    wanted = (
        {"settings": {**pair[0]["settings"], **pair[1]["settings"]}}
        if "settings" in pair[0]
        else {**pair[0], **pair[1]}
    )
    assert {field: held[field] for field in wanted} == wanted


async def assert_recorded(world: World, request_id: str) -> None:
    """The audit log says of the request who did what from where."""
    async with world.services.units.open() as uow, uow.crossing_tenants():
        events = await uow.conn.fetch("SELECT * FROM kernel.events WHERE request_id = $1", request_id)
    assert events
    for event in events:
        assert (event["ip_address"], event["user_agent"]) == ("127.0.0.1", world.client.headers["user-agent"])
        assert event["tenant_id"] is not None
        assert event["entity_id"] is not None or event["type"] in NAMED


def test_nothing_in_the_tables_is_left_over() -> None:
    assert {*BODIES, *QUERIES, *SHEETS, *PAIRS, *SILENT, *OURS} <= {
        name_of(operation) for operation in IN_CONTRACT
    }


@each([operation for operation in IN_CONTRACT if operation.method == "POST"])
async def test_a_key_gives_the_first_answer_again_and_does_nothing_more(
    world: World, owner: Signed, operation: Operation
) -> None:
    name = name_of(operation)
    if name == "POST /api/v1/secure/auth/logout":
        pytest.skip("the session that would ask again has ended")
    caller, made = (
        (world.admin if operation.permission.name == "system_admin" else owner),
        await made_for(owner),
    )
    path = path_of(
        operation, await values_of(world, owner, operation, made) if operation.path_names else None
    )
    body: Any = filled(BODIES[name], made) if name in BODIES else body_of(operation)
    sent = sent_with(name, body)
    sent["headers"] = {**sent.get("headers", {}), "Idempotency-Key": uuid4().hex}
    first, again = [await caller.post(path, **sent) for _ in range(2)]
    assert first.is_success
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get_list("set-cookie") == first.headers.get_list("set-cookie")
    async with world.services.units.open() as uow, uow.crossing_tenants():
        assert not await uow.conn.fetchval(
            "SELECT count(*) FROM kernel.events WHERE request_id = $1", again.headers["X-Request-ID"]
        )
    other = await caller.post(path, params={"other": "1"}, **sent)
    assert other.status_code == 409
