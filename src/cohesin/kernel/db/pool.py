"""Connections to PostgreSQL as the unprivileged role.

A connection is handed out clean: the unit of work sets the tenant with `SET LOCAL` only, so that nothing survives the
transaction and asyncpg's reset trip on release is not needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import asyncpg
import msgspec

type_encoder = msgspec.json.Encoder(enc_hook=str)
type_decoder = msgspec.json.Decoder()


class Connection(Protocol):
    """What slices use of an asyncpg connection; a record is a mapping whose columns the statement names."""

    def is_in_transaction(self) -> bool: ...

    async def execute(self, query: str, /, *args: Any) -> str: ...

    async def executemany(self, command: str, /, args: Iterable[Any]) -> None: ...

    async def fetch(self, query: str, /, *args: Any) -> list[Any]: ...

    async def fetchrow(self, query: str, /, *args: Any) -> Any: ...

    async def fetchval(self, query: str, /, *args: Any) -> Any: ...


class CleanConnection(asyncpg.Connection):
    """A connection without session state to reset."""

    def get_reset_query(self) -> str:
        return ""


async def _prepare(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: type_encoder.encode(value).decode(),
            decoder=type_decoder.decode,
        )
    await connection.set_type_codec("citext", schema="public", encoder=str, decoder=str, format="text")


async def open_pool(dsn: str, *, size: int, application_name: str = "cohesin") -> asyncpg.Pool:
    """A pool of `size` connections at most, with JSON as Python values and UTC as the time zone."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        connection_class=CleanConnection,
        init=_prepare,
        command_timeout=60,
        # Some hundreds of statements are in use; one that falls out of the cache is prepared anew in a trip of its own.
        statement_cache_size=1024,
        max_inactive_connection_lifetime=300,
        server_settings={"application_name": application_name, "TimeZone": "UTC", "jit": "off"},
    )
