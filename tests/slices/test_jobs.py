"""Jobs over the real queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.ids import new_id
from cohesin.kernel.tasks import REGISTRY, Task, task
from tests.served import Signed, World
from tests.slices.working import run_due, working

BASE = "/api/v1/secure/jobs"
held = asyncio.Event()


class MachineOutOfOrderError(Exception):
    code = "MACHINE_OUT_OF_ORDER"


@task(name="jobs_test.work", on_demand=True, category="custom")
async def work(context: Any, *, tenant_id: str, fail: bool = False, wait: bool = False) -> None:
    """Work for a tenant."""
    if fail:
        raise MachineOutOfOrderError("of patient 17")
    if wait:
        await held.wait()


@task(name="jobs_test.internal")
async def internal(context: Any, *, tenant_id: str) -> None:
    """Work that only events start."""


@task(name="jobs_test.clock", cron="* * * * *", category="maintenance")
async def clock(context: Any) -> None:
    """Work by the clock."""


@pytest.fixture(autouse=True, scope="module")
def declared() -> Iterator[None]:
    yield
    for name in [name for name in REGISTRY if name.startswith("jobs_test.")]:
        del REGISTRY[name]


async def trigger(who: Signed, name: str, **body: Any) -> str:
    answer = await who.post(f"{BASE}/{name}/trigger", json=body, headers=body.pop("headers", {}))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["jobId"]


async def history(who: Signed, name: str | None = None, **params: Any) -> list[dict[str, Any]]:
    path = f"{BASE}/{name}/history" if name else f"{BASE}/history"
    answer = await who.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def until_ended(who: Signed, job_id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            for run in await history(who):
                if run["id"] == job_id and run["status"] != "running":
                    return run
            await asyncio.sleep(0.02)


async def test_a_triggered_job_runs_and_stands_in_the_history(
    world: World, owner: Signed, stranger: Signed
) -> None:
    async with working(world, "jobs_test.work"):
        job_id = await trigger(owner, "jobs_test.work", headers={"X-Request-ID": f"asked-{owner.tenant_id}"})
        run = await until_ended(owner, job_id)
    assert run["status"] == "completed"
    assert (run["job_name"], run["tenantId"], run["error_message"]) == (
        "jobs_test.work",
        owner.tenant_id,
        None,
    )
    began, ended = (datetime.fromisoformat(run[name]) for name in ("started_at", "completed_at"))
    assert run["duration_ms"] == pytest.approx((ended - began) / timedelta(milliseconds=1), abs=0.01)
    assert [found["id"] for found in await history(owner, correlationId=f"asked-{owner.tenant_id}")] == [
        job_id
    ]
    assert await history(owner, correlationId="other") == []
    assert job_id not in [found["id"] for found in await history(stranger)]
    assert job_id in [found["id"] for found in await history(world.admin, "jobs_test.work")]
    assert [found["id"] for found in await history(owner, "jobs_test.work", status="completed")] == [job_id]
    assert await history(owner, status="failed") == []
    assert await history(owner, jobName="jobs_test.internal") == []
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    assert await history(owner, **{"from": later}) == []
    assert len(await history(owner, to=later)) == 1
    status = (await owner.get(f"{BASE}/jobs_test.work/status")).json()["data"]
    assert (status["runCount"], status["successCount"], status["failureCount"]) == (1, 1, 0)
    assert status["avgDurationMs"] == pytest.approx(run["duration_ms"], abs=0.01)


async def test_a_failed_job_tells_its_code_and_no_text(world: World, owner: Signed) -> None:
    async with working(world, "jobs_test.work"):
        run = await until_ended(owner, await trigger(owner, "jobs_test.work", data={"fail": True}))
    assert (run["status"], run["error_message"]) == ("failed", "MachineOutOfOrderError:MACHINE_OUT_OF_ORDER")
    status = (await owner.get(f"{BASE}/jobs_test.work/status")).json()["data"]
    assert (status["runCount"], status["failureCount"]) == (1, 1)


async def test_start_after_delays_and_cancel_prevents(world: World, owner: Signed, stranger: Signed) -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    by_seconds = await trigger(owner, "jobs_test.work", data={"startAfter": 3600})
    by_instant = await trigger(owner, "jobs_test.work", data={"startAfter": at.isoformat()})
    assert await run_due(world, "jobs_test.work", tenant_id=owner.tenant_id) == 0
    planned = await world.services.units.pool.fetch(
        "SELECT scheduled_at FROM tasks.procrastinate_jobs WHERE id = ANY ($1)",
        [int(by_seconds), int(by_instant)],
    )
    assert all(abs(row["scheduled_at"] - at) < timedelta(seconds=30) for row in planned)
    assert (await stranger.delete(f"{BASE}/jobs_test.work/{by_seconds}")).status_code == 404
    assert (await owner.delete(f"{BASE}/jobs_test.internal/{by_seconds}")).status_code == 404
    assert (await owner.delete(f"{BASE}/jobs_test.work/{by_seconds}")).json() == {"data": {"cancelled": True}}
    assert (await owner.delete(f"{BASE}/jobs_test.work/{by_seconds}")).status_code == 409
    for unknown in ("999999999", "nothing", str(10**30)):
        assert (await owner.delete(f"{BASE}/jobs_test.work/{unknown}")).status_code == 404
    [run] = await history(owner, status="cancelled")
    assert run["id"] == by_seconds
    for bad in (-1, "tomorrow", True, 10**12, "2026-01-01T00:00:00", {"a": 1}):
        refused = await owner.post(f"{BASE}/jobs_test.work/trigger", json={"data": {"startAfter": bad}})
        assert refused.status_code == 422, bad


async def test_a_running_job_is_active_and_can_be_stopped(
    world: World, owner: Signed, stranger: Signed
) -> None:
    async with working(world, "jobs_test.work"):
        job_id = await trigger(owner, "jobs_test.work", data={"wait": True})
        async with asyncio.timeout(20):
            while not (active := (await owner.get(f"{BASE}/active")).json()["data"]):  # noqa: ASYNC110 - no signal for it
                await asyncio.sleep(0.02)
        assert (active[0]["jobId"], active[0]["tenantId"], active[0]["data"]) == (
            job_id,
            owner.tenant_id,
            {"wait": True},
        )
        assert [run["status"] for run in await history(owner)] == ["running"]
        assert (await stranger.get(f"{BASE}/active")).json()["data"] == []
        assert (await stranger.get(f"{BASE}/active", params={"tenantId": owner.tenant_id})).status_code == 404
        asked = (await world.admin.get(f"{BASE}/active", params={"tenantId": owner.tenant_id})).json()["data"]
        assert [job["jobId"] for job in asked] == [job_id]
        assert (await owner.delete(f"{BASE}/jobs_test.work/{job_id}")).status_code == 200
        assert (await until_ended(owner, job_id))["status"] == "cancelled"
    assert (await owner.delete(f"{BASE}/jobs_test.work/{job_id}")).status_code == 409


async def test_system_jobs_are_for_system_administrators(world: World, owner: Signed) -> None:
    for method, path, body in (
        ("GET", f"{BASE}/cleanup-expired/status", None),
        ("GET", f"{BASE}/cleanup-expired/history", None),
        ("POST", f"{BASE}/cleanup-expired/trigger", {}),
        ("DELETE", f"{BASE}/cleanup-expired/1", None),
        ("PATCH", f"{BASE}/cleanup-expired", {"enabled": False}),
        ("POST", f"{BASE}/jobs_test.internal/trigger", {}),
    ):
        assert (await owner.request(method, path, json=body)).status_code == 403, path
    assert (await owner.get(f"{BASE}/nothing/status")).status_code == 404
    assert (await world.admin.post(f"{BASE}/nothing/trigger", json={})).status_code == 404
    listed = {
        job["name"] for job in (await owner.get(f"{BASE}/", params={"includeSystem": "true"})).json()["data"]
    }
    assert "jobs_test.work" in listed
    assert "cleanup-expired" not in listed
    names = {job["name"] for job in (await world.admin.get(f"{BASE}/")).json()["data"]}
    assert "cleanup-expired" not in names
    jobs = (
        await world.admin.get(f"{BASE}/", params={"includeSystem": "true", "category": "cleanup"})
    ).json()["data"]
    found = {job["name"]: job for job in jobs}
    assert "jobs_test.work" not in found
    cleanup = found["cleanup-expired"]
    assert (cleanup["isSystem"], cleanup["schedule"], cleanup["environment"]) == (
        True,
        "17 * * * *",
        "pg_cron",
    )
    assert datetime.fromisoformat(cleanup["nextRun"]).minute == 17
    assert cleanup["scheduleDescription"] == "Every hour at minute 17"


async def test_registry_counts_itself(world: World, owner: Signed) -> None:
    mine = (await owner.get(f"{BASE}/registry")).json()["data"]
    everything = (await world.admin.get(f"{BASE}/registry")).json()["data"]
    assert {job["name"] for job in mine["jobs"]} < {job["name"] for job in everything["jobs"]}
    assert not any(job["isSystem"] for job in mine["jobs"])
    summary = everything["summary"]
    assert summary["total"] == len(everything["jobs"]) == summary["scheduled"] + summary["eventDriven"]
    assert sum(summary["byCategory"].values()) == summary["total"]


async def test_a_job_switched_off_is_neither_triggered_nor_run_by_the_clock(world: World) -> None:
    path = f"{BASE}/jobs_test.clock"
    assert (await world.admin.patch(path, json={"enabled": False})).json()["data"] == {
        "name": "jobs_test.clock",
        "enabled": False,
    }
    assert (await world.admin.post(f"{path}/trigger", json={})).status_code == 409
    status = (await world.admin.get(f"{path}/status")).json()["data"]
    assert (status["enabled"], status["nextRun"]) == (False, None)
    async with working(world, "jobs_test.clock"):
        async with asyncio.timeout(20):
            while not (runs := await history(world.admin, "jobs_test.clock", status="cancelled")):  # noqa: ASYNC110 - no signal for it
                await asyncio.sleep(0.02)
    assert runs[0]["tenantId"] is None
    assert (await world.admin.patch(path, json={"enabled": True})).status_code == 200
    async with working(world, "jobs_test.clock"):
        run = await until_ended(world.admin, await trigger(world.admin, "jobs_test.clock"))
    assert run["status"] == "completed"


async def test_data_and_tenants_of_a_trigger(world: World, owner: Signed, stranger: Signed) -> None:
    path = f"{BASE}/jobs_test.work/trigger"
    assert (await owner.post(path, json={"data": {"unknown": 1}})).status_code == 422
    assert (await owner.post(path, json={"tenantId": stranger.tenant_id})).status_code == 404
    assert (await world.admin.post(path, json={"tenantId": str(uuid4())})).status_code == 404
    await trigger(world.admin, "jobs_test.work", tenantId=owner.tenant_id)
    await trigger(owner, "jobs_test.work", data={"tenant_id": stranger.tenant_id})
    assert await run_due(world, "jobs_test.work", tenant_id=owner.tenant_id) == 2
    assert await run_due(world, "jobs_test.work", tenant_id=stranger.tenant_id) == 0
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        recorded = await uow.conn.fetch("SELECT data FROM kernel.events WHERE type = 'job.triggered'")
    assert len(recorded) == 2


async def test_cleanup_forgets_what_has_expired_and_nothing_else(world: World, owner: Signed) -> None:
    pool = world.services.units.pool
    mark = uuid4().hex
    await pool.execute(
        """INSERT INTO kernel.idempotency_keys (scope, key, fingerprint, created_at)
           VALUES ($1, 'old', '', now() - interval '25 hours'), ($1, 'new', '', now())""",
        mark,
    )
    await pool.execute(
        """INSERT INTO kernel.rate_windows VALUES ($1 || 'old', now() - interval '2 days', 1), ($1 || 'new', now(), 1)""",
        mark,
    )
    await pool.execute(
        "INSERT INTO kernel.rate_sliding VALUES ($1 || 'old', 1, 5), ($1 || 'new', 1, 5)", mark
    )
    await pool.execute(
        "INSERT INTO kernel.rate_sliding_calls VALUES ($1 || 'old', 0, now() - interval '2 days'), ($1 || 'new', 0, now())",
        mark,
    )
    session = new_id()
    async with world.services.units.open(system_caller()) as uow, uow.crossing_tenants():
        await uow.conn.execute(
            """INSERT INTO platform.sessions (id, user_id, active_tenant_id, created_at, last_used_at, expires_at)
               VALUES ($1, $2, $3, now(), now(), now() - interval '31 days')""",
            session, UUID(owner.user_id), UUID(owner.tenant_id),
        )  # fmt: skip
        await uow.conn.execute(
            "INSERT INTO platform.refresh_tokens (token_hash, session_id, created_at, expires_at) VALUES ($1, $2, now(), now())",
            session.bytes, session,
        )  # fmt: skip
    async with working(world, "cleanup-expired"):
        run = await until_ended(world.admin, await trigger(world.admin, "cleanup-expired"))
    assert run["status"] == "completed", run
    left = {
        row["key"]
        for row in await pool.fetch("SELECT key FROM kernel.idempotency_keys WHERE scope = $1", mark)
    }
    assert left == {"new"}
    for table in ("rate_windows", "rate_sliding", "rate_sliding_calls"):
        rows = await pool.fetch(f"SELECT bucket FROM kernel.{table} WHERE bucket LIKE $1 || '%'", mark)
        assert [row["bucket"] for row in rows] == [mark + "new"], table
    async with world.services.units.open(system_caller()) as uow, uow.crossing_tenants():
        assert await uow.conn.fetchval("SELECT count(*) FROM platform.sessions WHERE id = $1", session) == 0
    assert (await owner.get("/api/v1/secure/auth/me")).status_code == 200


def test_every_declared_job_is_described() -> None:
    ours: list[Task] = [declared for declared in REGISTRY.values() if not declared.name.startswith("test.")]
    assert all(declared.description.endswith(".") for declared in ours)
