"""Identifiers: UUIDv7 everywhere, so that ids sort by time of birth."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUIDv7."""
    return uuid7()
