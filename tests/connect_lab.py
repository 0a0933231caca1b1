"""An organisation with a partner account, and the steps of its reports' lives."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from cohesin.app.asgi import create_app
from cohesin.kernel.caller import system_caller
from cohesin.kernel.clock import Clock
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.service import create_customer
from cohesin.lab.kits.service import create_kit
from cohesin.lab.reports import service as lab_reports
from cohesin.lab.reports.schemas import DeliveredFile, NewReport
from cohesin.partners.caligenix import keys
from cohesin.partners.caligenix.queries import ConnectAccount
from tests.served import World, check_answer, running

REPORTS = "/v1/reports"
REPORT_TYPE = UUID("9d4f1a2b-6e7c-4d8a-8b9c-0e1f2a3b4c04")


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

    @contextlib.asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        async with self.world.services.units.open(system_caller(self.tenant_id)) as uow:
            yield uow

    async def add_report(self, *, location_id: UUID | None = None, kit: bool = True) -> UUID:
        """A report that is expected, of a new customer and a new kit."""
        async with self.unit() as uow:
            customer = await create_customer(uow, None, {"first_name": "Robin", "last_name": "Example"})
            kit_id = (await create_kit(uow, f"CGX-{uuid4().hex[:12]}")).id if kit else None
            promised = NewReport(
                customer_id=customer.id,
                report_type_id=REPORT_TYPE,
                report_type="Whole Panel",
                kit_id=kit_id,
                location_id=location_id,
            )
            return (await lab_reports.open_report(uow, promised)).id

    async def upload(
        self, report: UUID, content: bytes = b"%PDF-1.7 first", name: str | None = "report.pdf"
    ) -> str:
        """The report's file arrives, or takes the place of the one before. Answers its object key."""
        # Three letters J give the link's key a K, which some sign looks like, wherever they stand in base64.
        object_key = f"reports/{uuid4().hex}-JJJ.pdf"
        await self.world.services.get(ObjectStore).put_bytes(object_key, content)
        file = DeliveredFile(object_key=object_key, size_bytes=len(content), file_name=name)
        async with self.unit() as uow:
            await lab_reports.deliver_file(uow, report, file)
        return object_key

    async def take_in_portal(self, report: UUID) -> None:
        async with self.unit() as uow:
            await lab_reports.mark_downloaded(uow, report)

    async def shift_calls(self, seconds: float, *, oldest: int | None = None) -> None:
        """Make the organisation's counted calls (or the oldest of them) older."""
        await self.execute(
            """UPDATE kernel.rate_sliding_calls c SET at = c.at - $1::interval
                WHERE (c.bucket, c.slot) IN (
                  SELECT s.bucket, s.slot FROM kernel.rate_sliding_calls s
                    JOIN partners.connect_keys k ON s.bucket LIKE 'connect:' || k.id || ':%'
                   WHERE k.tenant_id = $2 ORDER BY s.at LIMIT $3)""",
            timedelta(seconds=seconds),
            self.tenant_id,
            oldest,
        )
