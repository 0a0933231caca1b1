from __future__ import annotations

import asyncio

from tests.served import PASSWORD, Signed, World

LOGIN = "/api/v1/public/auth/login"
REFRESH = "/api/v1/public/auth/refresh"
ME = "/api/v1/secure/auth/me"


async def test_sign_in_gives_tokens_and_a_cookie(world: World, owner: Signed) -> None:
    response = await world.client.post(
        LOGIN, json={"email": owner.email.upper(), "password": PASSWORD, "rememberMe": True}
    )
    assert response.status_code == 200
    cookie = response.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Max-Age=2592000"} <= set(cookie.split("; "))
    assert response.json()["expiresIn"] == 900
    me = await owner.get(ME)
    assert me.json()["user"]["isTenantAdmin"] is True
    assert me.json()["user"]["groups"] == ["Administrators"]


async def test_unknown_address_and_wrong_password_look_the_same(world: World, owner: Signed) -> None:
    wrong = await world.client.post(LOGIN, json={"email": owner.email, "password": "not the password"})
    unknown = await world.client.post(
        LOGIN, json={"email": "nobody@example.org", "password": "not the password"}
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["message"] == unknown.json()["message"]


async def test_ten_failures_lock_an_account_known_or_not(world: World, owner: Signed) -> None:
    for email in (owner.email, f"x{owner.email}"):
        for _ in range(10):
            refused = await world.client.post(LOGIN, json={"email": email, "password": "not the password"})
            assert refused.status_code == 401
        locked = await world.client.post(LOGIN, json={"email": email, "password": PASSWORD})
        assert locked.status_code == 429
        assert int(locked.headers["retry-after"]) > 0
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute("DELETE FROM platform.sign_in_attempts")


async def test_refresh_rotates_and_reuse_ends_the_session(world: World, owner: Signed) -> None:
    first = owner.answer["refreshToken"]
    rotated = (await world.client.post(REFRESH, json={"refreshToken": first})).json()
    again = await world.client.post(REFRESH, json={"refreshToken": first})
    assert again.status_code == 401
    assert (
        await world.client.post(REFRESH, json={"refreshToken": rotated["refreshToken"]})
    ).status_code == 401
    assert (
        await world.client.get(ME, headers={"Authorization": f"Bearer {rotated['accessToken']}"})
    ).status_code == 401


async def test_two_refreshes_at_once_are_one_use_and_one_reuse(world: World, owner: Signed) -> None:
    token = owner.answer["refreshToken"]
    answers = await asyncio.gather(
        *(world.client.post(REFRESH, json={"refreshToken": token}) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_refresh_by_cookie(world: World, owner: Signed) -> None:
    cookie = {"Cookie": f"cohesin_refresh={owner.answer['refreshToken']}"}
    response = await world.client.post(REFRESH, json={}, headers=cookie)
    assert response.status_code == 200


async def test_sign_out_ends_the_session(owner: Signed) -> None:
    response = await owner.post("/api/v1/secure/auth/logout")
    assert response.status_code == 200
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert (await owner.get(ME)).status_code == 401


async def test_patch_me_leaves_what_is_absent_and_clears_null(owner: Signed) -> None:
    first = await owner.patch(ME, json={"firstName": " Ada ", "lastName": "Lovelace", "locale": "de"})
    assert first.json()["user"]["displayName"] == "Ada Lovelace"
    second = await owner.patch(ME, json={"lastName": None})
    assert second.json()["user"]["displayName"] == "Ada"
    assert second.json()["user"]["locale"] == "de"
    faults = await owner.patch(ME, json={"locale": "xx", "nonsense": 1, "settings": 3})
    assert faults.status_code == 400
    assert {fault["path"] for fault in faults.json()["details"]["errors"]} == {
        "locale",
        "nonsense",
        "settings",
    }


async def test_a_new_password_ends_the_other_sessions(world: World, owner: Signed) -> None:
    other = await world.sign_in(owner.email)
    wrong = await owner.post(
        f"{ME}/change-password",
        json={"currentPassword": "not my password", "newPassword": "another password"},
    )
    assert wrong.status_code == 401
    changed = await owner.post(
        f"{ME}/change-password", json={"currentPassword": PASSWORD, "newPassword": "another password"}
    )
    assert changed.status_code == 200
    assert (await owner.get(ME)).status_code == 200
    assert (await other.get(ME)).status_code == 401
    await world.sign_in(owner.email, "another password")


async def test_sign_in_to_a_foreign_tenant_is_refused(world: World, owner: Signed, stranger: Signed) -> None:
    refused = await world.client.post(
        LOGIN, json={"email": owner.email, "password": PASSWORD, "tenantId": stranger.tenant_id}
    )
    assert refused.status_code == 403
    header = await owner.get(ME, headers={"X-Tenant-ID": stranger.tenant_id})
    assert header.status_code == 403
