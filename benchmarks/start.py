"""Start to ready, first and warm, and the memory of each kind of process, with the demo loaded."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import psutil

from benchmarks.server import Served, start

WARM_STARTS = 3


def mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 2**20)


def postgres_mib(server: Served) -> float:
    """Proportional memory: PostgreSQL's processes share their buffers."""
    total = 0.0
    for child in psutil.Process(server.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() == "postgres":
                total += child.memory_full_info().pss / 2**20
    return total


def run() -> dict[str, float]:
    """Seconds from the command to the first good answer, and MiB. The first start loads the demo."""
    options = ("--demo",)
    with tempfile.TemporaryDirectory(prefix="cohesin-bench-") as parent:
        folder = Path(parent) / "data"
        folder.mkdir()
        first = start(folder, *options)
        first.stop()
        warm = []
        for left in reversed(range(WARM_STARTS)):
            server = start(folder, *options)
            warm.append(server.ready_seconds)
            if left:
                server.stop()
        try:
            server.sign_in()
            return {
                "first start to ready, demo loaded, s": first.ready_seconds,
                "warm start to ready, s": sorted(warm)[WARM_STARTS // 2],
                "memory of the supervisor, MiB": mib(psutil.Process(server.process.pid)),
                "memory of one web process, MiB": mib(server.web_processes()[0]),
                "memory of the worker, MiB": mib(server.worker_process()),
                "memory of PostgreSQL, MiB": postgres_mib(server),
            }
        finally:
            server.stop()


if __name__ == "__main__":
    for label, value in run().items():
        print(f"{label:60} {value:14.2f}")
