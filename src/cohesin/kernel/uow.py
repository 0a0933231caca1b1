"""The unit of work: one connection, one caller, one tenant, one commit.

The edge (HTTP, task, command line) opens it. `BEGIN` and the tenant's setting go in one trip. Row-level security holds
the tenant; `crossing_tenants` is the only way across.

A reading unit (a GET whose caller was just identified on this connection, which set the tenant for the session) sends
no `BEGIN` until something asks for a transaction: a read then costs two trips instead of four.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg
import msgspec

from cohesin.kernel.caller import ANONYMOUS, Caller
from cohesin.kernel.clock import Clock, SystemClock
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import ForbiddenError
from cohesin.kernel.events import Event, RecordedEvent, masked, subscribers

INSERT_EVENT = """
INSERT INTO kernel.events (id, tenant_id, type, entity_type, entity_id, data, changes, actor_kind, actor_id,
                           ip_address, user_agent, request_id, occurred_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING sequence, id, tenant_id, type, entity_type, entity_id, data, occurred_at
"""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a change comes from, for the audit log."""

    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


NO_ORIGIN = Origin()


class UnitOfWork:
    """A transaction with its facts. Use as an async context manager; leaving it without an error commits.

    `reading` leaves the transaction out until it is needed; the connection's tenant is the caller's already.
    """

    def __init__(
        self,
        conn: Connection,
        caller: Caller,
        clock: Clock,
        origin: Origin = NO_ORIGIN,
        *,
        reading: bool = False,
    ) -> None:
        self.conn = conn
        self.caller = caller
        self.clock = clock
        self.origin = origin
        self._tenant_id = caller.tenant_id
        self._savepoints = 0
        self._reading = reading
        self._begun = False

    @property
    def tenant_id(self) -> UUID:
        """The tenant of this unit; a caller without one is refused."""
        if self._tenant_id is None:
            raise ForbiddenError
        return self._tenant_id

    @property
    def has_tenant(self) -> bool:
        return self._tenant_id is not None

    async def __aenter__(self) -> Self:
        if not self._reading:
            await self._begin()
        return self

    async def _begin(self) -> None:
        """Begin the transaction, in one trip with the tenant's setting, unless it has begun."""
        if self._begun:
            return
        tenant = "" if self._tenant_id is None else str(UUID(int=self._tenant_id.int))
        await self.conn.execute(f"BEGIN; SET LOCAL cohesin.tenant_id = '{tenant}'")
        self._begun = True

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._begun:
            await self.conn.execute("COMMIT" if error is None else "ROLLBACK")

    async def enter_tenant(self, tenant_id: UUID) -> None:
        """Act in another tenant for the rest of this unit. The caller's right to do so is checked before, by the slice."""
        if tenant_id == self._tenant_id:
            return
        await self._begin()
        self._tenant_id = tenant_id
        await self.conn.execute(f"SET LOCAL cohesin.tenant_id = '{UUID(int=tenant_id.int)}'")

    @asynccontextmanager
    async def crossing_tenants(self) -> AsyncIterator[None]:
        """See rows of every tenant within the block. The callers of this are listed by a test."""
        await self._begin()
        await self.conn.execute("SET LOCAL ROLE cohesin_crossing")
        try:
            yield
        finally:
            # After an SQL error the transaction is void and its settings end with it.
            with suppress(asyncpg.InFailedSQLTransactionError):
                await self.conn.execute("RESET ROLE")

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail on its own, such as an insert that a constraint may refuse."""
        await self._begin()
        self._savepoints += 1
        name = f"part_{self._savepoints}"
        await self.conn.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            await self.conn.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        await self.conn.execute(f"RELEASE SAVEPOINT {name}")

    async def record(self, event: Event) -> RecordedEvent:
        """Write an event of this change and run its subscribers."""
        await self._begin()
        tenant_id = event.tenant_id or self._tenant_id
        row = await self.conn.fetchrow(
            INSERT_EVENT,
            event.id,
            tenant_id,
            event.type,
            event.entity_type,
            event.entity_id,
            masked(event.data),
            None if event.changes is None else masked(event.changes),
            self.caller.kind.value,
            self.caller.id,
            self.origin.ip_address,
            self.origin.user_agent,
            self.origin.request_id,
            self.clock.now(),
        )
        recorded = RecordedEvent(**row)
        for subscriber in subscribers():
            await subscriber(self, recorded)
        return recorded


class Units:
    """Opens units of work on a pool: for handlers that wait on something else in between, for tasks and commands."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock | None = None) -> None:
        self.pool = pool
        self.clock = clock or SystemClock()

    @asynccontextmanager
    async def open(self, caller: Caller = ANONYMOUS, origin: Origin = NO_ORIGIN) -> AsyncIterator[UnitOfWork]:
        """A unit of work as `caller`."""
        async with self.pool.acquire() as conn, UnitOfWork(conn, caller, self.clock, origin) as uow:
            yield uow

    async def fetch_value(self, sql: str, *args: Any) -> Any:
        """One value outside any tenant (health, revision)."""
        return await self.pool.fetchval(sql, *args)
