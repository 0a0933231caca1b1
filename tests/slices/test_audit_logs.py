from __future__ import annotations

from uuid import UUID, uuid4

import asyncpg
import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.events import Event
from tests.served import Signed, World

BASE = "/api/v1/secure/audit-logs/"
GROUPS = "/api/v1/secure/groups"


async def test_a_change_is_written_with_who_what_where_and_before_and_after(owner: Signed) -> None:
    made = await owner.post(f"{GROUPS}/create", json={"name": "Before"}, headers={"User-Agent": "probe/1"})
    group = made.json()["data"]["id"]
    headers = {"User-Agent": "probe/2", "X-Request-ID": "trace-1"}
    await owner.put(
        f"{GROUPS}/{group}", json={"name": "After", "permissions": ["spaces:read"]}, headers=headers
    )
    rows = (await owner.get(BASE, params={"resource_id": group})).json()["data"]
    assert [row["action"] for row in rows] == ["group.updated", "group.created"]
    row = rows[0]
    assert (row["tenantId"], row["user_id"]) == (owner.tenant_id, owner.user_id)
    assert (row["resource_type"], row["resource_id"]) == ("group", group)
    assert (row["ip_address"], row["user_agent"]) == ("127.0.0.1", "probe/2")
    assert row["details"]["changes"] == {
        "name": {"before": "Before", "after": "After"},
        "permissions": {"before": [], "after": ["spaces:read"]},
    }
    assert row["details"]["requestId"] == "trace-1"
    assert row["details"]["actor"] == {"kind": "user", "id": owner.user_id}


async def test_a_refused_change_leaves_no_trace(owner: Signed) -> None:
    before = (await owner.get(BASE)).json()["pagination"]["total"]
    await owner.post(f"{GROUPS}/create", json={"name": "members"})
    assert (await owner.get(BASE)).json()["pagination"]["total"] == before


async def test_secrets_are_masked(world: World, owner: Signed) -> None:
    entity = uuid4()
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        changes = {
            "client_secret": {"before": "s3cr3t", "after": None},
            "name": {"before": "a", "after": "b"},
        }
        await uow.record(
            Event(type="integration.updated", entity_id=entity, data={"token": "s3cr3t"}, changes=changes)
        )
    response = await owner.get(BASE, params={"resource_id": str(entity)})
    assert "s3cr3t" not in response.text
    row = response.json()["data"][0]
    assert row["details"]["changes"]["name"] == {"before": "a", "after": "b"}
    assert (row["user_id"], row["details"]["actor"]["kind"]) == (None, "system")


async def test_filters_and_pages(world: World, owner: Signed) -> None:
    member = await world.make_member(owner, role="admin")
    first = (await member.post(f"{GROUPS}/create", json={"name": "One"})).json()["data"]
    await owner.post(f"{GROUPS}/create", json={"name": "Two"})

    async def found(**params: object) -> dict:
        response = await owner.get(BASE, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    by_member = await found(user_id=member.user_id)
    assert [row["action"] for row in by_member["data"]] == ["group.created"]
    assert (await found(action="group.created"))["pagination"]["total"] == 2
    assert (await found(action="group"))["pagination"]["total"] == 0
    assert {row["resource_type"] for row in (await found(resource_type="group"))["data"]} == {"group"}
    both = await found(action="group.created", user_id=owner.user_id)
    assert both["pagination"]["total"] == 1
    at = by_member["data"][0]["created_at"]
    assert [row["resource_id"] for row in (await found(**{"from": at, "to": at}))["data"]] == [first["id"]]
    assert (await found(to="2020-01-01T00:00:00Z"))["data"] == []
    page = await found(limit=1, offset=1)
    assert (len(page["data"]), page["pagination"]["hasMore"]) == (1, True)
    everything = (await found(limit=100))["data"]
    assert everything[1] == page["data"][0]
    assert [row["created_at"] for row in everything] == sorted(
        (row["created_at"] for row in everything), reverse=True
    )
    assert (
        await owner.get(BASE, params={"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"})
    ).status_code == 422
    for bad in ({"user_id": "x"}, {"from": "monday"}, {"limit": 0}, {"limit": 101}):
        assert (await owner.get(BASE, params=bad)).status_code == 400


async def test_a_tenants_log_is_its_own_and_for_administrators(
    world: World, owner: Signed, stranger: Signed
) -> None:
    group = (await stranger.post(f"{GROUPS}/create", json={"name": "Theirs"})).json()["data"]["id"]
    rows = (await owner.get(BASE, params={"limit": 100})).json()
    assert {row["tenantId"] for row in rows["data"]} == {owner.tenant_id}
    assert rows["pagination"]["total"] == len(rows["data"])
    for params in ({"resource_id": group}, {"user_id": stranger.user_id}, {"user_id": str(uuid4())}):
        assert (await owner.get(BASE, params=params)).status_code == 404
    assert (await (await world.make_member(owner)).get(BASE)).status_code == 403


async def test_nobody_changes_what_was_written(world: World, owner: Signed) -> None:
    for statement in ("UPDATE kernel.events SET type = 'a.b'", "DELETE FROM kernel.events"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
                await uow.conn.execute(statement)
