"""The task worker of one process: the same services as the web, no HTTP."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

from cohesin.app import slices
from cohesin.app.wiring import open_services
from cohesin.kernel.process import die_with_supervisor
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.settings import Settings
from cohesin.kernel.worker import run_worker


async def run(settings: Settings) -> None:
    """Run tasks until SIGTERM or SIGINT; one that runs then is given back and runs again."""
    assert slices.SLICES
    die_with_supervisor()
    assert settings.app_database_url is not None
    shutdown = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, shutdown.set)
    async with open_services(settings) as services:
        await run_worker(
            dsn=settings.app_database_url,
            pool=services.units.pool,
            services=services,
            shutdown=shutdown,
            concurrency=settings.worker_tasks,
            heavy_concurrency=settings.worker_genome_tasks,
            processes=services.get(ProcessRunner),
            silent_for=timedelta(seconds=settings.worker_silent_seconds),
        )
