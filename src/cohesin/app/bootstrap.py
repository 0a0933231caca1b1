"""What a new installation has to hold before it answers its first call: the system tenant and its administrator."""

from __future__ import annotations

import msgspec

from cohesin.app import slices
from cohesin.app.demo.founding import demo_password
from cohesin.app.demo.load import load_demo
from cohesin.app.demo.record import DemoRecord, Login
from cohesin.app.demo.stage import Say
from cohesin.app.wiring import open_services
from cohesin.kernel.caller import Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password
from cohesin.kernel.http.edge import Services
from cohesin.kernel.ids import new_id
from cohesin.kernel.settings import Settings
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.tenants.schemas import Tenant
from cohesin.platform.tenants.service import insert_tenant
from cohesin.platform.users.service import Founding, create_member

DEFAULT_ADMIN = "admin@cohesin.example"


class Founded(msgspec.Struct, frozen=True, kw_only=True):
    """What a start found or made. `password` is the administrator's where this start generated it."""

    password: str | None
    demo: DemoRecord | None

    def __repr__(self) -> str:
        return "Founded()"


def _silent(_line: str) -> None:
    pass


async def bootstrap(
    settings: Settings, *, demo: bool = False, say: Say = _silent, alone: bool = False
) -> Founded:
    """Runs after the migrations and before the web processes, on every start; repeatable.

    Args:
        settings: prepared: the database's addresses are set.
        demo: whether to load the demo.
        say: prints a line of progress.
        alone: whether no other process uses the database.

    Raises:
        DemoIncompleteError: the demo could not be loaded.
    """
    async with open_services(settings) as services:
        password = await found_system(services, settings, demo=demo)
        record = None
        if demo:
            record = await load_demo(
                services, settings, say, await _admin_login(services, settings), alone=alone
            )
    return Founded(password=password, demo=record)


async def found_system(services: Services, settings: Settings, *, demo: bool = False) -> str | None:
    """The system tenant with its administrator, unless there is one. What slices give every tenant comes with it.

    Returns:
        The administrator's generated password, at the first start without one in the settings.
    """
    assert slices.SLICES
    units = services.units
    async with units.open() as uow, uow.crossing_tenants():
        if await uow.conn.fetchval("SELECT EXISTS (SELECT 1 FROM platform.tenants WHERE type = 'system')"):
            return None
    generated = demo_password(settings, "admin") if demo else generate_password()
    password = settings.admin_password or generated
    password_hash = await services.get(PasswordHasher).hash(password)
    tenant_id = new_id()
    async with units.open(system_caller(tenant_id)) as uow:
        await insert_tenant(uow, system_tenant(uow))
        await create_member(
            uow,
            Founding(
                tenant_id=tenant_id,
                email=settings.admin_email or DEFAULT_ADMIN,
                password_hash=password_hash,
                role=Role.OWNER,
            ),
        )
    return None if settings.admin_password else password


async def _admin_login(services: Services, settings: Settings) -> Login:
    """The administrator's address, and the password where it is one that this installation knows."""
    async with services.units.open() as uow, uow.crossing_tenants():
        row = await uow.conn.fetchrow(
            """SELECT u.email, u.password_hash FROM platform.users u
                 JOIN platform.tenants t ON t.id = u.default_tenant_id
                WHERE t.type = 'system' ORDER BY u.created_at LIMIT 1"""
        )
    hasher = services.get(PasswordHasher)
    for password in (settings.admin_password, demo_password(settings, "admin")):
        if password is not None and await hasher.verify(row["password_hash"], password):
            return Login(email=row["email"], password=password)
    return Login(email=row["email"], password=None)


def system_tenant(uow: UnitOfWork) -> Tenant:
    now = uow.clock.now()
    return Tenant(
        id=uow.tenant_id,
        name="Cohesin",
        slug="system",
        domain="system.cohesin.local",
        status="active",
        description="The platform's own tenant.",
        type="system",
        contact_email=None,
        contact_phone=None,
        settings={},
        default_language="en",
        additional_languages=[],
        created_at=now,
        updated_at=now,
    )
