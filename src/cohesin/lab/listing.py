"""Lists of the laboratory that may be asked for whole or by the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec

from cohesin.kernel.db.pool import Connection

T = TypeVar("T")


class Window(msgspec.Struct, frozen=True):
    """Which part of a list; no limit means all of it."""

    limit: int | None = None
    offset: int = 0


WHOLE = Window()


class Found(msgspec.Struct, Generic[T], frozen=True):
    """The rows of a window, and how many there are in all."""

    items: list[T]
    total: int


async def fetch_found(
    conn: Connection,
    row: type[T],
    select: str,
    source: str,
    where: Sequence[str],
    args: Sequence[Any],
    order: str,
    window: Window,
) -> Found[T]:
    """A window of the rows of a statement; `where` names `args` as $1, $2 and so on."""
    condition = " AND ".join(where) or "true"
    count = len(args)
    records = await conn.fetch(
        f"SELECT {select} FROM {source} WHERE {condition} ORDER BY {order} LIMIT ${count + 1} OFFSET ${count + 2}",
        *args,
        window.limit,
        window.offset,
    )
    items = [row(**record) for record in records]
    if window.limit is None and not window.offset:
        return Found(items, len(items))
    return Found(items, await conn.fetchval(f"SELECT count(*) FROM {source} WHERE {condition}", *args))
