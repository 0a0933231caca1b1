"""``cohesin worker``."""

import asyncio
import os
from pathlib import Path

import click

from cohesin.app import worker as task_worker
from cohesin.app.commands.options import data_dir_option, read_settings
from cohesin.app.database import open_database
from cohesin.app.exits import exit_codes
from cohesin.kernel.log import configure_logging


@click.command()
@data_dir_option
@click.option(
    "--tasks", type=click.IntRange(1, 64), help="Tasks at once (COHESIN_WORKER_TASKS; 4 where not set)."
)
def worker(data_dir: Path | None, tasks: int | None) -> None:
    """Run background tasks until stopped. `cohesin serve` runs one itself."""
    with exit_codes():
        settings = read_settings(dict(os.environ), data_dir=data_dir, worker_tasks=tasks)
        configure_logging(settings.log_level, settings.log_format)
        with open_database(settings) as prepared:
            asyncio.run(task_worker.run(prepared))
