"""The application in this process, spoken to over HTTP, with every answer held against the contracts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from cohesin.app import bootstrap
from cohesin.app.asgi import create_app
from cohesin.app.wiring import open_services
from cohesin.kernel.http.edge import Services
from cohesin.kernel.settings import Settings
from tests.contracts import contract_of

ADMIN = ("admin@example.org", "correct horse battery staple")
PASSWORD = "a long enough password"

#: (method, contract path, status) of every answer seen, for the completeness tests.
seen: set[tuple[str, str, int]] = set()


async def check_answer(response: httpx.Response) -> None:
    """Every answer of every test is valid against its contract."""
    path = response.request.url.path
    contract = contract_of(path)
    if contract is None:
        return
    found = contract.find(response.request.method, path)
    if found is not None:
        seen.add((response.request.method, f"{contract.name}:{found[0]}", response.status_code))
    media = response.headers.get("content-type", "")
    if "json" in media and response.request.method != "HEAD":
        await response.aread()
        body = response.json()
        faults = contract.faults(response.request.method, path, response.status_code, media, body)
        assert not faults, faults


def test_settings(database: Any, folder: Any, **more: Any) -> Settings:
    """Settings of a server on a test's database."""
    return Settings(
        app_database_url=database.app_dsn,
        data_dir=folder,
        secret_key="a secret key for tests, longer than 32 characters",
        admin_email=ADMIN[0],
        admin_password=ADMIN[1],
        rate_limit_per_minute=0,
        database_pool_size=8,
        argon2_concurrency=2,
        allow_private_webhooks=True,
        **more,
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


@dataclass
class Signed:
    """A signed-in person with a client of their own."""

    client: httpx.AsyncClient
    token: str
    tenant_id: str
    user_id: str
    email: str
    password: str
    answer: dict[str, Any] = field(default_factory=dict)

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("GET", path, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("POST", path, **more)

    async def put(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("PUT", path, **more)

    async def patch(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("PATCH", path, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.request("DELETE", path, **more)


@dataclass
class World:
    """A served installation: its client, its services, and people to act as."""

    client: httpx.AsyncClient
    services: Services
    settings: Settings
    admin: Signed

    async def sign_in(self, email: str, password: str = PASSWORD, **more: Any) -> Signed:
        response = await self.client.post(
            "/api/v1/public/auth/login", json={"email": email, "password": password, **more}
        )
        assert response.status_code == 200, response.text
        body = response.json()
        user = body["user"]
        return Signed(self.client, body["accessToken"], user["tenantId"], user["id"], email, password, body)

    async def make_tenant(self, **more: Any) -> Signed:
        """A new active tenant; answers its signed-in owner."""
        mark = uuid4().hex[:12]
        email = f"owner-{mark}@example.org"
        request = {
            "name": f"Tenant {mark}",
            "domain": f"{mark}.example.org",
            "ownerEmail": email,
            "ownerPassword": PASSWORD,
            "status": "active",
            **more,
        }
        response = await self.admin.post("/api/v1/secure/tenants/", json=request)
        assert response.status_code == 201, response.text
        return await self.sign_in(email)

    async def make_member(self, owner: Signed, **changes: Any) -> Signed:
        """A new person in the owner's tenant, signed in; `changes` are patched on first (`role`)."""
        email = f"member-{uuid4().hex[:12]}@example.org"
        made = await owner.post("/api/v1/secure/users/", json={"email": email, "password": PASSWORD})
        assert made.status_code == 201, made.text
        if changes:
            patched = await owner.patch(f"/api/v1/secure/users/{made.json()['data']['id']}", json=changes)
            assert patched.status_code == 200, patched.text
        return await self.sign_in(email)


@contextlib.asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    """The application's lifespan in a task of its own, as a server runs it (fixtures begin and end in different tasks)."""
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await stop.wait()

    task = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        await task
    try:
        yield
    finally:
        stop.set()
        await task


@contextlib.asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[World]:
    """The application on its lifespan, with its system tenant, and a client that checks every answer."""
    await bootstrap.bootstrap(settings)
    app = create_app(settings)
    async with running(app), open_services(settings) as services:
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 50000), raise_app_exceptions=True)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://testserver",
            event_hooks={"response": [check_answer]},
            timeout=30,
        ) as client:
            world = World(client, services, settings, Signed(client, "", "", "", *ADMIN))
            world.admin = await world.sign_in(*ADMIN)
            yield world
