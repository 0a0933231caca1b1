"""An organisation with a partner account, and the steps of its reports' lives."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from cohesin.app.asgi import create_app
from cohesin.kernel.caller import system_caller
from cohesin.kernel.clock import Clock
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.partners.caligenix import keys
from cohesin.partners.caligenix.queries import ConnectAccount
from tests.served import World, check_answer, running

REPORTS = "/v1/reports"


@contextlib.asynccontextmanager
async def serving(settings: Settings, clock: Clock | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A second application, with a clock of its own."""
    app = create_app(settings, clock)
    async with running(app):
        transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 50001))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", event_hooks={"response": [check_answer]}
        ) as client:
            yield client


async def found(world: World) -> Organisation:
    owner = await world.make_tenant()
    tenant_id = UUID(owner.tenant_id)
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        account = await keys.create_account(uow, "Partner")
        key = (await keys.create_key(uow, account)).secret
    return Organisation(world, tenant_id, account, key)


@dataclass
class Organisation:
    world: World
    tenant_id: UUID
    account: ConnectAccount
    key: str

    async def get(self, path: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key or self.key}", **more.pop("headers", {})}
        client = more.pop("client", self.world.client)
        return await client.get(path, headers=headers, **more)

    async def make_key(self, *scopes: str) -> str:
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            return (await keys.create_key(uow, self.account, scopes or keys.SCOPES)).secret

    async def set_active(self, active: bool) -> None:
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            await keys.set_account_active(uow, self.account.id, active=active)

    async def execute(self, sql: str, *args: Any) -> str:
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            return await uow.conn.execute(sql, *args)

    async def moment(self, uow: Any) -> datetime:
        """The next instant of the organisation's reports; others wait until this unit has committed."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return await uow.conn.fetchval(
            """INSERT INTO lab.report_clock AS c (tenant_id, last) VALUES ($1, $2)
               ON CONFLICT (tenant_id) DO UPDATE SET last = greatest($2, c.last + interval '1 millisecond')
               RETURNING last""",
            self.tenant_id,
            now,
        )

    async def add_report(self, *, location_id: UUID | None = None, kit: bool = True) -> UUID:
        """A report that is expected, of a new customer and a new kit."""
        customer, kit_id, report = uuid4(), uuid4(), uuid4()
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            at = await self.moment(uow)
            await uow.conn.execute(
                """INSERT INTO lab.customers (tenant_id, id, first_name, last_name, created_at, updated_at)
                   VALUES ($1, $2, 'Robin', 'Example', $3, $3)""",
                self.tenant_id, customer, at,
            )
            await uow.conn.execute(
                """INSERT INTO lab.kits (tenant_id, id, barcode, created_at, updated_at)
                   VALUES ($1, $2, $3, $4, $4)""",
                self.tenant_id, kit_id, f"CGX-{kit_id.hex[:12]}", at,
            )
            await uow.conn.execute(
                """INSERT INTO lab.reports (tenant_id, id, customer_id, kit_id, report_type, location_id, created_at,
                     updated_at) VALUES ($1, $2, $3, $4, 'Whole Panel', $5, $6, $6)""",
                self.tenant_id, report, customer, kit_id if kit else None, location_id, at,
            )
        return report

    async def upload(self, report: UUID, content: bytes = b"%PDF-1.7 first", name: str | None = "report.pdf") -> str:
        """The report's file arrives, or takes the place of the one before. Answers its object key."""
        object_key = f"reports/{uuid4().hex}.pdf"
        await self.world.services.get(ObjectStore).put_bytes(object_key, content)
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            at = await self.moment(uow)
            await uow.conn.execute(
                "UPDATE lab.report_files SET replaced_at = $3 WHERE tenant_id = $1 AND report_id = $2 AND replaced_at IS NULL",
                self.tenant_id, report, at,
            )
            await uow.conn.execute(
                """INSERT INTO lab.report_files (tenant_id, id, report_id, category, object_key, file_name, size_bytes,
                     created_at) VALUES ($1, $2, $3, 'client_summary', $4, $5, $6, $7)""",
                self.tenant_id, uuid4(), report, object_key, name, len(content), at,
            )
            await uow.conn.execute(
                """UPDATE lab.reports SET status = CASE status WHEN 'pending' THEN 'ready' ELSE status END,
                     uploaded_at = coalesce(uploaded_at, $3), updated_at = $3 WHERE tenant_id = $1 AND id = $2""",
                self.tenant_id, report, at,
            )
        return object_key

    async def take_in_portal(self, report: UUID) -> None:
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            await uow.conn.execute(
                "UPDATE lab.reports SET status = 'downloaded', updated_at = $3 WHERE tenant_id = $1 AND id = $2",
                self.tenant_id, report, await self.moment(uow),
            )

    async def shift_calls(self, seconds: float, *, oldest: int | None = None) -> None:
        """Make the organisation's counted calls (or the oldest of them) older."""
        await self.execute(
            """UPDATE kernel.rate_sliding_calls c SET at = c.at - $1::interval
                WHERE (c.bucket, c.slot) IN (
                  SELECT s.bucket, s.slot FROM kernel.rate_sliding_calls s
                    JOIN partners.connect_keys k ON s.bucket LIKE 'connect:' || k.id || ':%'
                   WHERE k.tenant_id = $2 ORDER BY s.at LIMIT $3)""",
            timedelta(seconds=seconds), self.tenant_id, oldest,
        )
