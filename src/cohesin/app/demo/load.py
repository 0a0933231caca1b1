"""Loads the demo: part after part, each once, with a task worker of its own until everything queued is done."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from cohesin.app.demo import clinic, founding, ordering
from cohesin.app.demo.record import PARTIAL_NAME, DemoRecord, Login, write_record
from cohesin.app.demo.stage import Ids, Say, Stage
from cohesin.kernel.errors import CohesinError
from cohesin.kernel.http.edge import Services
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.settings import Settings
from cohesin.kernel.tasks import requeue_lost_jobs
from cohesin.kernel.uow import UnitOfWork
from cohesin.kernel.worker import run_worker

#: Two cores need about ten seconds; a machine that needs longer than this does not get there.
PATIENCE_SECONDS: Final = 600.0
_LOSSES: Final = 1000
UNFINISHED: Final = """
SELECT count(*) FROM tasks.procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'tenant_id' = $1
"""


class DemoIncompleteError(CohesinError):
    """A genome or report of the demo failed, or the work did not end."""

    code = "DEMO_INCOMPLETE"
    message = "The demo could not be loaded."


async def load_demo(
    services: Services, settings: Settings, say: Say, admin: Login, *, alone: bool
) -> DemoRecord | None:
    """The demo, complete; what an earlier load has done is kept.

    Args:
        services: of this process.
        settings: prepared: the database's addresses are set.
        say: prints a line of progress.
        admin: the system administrator's login, for the record.
        alone: whether no other process can be working on the queue, so that a task under way is a lost one.

    Returns:
        What goes into ``demo.json`` once the server answers; None where the demo tenant was deleted.

    Raises:
        DemoIncompleteError: a part failed.
    """
    try:
        stage = await founding.open_stage(services, settings, say)
    except founding.DemoDeletedError:
        say("The demo laboratory was deleted and is left so")
        return None
    record = await founding.issue_keys(stage, settings, admin)
    if "complete" not in stage.done:
        say("Loading the demo laboratory")
        if alone:
            await requeue_lost_jobs(services.units.pool, silent_for=timedelta(0), max_losses=_LOSSES)
        async with _working(services, settings):
            await _load(stage, settings)
    record = msgspec.structs.replace(record, ids=stage.done["complete"])
    write_record(settings.data_dir / PARTIAL_NAME, record)
    return record


async def _load(stage: Stage, settings: Settings) -> None:
    house = await founding.make_house(stage, settings)
    parts = await clinic.make_clinic(stage)
    stage.say("Demo: customers, kits and orders")
    people = await ordering.make_people(stage, house)
    genomes = await clinic.make_genomes(stage, settings, parts, people)
    numbers = await clinic.launch_reports(stage, parts, genomes)
    stage.say("Demo: annotating genomes, making reports")
    await _until_done(stage)
    stage.say("Demo: approving reports")
    connect = await clinic.finish_reports(stage, numbers)
    await _until_done(stage)
    ids: Ids = {
        "location": house["location"],
        "partner": house["partner"],
        "project": parts["project"],
        "assayType": parts["assay_type"],
        "panels": parts["panels"],
        "genomes": genomes,
        "reports": numbers,
        "connectReports": connect,
        "customers": {key: made["customer"] for key, made in people.items()},
        "kits": {key: made["barcode"] for key, made in people.items()},
        "orders": {key: made["order"] for key, made in people.items() if "order" in made},
    }

    async def conclude(uow: UnitOfWork) -> Ids:
        await _check(uow)
        return ids

    await stage.part("complete", conclude)


async def _check(uow: UnitOfWork) -> None:
    failed = await uow.conn.fetchval(
        """SELECT (SELECT count(*) FROM clinical.genomes WHERE tenant_id = $1 AND status <> 'ANNOTATED')
                + (SELECT count(*) FROM clinical.reports
                    WHERE tenant_id = $1 AND status NOT IN ('READY TO REVIEW', 'APPROVED'))""",
        UUID(int=uow.tenant_id.int),
    )
    if failed:
        raise DemoIncompleteError


@asynccontextmanager
async def _working(services: Services, settings: Settings) -> AsyncIterator[None]:
    """A task worker beside the loading."""
    assert settings.app_database_url is not None
    # A line for every job would bury the progress.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    shutdown = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(
            dsn=settings.app_database_url,
            pool=services.units.pool,
            services=services,
            shutdown=shutdown,
            concurrency=2,
            processes=ProcessRunner(),
            poll_seconds=0.2,
        )
    )
    try:
        yield
    finally:
        shutdown.set()
        await worker


async def _until_done(stage: Stage) -> None:
    """Wait until nothing of the demo tenant is queued or under way.

    Raises:
        DemoIncompleteError: it takes too long.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await stage.services.units.fetch_value(UNFINISHED, str(stage.tenant_id)):
                # The queue tells its workers of new jobs, nobody of finished ones.
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise DemoIncompleteError from None
