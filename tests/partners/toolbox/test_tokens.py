from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from cohesin.kernel.caller import system_caller
from cohesin.kernel.errors import UnauthenticatedError
from cohesin.partners.toolbox.accounts import set_account_active
from cohesin.partners.toolbox.tokens import ToolboxTokens
from tests.labs import Partner
from tests.served import PASSWORD, World

LOGIN = "/api/v1/api-token-auth/"


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def test_t01_t02_login_gives_a_token_with_its_claims(partner: Partner) -> None:
    claims = claims_of(partner.token)
    assert claims["username"] == partner.username
    assert claims["email"] == f"{partner.username}@example.org"
    assert isinstance(claims["user_id"], int)
    assert claims["exp"] - claims["iat"] == 3600


async def test_t03_a_bad_login_does_not_tell_which_half(world: World, partner: Partner) -> None:
    bodies = [
        {"username": partner.username, "password": "wrong password"},
        {"username": f"nobody-{uuid4().hex}", "password": PASSWORD},
    ]
    answers = [await world.client.post(LOGIN, json=body) for body in bodies]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    assert "WWW-Authenticate" in answers[0].headers


async def test_t04_missing_or_blank_fields(world: World) -> None:
    missing = await world.client.post(LOGIN, json={"username": "  "})
    assert missing.status_code == 400
    assert set(missing.json()["errors"]) == {"username", "password"}
    blank = await world.client.post(LOGIN, json={"username": "a", "password": ""})
    assert set(blank.json()["errors"]) == {"password"}
    blanks = await world.client.post(LOGIN, json={"username": "a", "password": "  "})
    assert (blanks.status_code, set(blanks.json()["errors"])) == (400, {"password"})


def unsigned(token: str) -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"toolbox","typ":"JWT"}').rstrip(b"=").decode()
    return f"{header}.{token.split('.')[1]}."


def resigned(token: str) -> str:
    key = OctKey.generate_key(256)
    return jwt.encode({"alg": "HS256", "kid": "toolbox"}, claims_of(token), key)


@pytest.mark.parametrize("forge", [unsigned, resigned, lambda token: token[:-2], lambda _: ""])
async def test_t05_a_bad_token_is_no_token(world: World, partner: Partner, forge: Any) -> None:
    for headers in ({}, {"Authorization": f"JWT {forge(partner.token)}"}):
        answer = await world.client.get("/api/v1/customers/", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["messages"]


async def test_t05_t07_a_token_ends_after_an_hour(world: World) -> None:
    tokens = ToolboxTokens(world.settings.secret_key)
    now = world.services.units.clock.now()
    token = tokens.issue(uuid4(), number=1, username="x", email="", now=now)
    assert tokens.verify(token, now + timedelta(seconds=3598))
    with pytest.raises(UnauthenticatedError):
        tokens.verify(token, now + timedelta(seconds=3600))


@pytest.mark.parametrize("scheme", ["JWT", "jwt", "Bearer", "bEaReR"])
async def test_t06_both_schemes_in_any_case(world: World, partner: Partner, scheme: str) -> None:
    answer = await world.client.get("/api/v1/kits/", headers={"Authorization": f"{scheme} {partner.token}"})
    assert answer.status_code == 200


async def test_t06_no_other_scheme(world: World, partner: Partner) -> None:
    answer = await world.client.get("/api/v1/kits/", headers={"Authorization": f"Token {partner.token}"})
    assert answer.status_code == 401


async def test_t07_a_second_login_leaves_the_first(world: World, partner: Partner) -> None:
    again = await world.client.post(LOGIN, json={"username": partner.username, "password": PASSWORD})
    assert again.status_code == 200
    assert await partner.get("customers/") == []


async def test_t08_a_disabled_account(world: World, partner: Partner) -> None:
    async with world.services.units.open(system_caller(UUID(partner.tenant_id))) as uow:
        await set_account_active(uow, partner.username, active=False)
    login = await world.client.post(LOGIN, json={"username": partner.username, "password": PASSWORD})
    assert login.status_code == 401
    assert (await partner.get("customers/", status=403))["messages"]


async def test_a_partner_or_tenant_that_ended_shuts_its_accounts(
    world: World, partner: Partner, rival: Partner
) -> None:
    await partner.lab("PATCH", f"partners/{partner.partner_id}", {"active": False})
    await partner.get("customers/", status=403)
    await rival.get("customers/")
    await world.admin.post(f"/api/v1/secure/tenants/{rival.tenant_id}/lifecycle/suspend", json={})
    await rival.get("customers/", status=403)
    login = await world.client.post(LOGIN, json={"username": partner.username, "password": PASSWORD})
    assert login.status_code == 401


async def test_a_token_of_another_face_is_no_token(world: World, partner: Partner) -> None:
    staff = await world.client.get(
        "/api/v1/kits/", headers={"Authorization": f"Bearer {partner.staff.token}"}
    )
    assert staff.status_code == 401
    platform = await world.client.get(
        "/api/v1/secure/lab/kits/", headers={"Authorization": f"Bearer {partner.token}"}
    )
    assert platform.status_code == 401
