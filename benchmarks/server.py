"""A served Cohesin for a benchmark: one web process, its own data folder, an administrator, and its database."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ADMIN = {"email": "bench@example.org", "password": "a benchmark's password"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Served:
    """A running server; `ready_seconds` is from the command to the first good answer."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    ready_seconds: float
    client: httpx.Client = field(repr=False)

    def sign_in(self, email: str = ADMIN["email"], password: str = ADMIN["password"]) -> dict[str, Any]:
        answer = self.client.post("/api/v1/public/auth/login", json={"email": email, "password": password})
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def web_processes(self) -> list[psutil.Process]:
        """The web processes: children of the server that listen for it."""
        found = []
        for child in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.Error):
                if any("spawn_main" in word for word in child.cmdline()):
                    found.append(child)
        return found

    def worker_process(self) -> psutil.Process:
        """The task worker, which the server runs beside them."""
        for child in psutil.Process(self.process.pid).children():
            if child.cmdline()[-1:] == ["worker"]:
                return child
        raise LookupError("the server runs no worker")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.process.send_signal(how)
        self.process.wait(60)
        self.client.close()


def start(folder: Path, *options: str, **environment: str) -> Served:
    """Start `cohesin serve` on a folder and wait until it answers."""
    port = free_port()
    variables = {
        **os.environ,
        "COHESIN_ADMIN_EMAIL": ADMIN["email"],
        "COHESIN_ADMIN_PASSWORD": ADMIN["password"],
        "COHESIN_RATE_LIMIT_PER_MINUTE": "1000000000",
        **environment,
    }
    command = [
        sys.executable,
        "-m",
        "cohesin.app.cli",
        "serve",
        "--data-dir",
        str(folder),
        "--port",
        str(port),
        *options,
    ]
    log = (folder.parent / f"{folder.name}.log").open("ab")
    began = time.perf_counter()
    process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=120)
    while True:
        with contextlib.suppress(httpx.TransportError):
            if client.get("/api/v1/system/health").status_code == 200:
                break
        if process.poll() is not None:
            message = f"the server ended with {process.returncode}; see {log.name}"
            raise RuntimeError(message)
        time.sleep(0.02)
    return Served(folder, port, process, time.perf_counter() - began, client)


@contextlib.contextmanager
def served(*options: str, **environment: str) -> Iterator[Served]:
    """A server on a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cohesin-bench-") as parent:
        folder = Path(parent) / "data"
        folder.mkdir()
        server = start(folder, *options, **environment)
        try:
            yield server
        finally:
            server.stop()
