from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.ids import new_id
from cohesin.kernel.storage import ObjectStore
from cohesin.lab.customers.service import create_customer
from cohesin.lab.kits.service import create_kit
from cohesin.lab.listing import Window
from cohesin.lab.reports import service
from cohesin.lab.reports.errors import ReportPendingError
from cohesin.lab.reports.queries import next_moment
from cohesin.lab.reports.rules import Standing, find_obstacle
from cohesin.lab.reports.schemas import DeliveredFile, LabReport, NewReport, ReportFilter
from tests.labs import Partner, new_barcode
from tests.served import Signed, World

ALL = Window(100, 0)


@pytest.mark.parametrize(
    ("own", "data", "consent", "verified", "obstacle"),
    [
        (False, False, False, False, "no_data"),
        (False, False, True, True, "no_data"),
        (False, True, False, False, "no_consent"),
        (False, True, False, True, "no_consent"),
        (False, True, True, False, "not_registered"),
        (False, True, True, True, None),
        (True, False, False, False, "no_consent"),
        (True, False, True, False, None),
    ],
)
def test_obstacles(own: bool, data: bool, consent: bool, verified: bool, obstacle: str | None) -> None:
    standing = Standing(own_data=own, kit_has_data=data, consent_given=consent, kit_verified=verified)
    assert find_obstacle(standing) == obstacle


class Lab:
    """The laboratory's services in one tenant."""

    def __init__(self, world: World, owner: Signed) -> None:
        self.tenant_id = UUID(owner.tenant_id)
        self.units = world.services.units
        self.caller = system_caller(self.tenant_id)

    async def open(self, **more: Any) -> LabReport:
        async with self.units.open(self.caller) as uow:
            customer = await create_customer(uow, None, {"first_name": "A", "last_name": "B"})
            kit = await create_kit(uow, new_barcode())
            facts = {
                "customer_id": customer.id,
                "kit_id": kit.id,
                "report_type_id": new_id(),
                "report_type": "Panel",
                **more,
            }
            return await service.open_report(uow, NewReport(**facts))

    async def deliver(self, report: LabReport) -> LabReport:
        async with self.units.open(self.caller) as uow:
            return await service.deliver_file(
                uow, report.id, DeliveredFile(object_key=f"lab/reports/{new_id()}.pdf", size_bytes=3)
            )

    async def list(self, window: Window = ALL, **chosen: Any) -> Any:
        async with self.units.open(self.caller) as uow:
            return await service.list_kit_reports(uow, ReportFilter(**chosen), window)


@pytest.fixture
def lab(world: World, owner: Signed) -> Lab:
    return Lab(world, owner)


async def test_a_report_goes_forward_only(lab: Lab) -> None:
    pending = await lab.open()
    assert (pending.status, pending.uploaded_at) == ("pending", None)
    async with lab.units.open(lab.caller) as uow:
        with pytest.raises(ReportPendingError):
            await service.mark_downloaded(uow, pending.id)
    ready = await lab.deliver(pending)
    assert (ready.status, ready.uploaded_at) == ("ready", ready.updated_at)
    async with lab.units.open(lab.caller) as uow:
        fetched = await service.mark_downloaded(uow, pending.id)
        again = await service.mark_downloaded(uow, pending.id)
    assert fetched.status == "downloaded"
    assert fetched.updated_at > ready.updated_at
    assert again == fetched
    amended = await lab.deliver(pending)
    assert (amended.status, amended.uploaded_at) == ("downloaded", ready.uploaded_at)
    assert amended.updated_at > fetched.updated_at


async def test_a_replaced_file_stays_for_old_links(lab: Lab) -> None:
    report = await lab.open()
    await lab.deliver(report)
    async with lab.units.open(lab.caller) as uow:
        first = await service.find_current_file(uow, report.id)
    await lab.deliver(report)
    async with lab.units.open(lab.caller) as uow:
        second = await service.find_current_file(uow, report.id)
        assert first is not None
        assert second is not None
        assert second.object_key != first.object_key
        kept = await service.find_file_by_key(uow, report.id, first.object_key)
        assert kept is not None
        assert kept.replaced_at is not None


async def test_moments_are_unique_rise_and_are_whole_milliseconds(lab: Lab) -> None:
    reports = await asyncio.gather(*(lab.open() for _ in range(8)))
    moments = [report.updated_at for report in reports]
    assert len(set(moments)) == 8
    assert all(moment.microsecond % 1000 == 0 for moment in moments)
    listed = (await lab.list()).items
    assert [report.updated_at for report in listed] == sorted(moments, reverse=True)
    newest = listed[0].updated_at
    assert (await lab.list(since=newest)).items == []
    changed = await lab.deliver(listed[-1])
    assert [report.id for report in (await lab.list(since=newest)).items] == [changed.id]


async def test_a_poller_misses_no_change_that_commits_late(lab: Lab) -> None:
    first, second = await lab.open(), await lab.open()
    took, release = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with lab.units.open(lab.caller) as uow:
            await service.deliver_file(
                uow, first.id, DeliveredFile(object_key=f"lab/{new_id()}.pdf", size_bytes=1)
            )
            took.set()
            await release.wait()

    running = asyncio.create_task(slow())
    await took.wait()
    behind = asyncio.create_task(lab.deliver(second))
    seen = (await lab.list()).items[0].updated_at
    release.set()
    await asyncio.gather(running, behind)
    later = (await lab.list(since=seen)).items
    assert {report.id for report in later} == {first.id, second.id}


async def test_filters_of_kit_reports(lab: Lab) -> None:
    place = uuid4()
    here, there = await lab.open(location_id=place), await lab.open()
    without_kit = await lab.open(kit_id=None)
    await lab.deliver(here)
    assert {r.id for r in (await lab.list()).items} == {here.id, there.id}
    assert [r.id for r in (await lab.list(status="ready")).items] == [here.id]
    assert [r.id for r in (await lab.list(location_id=place)).items] == [here.id]
    assert [r.id for r in (await lab.list(location_id=lab.tenant_id)).items] == [there.id]
    assert [r.id for r in (await lab.list(customer_id=there.customer_id)).items] == [there.id]
    page = await lab.list(Window(1, 1))
    assert ([r.id for r in page.items], page.total) == ([there.id], 2)
    beyond = await lab.list(Window(5, 50))
    assert (beyond.items, beyond.total) == ([], 2)
    async with lab.units.open(lab.caller) as uow:
        assert await service.find_kit_report(uow, without_kit.id) is None
        assert await service.find_kit_report(uow, here.id) is not None


async def test_another_tenants_report_is_absent(world: World, lab: Lab, stranger: Signed) -> None:
    report = await lab.open()
    async with world.services.units.open(system_caller(UUID(stranger.tenant_id))) as uow:
        with pytest.raises(NotFoundError):
            await service.deliver_file(uow, report.id, DeliveredFile(object_key="lab/x.pdf", size_bytes=1))
        assert await service.find_kit_report(uow, report.id) is None
    assert (await stranger.get(f"/api/v1/secure/lab/reports/{report.id}")).status_code == 404


async def test_the_portal_marks_the_first_download(world: World, lab: Lab, owner: Signed) -> None:
    report = await lab.open()
    path = f"/api/v1/secure/lab/reports/{report.id}"
    assert (await owner.get(f"{path}/download")).status_code == 409
    stored = await world.services.get(ObjectStore).put_bytes(f"lab/reports/{new_id()}.pdf", b"%PDF-1.7 x")
    file = DeliveredFile(object_key=stored.key, size_bytes=stored.size, file_name='Zürich "1".pdf')
    async with lab.units.open(lab.caller) as uow:
        await service.deliver_file(uow, report.id, file)
    download = await owner.get(f"{path}/download")
    assert download.content == b"%PDF-1.7 x"
    assert "filename*=UTF-8''Z%C3%BCrich%20%221%22.pdf" in download.headers["Content-Disposition"]
    assert (await owner.get(path)).json()["data"]["status"] == "downloaded"
    listed = await owner.get("/api/v1/secure/lab/reports/", params={"status": "downloaded"})
    assert [item["id"] for item in listed.json()["data"]] == [str(report.id)]


async def test_a_file_missing_from_the_store_is_404_and_marks_nothing(lab: Lab, owner: Signed) -> None:
    report = await lab.open()
    await lab.deliver(report)
    assert (await owner.get(f"/api/v1/secure/lab/reports/{report.id}/download")).status_code == 404
    assert (await owner.get(f"/api/v1/secure/lab/reports/{report.id}")).json()["data"]["status"] == "ready"


async def test_the_clock_never_steps_back(lab: Lab) -> None:
    first = await lab.open()
    async with lab.units.open(lab.caller) as uow:
        earlier = await next_moment(uow.conn, lab.tenant_id, first.updated_at - timedelta(hours=1))
    assert earlier == first.updated_at + timedelta(milliseconds=1)


async def test_a_kit_report_shows_who_and_what(partner: Partner, genome_key: str) -> None:
    customer = (await partner.customer(consent_date="2026-01-01"))["id"]
    await partner.order(customer, "methylation-1")
    barcode = await partner.ship(customer)
    kit = await partner.lab_kit(barcode)
    place = await partner.place()
    await partner.lab("PATCH", f"kits/{kit['id']}", {"location_id": place})
    await partner.data(barcode, genome_key)
    (report,) = await partner.lab("GET", f"reports/?kit_id={kit['id']}")
    assert (report["kit_barcode"], report["location_id"], report["customer_name"]) == (
        barcode,
        place,
        "Robin Example",
    )
    assert report["report_type"] == "Folate and methylation"
