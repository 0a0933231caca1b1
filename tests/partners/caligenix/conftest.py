"""Organisations whose reports a partner fetches."""

from __future__ import annotations

import pytest

from tests.connect_lab import Organisation, found
from tests.served import World


@pytest.fixture
async def organisation(world: World) -> Organisation:
    """A fresh organisation with one partner account that may do everything."""
    return await found(world)


@pytest.fixture
async def other(world: World) -> Organisation:
    """Another one."""
    return await found(world)
