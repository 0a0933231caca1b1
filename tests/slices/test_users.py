from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.served import PASSWORD, Signed, World

BASE = "/api/v1/secure/users"
AUDIT = "/api/v1/secure/audit-logs/"


def fresh() -> str:
    return f"person-{uuid4().hex[:12]}@example.org"


async def last_event(owner: Signed, action: str) -> dict:
    return (await owner.get(AUDIT, params={"action": action, "limit": 1})).json()["data"][0]


async def test_a_new_person_can_sign_in_and_is_a_plain_member(world: World, owner: Signed) -> None:
    email = fresh()
    request = {
        "email": email,
        "password": "  spaces count  ",
        "displayName": " Ada ",
        "locale": "de",
        "settings": {"theme": "dark"},
        "somethingElse": 1,
    }
    made = await owner.post(f"{BASE}/", json=request)
    assert made.status_code == 201
    user = made.json()["data"]
    assert (user["display_name"], user["locale"], user["settings"]) == ("Ada", "de", {"theme": "dark"})
    assert (user["status"], user["emailVerificationStatus"]) == ("active", "not_configured")
    assert user["tenantId"] == owner.tenant_id
    assert "password" not in made.text
    member = await world.sign_in(email.upper(), "  spaces count  ")
    assert member.answer["user"]["groups"] == ["Members"]
    assert member.answer["user"]["isTenantAdmin"] is False
    event = await last_event(owner, "user.created")
    assert (event["resource_id"], event["user_id"]) == (user["id"], owner.user_id)


async def test_an_address_is_taken_whatever_its_case_or_tenant(owner: Signed, stranger: Signed) -> None:
    email = fresh()
    assert (await owner.post(f"{BASE}/", json={"email": email, "password": PASSWORD})).status_code == 201
    for who in (owner, stranger):
        again = await who.post(f"{BASE}/", json={"email": email.upper(), "password": PASSWORD})
        assert again.status_code == 409
    assert (await stranger.get(f"{BASE}/")).json()["pagination"]["total"] == 1


async def test_two_equal_addresses_at_once_are_one_person(owner: Signed, stranger: Signed) -> None:
    request = {"email": fresh(), "password": PASSWORD}
    answers = await asyncio.gather(*(who.post(f"{BASE}/", json=request) for who in (owner, stranger, owner)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_create_names_every_fault_and_knows_no_foreign_type(owner: Signed) -> None:
    refused = await owner.post(f"{BASE}/", json={"email": "no", "password": "short", "locale": "xx"})
    assert refused.status_code == 400
    assert {fault["path"] for fault in refused.json()["details"]["errors"]} == {"email", "password", "locale"}
    request = {"email": fresh(), "password": PASSWORD, "typeDefinitionId": str(uuid4())}
    assert (await owner.post(f"{BASE}/", json=request)).status_code == 404
    assert (await owner.get(f"{BASE}/", params={"search": request["email"]})).json()["data"] == []


async def test_a_member_sees_and_changes_only_themselves(
    world: World, owner: Signed, stranger: Signed
) -> None:
    member = await world.make_member(owner)
    listed = (await member.get(f"{BASE}/")).json()
    assert [user["id"] for user in listed["data"]] == [member.user_id]
    assert listed["pagination"]["total"] == 1
    assert (await member.get(f"{BASE}/{member.user_id}")).status_code == 200
    assert (await member.get(f"{BASE}/{owner.user_id}")).status_code == 403
    assert (await member.get(f"{BASE}/{stranger.user_id}")).status_code == 404
    assert (await member.get(f"{BASE}/{owner.user_id}/context")).status_code == 403
    assert (await member.patch(f"{BASE}/{owner.user_id}", json={"firstName": "X"})).status_code == 403
    assert (await member.post(f"{BASE}/", json={"email": fresh(), "password": PASSWORD})).status_code == 403
    assert (await member.post(f"{BASE}/{member.user_id}/reset-password")).status_code == 403
    own = await member.patch(f"{BASE}/{member.user_id}", json={"firstName": "Eva", "displayName": "E"})
    assert (own.json()["data"]["first_name"], own.json()["data"]["display_name"]) == ("Eva", "E")
    cleared = await member.patch(f"{BASE}/{member.user_id}", json={"displayName": None})
    assert (cleared.json()["data"]["first_name"], cleared.json()["data"]["display_name"]) == ("Eva", None)
    for more in ({"role": "admin"}, {"status": "inactive"}):
        assert (await member.patch(f"{BASE}/{member.user_id}", json=more)).status_code == 403


async def test_another_tenants_people_are_not_there(world: World, owner: Signed, stranger: Signed) -> None:
    for method, path in (
        ("GET", f"{BASE}/{stranger.user_id}"),
        ("PATCH", f"{BASE}/{stranger.user_id}"),
        ("GET", f"{BASE}/{stranger.user_id}/context"),
        ("POST", f"{BASE}/{stranger.user_id}/reset-password"),
    ):
        body = {"json": {"firstName": "X"}} if method == "PATCH" else {}
        assert (await owner.request(method, path, **body)).status_code == 404
    assert (await owner.get(f"{BASE}/", params={"tenantId": stranger.tenant_id})).status_code == 404
    assert (await owner.get(f"{BASE}/", params={"tenantId": owner.tenant_id})).status_code == 200
    seen = await world.admin.get(f"{BASE}/", params={"tenantId": stranger.tenant_id})
    assert [user["id"] for user in seen.json()["data"]] == [stranger.user_id]
    assert (await world.admin.get(f"{BASE}/", params={"tenantId": str(uuid4())})).status_code == 404


async def test_list_searches_sorts_pages_and_filters(owner: Signed) -> None:
    for name in ("Zoë 100%", "anna", "Bert_x"):
        await owner.post(f"{BASE}/", json={"email": fresh(), "password": PASSWORD, "displayName": name})

    async def names(**params: object) -> list:
        response = await owner.get(f"{BASE}/", params=params)
        assert response.status_code == 200
        return [user["display_name"] for user in response.json()["data"]]

    assert await names(search="zoe") == ["Zoë 100%"]
    assert await names(search="0%") == ["Zoë 100%"]
    assert await names(search="%") == ["Zoë 100%"]
    assert await names(search="t_x") == ["Bert_x"]
    assert await names(sort="name", order="asc", limit=2) == ["anna", "Bert_x"]
    assert (await names(sort="name", order="desc"))[0] == "Zoë 100%"
    assert (await names())[0] == "Bert_x"
    page = (await owner.get(f"{BASE}/", params={"limit": 3, "offset": 3})).json()
    assert page["pagination"] == {"total": 4, "limit": 3, "offset": 3, "hasMore": False}
    first = (await owner.get(f"{BASE}/", params={"search": "anna"})).json()["data"][0]
    await owner.patch(f"{BASE}/{first['id']}", json={"status": "inactive"})
    assert await names(status="inactive") == ["anna"]
    assert "anna" not in await names(status="active")
    for bad in ({"sort": "password_hash"}, {"status": "gone"}, {"tenantId": "x"}, {"order": "up"}):
        assert (await owner.get(f"{BASE}/", params=bad)).status_code == 400


async def test_role_and_status_change_what_the_next_request_may_do(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    assert (await member.get(AUDIT)).status_code == 403
    path = f"{BASE}/{member.user_id}"
    assert (await owner.patch(path, json={"role": "admin"})).status_code == 200
    assert (await member.get(AUDIT)).status_code == 200
    assert (await owner.patch(path, json={"role": "guest"})).status_code == 200
    assert (await member.get(AUDIT)).status_code == 403
    permissions = await owner.get(f"/api/v1/secure/groups/users/{member.user_id}/permissions")
    assert "*" not in permissions.json()["data"]
    suspended = await owner.patch(path, json={"status": "inactive"})
    assert suspended.json()["data"]["status"] == "inactive"
    assert (await member.get(path)).status_code == 403
    login = {"email": member.email, "password": PASSWORD}
    assert (await world.client.post("/api/v1/public/auth/login", json=login)).status_code == 403
    permissions = await owner.get(f"/api/v1/secure/groups/users/{member.user_id}/permissions")
    assert permissions.json()["data"] == []
    assert (await owner.patch(path, json={"status": "active"})).json()["data"]["status"] == "active"
    assert (await member.get(path)).status_code == 200
    event = await last_event(owner, "user.updated")
    assert event["details"]["changes"]["status"] == {"before": "inactive", "after": "active"}
    for bad in ({"role": "king"}, {"role": None}, {"status": None}, {"status": "gone"}, {"locale": None}):
        assert (await owner.patch(path, json=bad)).status_code == 400


async def test_only_owners_make_and_unmake_owners_and_one_stays(world: World, owner: Signed) -> None:
    admin = await world.make_member(owner, role="admin")
    assert (await admin.patch(f"{BASE}/{admin.user_id}", json={"role": "owner"})).status_code == 403
    assert (await admin.patch(f"{BASE}/{owner.user_id}", json={"role": "member"})).status_code == 403
    assert (await admin.patch(f"{BASE}/{owner.user_id}", json={"status": "inactive"})).status_code == 403
    assert (await admin.post(f"{BASE}/{owner.user_id}/reset-password")).status_code == 403
    for change in ({"role": "admin"}, {"status": "retired"}):
        assert (await owner.patch(f"{BASE}/{owner.user_id}", json=change)).status_code == 409
    assert (await owner.patch(f"{BASE}/{admin.user_id}", json={"role": "owner"})).status_code == 200
    assert (await owner.patch(f"{BASE}/{owner.user_id}", json={"role": "member"})).status_code == 200


async def test_two_owners_who_demote_each_other_leave_one(world: World, owner: Signed) -> None:
    other = await world.make_member(owner, role="owner")
    answers = await asyncio.gather(
        owner.patch(f"{BASE}/{other.user_id}", json={"role": "member"}),
        other.patch(f"{BASE}/{owner.user_id}", json={"role": "member"}),
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 409])


async def test_a_reset_shows_a_password_once_and_ends_sessions(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    reset = await owner.post(f"{BASE}/{member.user_id}/reset-password")
    assert reset.status_code == 200
    password = reset.json()["data"]["password"]
    assert len(password) >= 12
    assert (await member.get(f"{BASE}/{member.user_id}")).status_code == 401
    login = {"email": member.email, "password": PASSWORD}
    assert (await world.client.post("/api/v1/public/auth/login", json=login)).status_code == 401
    again = await world.sign_in(member.email, password)
    assert again.user_id == member.user_id
    log = await owner.get(AUDIT, params={"action": "user.password_reset"})
    assert log.json()["pagination"]["total"] == 1
    assert password not in log.text


async def test_who_belongs_elsewhere_too_is_not_taken_over_by_a_reset(
    world: World, owner: Signed, stranger: Signed
) -> None:
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute(
            "INSERT INTO platform.memberships (tenant_id, user_id, role, created_at) VALUES ($1, $2, 'member', now())",
            owner.tenant_id,
            stranger.user_id,
        )
    assert (await owner.get(f"{BASE}/{stranger.user_id}")).status_code == 200
    assert (await owner.post(f"{BASE}/{stranger.user_id}/reset-password")).status_code == 403
    suspended = await owner.patch(f"{BASE}/{stranger.user_id}", json={"status": "inactive"})
    assert suspended.json()["data"]["status"] == "inactive"
    assert (await stranger.get(f"{BASE}/{stranger.user_id}")).json()["data"]["status"] == "active"


async def test_a_closed_account_is_not_opened_by_a_tenant(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute("UPDATE platform.users SET status = 'retired' WHERE id = $1", member.user_id)
    path = f"{BASE}/{member.user_id}"
    assert (await owner.get(path)).json()["data"]["status"] == "retired"
    assert (await owner.patch(path, json={"status": "active"})).status_code == 409


async def test_context_shows_groups_permissions_and_the_last_five_acts(world: World, owner: Signed) -> None:
    for _ in range(6):
        await owner.patch(f"{BASE}/{owner.user_id}", json={"firstName": uuid4().hex})
    context = (await owner.get(f"{BASE}/{owner.user_id}/context")).json()["data"]
    assert context["user"]["id"] == owner.user_id
    assert [(g["name"], g["role"], g["permissions"]) for g in context["groups"]] == [
        ("Administrators", "owner", ["*"])
    ]
    assert context["permissions"] == [{"resource": "*", "action": "*"}]
    assert [act["type"] for act in context["recentActivity"]] == ["user.updated"] * 5
    member = await world.make_member(owner)
    own = (await member.get(f"{BASE}/{member.user_id}/context")).json()["data"]
    assert {"resource": "spaces", "action": "read"} in own["permissions"]


@pytest.mark.parametrize("body", [{}, {"unknownField": 1}])
async def test_a_patch_without_changes_changes_nothing(owner: Signed, body: dict) -> None:
    path = f"{BASE}/{owner.user_id}"
    before = (await owner.get(path)).json()["data"]
    after = (await owner.patch(path, json=body)).json()["data"]
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}
