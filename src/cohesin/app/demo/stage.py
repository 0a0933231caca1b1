"""What every part of the demo stands on: who acts, and which parts are done.

A part is one transaction that also notes itself, with the ids of what it made, in the tenant's settings. However the
load is cut off, a part is there whole and noted, or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.caller import Caller
from cohesin.kernel.http.edge import Services
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.tenants.schemas import UpdateTenantRequest
from cohesin.platform.tenants.service import access_tenant, update_tenant

SETTING: Final = "demo"
Say = Callable[[str], None]
Ids = dict[str, Any]


class Stage(msgspec.Struct, kw_only=True):
    """The demo tenant while it is loaded."""

    services: Services
    tenant_id: UUID
    owner: Caller
    done: dict[str, Ids]
    say: Say

    async def part(self, name: str, make: Callable[[UnitOfWork], Awaitable[Ids]]) -> Ids:
        """Do a part unless it is done; answers the ids it made, now or then."""
        if name not in self.done:
            async with self.services.units.open(self.owner) as uow:
                made = await make(uow)
                await self.note(uow, name, made)
            self.done[name] = made
        return self.done[name]

    async def note(self, uow: UnitOfWork, name: str, made: Ids) -> None:
        """Write down, in this transaction, that a part is done."""
        tenant = await access_tenant(uow, self.tenant_id, lock=True)
        parts = {**tenant.settings.get(SETTING, {}), name: made}
        await update_tenant(uow, self.tenant_id, UpdateTenantRequest(settings={SETTING: parts}))
