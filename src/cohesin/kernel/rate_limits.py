"""Rate limits that hold over every process: the counting is one statement in the database.

`kernel.count_in_window` counts in fixed windows (platform limits); `kernel.count_sliding` lets at most N calls through
in any span (Connect's promise) by remembering the instants of the last N in a ring. Refused calls are not counted.
Both tables are unlogged: after a crash the counts begin anew.
"""

from __future__ import annotations

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import RateLimitedError


async def count_in_window(conn: Connection, bucket: str, limit: int, window_seconds: int) -> None:
    """Count one call in the bucket's present window.

    Raises:
        RateLimitedError: the window is full.
    """
    retry_after = await conn.fetchval(
        "SELECT kernel.count_in_window($1, $2, $3)", bucket, limit, window_seconds
    )
    if retry_after > 0:
        raise RateLimitedError(retry_after)


async def count_sliding(conn: Connection, bucket: str, limit: int, window_seconds: int) -> None:
    """Count one call unless `limit` calls went through in the last `window_seconds`.

    Raises:
        RateLimitedError: one more would be too many.
    """
    retry_after = await conn.fetchval(
        "SELECT kernel.count_sliding($1, $2, $3)", bucket, limit, window_seconds
    )
    if retry_after > 0:
        raise RateLimitedError(retry_after)
