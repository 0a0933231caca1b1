"""The real worker and its processes, on the queue that the served application fills."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cohesin.kernel.worker import run_worker
from tests.partners.opal.laboratory import Laboratory


async def test_a_worker_takes_an_upload_to_a_report(lab: Laboratory, trio: dict[str, Path]) -> None:
    services = lab.world.services
    async with services.units.open() as uow:
        # Jobs that other tests left behind are not this one's.
        await uow.conn.execute(
            "UPDATE tasks.procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo'"
        )
    genome = await lab.genome(await lab.project(), trio["proband"])
    body = {"report_type": "panel", "panel_id": await lab.panel("PER3"), "genome_id": genome}
    number = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    shutdown = asyncio.Event()
    dsn = lab.world.settings.app_database_url
    worker = asyncio.create_task(
        run_worker(dsn=dsn, pool=services.units.pool, services=services, shutdown=shutdown, poll_seconds=0.2)
    )
    try:
        async with asyncio.timeout(60):
            while (await lab.ok("GET", f"/reports/{number}"))["status"] in ("WAITING", "PROCESSING"):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        shutdown.set()
        await worker
    assert (await lab.ok("GET", f"/reports/{number}"))["status"] == "READY TO REVIEW"
