from __future__ import annotations

import asyncio
import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.crypto.tokens import AccessTokens
from cohesin.platform.auth.keyring import load_keyring
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


async def test_guesses_that_come_at_once_are_counted_like_others(world: World, owner: Signed) -> None:
    guess = {"email": owner.email, "password": "not the password"}
    answers = await asyncio.gather(*(world.client.post(LOGIN, json=guess) for _ in range(16)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (10, 6)
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute("DELETE FROM platform.sign_in_attempts")


async def test_a_good_sign_in_clears_the_count(world: World, owner: Signed) -> None:
    guess = {"email": owner.email, "password": "not the password"}
    for _ in range(2):
        for _ in range(9):
            assert (await world.client.post(LOGIN, json=guess)).status_code == 401
        await world.sign_in(owner.email)
    async with world.services.units.open() as uow, uow.crossing_tenants():
        await uow.conn.execute("DELETE FROM platform.sign_in_attempts")


async def test_of_two_new_passwords_at_once_one_holds(world: World, owner: Signed) -> None:
    news = ["the first new password", "the second new password"]
    answers = await asyncio.gather(
        *(
            owner.post(f"{ME}/change-password", json={"currentPassword": PASSWORD, "newPassword": new})
            for new in news
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    held = news[[answer.status_code for answer in answers].index(200)]
    await world.sign_in(owner.email, held)


async def test_a_replayed_sign_in_sets_its_cookie_again(world: World, owner: Signed) -> None:
    request = {"email": owner.email, "password": PASSWORD}
    headers = {"Idempotency-Key": uuid4().hex}
    first, again = [await world.client.post(LOGIN, json=request, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert first.headers["set-cookie"] == again.headers["set-cookie"]
    world.client.cookies.clear()
    kept = await world.services.units.pool.fetchrow(
        "SELECT fingerprint, body FROM kernel.idempotency_keys WHERE key = $1", headers["Idempotency-Key"]
    )
    assert first.json()["refreshToken"].encode() not in kept["body"]
    # Whoever reads the table cannot try passwords against it.
    sent = b"\n".join([b"platform.login", LOGIN.encode(), b"", first.request.content])
    assert kept["fingerprint"] != hashlib.sha256(sent).digest()


async def test_a_password_is_the_same_however_its_letters_are_written(world: World, owner: Signed) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": "pass\u00e9word"}
    assert (await owner.post(f"{ME}/change-password", json=change)).status_code == 200
    for written in ("pass\u00e9word", "passe\u0301word"):
        for as_escapes in (True, False):
            content = json.dumps({"email": owner.email, "password": written}, ensure_ascii=as_escapes)
            answer = await world.client.post(
                LOGIN, content=content.encode(), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 200, (written, as_escapes)


def forged(token: str, header: dict[str, object] | None = None, **claims: object) -> str:
    """The token with other words in it, under the signature it had."""
    parts = token.split(".")
    for place, more in ((0, header or {}), (1, claims)):
        read = json.loads(urlsafe_b64decode(parts[place] + "=="))
        parts[place] = urlsafe_b64encode(json.dumps({**read, **more}).encode()).decode().rstrip("=")
    return ".".join(parts)


async def test_forged_tokens_are_401(world: World, owner: Signed, stranger: Signed) -> None:
    for bad in (
        forged(owner.token, {"alg": "none"}),
        forged(owner.token, {"alg": "none"}).rpartition(".")[0] + ".",
        forged(owner.token, {"alg": "HS256"}),
        forged(owner.token, {"kid": "another"}),
        forged(owner.token, exp=2_000_000_000),
        forged(owner.token, sub=stranger.user_id),
        forged(owner.token, aud="toolbox"),
        owner.token[:-6],
        owner.token + "x",
        "..",
        owner.answer["refreshToken"],
    ):
        answer = await world.client.get(ME, headers={"Authorization": f"Bearer {bad}"})
        assert answer.status_code == 401, bad


async def test_tokens_of_another_audience_or_past_their_time_are_401(world: World, owner: Signed) -> None:
    sealer, units = world.services.get(Sealer), world.services.units
    keyring = await load_keyring(units, sealer)
    claims = json.loads(urlsafe_b64decode(owner.token.split(".")[1] + "=="))
    now = units.clock.now()
    whose = {"sub": UUID(claims["sub"]), "sid": UUID(claims["sid"]), "tid": UUID(owner.tenant_id)}

    async def status(audience: str, at: datetime) -> int:
        token, _ = AccessTokens(keyring, audience=audience).issue(**whose, now=at)
        return (await world.client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code

    assert await status("platform", now) == 200
    assert await status("toolbox", now) == 401
    assert await status("platform", now - timedelta(minutes=16)) == 401


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
