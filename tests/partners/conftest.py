"""The served installation of the slice tests, and an organisation whose reports a partner fetches."""

from __future__ import annotations

import pytest

from tests.partners.connect_lab import Organisation, found
from tests.served import World
from tests.slices.conftest import owner, stranger, world

__all__ = ["organisation", "other", "owner", "stranger", "world"]


@pytest.fixture
async def organisation(world: World) -> Organisation:
    """A fresh organisation with one partner account that may do everything."""
    return await found(world)


@pytest.fixture
async def other(world: World) -> Organisation:
    """Another one."""
    return await found(world)
