"""Health, information, measurements and the API's own description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from cohesin.app.asgi import create_app
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.platform.system import checks as checks_module
from cohesin.platform.system.checks import HealthChecks
from cohesin.platform.system.documents import CONTENT_SECURITY_POLICY, ApiDocuments
from cohesin.platform.system.service import NotReadyError, check_ready, get_health
from tests.served import Signed, World, running
from tests.slices.working import working

HEALTH = "/api/v1/system/health"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_module, "KEPT_SECONDS", -1.0)


async def test_basic_health_is_open_and_names_what_is_not_well(world: World) -> None:
    answer = (await world.client.get(HEALTH)).json()
    assert set(answer) == {"status", "version", "timestamp", "degradedServices"}
    assert answer["status"] == "degraded"
    assert "worker" in answer["degradedServices"]
    assert (await world.client.get(HEALTH, params={"level": "deep"})).status_code == 400


async def test_full_health_with_a_worker(world: World) -> None:
    async with working(world, "cleanup-expired"):
        alive = "SELECT count(*) FROM tasks.procrastinate_workers"
        while not await world.services.units.pool.fetchval(alive):  # noqa: ASYNC110 - no signal for it
            pass
        answer = (await world.client.get(HEALTH, params={"level": "full"})).json()
    assert answer["ready"] is True
    assert set(answer["services"]) == {"database", "storage", "worker", "queue", "disk"}
    for name in ("database", "storage", "worker"):
        assert answer["services"][name]["status"] == "healthy", name
        assert answer["services"][name]["responseTime"] >= 0
    assert answer["supabaseUrl"] == world.settings.url
    assert (await world.client.get(HEALTH, params={"level": "ready"})).json()["ready"] is True
    assert (await world.client.get("/api/v1/system/ready")).json() == {"ready": True}


class BrokenStore(ObjectStore):
    async def check(self) -> None:
        raise OSError("the disk at /secret/place is gone")


async def test_without_storage_the_server_says_so_and_shows_nothing_internal(
    world: World, tmp_path: Path
) -> None:
    broken = BrokenStore((tmp_path / "objects").as_uri())
    checks = HealthChecks(world.services.units, broken, world.settings)
    assert (await get_health(checks, "basic")).status == "degraded"
    for level in ("ready", "full"):
        with pytest.raises(NotReadyError) as refused:
            await get_health(checks, level)
        assert refused.value.status == 503
        assert refused.value.details is not None
        assert refused.value.details["services"]["storage"] == "unhealthy"
        assert "secret" not in json.dumps(refused.value.details)
    with pytest.raises(NotReadyError):
        await check_ready(checks)


async def test_late_jobs_and_a_full_disk_are_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = world.services.units.pool
    job = await pool.fetchval(
        """INSERT INTO tasks.procrastinate_jobs (queue_name, task_name, scheduled_at)
           VALUES ('elsewhere', 'late', now() - interval '1 hour') RETURNING id"""
    )
    monkeypatch.setattr(checks_module, "FREE_SHARE", 2.0)
    answer = (await world.client.get(HEALTH, params={"level": "full"})).json()
    assert answer["services"]["queue"]["status"] == "degraded"
    assert answer["services"]["disk"]["status"] == "degraded"
    await pool.execute("DELETE FROM tasks.procrastinate_jobs WHERE id = $1", job)


async def test_looks_are_kept_for_a_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_module, "KEPT_SECONDS", 60.0)
    checks = HealthChecks(world.services.units, world.services.get(ObjectStore), world.settings)
    assert await checks.look() is await checks.look()


async def test_info_is_for_system_administrators(world: World, owner: Signed) -> None:
    answer = (await world.admin.get("/api/v1/system/info")).json()
    assert answer["version"]["version"]
    assert answer["uptime"] >= 0
    assert "database" in answer["services"]
    assert (await owner.get("/api/v1/system/info")).status_code == 403
    assert (await world.client.get("/api/v1/system/info")).status_code == 401


async def test_metrics_are_open_on_this_machine_only(world: World, owner: Signed) -> None:
    here = await world.client.get("/metrics")
    assert here.status_code == 200
    assert here.headers["content-type"].startswith("text/plain")
    assert 'cohesin_http_requests_total{operation="platform.create_tenant",status="201"}' in here.text
    assert "cohesin_http_requests_in_flight 1.0" in here.text
    assert 'cohesin_db_connections{state="idle"}' in here.text
    assert "cohesin_db_wait_seconds_count" in here.text
    assert (await world.client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})).status_code == 401
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert (await owner.get("/metrics", headers=forwarded)).status_code == 403
    assert (await world.admin.get("/metrics", headers=forwarded)).status_code == 200
    app = create_app(world.settings)
    async with running(app):
        transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as elsewhere:
            assert (await elsewhere.get("/metrics")).status_code == 401


async def test_the_document_is_served_and_cached(world: World) -> None:
    first = await world.client.get("/openapi.json")
    assert first.json()["openapi"] == "3.1.0"
    assert "/api/v1/secure/webhooks/subscriptions" in first.json()["paths"]
    again = await world.client.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_page_loads_nothing_from_elsewhere(world: World) -> None:
    page = await world.client.get("/docs")
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("<!doctype html>", "")
    script = await world.client.get("/docs/assets/start.js")
    assert "SwaggerUIBundle" in script.text
    assert script.headers["content-type"].startswith("text/javascript")
    for name in ("nothing.js", "..%2f..%2fsettings.py", "%2e%2e"):
        assert (await world.client.get(f"/docs/assets/{name}")).status_code == 404


def test_installed_files_are_found(tmp_path: Path) -> None:
    (tmp_path / "swagger-ui.css").write_text("body {}")
    (tmp_path / "other.css").write_text("")
    documents = ApiDocuments(dict[str, Any], tmp_path)
    assert documents.find_asset("swagger-ui.css") == (b"body {}", "text/css; charset=utf-8")
    assert documents.find_asset("swagger-ui-bundle.js") is None
    assert documents.find_asset("other.css") is None


def test_what_the_installation_is_for(tmp_path: Path) -> None:
    assert Settings(secret_key="x" * 32, environment="staging").environment == "staging"
