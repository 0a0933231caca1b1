"""What a new installation has to hold before it answers its first call: the system tenant and its administrator."""

from __future__ import annotations

from datetime import timedelta

from cohesin.app import slices
from cohesin.app.wiring import open_services
from cohesin.kernel.caller import Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password
from cohesin.kernel.http.edge import Services
from cohesin.kernel.ids import new_id
from cohesin.kernel.log import get_logger
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.tenants.schemas import Tenant
from cohesin.platform.tenants.service import insert_tenant
from cohesin.platform.users.service import Founding, create_member

log = get_logger(__name__)
# Of a server that was killed; another one that shares the store may be writing.
ABANDONED = timedelta(minutes=10)
DEFAULT_ADMIN = "admin@cohesin.example"


async def bootstrap(settings: Settings, *, demo: bool = False) -> str | None:
    """Runs after the migrations and before the web processes, on every start; repeatable.

    Returns:
        The administrator's generated password, at the first start without one in the settings.
    """
    async with open_services(settings) as services:
        password = await found_system(services, settings)
        await services.get(ObjectStore).remove_abandoned(older_than=ABANDONED)
    log.debug("bootstrap", demo=demo)
    return password


async def found_system(services: Services, settings: Settings) -> str | None:
    """The system tenant with its administrator, unless there is one. What slices give every tenant comes with it."""
    assert slices.SLICES
    units = services.units
    async with units.open() as uow, uow.crossing_tenants():
        if await uow.conn.fetchval("SELECT EXISTS (SELECT 1 FROM platform.tenants WHERE type = 'system')"):
            return None
    password = settings.admin_password or generate_password()
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
