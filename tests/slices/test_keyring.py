"""Rotation of the signing keys while several processes serve."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from joserfc import jws

from cohesin.app.asgi import create_app
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.crypto.tokens import AccessTokens
from cohesin.platform.auth import keyring
from cohesin.platform.auth.keyring import KeyringRenewal, load_keyring, rotate_keyring
from tests.served import ADMIN, World, running

ME = "/api/v1/secure/auth/me"


def kid_of(token: str) -> str:
    return jws.extract_compact(token.encode()).headers()["kid"]


async def sign_in(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/v1/public/auth/login", json={"email": ADMIN[0], "password": ADMIN[1]})
    assert answer.status_code == 200, answer.text
    return answer.json()["accessToken"]


async def status(client: httpx.AsyncClient, token: str) -> int:
    return (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code


async def test_a_rotation_reaches_every_process_without_a_restart(world: World) -> None:
    """The second process starts after the rotation; the first learns of the new key from a token it cannot place."""
    units, sealer = world.services.units, world.services.get(Sealer)
    before = await sign_in(world.client)
    rotated = await rotate_keyring(units, sealer)
    second = create_app(world.settings)
    async with running(second):
        transport = httpx.ASGITransport(app=second, client=("127.0.0.1", 50001))
        async with httpx.AsyncClient(transport=transport, base_url="http://second") as client:
            after = await sign_in(client)
            assert kid_of(after) == rotated.active.kid != kid_of(before)
            assert await status(client, before) == 200
            assert await status(client, after) == 200
    assert await status(world.client, after) == 200
    assert await status(world.client, before) == 200
    assert kid_of(await sign_in(world.client)) == rotated.active.kid


async def test_invented_key_ids_cost_one_look_a_second(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    units, sealer = world.services.units, world.services.get(Sealer)
    tokens = keyring.access_tokens(await load_keyring(units, sealer))
    renewal = KeyringRenewal(tokens, units, sealer)
    now = 100.0
    monkeypatch.setattr(keyring.time, "monotonic", lambda: now)
    async with units.pool.acquire() as conn:
        assert await renewal.renew(conn)
        assert not await renewal.renew(conn)
        now += keyring.LOOK_SECONDS
        assert await renewal.renew(conn)


async def test_a_token_of_a_foreign_keyring_is_refused(world: World) -> None:
    foreign = AccessTokens(keyring.Keyring.generate(), audience=keyring.AUDIENCE)
    token, _ = foreign.issue(sub=uuid4(), sid=uuid4(), tid=None, now=world.services.units.clock.now())
    assert await status(world.client, token) == 401
