"""A genome of 2 GB sent to the interpretation face: memory of the web process and MB/s, beside a bare sink."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator

import httpx
import psutil

from benchmarks.opal import Opal
from benchmarks.server import free_port, served

SIZE = 2_000_000_000
_HEADER = (
    b"##fileformat=VCFv4.2\n##reference=GRCh37\n##contig=<ID=1,length=249250621>\n"
    b'##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tsample\n"
)
_BLOCK = b"".join(
    b"1\t%d\t.\tA\tG\t50\tPASS\tDP=30\tGT\t0/1\n" % position for position in range(10**6, 10**6 + 30_000)
)


def plain_vcf(size: int) -> Iterator[bytes]:
    """A VCF of at least `size` bytes, in parts of about a megabyte."""
    yield _HEADER
    sent = len(_HEADER)
    while sent < size:
        yield _BLOCK
        sent += len(_BLOCK)


class Growth(threading.Thread):
    """How much the resident memory of a process grows, MiB; sampled fifty times a second."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._done = threading.Event()
        self._before = self._most = process.memory_info().rss

    def run(self) -> None:
        while not self._done.wait(0.02):
            self._most = max(self._most, self._process.memory_info().rss)

    def stop(self) -> float:
        self._done.set()
        self.join()
        return float((self._most - self._before) / 2**20)


@contextlib.contextmanager
def sink() -> Iterator[str]:
    """The address of a bare application that writes what it is sent."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="cohesin-bench-") as folder:
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port), "--no-log",
            "benchmarks.sink_peer:app",
        ]  # fmt: skip
        process = subprocess.Popen(command, env={**os.environ, "SINK_FOLDER": folder})
        try:
            address = f"http://127.0.0.1:{port}"
            while True:
                with contextlib.suppress(httpx.TransportError):
                    httpx.get(address, trust_env=False)
                    break
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def run() -> dict[str, float]:
    """Growth of the web process in MiB, and megabytes a second."""
    with served("--no-worker") as server:
        opal = Opal(server.url, server.folder, server.sign_in()["user"]["tenantId"])
        project = opal.make_project()
        opal.put(project, plain_vcf(20_000_000)).raise_for_status()
        growth = Growth(server.web_processes()[0])
        growth.start()
        began = time.perf_counter()
        opal.put(project, plain_vcf(SIZE)).raise_for_status()
        seconds = time.perf_counter() - began
        grown = growth.stop()
    with sink() as address:
        began = time.perf_counter()
        httpx.put(address, content=plain_vcf(SIZE), timeout=600, trust_env=False).raise_for_status()
        floor = time.perf_counter() - began
    return {
        "growth of the web process, MiB": grown,
        "Cohesin, MB/s": SIZE / 1e6 / seconds,
        "bare sink, MB/s": SIZE / 1e6 / floor,
        "share of the bare sink, %": 100 * floor / seconds,
    }


if __name__ == "__main__":
    for label, value in run().items():
        print(f"{label:60} {value:14.2f}")
