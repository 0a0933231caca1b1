"""What unlocks something leaves no trace: not in the log's lines, not in events, not in a table's text."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from cohesin.kernel.log import configure_logging
from tests.served import PASSWORD, Signed, World

NEW_PASSWORD = "a password that is new"
LOGIN = "/api/v1/public/auth/login"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the server logs, down to its smallest words."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("debug", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**config)


async def use_secrets(world: World, owner: Signed) -> set[str]:
    """Everything that is sent or answered once, in good requests and in bad ones."""
    signed = await world.sign_in(owner.email)
    secrets = {PASSWORD, NEW_PASSWORD, owner.token, signed.token, signed.answer["refreshToken"]}
    await world.client.post(LOGIN, json={"email": owner.email, "password": "a wrong password"})
    await world.client.post(LOGIN, json={"email": owner.email, "password": PASSWORD, "more": PASSWORD})
    await world.client.post(LOGIN, content=b'{"password": "' + PASSWORD.encode())
    await world.client.get("/api/v1/secure/auth/me", headers={"Authorization": f"Bearer {owner.token}x"})
    refreshed = await world.client.post(
        "/api/v1/public/auth/refresh", json={"refreshToken": signed.answer["refreshToken"]}
    )
    secrets |= {refreshed.json()["refreshToken"], refreshed.json()["accessToken"]}
    key = await owner.post("/api/v1/secure/api-keys/", json={"name": "Checked"})
    rotated = await owner.post(f"/api/v1/secure/api-keys/{key.json()['data']['id']}/rotate", json={})
    secrets |= {key.json()["fullKey"], rotated.json()["fullKey"]}
    await world.client.get("/api/v1/secure/spaces/", headers={"X-API-Key": rotated.json()["fullKey"]})
    body = {"name": "Checked", "url": "http://127.0.0.1:9/", "events": ["space.created"]}
    hook = await owner.post(
        "/api/v1/secure/webhooks/subscriptions", json={**body, "headers": {"Authorization": "opensesame"}}
    )
    secrets |= {hook.json()["data"]["secret"], "opensesame"}
    await owner.post(f"/api/v1/secure/webhooks/subscriptions/{hook.json()['data']['id']}/test")
    changed = await owner.post(
        "/api/v1/secure/auth/me/change-password",
        json={"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
    )
    member = await world.make_member(owner)
    reset = await owner.post(f"/api/v1/secure/users/{member.user_id}/reset-password")
    assert {key.status_code, rotated.status_code, hook.status_code} <= {200, 201}
    assert changed.status_code == reset.status_code == 200
    return {*secrets, reset.json()["data"]["password"]}


async def test_logs_hold_no_secret_and_no_address(world: World, owner: Signed, lines: io.StringIO) -> None:
    secrets = await use_secrets(world, owner)
    logged = lines.getvalue()
    assert "platform.login" in logged
    assert not [secret for secret in {*secrets, owner.email} if secret in logged]


async def test_tables_hold_no_secret_as_it_is(world: World, owner: Signed) -> None:
    secrets = await use_secrets(world, owner)
    async with world.services.units.open() as uow, uow.crossing_tenants():
        tables = await uow.conn.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('kernel', 'platform', 'tasks')"
        )
        assert len(tables) > 20
        for table in tables:
            name = f'"{table["schemaname"]}"."{table["tablename"]}"'
            if not await uow.conn.fetchval(f"SELECT has_table_privilege('{name}', 'SELECT')"):
                continue
            found = await uow.conn.fetchval(
                f"SELECT count(*) FROM {name} t WHERE EXISTS "
                "(SELECT 1 FROM unnest($1::text[]) s WHERE strpos(t::text, s) > 0)",
                sorted(secrets),
            )
            assert found == 0, name
