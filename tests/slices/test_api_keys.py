from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from cohesin.platform.identify import client_address
from tests.served import Signed, World

BASE = "/api/v1/secure/api-keys"
USERS = "/api/v1/secure/users/"
READ_USERS = {"users": {"read": True}}


async def make_key(owner: Signed, **more: object) -> dict:
    request = {"name": "Integration", "permissions": READ_USERS, **more}
    response = await owner.post(f"{BASE}/", json=request)
    assert response.status_code == 201, response.text
    return response.json()


async def call(world: World, key: str, path: str = USERS, **headers: str) -> httpx.Response:
    return await world.client.get(path, headers={"X-API-Key": key, **headers})


async def test_the_full_key_is_shown_once_and_works_both_ways(world: World, owner: Signed) -> None:
    made = await make_key(owner, description="For the lab")
    full, key = made["fullKey"], made["data"]
    assert key["key_preview"] == f"{full[:8]}…{full[-4:]}"
    assert (key["created_by"], key["tenantId"]) == (owner.user_id, owner.tenant_id)
    assert (key["enabled"], key["mcp_write_enabled"], key["request_count"]) == (True, False, 0)
    for path in (f"{BASE}/", f"{BASE}/{key['id']}"):
        assert full not in (await owner.get(path)).text
    assert (await call(world, full)).status_code == 200
    bearer = await world.client.get(USERS, headers={"Authorization": f"Bearer {full}"})
    assert [user["id"] for user in bearer.json()["data"]] == [owner.user_id]
    used = (await owner.get(f"{BASE}/{key['id']}")).json()["data"]
    assert (used["request_count"], used["last_used_ip"]) == (2, "127.0.0.1")
    assert used["last_used_at"] is not None
    async with world.services.units.open() as uow, uow.crossing_tenants():
        stored = await uow.conn.fetchval("SELECT k::text FROM platform.api_keys k WHERE id = $1", key["id"])
    assert full not in stored
    log = await owner.get("/api/v1/secure/audit-logs/", params={"resource_id": key["id"]})
    assert [row["action"] for row in log.json()["data"]] == ["api_key.created"]
    assert full not in log.text


async def test_the_permission_map_is_enforced(world: World, owner: Signed) -> None:
    nothing = (await make_key(owner, permissions={}))["fullKey"]
    assert (await call(world, nothing)).status_code == 403
    spaces = await make_key(
        owner, permissions={"spaces": {"read": True, "write": False}, "users": {"read": False}}
    )
    assert (await call(world, spaces["fullKey"])).status_code == 403
    mine = await call(world, spaces["fullKey"], "/api/v1/secure/iam/me/permissions")
    assert mine.json()["data"] == ["spaces:read"]
    assert spaces["data"]["permissions"] == {
        "spaces": {"read": True, "write": False},
        "users": {"read": False},
    }
    patched = await owner.patch(f"{BASE}/{spaces['data']['id']}", json={"permissions": READ_USERS})
    assert patched.json()["data"]["permissions"] == READ_USERS
    assert (await call(world, spaces["fullKey"])).status_code == 200
    headers = {"X-API-Key": spaces["fullKey"]}
    new = {"email": f"{uuid4().hex}@example.org", "password": "long enough"}
    assert (await world.client.post(USERS, json=new, headers=headers)).status_code == 403
    assert (await call(world, spaces["fullKey"], f"{BASE}/")).status_code == 403
    assert (await call(world, spaces["fullKey"], "/api/v1/secure/iam/")).status_code == 403
    assert (await call(world, spaces["fullKey"], **{"X-Tenant-ID": world.admin.tenant_id})).status_code == 403


WHITELISTS = [
    (["10.0.0.0/8"], 401),
    (["127.0.0.0/8"], 200),
    (["10.0.0.0/8", "127.0.0.1"], 200),
    (["::1/128"], 401),
    ([], 200),
    (None, 200),
]


@pytest.mark.parametrize(("allowed", "status"), WHITELISTS)
async def test_the_address_must_be_allowed(
    world: World, owner: Signed, allowed: list | None, status: int
) -> None:
    made = await make_key(owner)
    patched = await owner.patch(f"{BASE}/{made['data']['id']}", json={"ip_whitelist": allowed})
    assert patched.status_code == 200
    assert (await call(world, made["fullKey"])).status_code == status
    after = (await owner.get(f"{BASE}/{made['data']['id']}")).json()["data"]
    assert after["request_count"] == (1 if status == 200 else 0)


async def test_addresses_come_back_in_order_and_bad_ones_are_400(owner: Signed) -> None:
    made = await make_key(owner, ip_whitelist=["192.168.1.0/24", "10.0.0.1", "2001:DB8::/32", "10.0.0.2/32"])
    assert made["data"]["ip_whitelist"] == ["192.168.1.0/24", "10.0.0.1", "2001:db8::/32", "10.0.0.2"]
    for bad in ("300.0.0.1", "10.0.0.1/24", "10.0.0.0/33", "example.org", ""):
        refused = await owner.post(f"{BASE}/", json={"name": "x", "ip_whitelist": ["10.0.0.1", bad]})
        assert refused.status_code == 400, bad
        assert [fault["path"] for fault in refused.json()["details"]["errors"]] == ["ip_whitelist.1"]


async def test_the_device_must_be_the_one(world: World, owner: Signed) -> None:
    made = await make_key(owner, device_fingerprint="device-1")
    full, path = made["fullKey"], f"{BASE}/{made['data']['id']}"
    assert (await call(world, full)).status_code == 401
    assert (await call(world, full, **{"X-Device-Fingerprint": "device-2"})).status_code == 401
    assert (await owner.get(path)).json()["data"]["request_count"] == 0
    assert (await call(world, full, **{"X-Device-Fingerprint": "device-1"})).status_code == 200
    assert (await owner.patch(path, json={"device_fingerprint": None})).status_code == 200
    assert (await call(world, full)).status_code == 200


async def test_expired_disabled_and_deleted_keys_are_401(world: World, owner: Signed) -> None:
    made = await make_key(owner, expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    full, path = made["fullKey"], f"{BASE}/{made['data']['id']}"
    assert (await call(world, full)).status_code == 200
    await owner.patch(path, json={"expires_at": "2020-01-01T00:00:00Z"})
    assert (await call(world, full)).status_code == 401
    forever = await owner.patch(path, json={"expires_at": None})
    assert forever.json()["data"]["expires_at"] is None
    assert (await call(world, full)).status_code == 200
    await owner.patch(path, json={"enabled": False})
    assert (await call(world, full)).status_code == 401
    await owner.patch(path, json={"enabled": True})
    assert (await call(world, full)).status_code == 200
    assert (await owner.delete(path)).status_code == 204
    assert (await call(world, full)).status_code == 401
    assert (await owner.delete(path)).status_code == 404


async def test_every_change_of_a_key_is_in_the_log(owner: Signed) -> None:
    made = await make_key(owner)
    path = f"{BASE}/{made['data']['id']}"
    await owner.patch(path, json={"name": "Renamed", "ip_whitelist": ["10.0.0.0/8"]})
    rotated = (await owner.post(f"{path}/rotate", params={"gracePeriodSeconds": 5})).json()["fullKey"]
    await owner.delete(path)
    log = await owner.get("/api/v1/secure/audit-logs/", params={"resource_id": made["data"]["id"]})
    rows = log.json()["data"]
    assert [row["action"] for row in rows] == [
        "api_key.deleted",
        "api_key.rotated",
        "api_key.updated",
        "api_key.created",
    ]
    assert rows[2]["details"]["changes"] == {
        "name": {"before": "Integration", "after": "Renamed"},
        "ip_whitelist": {"before": None, "after": ["10.0.0.0/8"]},
    }
    assert made["fullKey"] not in log.text
    assert rotated not in log.text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("10.0.0.7", "10.0.0.7"),
        ("2001:db8::1", "2001:db8::1"),
        (None, "127.0.0.1"),
    ],
)
def test_a_dual_stack_socket_hides_no_ipv4_client(text: str | None, address: str) -> None:
    assert str(client_address(text)) == address


async def test_a_mistyped_key_is_401(world: World, owner: Signed) -> None:
    full = (await make_key(owner))["fullKey"]
    swapped = full[:-1] + ("a" if full[-1] != "a" else "b")
    for bad in (swapped, full + "x", full[:20], "coh_live_"):
        assert (await call(world, bad)).status_code == 401


async def test_rotation_voids_the_old_key_at_once(world: World, owner: Signed) -> None:
    made = await make_key(owner)
    rotated = await owner.post(f"{BASE}/{made['data']['id']}/rotate")
    assert rotated.status_code == 200
    body = rotated.json()
    assert body["fullKey"] != made["fullKey"]
    assert body["data"]["key_preview"] == f"{body['fullKey'][:8]}…{body['fullKey'][-4:]}"
    assert body["data"]["key_uuid"] == made["data"]["key_uuid"]
    assert (await call(world, made["fullKey"])).status_code == 401
    assert (await call(world, body["fullKey"])).status_code == 200


async def test_a_grace_period_keeps_the_old_key_until_it_ends(world: World, owner: Signed) -> None:
    made = await make_key(owner)
    path = f"{BASE}/{made['data']['id']}/rotate"
    second = (await owner.post(path, params={"gracePeriodSeconds": 3600}, json={})).json()["fullKey"]
    assert (await call(world, made["fullKey"])).status_code == 200
    assert (await call(world, second)).status_code == 200
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute(
            "UPDATE platform.api_keys SET previous_expires_at = now() - interval '1 second' WHERE id = $1",
            made["data"]["id"],
        )
    assert (await call(world, made["fullKey"])).status_code == 401
    assert (await call(world, second)).status_code == 200
    third = (await owner.post(path, params={"gracePeriodSeconds": 60})).json()["fullKey"]
    fourth = (await owner.post(path, params={"gracePeriodSeconds": 60})).json()["fullKey"]
    assert [(await call(world, key)).status_code for key in (second, third, fourth)] == [401, 200, 200]
    for bad in ({"gracePeriodSeconds": -1}, {"gracePeriodSeconds": 86401}, {"gracePeriodSeconds": "x"}):
        assert (await owner.post(path, params=bad)).status_code == 400
    assert (await owner.post(path, json={"unknown": 1})).status_code == 400


async def test_bodies_are_checked_whole(owner: Signed) -> None:
    refused = await owner.post(
        f"{BASE}/",
        json={
            "permissions": {"spaces": {"fly": True}, "tags": {"read": "yes"}},
            "expires_at": "soon",
            "extra": 1,
        },
    )
    assert refused.status_code == 400
    paths = {fault["path"] for fault in refused.json()["details"]["errors"]}
    assert paths == {"name", "permissions.spaces.fly", "permissions.tags.read", "expires_at", "extra"}
    made = await make_key(owner)
    path = f"{BASE}/{made['data']['id']}"
    for bad in ({"name": None}, {"name": ""}, {"enabled": None}, {"permissions": None}, {"expires_at": 5}):
        assert (await owner.patch(path, json=bad)).status_code == 400, bad
    kept = (await owner.patch(path, json={})).json()["data"]
    assert {**kept, "updated_at": 0} == {**made["data"], "updated_at": 0}


async def test_keys_are_for_administrators_of_their_tenant(
    world: World, owner: Signed, stranger: Signed
) -> None:
    key = (await make_key(owner))["data"]["id"]
    member = await world.make_member(owner)
    for method, path, body in (
        ("GET", f"{BASE}/{key}", None),
        ("PATCH", f"{BASE}/{key}", {"name": "x"}),
        ("POST", f"{BASE}/{key}/rotate", {}),
        ("DELETE", f"{BASE}/{key}", None),
    ):
        assert (await stranger.request(method, path, json=body)).status_code == 404
        assert (await member.request(method, path, json=body)).status_code == 403
    assert (await stranger.get(f"{BASE}/")).json()["data"] == []
    assert (await member.get(f"{BASE}/")).status_code == 403


async def test_a_suspended_tenants_key_is_403(world: World, owner: Signed) -> None:
    full = (await make_key(owner))["fullKey"]
    await world.admin.post(f"/api/v1/secure/tenants/{owner.tenant_id}/lifecycle/suspend", json={})
    assert (await call(world, full)).status_code == 403
