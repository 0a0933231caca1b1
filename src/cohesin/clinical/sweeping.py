"""Objects that no row names: what a process that died between storing and recording left behind."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from typing import Final
from uuid import UUID

from cohesin.kernel.caller import system_caller
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.tasks import TaskContext, task
from cohesin.kernel.uow import Units

_ID: Final = "([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_KEY: Final = re.compile(f"(genomes|clinical-reports)/{_ID}/.+")
_PREFIXES: Final = ("genomes", "clinical-reports")
_NAMED: Final = """
SELECT original_key AS key FROM clinical.genomes WHERE tenant_id = $1
 UNION ALL SELECT variants_key FROM clinical.genomes WHERE tenant_id = $1
 UNION ALL SELECT annotation_key FROM clinical.genomes WHERE tenant_id = $1
 UNION ALL SELECT pdf_key FROM clinical.frozen_documents WHERE tenant_id = $1
 UNION ALL SELECT fhir_key FROM clinical.frozen_documents WHERE tenant_id = $1
"""
# Far longer than any upload, annotation or approval takes between storing and recording.
_UNTOUCHED: Final = timedelta(days=1)


@task(name="clinical.sweep_objects", cron="17 3 * * *")
async def sweep_objects(context: TaskContext) -> None:
    """Remove objects that no genome and no frozen document names and that nobody wrote for a day."""
    await sweep(context.services.units, context.services.get(ObjectStore), _UNTOUCHED)


async def sweep(units: Units, store: ObjectStore, untouched: timedelta) -> int:
    """Remove such objects; answers how many."""
    by_tenant: dict[UUID, list[str]] = defaultdict(list)
    for prefix in _PREFIXES:
        async for key in store.list_keys(prefix):
            if match := _KEY.fullmatch(key):
                by_tenant[UUID(match[2])].append(key)
    removed = 0
    for tenant_id, keys in by_tenant.items():
        # The rows are read after the keys: what is stored meanwhile is not among the keys.
        async with units.open(system_caller(tenant_id)) as uow:
            named = {row["key"] for row in await uow.conn.fetch(_NAMED, tenant_id)}
        for key in keys:
            head = None if key in named else await store.find_head(key)
            if head is not None and units.clock.now() - head.last_modified > untouched:
                await store.delete(key)
                removed += 1
    return removed
