"""Commands that act on the database: they open it as the server does, act as the system, and close it again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from cohesin.app import slices
from cohesin.app.commands.options import read_settings
from cohesin.app.database import open_database
from cohesin.app.exits import Exit, exit_codes, fail
from cohesin.app.wiring import open_services
from cohesin.kernel.caller import Caller, system_caller
from cohesin.kernel.errors import CohesinError, InvalidInputError
from cohesin.kernel.http.edge import Services
from cohesin.platform.tenants.service import find_tenant_by_domain

T = TypeVar("T")


def run_with_services(data_dir: Path | None, work: Callable[[Services], Awaitable[T]]) -> T:
    """What `work` answers, given the services on the migrated database; a server that runs is shared with.

    A refusal of a use case ends the command with code 1 and its message; see :mod:`cohesin.app.exits` for others.
    """
    assert slices.SLICES  # their subscribers and tasks have to be known

    async def session() -> T:
        async with open_services(prepared) as services:
            return await work(services)

    with exit_codes():
        settings = read_settings(dict(os.environ), data_dir=data_dir)
        with open_database(settings) as prepared:
            try:
                return asyncio.run(session())
            except CohesinError as error:
                fail(_told(error), Exit.FAILED)


async def caller_of(services: Services, domain: str) -> Caller:
    """The system acting in the tenant of that domain; ends the command with code 1 where there is none."""
    async with services.units.open() as uow:
        tenant = await find_tenant_by_domain(uow, domain)
    if tenant is None:
        fail(f"no tenant has the domain {domain}", Exit.FAILED)
    return system_caller(tenant.id)


def _told(error: CohesinError) -> str:
    if isinstance(error, InvalidInputError):
        return "; ".join(f"{fault.path} {fault.message}" for fault in error.faults)
    return error.message
