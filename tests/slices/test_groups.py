from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups import service
from tests.served import Signed, World

BASE = "/api/v1/secure/groups"
AUDIT = "/api/v1/secure/audit-logs/"


async def make_group(who: Signed, *permissions: str, name: str | None = None) -> dict:
    request = {"name": name or f"Group {uuid4().hex[:8]}", "permissions": list(permissions)}
    response = await who.post(f"{BASE}/create", json=request)
    assert response.status_code == 201, response.text
    return response.json()["data"]


async def built_in(who: Signed, name: str) -> str:
    listed = (await who.get(f"{BASE}/", params={"search": name})).json()["data"]
    return next(group["id"] for group in listed if group["name"] == name)


async def test_permissions_hold_from_the_next_request_on(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    mine = "/api/v1/secure/iam/me/permissions"
    assert (await member.get(f"{BASE}/")).status_code == 403
    group = await make_group(owner, "groups:read", "groups:read")
    assert group["permissions"] == ["groups:read"]
    added = await owner.post(f"{BASE}/{group['id']}/members", json={"userId": member.user_id})
    assert added.status_code == 204
    assert (await member.get(f"{BASE}/")).status_code == 200
    assert "groups:read" in (await member.get(mine)).json()["data"]
    changed = await owner.put(f"{BASE}/{group['id']}", json={"permissions": ["users:*"]})
    assert changed.json()["data"]["permissions"] == ["users:*"]
    assert changed.json()["data"]["name"] == group["name"]
    assert (await member.get(f"{BASE}/")).status_code == 403
    assert (await member.get(f"/api/v1/secure/users/{owner.user_id}")).status_code == 200
    removed = await owner.delete(f"{BASE}/{group['id']}/members/{member.user_id}")
    assert removed.status_code == 204
    assert (await member.get(f"/api/v1/secure/users/{owner.user_id}")).status_code == 403
    actions = [
        row["action"] for row in (await owner.get(AUDIT, params={"resource_id": group["id"]})).json()["data"]
    ]
    assert actions == ["group.member_removed", "group.updated", "group.member_added", "group.created"]


async def test_deleting_a_group_takes_what_it_permitted(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    group = await make_group(owner, "*")
    await owner.post(f"{BASE}/{group['id']}/members", json={"userId": member.user_id})
    assert (await member.get(AUDIT)).status_code == 200
    assert (await owner.delete(f"{BASE}/{group['id']}")).status_code == 204
    assert (await member.get(AUDIT)).status_code == 403
    assert (await owner.delete(f"{BASE}/{group['id']}")).status_code == 404
    assert (await owner.get(f"{BASE}/{group['id']}")).status_code == 404


@pytest.mark.parametrize(
    "text", ["", "spaces", "spaces:fly", "*:read", "Spaces:read", "spaces:read ", ":read", "a b:read", "**"]
)
async def test_other_permission_texts_are_400(owner: Signed, text: str) -> None:
    request = {"name": "x", "permissions": ["spaces:read", text]}
    if text == "spaces:read ":  # trimmed as all text is
        assert (await owner.post(f"{BASE}/create", json=request)).status_code == 201
        return
    refused = await owner.post(f"{BASE}/create", json=request)
    assert refused.status_code == 400
    assert [fault["path"] for fault in refused.json()["details"]["errors"]] == ["permissions.1"]


async def test_built_in_groups_stay(owner: Signed) -> None:
    administrators, members = await built_in(owner, "Administrators"), await built_in(owner, "Members")
    assert (
        await owner.put(f"{BASE}/{administrators}", json={"permissions": ["spaces:read"]})
    ).status_code == 409
    assert (await owner.put(f"{BASE}/{administrators}", json={"name": "Admins"})).status_code == 409
    for group in (administrators, members):
        assert (await owner.delete(f"{BASE}/{group}")).status_code == 409
    kept = await owner.put(
        f"{BASE}/{administrators}", json={"description": "Who runs it", "permissions": ["*", "spaces:read"]}
    )
    assert kept.status_code == 200
    assert (await owner.put(f"{BASE}/{members}", json={"permissions": ["spaces:read"]})).status_code == 200
    assert (await owner.delete(f"{BASE}/{administrators}/members/{owner.user_id}")).status_code == 409


async def test_names_are_unique_in_a_tenant_also_at_once(owner: Signed, stranger: Signed) -> None:
    answers = await asyncio.gather(
        *(owner.post(f"{BASE}/create", json={"name": name}) for name in ("Nurses", "nurses", "NURSES"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await make_group(stranger, name="Nurses")
    other = await make_group(owner)
    assert (await owner.put(f"{BASE}/{other['id']}", json={"name": "nurses"})).status_code == 409
    assert (await owner.put(f"{BASE}/{other['id']}", json={"name": None})).status_code == 400


async def test_nobody_hands_out_more_than_they_hold(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    managers = await make_group(owner, "groups:*")
    await owner.post(f"{BASE}/{managers['id']}/members", json={"userId": member.user_id})
    administrators = await built_in(owner, "Administrators")
    more = {"name": "More", "permissions": ["*"]}
    assert (await member.post(f"{BASE}/create", json=more)).status_code == 403
    assert (
        await member.put(f"{BASE}/{managers['id']}", json={"permissions": ["groups:*", "users:write"]})
    ).status_code == 403
    assert (await member.put(f"{BASE}/{administrators}", json={"description": "x"})).status_code == 403
    own = {"userId": member.user_id}
    assert (await member.post(f"{BASE}/{administrators}/members", json=own)).status_code == 403
    less = await make_group(member, "groups:read")
    assert (await member.delete(f"{BASE}/{less['id']}")).status_code == 204


async def test_members_of_a_group(world: World, owner: Signed, stranger: Signed) -> None:
    member = await world.make_member(owner)
    group = await make_group(owner, "spaces:read")
    path = f"{BASE}/{group['id']}/members"
    answers = await asyncio.gather(*(owner.post(path, json={"userId": member.user_id}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    await owner.post(path, json={"userId": owner.user_id})
    listed = (await owner.get(path)).json()["data"]
    assert [row["user_id"] for row in listed] == [owner.user_id, member.user_id]
    for nobody in (stranger.user_id, str(uuid4())):
        assert (await owner.post(path, json={"userId": nobody})).status_code == 404
        assert (await owner.delete(f"{path}/{nobody}")).status_code == 404
    assert (await owner.delete(f"{path}/{member.user_id}")).status_code == 204
    assert (await owner.delete(f"{path}/{member.user_id}")).status_code == 404
    assert (await owner.post(path, json={"userId": "x"})).status_code == 400


async def test_another_tenants_groups_are_not_there(world: World, owner: Signed, stranger: Signed) -> None:
    foreign = (await make_group(stranger))["id"]
    for method, path, body in (
        ("GET", f"{BASE}/{foreign}", None),
        ("PUT", f"{BASE}/{foreign}", {"name": "x"}),
        ("DELETE", f"{BASE}/{foreign}", None),
        ("GET", f"{BASE}/{foreign}/members", None),
        ("POST", f"{BASE}/{foreign}/members", {"userId": owner.user_id}),
        ("DELETE", f"{BASE}/{foreign}/members/{stranger.user_id}", None),
        ("GET", f"{BASE}/users/{stranger.user_id}/permissions", None),
    ):
        assert (await owner.request(method, path, json=body)).status_code == 404, path
    for name, value in (
        ("tenantId", stranger.tenant_id),
        ("userId", stranger.user_id),
        ("tagId", str(uuid4())),
        ("categoryId", str(uuid4())),
    ):
        assert (await owner.get(f"{BASE}/", params={name: value})).status_code == 404, name
    seen = await world.admin.get(f"{BASE}/", params={"tenantId": stranger.tenant_id})
    assert foreign in [group["id"] for group in seen.json()["data"]]
    assert all(group["tenantId"] == stranger.tenant_id for group in seen.json()["data"])


async def test_list_filters(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    group = await make_group(owner, name="Pädiatrie")

    async def names(**params: object) -> list:
        response = await owner.get(f"{BASE}/", params=params)
        assert response.status_code == 200, response.text
        return [row["name"] for row in response.json()["data"]]

    assert await names(search="padia") == ["Pädiatrie"]
    assert await names(userId=member.user_id) == ["Members"]
    assert await names(created_from=group["created_at"]) == ["Pädiatrie"]
    assert await names(created_from=group["created_at"], created_to=group["created_at"]) == ["Pädiatrie"]
    assert "Pädiatrie" not in await names(created_to="2020-01-01T00:00:00Z")
    assert (await names(limit=1)) == ["Pädiatrie"]
    backwards = {"created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-01T00:00:00Z"}
    assert (await owner.get(f"{BASE}/", params=backwards)).status_code == 422
    assert (await owner.get(f"{BASE}/", params={"created_from": "yesterday"})).status_code == 400


async def test_groups_by_tag_and_category(
    owner: Signed, stranger: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await make_group(owner), await make_group(owner)
    tag, category = uuid4(), uuid4()

    async def tagged(uow: UnitOfWork, tag_id: UUID) -> list[UUID] | None:
        known = tag_id == tag and str(uow.tenant_id) == owner.tenant_id
        return [UUID(first["id"]), UUID(second["id"])] if known else None

    async def categorised(uow: UnitOfWork, category_id: UUID) -> list[UUID] | None:
        return [UUID(second["id"])] if category_id == category else None

    monkeypatch.setattr(service, "_linked", {})
    service.register_linked_groups("tag", tagged)
    service.register_linked_groups("category", categorised)
    by_tag = (await owner.get(f"{BASE}/", params={"tagId": str(tag)})).json()
    assert [group["id"] for group in by_tag["data"]] == [second["id"], first["id"]]
    both = {"tagId": str(tag), "categoryId": str(category)}
    assert [group["id"] for group in (await owner.get(f"{BASE}/", params=both)).json()["data"]] == [
        second["id"]
    ]
    assert (await owner.get(f"{BASE}/", params={"tagId": str(uuid4())})).status_code == 404
    assert (await stranger.get(f"{BASE}/", params={"tagId": str(tag)})).status_code == 404


async def test_permissions_of_a_person(world: World, owner: Signed) -> None:
    member, other = await world.make_member(owner), await world.make_member(owner)
    path = f"{BASE}/users/{member.user_id}/permissions"
    assert "spaces:read" in (await member.get(path)).json()["data"]
    assert (await owner.get(path)).json() == (await member.get(path)).json()
    assert (await other.get(path)).status_code == 403
    assert (await owner.get(f"{BASE}/users/{owner.user_id}/permissions")).json()["data"] == ["*"]
