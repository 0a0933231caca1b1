"""Tasks about webhooks beside the sending itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from cohesin.kernel.caller import system_caller
from cohesin.kernel.tasks import TaskContext, task
from cohesin.kernel.uow import Units
from cohesin.platform.webhooks import queries
from cohesin.platform.webhooks.delivery import LOCK_PREFIX, wake

KEEP_LOGS: Final = timedelta(days=90)


@task(name="webhooks.resume", cron="*/5 * * * *", category="messaging")
async def resume(context: TaskContext) -> None:
    """Find webhook messages that lost their job, as after a cancelled one, and send them."""
    units: Units = context.services.units
    async with units.open(system_caller()) as uow, uow.crossing_tenants():
        stranded = await queries.stranded_subscriptions(uow.conn, LOCK_PREFIX)
    for tenant_id, subscription_id in stranded:
        await _wake(units, tenant_id, subscription_id)


@task(name="webhooks.retry", on_demand=True, category="messaging")
async def retry(context: TaskContext, *, tenant_id: str) -> None:
    """Send a tenant's waiting webhook messages now, without waiting for their next try."""
    units: Units = context.services.units
    tenant = UUID(tenant_id)
    async with units.open(system_caller(tenant)) as uow:
        waiting = await queries.waiting_subscriptions(uow.conn, tenant)
    for subscription_id in waiting:
        await _wake(units, tenant, subscription_id)


@task(name="webhooks.prune_logs", cron="41 3 * * *", category="cleanup")
async def prune_logs(context: TaskContext) -> None:
    """Forget webhook attempts that are older than 90 days."""
    units: Units = context.services.units
    async with units.open(system_caller()) as uow, uow.crossing_tenants():
        await queries.delete_logs(uow.conn, KEEP_LOGS)


async def _wake(units: Units, tenant_id: UUID, subscription_id: UUID) -> None:
    async with units.open(system_caller(tenant_id)) as uow:
        stored = await queries.find_subscription(uow.conn, tenant_id, subscription_id, lock=True)
        if stored is not None and stored.enabled:
            await wake(uow, stored)
