"""A served instance as its own process, for tests that kill and fill."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg

from benchmarks.opal import Opal
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import running_dsn
from cohesin.kernel.process import signal_on_parent_death

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; an ended process that nobody has asked for its exit code yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Served:
    """``cohesin serve`` as its own process; its standard output is read until it says that it is ready.

    `around` is a command that runs it, as in another namespace; `options` are those of `cohesin serve`.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        module: str = "cohesin.app.cli",
        *,
        around: tuple[str, ...] = (),
        options: tuple[str, ...] = (),
        **environ: str,
    ) -> None:
        self.port, self.data_dir = port, data_dir
        arguments = (
            ["serve", "--port", str(port), "--data-dir", str(data_dir), *options]
            if module == "cohesin.app.cli"
            else [str(data_dir), str(port)]
        )
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by end()
        self.process = subprocess.Popen(
            [*around, sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | environ,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            # Killed with the test run, and all of its children with it.
            preexec_fn=signal_on_parent_death(signal.SIGKILL),  # noqa: PLW1509 - one system call
        )
        self.url = f"http://127.0.0.1:{port}"

    def wait_ready(self) -> list[str]:
        lines = []
        for line in self.process.stdout:
            lines.append(line.strip())
            if "is ready on" in line:
                return lines
        self.process.wait(10)
        raise AssertionError(f"ended with {self.process.returncode}: {lines}\n{self.said()}")

    def worker(self) -> psutil.Process:
        """The task worker."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if child.cmdline()[-1:] == ["worker"])

    def web(self) -> psutil.Process:
        """The web process."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "spawn_main" in " ".join(child.cmdline()))

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.stdout.close()
        self.errors.close()


def query(data_dir: Path, statement: str) -> object:
    superuser = running_dsn(data_dir)
    assert superuser is not None
    with psycopg.connect(rewrite_dsn(superuser, database="cohesin")) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def open_lab(served: Served) -> Opal:
    return Opal(served.url, served.data_dir, str(query(served.data_dir, "SELECT id FROM platform.tenants")))
