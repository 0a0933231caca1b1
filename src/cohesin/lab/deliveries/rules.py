"""When a webhook that failed is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)


def wait_after(attempt: int) -> timedelta | None:
    """The wait after attempt number `attempt` (from 1) failed; None: it is given up."""
    return WAITS[attempt - 1] if attempt <= len(WAITS) else None
