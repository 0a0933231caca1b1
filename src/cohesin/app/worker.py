"""The task worker of one process: the same services as the web, no HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from datetime import timedelta

from cohesin.app import slices
from cohesin.app.wiring import open_services
from cohesin.kernel.process import die_with_supervisor
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.scratch import scratch_folder
from cohesin.kernel.settings import Settings
from cohesin.kernel.worker import run_worker


async def run(settings: Settings) -> None:
    """Run tasks until SIGTERM or SIGINT; one that runs then is given back and runs again."""
    assert slices.SLICES
    die_with_supervisor()
    shutdown = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, shutdown.set)
    with scratch_folder(settings.data_dir / "scratch") as scratch:
        # For this process and its children: a genome's files are too large and too private to stay in the system's
        # own folder when the worker is killed.
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        await _work(settings, shutdown)


async def _work(settings: Settings, shutdown: asyncio.Event) -> None:
    assert settings.app_database_url is not None
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
