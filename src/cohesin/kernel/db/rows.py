"""Rows as typed structs: the columns of a statement are the fields of the struct."""

from __future__ import annotations

from typing import Any, TypeVar

from cohesin.kernel.db.pool import Connection

T = TypeVar("T")


async def fetch_all(conn: Connection, row: type[T], sql: str, *args: Any) -> list[T]:
    """Every row of the statement."""
    return [row(**record) for record in await conn.fetch(sql, *args)]


async def find_one(conn: Connection, row: type[T], sql: str, *args: Any) -> T | None:
    """The first row, or None."""
    record = await conn.fetchrow(sql, *args)
    return None if record is None else row(**record)


async def fetch_one(conn: Connection, row: type[T], sql: str, *args: Any) -> T:
    """The first row of a statement that always has one (an INSERT … RETURNING)."""
    found = await find_one(conn, row, sql, *args)
    if found is None:
        message = "the statement gave no row"
        raise LookupError(message)
    return found
