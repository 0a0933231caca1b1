"""Runs the supervisor on the gated application: ``python -m tests.e2e.serve_gated DATA_DIR PORT``."""

import sys
from pathlib import Path

import click

from cohesin.app.supervisor import Supervisor
from cohesin.kernel.settings import load_settings

if __name__ == "__main__":
    settings = load_settings(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]))
    Supervisor(
        settings,
        say=click.echo,
        target="tests.e2e.gated_app:create_app",
        worker_command=(sys.executable, "-c", "import signal; signal.pause()"),
    ).run()
