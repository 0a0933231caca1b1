"""Objects of two tenants and a guest, made once."""

from __future__ import annotations

from base64 import b64encode
from uuid import UUID, uuid4

import pytest

from cohesin.clinical.assay_types.service import create_assay_type
from cohesin.kernel.caller import Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.platform.users.service import Founding, create_member
from tests.conformance.seeds import Seeds
from tests.connect_lab import found
from tests.labs import Partner, make_partner
from tests.partners.opal.laboratory import Laboratory, open_laboratory
from tests.partners.opal.test_opal_genomes import SMALL
from tests.served import PASSWORD, Signed, World


async def make_guest(world: World, tenant_id: str) -> Signed:
    """A person who may sign in and nothing else."""
    email = f"guest-{uuid4().hex[:12]}@example.org"
    password_hash = await world.services.get(PasswordHasher).hash(PASSWORD)
    tenant = UUID(tenant_id)
    async with world.services.units.open(system_caller(tenant)) as uow:
        await create_member(
            uow, Founding(tenant_id=tenant, email=email, password_hash=password_hash, role=Role.GUEST)
        )
        await uow.conn.execute(
            "DELETE FROM platform.group_members gm USING platform.groups g WHERE g.id = gm.group_id AND g.tenant_id = $1 AND g.name = 'Members'",
            tenant,
        )
    return await world.sign_in(email)


async def make_access(world: World, who: Signed) -> dict[str, dict[str, str]]:
    """A member to be changed (not the owner, whose session the checks use), a group that holds them, and an API key."""
    member = await world.make_member(who)
    group = (await who.post("/api/v1/secure/groups/create", json={"name": "Checked"})).json()["data"]["id"]
    await who.post(f"/api/v1/secure/groups/{group}/members", json={"userId": member.user_id})
    key = (await who.post("/api/v1/secure/api-keys/", json={"name": "Checked"})).json()["data"]["id"]
    return {
        "/api/v1/secure/users/": {"id": member.user_id},
        "/api/v1/secure/groups/": {"id": group, "userId": member.user_id},
        "/api/v1/secure/api-keys/": {"id": key},
    }


async def make_webhook(who: Signed) -> dict[str, dict[str, str]]:
    """A subscription at a port where nobody listens."""
    body = {"name": "Checked", "url": "http://127.0.0.1:9/", "events": ["never.happens"]}
    made = await who.post("/api/v1/secure/webhooks/subscriptions", json=body)
    return {"/api/v1/secure/webhooks/subscriptions/": {"id": made.json()["data"]["id"]}}


async def make_spaces(who: Signed) -> dict[str, dict[str, str]]:
    """A space with a tag, a category and a member, and a tag and a category to be changed."""
    category, linked = [
        (await who.post("/api/v1/secure/taxonomy/categories/", json={"key": key, "name": key})).json()[
            "data"
        ]["id"]
        for key in ("checked", "linked")
    ]
    tag = (await who.post("/api/v1/secure/taxonomy/tags/curated", json={"tag_name": "checked"})).json()[
        "data"
    ]["id"]
    space = (await who.post("/api/v1/secure/spaces/", json={"name": "Checked"})).json()["data"]["id"]
    link = await who.post(f"/api/v1/secure/spaces/{space}/tags", json={"tag_name": "linked"})
    await who.post(f"/api/v1/secure/spaces/{space}/categories", json={"category_id": linked})
    await who.post(f"/api/v1/secure/spaces/{space}/members", json={"userId": who.user_id, "role": "reader"})
    ids = {"id": space, "tagId": link.json()["data"]["tag_id"], "categoryId": linked, "userId": who.user_id}
    return {
        "/api/v1/secure/spaces/": ids,
        "/api/v1/secure/taxonomy/categories/": {"id": category},
        "/api/v1/secure/taxonomy/tags/": {"id": tag},
    }


async def make_lab(world: World, who: Signed, key: str) -> tuple[Partner, dict[str, dict[str, str]]]:
    """A laboratory with one of everything: kit, shipment, order, report and file, seen by staff and by their partner."""
    partner = await make_partner(world, who)
    number = (await partner.customer(consent_date="2026-01-01"))["id"]
    barcode = await partner.ship(number)
    order = await partner.order(number)
    (registration,) = await partner.get("customer-kit-registrations/")
    await partner.patch(
        f"customer-kit-registrations/{registration['id']}/", {"verification_date": "2026-01-02"}
    )
    await partner.data(barcode, key)
    await partner.run_jobs()
    (file,) = await partner.get("report-files/")
    (shipment,) = await partner.lab("GET", "shipments/")
    (report,) = await partner.lab("GET", "reports/")
    (account,) = await partner.lab("GET", f"partners/{partner.partner_id}/toolbox-accounts")
    kit = await partner.lab_kit(barcode)
    return partner, {
        "/api/v1/secure/lab/kits/": {"id": kit["id"]},
        "/api/v1/secure/lab/shipments/": {"id": shipment["id"]},
        "/api/v1/secure/lab/reports/": {"id": report["id"]},
        "/api/v1/secure/lab/partners/": {"id": str(partner.partner_id), "account_id": account["id"]},
        "/api/v1/customers/": {"customer_id": str(number)},
        "/api/v1/customer-shipment": {"shipment_id": str(shipment["number"])},
        "/api/v1/kits/": {"kit_id": str(kit["number"])},
        "/api/v1/customer-kit-registrations/": {"registration_id": str(registration["id"])},
        "/api/v1/customer-panel-orders/": {"order_id": str(order["id"])},
        "/api/v1/reports/": {"report_id": str(report["number"])},
        "/api/v1/report-files/": {"file_id": str(file["id"])},
        "/report-files/": {"file_id": str(file["id"])},
    }


async def make_opal(lab: Laboratory) -> dict[str, dict[str, str]]:
    """A project, a genome, a panel, an assay type and a report."""
    project, panel = await lab.project(), await lab.panel("CFTR")
    genome = (await lab.upload(project, SMALL)).json()["genome_id"]
    body = {"report_type": "panel", "panel_id": panel}
    report = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        assay_type = (await create_assay_type(uow, "Exome", ["Depth"])).number
    return {
        "/opal/projects/": {"project_id": str(project), "genome_id": str(genome)},
        "/opal/genomes/": {"genome_id": str(genome)},
        "/opal/panels/": {"panel_id": str(panel)},
        "/opal/assay_types/": {"assay_type_id": str(assay_type)},
        "/opal/reports/": {"report_id": str(report)},
    }


@pytest.fixture(scope="session")
async def seeds(world: World, genome_key: str) -> Seeds:
    owner, stranger = await world.make_tenant(), await world.make_tenant()
    guest = await make_guest(world, owner.tenant_id)
    seeds = Seeds(owner, world.admin, {"Authorization": f"Bearer {guest.token}"})
    seeds.own["/api/v1/secure/tenants/"] = {"id": owner.tenant_id}
    seeds.foreign["/api/v1/secure/tenants/"] = {"id": stranger.tenant_id}
    for table, who in ((seeds.own, owner), (seeds.foreign, stranger)):
        table.update(await make_access(world, who))
        table.update(await make_webhook(who))
        table.update(await make_spaces(who))
    # Jobs have names of ours, the same for every tenant; only their runs are a tenant's.
    later = await owner.post(
        "/api/v1/secure/jobs/webhooks.retry/trigger", json={"data": {"startAfter": 3600}}
    )
    seeds.own["/api/v1/secure/jobs/"] = {"name": "webhooks.retry", "jobId": later.json()["data"]["jobId"]}
    partner, things = await make_lab(world, owner, genome_key)
    seeds.own.update(things)
    seeds.foreign.update((await make_lab(world, stranger, genome_key))[1])
    seeds.partner_headers["toolbox"] = {"Authorization": f"JWT {partner.token}"}
    own, foreign = await found(world), await found(world)
    seeds.partner_headers["caligenix"] = {"Authorization": f"Bearer {own.key}"}
    lab, foreign_lab = await open_laboratory(world), await open_laboratory(world)
    login = b64encode(f"{lab.key.login}:{lab.key.password}".encode()).decode()
    seeds.partner_headers["opal"] = {"Authorization": f"Basic {login}"}
    seeds.own.update(await make_opal(lab))
    seeds.foreign.update(await make_opal(foreign_lab))
    seeds.own["/v1/reports/"] = {"id": str(await own.add_report())}
    seeds.foreign["/v1/reports/"] = {"id": str(await foreign.add_report())}
    return seeds
