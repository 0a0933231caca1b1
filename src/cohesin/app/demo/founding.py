"""The demo's tenant, owner and partner credentials."""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

import msgspec

from cohesin.app.demo import content
from cohesin.app.demo.record import (
    FILE_NAME,
    PARTIAL_NAME,
    ConnectKey,
    DemoRecord,
    DemoTenant,
    Login,
    OpalKey,
    ToolboxLogin,
    read_record,
    write_record,
)
from cohesin.app.demo.stage import SETTING, Ids, Say, Stage
from cohesin.kernel.caller import Caller, CallerKind, Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.seal import Sealer, derive_key
from cohesin.kernel.http.edge import Services
from cohesin.kernel.ids import new_id
from cohesin.kernel.settings import Settings
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.partners.schemas import CreatePartnerRequest
from cohesin.lab.partners.service import create_partner
from cohesin.partners.caligenix import keys as connect
from cohesin.partners.opal import keys as opal
from cohesin.partners.toolbox.accounts import create_account
from cohesin.platform.spaces.schemas import CreateSpaceRequest
from cohesin.platform.spaces.service import create_space
from cohesin.platform.tenants.schemas import Tenant
from cohesin.platform.tenants.service import insert_tenant
from cohesin.platform.users.service import Founding, create_member


def demo_password(settings: Settings, who: str) -> str:
    """A password of the demo: always the same for one installation, so that a load that was cut off knows it again."""
    key = derive_key(settings.secret_key, f"demo/password/{who}")
    return base64.b32encode(key[:15]).decode().lower()


class DemoDeletedError(Exception):
    """The demo laboratory was deleted; it does not come back by itself."""


async def open_stage(services: Services, settings: Settings, say: Say) -> Stage:
    """The demo tenant with its owner, founded where there is none.

    Raises:
        DemoDeletedError: it was there once.
    """
    row = await _find_tenant(services)
    if row is None:
        await _found(services, settings)
        row = await _find_tenant(services)
        assert row is not None
    if row["deleted"]:
        raise DemoDeletedError
    tenant_id, done = UUID(int=row["id"].int), row["settings"][SETTING]
    owner = Caller(
        kind=CallerKind.USER,
        id=UUID(done["owner"]["id"]),
        tenant_id=tenant_id,
        role=Role.OWNER,
        is_tenant_admin=True,
    )
    return Stage(services=services, tenant_id=tenant_id, owner=owner, done=done, say=say)


async def _find_tenant(services: Services):  # type: ignore[no-untyped-def]
    async with services.units.open() as uow, uow.crossing_tenants():
        return await uow.conn.fetchrow(
            "SELECT id, settings, deleted_at IS NOT NULL AS deleted FROM platform.tenants WHERE domain = $1",
            content.TENANT_DOMAIN,
        )


async def _found(services: Services, settings: Settings) -> None:
    password_hash = await services.get(PasswordHasher).hash(demo_password(settings, "owner"))
    tenant_id = new_id()
    async with services.units.open(system_caller(tenant_id)) as uow:
        await insert_tenant(uow, _tenant(uow))
        member = await create_member(
            uow,
            Founding(
                tenant_id=tenant_id,
                email=content.OWNER_EMAIL,
                password_hash=password_hash,
                role=Role.OWNER,
                display_name=content.OWNER_NAME,
            ),
        )
        stage = Stage(
            services=services, tenant_id=tenant_id, owner=uow.caller, done={}, say=lambda _line: None
        )
        await stage.note(uow, "owner", {"id": str(member.id)})


def _tenant(uow: UnitOfWork) -> Tenant:
    now = uow.clock.now()
    return Tenant(
        id=uow.tenant_id,
        name=content.TENANT_NAME,
        slug="cohesin-demo-laboratory",
        domain=content.TENANT_DOMAIN,
        status="active",
        description="A laboratory to look around in: public sample genomes, invented people.",
        type="paid",
        contact_email=content.OWNER_EMAIL,
        contact_phone=None,
        settings={},
        default_language="en",
        additional_languages=[],
        created_at=now,
        updated_at=now,
    )


async def make_house(stage: Stage, settings: Settings) -> Ids:
    """A location and the ordering partner with its Toolbox account."""
    password_hash = await stage.services.get(PasswordHasher).hash(demo_password(settings, "toolbox"))
    sealer = stage.services.get(Sealer)

    async def make(uow: UnitOfWork) -> Ids:
        space = await create_space(uow, CreateSpaceRequest(name=content.SPACE_NAME))
        request = CreatePartnerRequest(name=content.PARTNER_NAME, may_send_genetic_data=True)
        partner = await create_partner(uow, sealer, request)
        await create_account(
            uow,
            sealer,
            username=content.TOOLBOX_USERNAME,
            password_hash=password_hash,
            email="orders@meadow-wellness.example",
            partner_id=partner.id,
        )
        return {"location": str(space.id), "partner": str(partner.id)}

    return await stage.part("house", make)


async def issue_keys(stage: Stage, settings: Settings, admin: Login) -> DemoRecord:
    """The record with working keys. Keys whose secrets are known are kept; lost ones are ended and made anew."""
    known = read_record(settings.data_dir / FILE_NAME) or read_record(settings.data_dir / PARTIAL_NAME)
    noted = stage.done.get("keys")
    if (
        known is not None
        and noted is not None
        and (known.tenant.id, known.opal.login) == (str(stage.tenant_id), noted["opal"])
        and connect_preview(known) == noted["connect_preview"]
    ):
        record = msgspec.structs.replace(known, url=settings.url, admin=admin)
        write_record(settings.data_dir / PARTIAL_NAME, record)
    else:
        record = await _issue(stage, settings, admin, noted)
    # What was published by an earlier start is not true before this one answers.
    (settings.data_dir / FILE_NAME).unlink(missing_ok=True)
    return record


def connect_preview(record: DemoRecord) -> str:
    """The part of the Connect key that tells which one it is."""
    return record.caligenix.key[-8:]


async def _issue(stage: Stage, settings: Settings, admin: Login, noted: Ids | None) -> DemoRecord:
    async with stage.services.units.open(stage.owner) as uow:
        if noted is not None:
            await connect.disable_key(uow, noted["connect"])
            await opal.disable_key(uow, noted["opal"])
        connect_key = await connect.issue_key(uow, account_name=content.CONNECT_ACCOUNT)
        opal_key = await opal.create_key(uow, email=content.OWNER_EMAIL)
        record = DemoRecord(
            url=settings.url,
            admin=admin,
            tenant=DemoTenant(id=str(stage.tenant_id), domain=content.TENANT_DOMAIN),
            owner=Login(email=content.OWNER_EMAIL, password=demo_password(settings, "owner")),
            caligenix=ConnectKey(connect_key.secret),
            toolbox=ToolboxLogin(
                username=content.TOOLBOX_USERNAME, password=demo_password(settings, "toolbox")
            ),
            opal=OpalKey(login=opal_key.login, password=opal_key.password),
        )
        noted = {
            "connect": str(connect_key.key.id),
            "connect_preview": connect_preview(record),
            "opal": opal_key.login,
        }
        await stage.note(uow, "keys", noted)
        # Before the commit: keys that nobody knows would be made twice after a cut.
        write_record(Path(settings.data_dir) / PARTIAL_NAME, record)
    stage.done["keys"] = noted
    return record
