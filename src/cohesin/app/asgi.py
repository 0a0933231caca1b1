"""The web application of one process: every slice's operations on one set of services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar

from cohesin.app import slices
from cohesin.app.hosts import HostedApplication
from cohesin.app.wiring import open_services
from cohesin.kernel.clock import Clock
from cohesin.kernel.http.edge import Edge, Services
from cohesin.kernel.http.operation import registry
from cohesin.kernel.http.router import build_application
from cohesin.kernel.settings import Settings, load_settings
from cohesin.platform.surface import platform

__all__ = ["create_app", "slices"]


class LateServices(Services):
    """Services that come to life with the application, on the loop that serves."""

    def __init__(self) -> None:
        self._parts = {}

    def take(self, opened: Services) -> None:
        self.__dict__.update(opened.__dict__)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Litestar:
    """The application; its services open when it starts and close when it ends."""
    chosen = settings or load_settings()
    services = LateServices()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        async with open_services(chosen, clock) as opened:
            services.take(opened)
            yield

    app = build_application(
        registry,
        Edge(services),
        default_surface=platform.surface,
        lifespan=[lifespan],
        application=HostedApplication,
    )
    assert isinstance(app, HostedApplication)
    app.opal_host = chosen.opal_host
    return app


def operations() -> list[Any]:
    """Every declared operation, for the OpenAPI document and the conformance suite."""
    return registry.operations
