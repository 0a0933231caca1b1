"""The unit of work and tenancy: what the database itself refuses, whatever the code above it does."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from cohesin.kernel.caller import ANONYMOUS, system_caller
from cohesin.kernel.errors import ForbiddenError
from cohesin.kernel.events import Event
from cohesin.kernel.tasks import enqueue
from cohesin.platform.webhooks.tasks import retry
from tests.served import Signed, World

SOURCE = Path(__file__).parents[2] / "src"

#: Who may look across tenants, and why.
CROSSING = {
    "cohesin.app.bootstrap": "is there a system tenant yet",
    "cohesin.app.demo.founding": "whether the demo's tenant is there, deleted or not",
    "cohesin.partners.caligenix.keys": "a Connect key finds its account before any tenant is known",
    "cohesin.partners.opal.keys": "the command line switches a key off by its login alone",
    "cohesin.partners.toolbox.accounts": "the command line switches an account off by its username alone",
    "cohesin.platform.auth.admin_reset": "sessions and passwords belong to persons, not to tenants",
    "cohesin.platform.auth.expiry": "sessions belong to no tenant",
    "cohesin.platform.auth.keyring": "the signing keys belong to no tenant",
    "cohesin.platform.auth.service": "sign-in finds a person before any tenant is known",
    "cohesin.platform.tenants.service": "system administrators see all tenants; a slug is free in all of them",
    "cohesin.platform.users.members": "the own person from any tenant; whether somebody belongs to other tenants too",
    "cohesin.platform.users.service": "an address belongs to one person on the whole platform",
    "cohesin.platform.webhooks.tasks": "the sweep finds stranded messages; old logs are forgotten",
}

TENANT_TABLES = """
SELECT c.oid::regclass::text AS name, c.relkind = 'p' AS partitioned, c.relrowsecurity, c.relforcerowsecurity,
       ARRAY(SELECT p.polname::text FROM pg_policy p WHERE p.polrelid = c.oid) AS policies
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND NOT a.attisdropped
   AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 1"""

LOOSE_REFERENCES = """
SELECT con.conrelid::regclass::text || ' ' || con.conname AS reference
  FROM pg_constraint con
  JOIN pg_attribute mine ON mine.attrelid = con.conrelid AND mine.attname = 'tenant_id'
  JOIN pg_attribute theirs ON theirs.attrelid = con.confrelid AND theirs.attname = 'tenant_id'
 WHERE con.contype = 'f'
   AND NOT EXISTS (SELECT 1 FROM unnest(con.conkey, con.confkey) AS pair (mine, theirs)
                    WHERE pair.mine = mine.attnum AND pair.theirs = theirs.attnum)"""


@pytest.fixture
async def app(database: Any, world: World) -> AsyncIterator[Any]:
    """A raw connection as the server's role."""
    conn = await asyncpg.connect(database.app_dsn)
    yield conn
    await conn.close()


async def tables(app: Any) -> list[Any]:
    found = await app.fetch(TENANT_TABLES)
    assert len(found) >= 9
    return found


async def test_every_tenant_table_has_forced_row_security(app: Any) -> None:
    for table in await tables(app):
        assert table["relrowsecurity"], table["name"]
        assert table["relforcerowsecurity"], table["name"]
        assert "crossing" in table["policies"], table["name"]


async def test_references_between_tenant_tables_hold_the_tenant(app: Any) -> None:
    assert [row["reference"] for row in await app.fetch(LOOSE_REFERENCES)] == []


async def test_no_raw_statement_reaches_another_tenant(
    app: Any, world: World, owner: Signed, stranger: Signed
) -> None:
    theirs = UUID(stranger.tenant_id)
    hook = {"name": "x", "url": "http://127.0.0.1:9/", "events": ["*"]}
    assert (await stranger.post("/api/v1/secure/webhooks/subscriptions", json=hook)).status_code == 201
    populated = set()
    for table in await tables(app):
        name = table["name"]
        async with world.services.units.open(system_caller()) as uow, uow.crossing_tenants():
            if await uow.conn.fetchval(f"SELECT EXISTS (SELECT 1 FROM {name} WHERE tenant_id = $1)", theirs):
                populated.add(name)
        await app.execute(f"BEGIN; SET LOCAL cohesin.tenant_id = '{owner.tenant_id}'")
        try:
            assert await app.fetchval(f"SELECT count(*) FROM {name} WHERE tenant_id = $1", theirs) == 0, name
            for change in (f"UPDATE {name} SET tenant_id = tenant_id", f"DELETE FROM {name}"):
                assert await changed(app, f"{change} WHERE tenant_id = $1", theirs) == 0, name
            # A row without values finds no partition of a table that has some; each partition is tried by itself.
            refusal = (
                asyncpg.CheckViolationError if table["partitioned"] else asyncpg.InsufficientPrivilegeError
            )
            with pytest.raises(refusal):
                await app.execute(f"INSERT INTO {name} (tenant_id) VALUES ($1)", theirs)
        finally:
            await app.execute("ROLLBACK")
        # Without a tenant nothing is there at all.
        assert await app.fetchval(f"SELECT count(*) FROM {name} WHERE tenant_id IS NOT NULL") == 0, name
    assert {"kernel.events", "platform.memberships", "platform.webhook_deliveries"} <= populated


async def changed(app: Any, statement: str, *args: Any) -> int:
    """How many rows a statement changed; one that is not allowed at all changes none."""
    await app.execute("SAVEPOINT trial")
    try:
        return int((await app.execute(statement, *args)).rpartition(" ")[2])
    except asyncpg.InsufficientPrivilegeError:
        await app.execute("ROLLBACK TO trial")
        return 0


async def test_a_row_cannot_be_moved_into_another_tenant(app: Any, owner: Signed, stranger: Signed) -> None:
    await app.execute(f"BEGIN; SET LOCAL cohesin.tenant_id = '{owner.tenant_id}'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("UPDATE platform.groups SET tenant_id = $1", UUID(stranger.tenant_id))
    await app.execute("ROLLBACK")


def calls_of(name: str) -> set[str]:
    """The modules of the server that call a method of that name."""
    found = set()
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                found.add(".".join(file.relative_to(SOURCE).with_suffix("").parts))
    return found


def test_who_crosses_tenants_is_listed() -> None:
    assert calls_of("crossing_tenants") == set(CROSSING)


async def test_crossing_ends_with_its_block(world: World, owner: Signed, stranger: Signed) -> None:
    count = "SELECT count(DISTINCT tenant_id) FROM platform.memberships"
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        async with uow.crossing_tenants():
            assert await uow.conn.fetchval(count) >= 2
        assert await uow.conn.fetchval(count) == 1
        await uow.enter_tenant(UUID(stranger.tenant_id))
        assert await uow.conn.fetchval("SELECT DISTINCT tenant_id FROM platform.memberships") == UUID(
            stranger.tenant_id
        )
    async with world.services.units.open() as uow:
        assert await uow.conn.fetchval(count) == 0
        assert not uow.has_tenant
        with pytest.raises(ForbiddenError):
            assert uow.tenant_id


async def test_the_role_stays_behind_after_an_error_within_crossing(world: World) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with world.services.units.open(ANONYMOUS) as uow, uow.crossing_tenants():
            await uow.conn.execute("SELECT 1 / 0")
    for _ in range(8):
        async with world.services.units.open(ANONYMOUS) as uow:
            assert await uow.conn.fetchval("SELECT current_user") == "cohesin_app"


async def kept(world: World, owner: Signed, mark: str) -> tuple[int, int]:
    """Events and jobs that hold the mark."""
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        events = await uow.conn.fetchval("SELECT count(*) FROM kernel.events WHERE data->>'mark' = $1", mark)
        jobs = await uow.conn.fetchval("SELECT count(*) FROM tasks.procrastinate_jobs WHERE lock = $1", mark)
    return events, jobs


async def test_an_error_leaves_nothing(world: World, owner: Signed) -> None:
    mark = uuid4().hex
    caller = system_caller(UUID(owner.tenant_id))
    for error in (ZeroDivisionError, None):
        try:
            async with world.services.units.open(caller) as uow:
                await uow.record(Event(type="test.happened", entity_id=None, data={"mark": mark}))
                await enqueue(uow.conn, retry, {"tenant_id": owner.tenant_id}, lock=mark)
                if error is not None:
                    raise error
        except ZeroDivisionError:
            assert await kept(world, owner, mark) == (0, 0)
    assert await kept(world, owner, mark) == (1, 1)


async def test_a_waiting_job_is_not_added_twice_within_a_unit(world: World, owner: Signed) -> None:
    mark = uuid4().hex
    for _ in range(2):
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            jobs = [
                await enqueue(uow.conn, retry, {"tenant_id": owner.tenant_id}, lock=mark, queueing_lock=mark)
                for _ in range(2)
            ]
            await uow.record(Event(type="test.happened", entity_id=None, data={"mark": mark}))
        assert jobs[0] == jobs[1]
    assert await kept(world, owner, mark) == (2, 1)


async def test_a_savepoint_undoes_its_part_only(world: World, owner: Signed) -> None:
    marks = [uuid4().hex for _ in range(4)]

    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:

        async def note(mark: str) -> None:
            await uow.record(Event(type="test.happened", entity_id=None, data={"mark": mark}))

        await note(marks[0])
        with pytest.raises(asyncpg.DivisionByZeroError):  # noqa: PT012 - the block as a whole
            async with uow.savepoint():
                await note(marks[1])
                await uow.conn.execute("SELECT 1 / 0")
        async with uow.savepoint():
            await note(marks[2])
            with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block as a whole
                async with uow.savepoint():
                    await note(marks[3])
                    raise ZeroDivisionError
    assert [(await kept(world, owner, mark))[0] for mark in marks] == [1, 0, 1, 0]


async def test_a_key_triggers_one_job_however_often_it_comes_at_once(world: World, owner: Signed) -> None:
    """An operation within one unit of work: the key is taken in its transaction."""
    headers = {"Idempotency-Key": uuid4().hex}
    path = "/api/v1/secure/jobs/webhooks.retry/trigger"
    answers = await asyncio.gather(*(owner.post(path, json={}, headers=headers) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len({answer.text for answer in answers}) == 1
    jobs = "SELECT count(*) FROM tasks.procrastinate_jobs WHERE task_name = 'webhooks.retry' AND args->>'tenant_id' = $1"
    assert await world.services.units.pool.fetchval(jobs, owner.tenant_id) == 1
    other = await owner.post(path, json={"data": {"startAfter": 1}}, headers=headers)
    assert other.status_code == 409


async def test_a_key_makes_one_subscription_on_open_connections(
    world: World, owner: Signed, stranger: Signed
) -> None:
    """An operation with units of its own: others with the key wait for its answer."""
    path = "/api/v1/secure/webhooks/subscriptions"
    body = {"name": "Once", "url": "http://127.0.0.1:9/", "events": ["never.happens"]}
    await asyncio.gather(*(owner.get(path) for _ in range(16)))
    headers = {"Idempotency-Key": uuid4().hex}
    answers = await asyncio.gather(*(owner.post(path, json=body, headers=headers) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    assert len({answer.text for answer in answers}) == 1
    assert (await owner.get(path)).json()["pagination"]["total"] == 1
    assert (await owner.post(path, json={**body, "name": "Other"}, headers=headers)).status_code == 409
    # Another tenant's key of the same text is another key.
    assert (await stranger.post(path, json=body, headers=headers)).status_code == 201
    assert (await stranger.get(path)).json()["pagination"]["total"] == 1


async def test_a_failed_request_leaves_its_key_free(owner: Signed) -> None:
    path = "/api/v1/secure/webhooks/subscriptions"
    body = {"name": "Once", "url": "http://127.0.0.1:9/", "events": ["never.happens"]}
    headers = {"Idempotency-Key": uuid4().hex}
    assert (
        await owner.post(path, json={**body, "url": "http://8.8.8.8/"}, headers=headers)
    ).status_code == 422
    assert (await owner.post(path, json=body, headers=headers)).status_code == 201
