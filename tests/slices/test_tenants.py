from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.served import PASSWORD, Signed, World

BASE = "/api/v1/secure/tenants"


async def test_a_tenant_sees_itself_only(world: World, owner: Signed, stranger: Signed) -> None:
    listed = (await owner.get(f"{BASE}/")).json()
    assert [tenant["id"] for tenant in listed["data"]] == [owner.tenant_id]
    assert listed["pagination"]["total"] == 1
    assert (await owner.get(f"{BASE}/{owner.tenant_id}")).status_code == 200
    assert (await owner.get(f"{BASE}/{stranger.tenant_id}")).status_code == 404
    assert (await owner.get(f"{BASE}/{uuid4()}")).status_code == 404
    assert (await owner.get(f"{BASE}/not-an-id")).status_code == 400
    everything = (await world.admin.get(f"{BASE}/", params={"limit": 100})).json()
    assert {owner.tenant_id, stranger.tenant_id} <= {tenant["id"] for tenant in everything["data"]}


async def test_create_refuses_a_taken_domain_and_address_and_leaves_nothing(
    world: World, owner: Signed
) -> None:
    tenant = (await owner.get(f"{BASE}/{owner.tenant_id}")).json()["data"]
    mark = uuid4().hex[:10]
    request = {
        "name": "Second",
        "domain": tenant["domain"],
        "ownerEmail": f"{mark}@example.org",
        "ownerPassword": PASSWORD,
    }
    assert (await world.admin.post(f"{BASE}/", json=request)).status_code == 409
    request |= {"domain": f"{mark}.example.org", "ownerEmail": owner.email}
    assert (await world.admin.post(f"{BASE}/", json=request)).status_code == 409
    found = await world.admin.get(f"{BASE}/", params={"search": mark})
    assert found.json()["pagination"]["total"] == 0
    assert (await owner.post(f"{BASE}/", json=request)).status_code == 403


async def test_create_names_every_fault(world: World) -> None:
    refused = await world.admin.post(
        f"{BASE}/", json={"name": "x", "domain": "UPPER", "ownerEmail": "no", "extra": 1}
    )
    assert refused.status_code == 400
    assert {fault["path"] for fault in refused.json()["details"]["errors"]} == {
        "name",
        "domain",
        "ownerEmail",
        "ownerPassword",
        "extra",
    }


async def test_patch_leaves_what_is_absent(world: World, owner: Signed, stranger: Signed) -> None:
    path = f"{BASE}/{owner.tenant_id}"
    before = (await owner.get(path)).json()["data"]
    after = (await owner.patch(path, json={"name": "Ünïcode  Läb"})).json()["data"]
    assert after["name"] == "Ünïcode  Läb"
    assert {**after, "name": 0, "updated_at": 0} == {**before, "name": 0, "updated_at": 0}
    assert (await owner.patch(path, json={"name": None})).status_code == 400
    assert (await owner.patch(path, json={"status": "inactive"})).status_code == 403
    foreign = (await stranger.get(f"{BASE}/{stranger.tenant_id}")).json()["data"]["domain"]
    assert (await owner.patch(path, json={"domain": foreign})).status_code == 409


STEPS = [
    ("pending", "trial", "activate", {}, "active", "trial"),
    ("active", "trial", "suspend", {"reason": "unpaid"}, "inactive", "trial"),
    ("inactive", "trial", "reactivate", {}, "active", "trial"),
    ("active", "trial", "upgrade", {"target_type": "paid"}, "active", "paid"),
    ("active", "paid", "upgrade", {"target_type": "enterprise"}, "active", "enterprise"),
    ("inactive", "trial", "archive", {}, "retired", "trial"),
]


@pytest.mark.parametrize(("status", "kind", "step", "body", "to_status", "to_kind"), STEPS)
async def test_lifecycle_steps(
    world: World, status: str, kind: str, step: str, body: dict, to_status: str, to_kind: str
) -> None:
    mark = uuid4().hex[:12]
    request = {
        "name": mark,
        "domain": f"{mark}.org",
        "ownerEmail": f"{mark}@example.org",
        "ownerPassword": PASSWORD,
    }
    tenant = (await world.admin.post(f"{BASE}/", json={**request, "status": status, "type": kind})).json()[
        "data"
    ]
    answer = await world.admin.post(f"{BASE}/{tenant['id']}/lifecycle/{step}", json=body)
    assert (answer.json()["data"]["status"], answer.json()["data"]["type"]) == (to_status, to_kind)
    history = (await world.admin.get(f"{BASE}/{tenant['id']}/lifecycle/history")).json()["data"]
    assert (history[0]["from_status"], history[0]["to_status"], history[0]["action"]) == (
        status,
        to_status,
        step,
    )


async def test_lifecycle_refuses_other_steps(world: World, owner: Signed) -> None:
    path = f"{BASE}/{owner.tenant_id}/lifecycle"
    assert (await world.admin.post(f"{path}/activate", json={})).status_code == 409
    assert (await world.admin.post(f"{path}/archive", json={})).status_code == 409
    assert (await world.admin.post(f"{path}/upgrade", json={"target_type": "enterprise"})).status_code == 409
    assert (await owner.post(f"{path}/suspend", json={})).status_code == 403
    system = f"{BASE}/{world.admin.tenant_id}"
    assert (await world.admin.post(f"{system}/lifecycle/suspend", json={})).status_code == 409
    assert (await world.admin.delete(system)).status_code == 409


async def test_two_suspensions_at_once_are_one(world: World, owner: Signed) -> None:
    path = f"{BASE}/{owner.tenant_id}/lifecycle/suspend"
    answers = await asyncio.gather(*(world.admin.post(path, json={}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_a_suspended_tenant_keeps_me_and_logout_only(world: World, owner: Signed) -> None:
    await world.admin.post(f"{BASE}/{owner.tenant_id}/lifecycle/suspend", json={})
    assert (await owner.get(f"{BASE}/")).status_code == 403
    assert (await owner.get("/api/v1/secure/auth/me")).status_code == 200
    again = await world.client.post(
        "/api/v1/public/auth/login", json={"email": owner.email, "password": PASSWORD}
    )
    assert again.status_code == 403


async def test_delete_hides_a_tenant_everywhere(world: World, owner: Signed) -> None:
    path = f"{BASE}/{owner.tenant_id}"
    assert (await world.admin.delete(path)).status_code == 204
    assert (await world.admin.delete(path)).status_code == 404
    assert (await world.admin.get(path)).status_code == 404
    assert (await owner.get("/api/v1/secure/auth/me")).status_code == 403


async def test_list_pages_sort_and_refuse_bad_keys(world: World, owner: Signed, stranger: Signed) -> None:
    first = (await world.admin.get(f"{BASE}/", params={"limit": 1, "sort": "name", "order": "asc"})).json()
    assert first["pagination"]["hasMore"] is True
    assert len(first["data"]) == 1
    beyond = (await world.admin.get(f"{BASE}/", params={"offset": 10000})).json()
    assert beyond["data"] == []
    assert beyond["pagination"]["total"] == first["pagination"]["total"]
    for bad in ({"sort": "password"}, {"limit": 101}, {"limit": "x"}, {"offset": -1}, {"order": "up"}):
        assert (await world.admin.get(f"{BASE}/", params=bad)).status_code == 400


async def test_the_system_tenant_stays_active(world: World) -> None:
    path = f"{BASE}/{world.admin.tenant_id}"
    for status in ("inactive", "retired", "maintenance", "pending"):
        assert (await world.admin.patch(path, json={"status": status})).status_code == 409
    assert (await world.admin.patch(path, json={"status": "active"})).status_code == 200


async def test_two_tenants_of_one_name_at_once_get_two_slugs(world: World) -> None:
    name = uuid4().hex[:12]
    owners = await asyncio.gather(*(world.make_tenant(name=name) for _ in range(3)))
    slugs = [(await owner.get(f"{BASE}/{owner.tenant_id}")).json()["data"]["slug"] for owner in owners]
    assert len(set(slugs)) == 3
    assert all(slug.startswith(name) for slug in slugs)


async def test_idempotency_key_replays_the_first_answer(world: World) -> None:
    mark = uuid4().hex[:12]
    request = {
        "name": mark,
        "domain": f"{mark}.org",
        "ownerEmail": f"{mark}@example.org",
        "ownerPassword": PASSWORD,
    }
    headers = {"Idempotency-Key": mark}
    first = await world.admin.post(f"{BASE}/", json=request, headers=headers)
    again = await world.admin.post(f"{BASE}/", json=request, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await world.admin.post(f"{BASE}/", json={**request, "name": "other"}, headers=headers)
    assert other.status_code == 409
