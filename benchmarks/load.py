"""A load generator: a number of keep-alive connections that ask one request again and again, for a set time.

Raw asyncio on purpose: it takes less of the machine than the servers under test, so it can share their cores.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass
class Load:
    """What a run saw: answers a second, and the middle and 95th-percentile latency in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float
    answers: int
    errors: int


class _Connection(asyncio.Protocol):
    def __init__(
        self, request: bytes, until: float, done: asyncio.Event, seen: list[float], wrong: list[bytes]
    ) -> None:
        self.request, self.until, self.done, self.seen, self.wrong = request, until, done, seen, wrong
        self.buffer = b""
        self.need = -1
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.buffer, self.need, self.began = b"", -1, time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.need < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            if b" 200 " not in head[:20]:
                self.wrong.append(head[:60])
            start = head.find(b"content-length:") + 15
            stop = head.find(b"\r\n", start)
            self.need = end + 4 + int(head[start : stop if stop > 0 else None])
        if len(self.buffer) >= self.need:
            now = time.perf_counter()
            self.seen.append(now - self.began)
            if now < self.until:
                self.ask()
            else:
                self.transport.close()
                self.done.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set()


async def _run(host: str, port: int, request: bytes, connections: int, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    seen: list[float] = []
    wrong: list[bytes] = []
    began = time.perf_counter()
    events = []
    for _ in range(connections):
        done = asyncio.Event()
        events.append(done)
        await loop.create_connection(
            lambda done=done: _Connection(request, began + seconds, done, seen, wrong), host, port
        )
    await asyncio.gather(*(event.wait() for event in events))
    took = time.perf_counter() - began
    ordered = sorted(seen)
    return Load(
        len(seen) / took,
        ordered[len(ordered) // 2] * 1000,
        ordered[int(len(ordered) * 0.95)] * 1000,
        len(seen),
        len(wrong),
    )


def measure(
    host: str, port: int, path: str, headers: dict[str, str], *, connections: int = 8, seconds: float = 5
) -> Load:
    """Ask `GET path` on `connections` connections for `seconds`."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: keep-alive"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return asyncio.run(_run(host, port, ("\r\n".join(lines) + "\r\n\r\n").encode(), connections, seconds))
