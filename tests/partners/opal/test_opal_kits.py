"""The genome that carries a kit's barcode makes the kit's data ready, and its approved report is delivered."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.service import create_customer
from cohesin.lab.kits.service import create_kit, get_kit
from cohesin.lab.partners.schemas import CreatePartnerRequest
from cohesin.lab.partners.service import create_partner
from cohesin.lab.registrations.service import register_kit
from cohesin.lab.reports.schemas import ReportFilter
from cohesin.lab.reports.service import WHOLE, find_current_file, list_kit_reports
from tests.partners.opal.laboratory import Laboratory


async def held_kit(lab: Laboratory, uow: UnitOfWork, barcode: str) -> UUID:
    """A kit that a partner's customer holds."""
    partner = await create_partner(uow, lab.world.services.get(Sealer), CreatePartnerRequest(name="Clinic"))
    customer = await create_customer(uow, partner.id, {"first_name": "Robin", "last_name": "Example"})
    kit = await create_kit(uow, barcode, partner_id=partner.id)
    await register_kit(uow, partner.id, customer_id=customer.id, kit_id=kit.id)
    return kit.id


async def test_a_kits_report_is_promised_at_launch_and_delivered_when_final(
    lab: Laboratory, trio: dict[str, Path]
) -> None:
    barcode = f"KIT-{uuid4().hex[:10]}"
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        kit_id = await held_kit(lab, uow, barcode)
    genome = await lab.genome(await lab.project(), trio["proband"], external_id=barcode)
    body = {"report_type": "panel", "panel_id": await lab.panel("PER3"), "genome_id": genome}
    number = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        assert (await get_kit(uow, kit_id)).status != "data_available"
        (promised,) = (await list_kit_reports(uow, ReportFilter(), WHOLE)).items
        assert (promised.status, promised.kit_id, promised.report_type) == ("pending", kit_id, "Panel")
    await lab.work()
    await lab.status(number, "WAITING FOR APPROVAL")
    await lab.status(number, "APPROVED")
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        assert (await get_kit(uow, kit_id)).status == "data_available"
        (ready,) = (await list_kit_reports(uow, ReportFilter(), WHOLE)).items
        file = await find_current_file(uow, ready.id)
    assert (ready.id, ready.status) == (promised.id, "ready")
    assert file is not None
    final = await lab.get(f"/reports/{number}/pdf_report")
    assert await lab.world.services.get(ObjectStore).get_bytes(file.object_key) == final.content


async def test_a_genome_of_no_kit_changes_nothing_there(lab: Laboratory, trio: dict[str, Path]) -> None:
    genome = await lab.genome(await lab.project(), trio["proband"], external_id="no such kit")
    await lab.ok("POST", "/reports", body={"report_type": "Solo", "genome_id": genome})
    await lab.work()
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        assert (await list_kit_reports(uow, ReportFilter(), WHOLE)).items == []
