"""An application whose slow answer waits for the test: it connects to the test's gate and answers when told."""

import asyncio
import os

from litestar import Litestar, get


@get("/api/v1/system/health", sync_to_thread=False)
def health() -> dict[str, str]:
    return {"status": "ok"}


@get("/slow")
async def slow() -> dict[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["TEST_GATE_PORT"]))
    await reader.read(1)
    writer.close()
    return {"answer": "whole"}


def create_app() -> Litestar:
    return Litestar([health, slow], openapi_config=None)
