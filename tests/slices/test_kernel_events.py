"""The event log: append-only, masked, complete, and its types declared."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from cohesin.app import slices
from cohesin.kernel.caller import ANONYMOUS, system_caller
from cohesin.kernel.events import MASK, Event, declare_event_types, event_types, masked
from cohesin.kernel.uow import Origin
from tests.served import Signed, World

assert slices.SLICES
SOURCE = Path(__file__).parents[2] / "src" / "cohesin"


def recorded_types() -> set[str]:
    """Every type that the code records; of a composed one the part before the first hole, with `*` behind it."""
    found = set()
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event"
            ):
                continue
            for keyword in node.keywords:
                if keyword.arg == "type" and isinstance(keyword.value, ast.Constant):
                    found.add(str(keyword.value.value))
                elif keyword.arg == "type" and isinstance(keyword.value, ast.JoinedStr):
                    first = keyword.value.values[0]
                    found.add((str(first.value) if isinstance(first, ast.Constant) else "") + "*")
    return found


def test_every_recorded_type_is_declared() -> None:
    declared = set(event_types())
    exact = {name for name in recorded_types() if not name.endswith("*")}
    assert exact - declared == set()
    for composed in recorded_types() - exact:
        assert any(name.startswith(composed[:-1]) for name in declared), composed


def test_a_type_is_declared_once_and_described() -> None:
    with pytest.raises(ValueError, match=r"tenant\.created"):
        declare_event_types({"tenant.created": "Again."})
    assert all(description.endswith(".") for description in event_types().values())


async def test_the_log_is_append_only(world: World, owner: Signed) -> None:
    for crossing in (False, True):
        for statement in (
            "UPDATE kernel.events SET type = 'a.b'",
            "DELETE FROM kernel.events",
            "TRUNCATE kernel.events",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):  # noqa: PT012 - the block as a whole
                async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
                    if crossing:
                        async with uow.crossing_tenants():
                            await uow.conn.execute(statement)
                    else:
                        await uow.conn.execute(statement)


async def test_an_event_keeps_who_what_and_whence(world: World, owner: Signed) -> None:
    entity = uuid4()
    origin = Origin(request_id="r-1", ip_address="203.0.113.9", user_agent="a browser")
    async with world.services.units.open(system_caller(UUID(owner.tenant_id)), origin) as uow:
        event = Event(
            type="test.kit.sent",
            entity_id=entity,
            data={"state": "sent", "nested": [{"api_key": "k"}]},
            changes={
                "password_hash": {"before": "a", "after": "b"},
                "state": {"before": "made", "after": "sent"},
            },
        )
        recorded = await uow.record(event)
        row: Any = await uow.conn.fetchrow("SELECT * FROM kernel.events WHERE id = $1", event.id)
    assert recorded.sequence == row["sequence"]
    assert (row["type"], row["entity_type"], row["entity_id"]) == ("test.kit.sent", "test.kit", entity)
    assert (row["tenant_id"], row["actor_kind"]) == (UUID(owner.tenant_id), "system")
    assert (row["request_id"], row["ip_address"], row["user_agent"]) == ("r-1", "203.0.113.9", "a browser")
    assert row["data"] == {"state": "sent", "nested": [{"api_key": MASK}]}
    assert row["changes"] == {"password_hash": MASK, "state": {"before": "made", "after": "sent"}}


async def test_an_event_without_a_tenant_is_no_tenants(world: World, owner: Signed) -> None:
    event = Event(type="test.sign_in.failed", entity_id=None)
    async with world.services.units.open(ANONYMOUS) as uow:
        await uow.record(event)
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        assert await uow.conn.fetchval("SELECT count(*) FROM kernel.events WHERE id = $1", event.id) == 0


@pytest.mark.parametrize("kind", ["Kit.Sent", "kit", "kit..sent", "kit.sent.", ""])
async def test_malformed_types_are_refused(world: World, owner: Signed, kind: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            await uow.record(Event(type=kind, entity_id=None))


def test_masking_keeps_what_is_absent_and_everything_else() -> None:
    assert masked({"a": 1, "clientSecret": "x", "token": None, "list": ({"refresh_token": "y"}, 2)}) == {
        "a": 1,
        "clientSecret": MASK,
        "token": None,
        "list": [{"refresh_token": MASK}, 2],
    }


@pytest.mark.parametrize(
    "name", ["apiKey", "API_KEY", "X-Api-Key", "privateKey", "s3.access_key", "Authorization", "refreshToken"]
)
def test_secrets_are_masked_however_their_name_is_written(name: str) -> None:
    assert masked({"settings": {"before": {name: "open sesame"}, "after": [{name: 1}]}}) == {
        "settings": {"before": {name: "***"}, "after": [{name: "***"}]}
    }
