"""A served installation on this worker's database, shared by the slice tests; each test makes tenants of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.served import Signed, World, served, test_settings


@pytest.fixture(scope="session")
async def world(database: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with served(test_settings(database, tmp_path_factory.mktemp("data"))) as world:
        yield world


@pytest.fixture
async def owner(world: World) -> Signed:
    """The owner of a fresh tenant."""
    return await world.make_tenant()


@pytest.fixture
async def stranger(world: World) -> Signed:
    """The owner of another fresh tenant."""
    return await world.make_tenant()
