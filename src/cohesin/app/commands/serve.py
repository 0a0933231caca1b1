"""``cohesin serve``."""

import os
from pathlib import Path

import click

from cohesin.app.commands.options import Steps, data_dir_option, read_settings
from cohesin.app.exits import exit_codes
from cohesin.app.supervisor import WORKER_COMMAND, Supervisor

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command()
@click.option("--host", help="Address to listen on (COHESIN_HOST; 127.0.0.1 where not set).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (COHESIN_PORT; 8000 where not set).")
@data_dir_option
@click.option("--workers", type=click.IntRange(1), help="Web processes (COHESIN_WORKERS; 1 where not set).")
@click.option("--demo", is_flag=True, help="Load the demo laboratory.")
@click.option(
    "--no-worker", is_flag=True, help="Run no task worker here; `cohesin worker` runs one elsewhere."
)
def serve(
    host: str | None,
    port: int | None,
    data_dir: Path | None,
    workers: int | None,
    demo: bool,
    no_worker: bool,
) -> None:
    """Run the server until it is stopped.

    Starts the embedded PostgreSQL unless COHESIN_DATABASE_URL names one, migrates it, and answers over HTTP.
    SIGTERM and Ctrl-C let requests under way finish first.
    """
    steps = Steps()
    with exit_codes():
        settings = read_settings(dict(os.environ), host=host, port=port, data_dir=data_dir, workers=workers)

        if demo and "COHESIN_ALLOW_PRIVATE_WEBHOOKS" not in os.environ and settings.host in LOOPBACK:
            # The story's webhooks go to a listener on this machine. Not on a server that others reach.
            os.environ["COHESIN_ALLOW_PRIVATE_WEBHOOKS"] = "true"
            settings = settings.model_copy(update={"allow_private_webhooks": True})
        ready = False

        def say(line: str) -> None:
            nonlocal ready
            ready = ready or line.startswith("Cohesin is ready")
            steps.say(line, last=ready)

        command = None if no_worker else WORKER_COMMAND
        Supervisor(settings, say=say, demo=demo, worker_command=command).run()
