"""A subscriber's server on loopback: it keeps what it was sent and answers as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Sink:
    port: int = 0
    received: list[Received] = field(default_factory=list)
    #: Statuses of the next answers; then `status` again.
    script: list[int] = field(default_factory=list)
    status: int = 200
    answer: bytes = b"thanks"
    location: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(Received(head[0].split(" ")[1], headers, body))
            status = self.script.pop(0) if self.script else self.status
            more = f"Location: {self.location}\r\n" if self.location else ""
            writer.write(
                f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(self.answer)}\r\nConnection: close\r\n\r\n".encode()
            )
            writer.write(self.answer)
            await writer.drain()
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def open_sink() -> AsyncIterator[Sink]:
    sink = Sink()
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink
