"""What sign-in leaves behind and nobody needs any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cohesin.kernel.uow import UnitOfWork

KEEP_SESSIONS: Final = timedelta(days=30)

DELETE_TOKENS: Final = """
DELETE FROM platform.refresh_tokens t USING platform.sessions s
 WHERE s.id = t.session_id AND coalesce(s.revoked_at, s.expires_at) < $1"""
DELETE_SESSIONS: Final = """
WITH gone AS (DELETE FROM platform.sessions WHERE coalesce(revoked_at, expires_at) < $1 RETURNING 1)
SELECT count(*) FROM gone"""


async def delete_ended_sessions(uow: UnitOfWork) -> int:
    """Forget sessions that ended over 30 days ago, with their tokens; returns how many.

    Until then a stolen old refresh token is still known as one, and its use noticed.
    """
    ended_before = uow.clock.now() - KEEP_SESSIONS
    async with uow.crossing_tenants():
        await uow.conn.execute(DELETE_TOKENS, ended_before)
        return int(await uow.conn.fetchval(DELETE_SESSIONS, ended_before))
