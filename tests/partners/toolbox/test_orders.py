from __future__ import annotations

import asyncio
import dataclasses
from typing import Any
from uuid import UUID

import msgspec
import pypdfium2
import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.storage import ObjectNotFoundError
from cohesin.kernel.tasks import REGISTRY, enqueue
from cohesin.kernel.worker import run_worker
from tests.labs import Partner
from tests.served import World

ORDERS = "customer-panel-orders/"
MARKERS = [
    {"rsid": "rs1801133", "allele": "AG"},
    {"rsid": "1801131", "allele": "TT"},
    {"rsid": "rs987654321", "allele": "CG"},
]


async def allow_data(partner: Partner) -> None:
    await partner.lab("PATCH", f"partners/{partner.partner_id}", {"may_send_genetic_data": True})


async def registered(partner: Partner, genome_key: str, **customer: Any) -> tuple[int, int]:
    """A customer with a kit whose data is there: numbers of the customer and the registration."""
    number = (await partner.customer(**customer))["id"]
    await partner.data(await partner.ship(number), genome_key)
    (registration,) = await partner.get("customer-kit-registrations/", customer=number)
    return number, registration["id"]


async def verify(partner: Partner, registration: int) -> None:
    await partner.patch(f"customer-kit-registrations/{registration}/", {"verification_date": "2026-02-09"})


async def report_events(partner: Partner) -> list[str]:
    return [word for word in await partner.event_types() if word.startswith("report_")]


async def text_of(partner: Partner, file: Any) -> str:
    download = await partner.call("GET", f"/report-files/{file['id']}/download/")
    assert download.status_code == 200
    document = pypdfium2.PdfDocument(download.content)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


async def test_t78_what_an_order_needs(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    good = {"customer": customer, "order_items": [{"panel_sku": "methylation-1"}]}
    for bad, faults in (
        ({}, {"customer", "order_items"}),
        ({**good, "order_items": []}, {"order_items"}),
        ({**good, "order_items": [{"panel_sku": "nothing"}]}, {"order_items"}),
        ({**good, "order_items": [{}]}, {"order_items"}),
        (
            {**good, "order_items": [{"panel_sku": "caffeine-1"}, {"panel_sku": "CAFFEINE-1"}]},
            {"order_items"},
        ),
        ({"customer": 999999999, "order_items": [{"panel_sku": "nothing"}]}, {"customer", "order_items"}),
        ({**good, "genetic_data": []}, {"genetic_data"}),
        ({**good, "genetic_data": [{"rsid": "x", "allele": "Q"}]}, {"genetic_data"}),
    ):
        assert set((await partner.post(ORDERS, bad, status=400))["errors"]) == faults
    assert await partner.get(ORDERS) == []
    assert await partner.get("reports/") == []


async def test_t79_t80_t85_items_keep_their_order_and_each_has_a_report(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    skus = ["Wellness-Bundle-1", "raw-APOE", "methylation-1"]
    order = await partner.order(customer, *skus)
    assert [item["panel_sku"] for item in order["order_items"]] == skus
    assert await partner.get(f"{ORDERS}{order['id']}/") == order
    reports = await partner.get("reports/")
    assert [r["order_item"] for r in reversed(reports)] == [item["id"] for item in order["order_items"]]
    assert {(r["status"], r["order"], r["customer"], r["client_id"]) for r in reports} == {
        ("pending", order["id"], customer, customer)
    }
    assert all(r["order_list"] == r["order_item"] for r in reports)  # T99
    assert [r["panel"]["name"] for r in reversed(reports)] == [
        "Wellness bundle",
        "APOE",
        "Folate and methylation",
    ]
    assert await partner.get(f"reports/{reports[0]['id']}/") == reports[0]


async def test_t87_the_same_order_twice(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    for _ in range(2):
        await partner.order(customer)
    assert len(await partner.get(ORDERS)) == len(await partner.get("reports/")) == 2


async def test_t90_three_catalogues(partner: Partner, rival: Partner) -> None:
    catalogues = [await partner.get(f"{kind}-panels/") for kind in ("trait", "raw", "multi-trait")]
    assert all(catalogues)
    skus = [panel["sku"].lower() for panels in catalogues for panel in panels]
    assert len(skus) == len(set(skus))
    assert await rival.get("trait-panels/") == catalogues[0]
    traits = {panel["sku"]: panel["id"] for panel in catalogues[0]}
    assert all(
        traits[part["sku"]] == part["id"] for bundle in catalogues[2] for part in bundle["trait_panels"]
    )


async def test_t90_a_new_panel_cannot_take_a_sku(partner: Partner) -> None:
    admin = partner.world.admin
    panel = {"kind": "raw", "sku": "Methylation-1", "name": "x", "snps": ["rs1"]}
    assert (await admin.post("/api/v1/secure/lab/panels/", json=panel)).status_code == 409
    for bad in (
        {"snps": []},
        {"kind": "multi_trait"},
        {"kind": "multi_trait", "snps": [], "parts": ["raw-apoe"]},
        {"parts": ["methylation-1"]},
    ):
        answer = await admin.post("/api/v1/secure/lab/panels/", json={**panel, "sku": "new-one", **bad})
        assert answer.status_code == 422
    assert (await partner.staff.post("/api/v1/secure/lab/panels/", json=panel)).status_code == 403


async def test_t82_genetic_data_needs_the_right(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    body = {"customer": customer, "order_items": [{"panel_sku": "methylation-1"}], "genetic_data": MARKERS}
    await partner.post(ORDERS, body, status=403)
    assert await partner.get(ORDERS) == []


async def test_t81_t83_genetic_data_makes_the_report_and_is_not_kept(partner: Partner) -> None:
    await allow_data(partner)
    customer = (await partner.customer(consent_date="2026-01-01"))["id"]
    order = await partner.order(customer, genetic_data=MARKERS)
    assert "genetic_data" not in order
    assert await partner.run_jobs() == ["lab.make_report"]
    (report,) = await partner.get("reports/")
    (file,) = await partner.get("report-files/", report_id=report["id"])
    text = await text_of(partner, file)
    assert "A/G" in text
    assert "T/T" in text
    assert "not assessed" in text  # COMT was not sent
    (event,) = await partner.get("events/")
    assert event["type"] == "report_ready"
    assert set(event["data"]) == {"report"}  # T110
    pool = partner.world.services.units.pool
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE cohesin_crossing")
        for table in ("lab.reports", "lab.panel_orders", "lab.order_items", "kernel.events"):
            rows = await conn.fetch(
                f"SELECT t::text AS row FROM {table} t WHERE tenant_id = $1", UUID(partner.tenant_id)
            )
            assert rows
            assert not any("987654321" in row["row"] or "A/G" in row["row"] for row in rows), table
        assert (
            await conn.fetchval(
                "SELECT count(*) FROM lab.reports WHERE sealed_result IS NOT NULL AND tenant_id = $1",
                UUID(partner.tenant_id),
            )
            == 0
        )


async def test_t83_what_waits_for_consent_is_sealed(partner: Partner) -> None:
    await allow_data(partner)
    customer = (await partner.customer())["id"]
    await partner.order(customer, genetic_data=MARKERS)
    pool = partner.world.services.units.pool
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL ROLE cohesin_crossing")
        sealed = await conn.fetchval(
            "SELECT sealed_result FROM lab.reports WHERE tenant_id = $1", UUID(partner.tenant_id)
        )
    assert b"rs1801133" not in sealed
    assert await report_events(partner) == ["report_blocked_no_consent"]
    await partner.patch(f"customers/{customer}/", {"consent_date": "2026-01-01"})
    assert await partner.run_jobs() == ["lab.make_report"]
    assert await report_events(partner) == ["report_blocked_no_consent", "report_ready"]


async def test_t84_markers_twice(partner: Partner) -> None:
    await allow_data(partner)
    customer = (await partner.customer())["id"]
    same = [{"rsid": "RS1801133", "allele": "ag"}, {"rsid": "1801133", "allele": "AG"}]
    await partner.order(customer, genetic_data=same)
    differ = [{"rsid": "rs1801133", "allele": "AG"}, {"rsid": "1801133", "allele": "GG"}]
    body = {"customer": customer, "order_items": [{"panel_sku": "methylation-1"}], "genetic_data": differ}
    errors = (await partner.post(ORDERS, body, status=400))["errors"]
    assert set(errors) == {"genetic_data"}
    assert "1801133" not in str(errors)


async def test_t93_to_t97_consent_first_then_verification_each_told_once(
    partner: Partner, genome_key: str
) -> None:
    customer, registration = await registered(partner, genome_key)
    await partner.order(customer, "methylation-1")
    for _ in range(2):
        await partner.patch(f"customers/{customer}/", {"reference_id": "x"})
    assert await report_events(partner) == ["report_blocked_no_consent"]
    blocked = (await partner.get("events/"))[0]
    assert set(blocked["data"]) == {"report"}
    assert blocked["data"]["report"]["status"] == "pending"
    assert blocked["data"]["report"]["reason"]
    await partner.patch(f"customers/{customer}/", {"consent_date": "2026-01-01"})
    assert await report_events(partner) == ["report_blocked_no_consent", "report_blocked_kit_not_registered"]
    (report,) = await partner.get("reports/")
    assert report["status"] == "pending"
    assert await partner.get("report-files/", report_id=report["id"]) == []  # T100
    assert await partner.run_jobs() == []
    await verify(partner, registration)
    assert await partner.run_jobs() == ["lab.make_report"]
    assert (await report_events(partner))[2:] == ["report_ready"]
    ready = (await partner.get("events/"))[0]
    assert set(ready["data"]) == {"report", "kit"}  # T110
    assert ready["data"]["report"]["status"] == "report-ready"
    # T74: what a report was made on is not taken back
    path = f"customer-kit-registrations/{registration}/"
    await partner.patch(path, {"verification_date": None}, status=409)
    assert (await partner.get(path))["verification_date"] is not None


async def test_t96_one_event_for_each_report(partner: Partner, genome_key: str) -> None:
    customer, _ = await registered(partner, genome_key)
    await partner.order(customer, "methylation-1", "caffeine-1")
    events = await partner.get("events/", type="report_blocked_no_consent")
    assert len({event["data"]["report"]["id"] for event in events}) == len(events) == 2


async def test_t97_consent_and_verification_at_once(partner: Partner, genome_key: str) -> None:
    customer, registration = await registered(partner, genome_key)
    await partner.order(customer)
    await asyncio.gather(
        partner.patch(f"customers/{customer}/", {"consent_date": "2026-01-01"}), verify(partner, registration)
    )
    await partner.run_jobs()
    (report,) = await partner.get("reports/")
    assert report["status"] == "report-ready"
    assert (await report_events(partner)).count("report_ready") == 1


async def test_t97_consent_taken_back_before_the_report_is_made(partner: Partner, genome_key: str) -> None:
    customer, registration = await registered(partner, genome_key, consent_date="2026-01-01")
    await verify(partner, registration)
    await partner.order(customer)
    await partner.patch(f"customers/{customer}/", {"consent_date": None})
    await partner.run_jobs()
    (report,) = await partner.get("reports/")
    assert report["status"] == "pending"


async def test_t97_by_a_running_worker(world: World, partner: Partner, genome_key: str) -> None:
    customer, registration = await registered(partner, genome_key, consent_date="2026-01-01")
    await verify(partner, registration)
    made, stop = asyncio.Event(), asyncio.Event()
    task = REGISTRY["lab.make_report"]

    async def make_and_tell(context: Any, **args: Any) -> None:
        await task.function(context, **args)
        made.set()

    tasks = {task.name: dataclasses.replace(task, function=make_and_tell)}
    await partner.order(customer)
    worker = asyncio.create_task(
        run_worker(
            dsn=world.settings.app_database_url,
            pool=world.services.units.pool,
            services=world.services,
            shutdown=stop,
            tasks=tasks,
        )
    )
    await asyncio.wait_for(made.wait(), 30)
    stop.set()
    await worker
    (report,) = await partner.get("reports/")
    assert report["status"] == "report-ready"


async def test_the_report_is_honest_about_what_the_file_holds(partner: Partner, genome_key: str) -> None:
    customer, registration = await registered(
        partner, genome_key, consent_date="2026-01-01", reference_id="ref-77"
    )
    await verify(partner, registration)
    await partner.order(customer, "methylation-1", "caffeine-1", "digestion-1", "raw-apoe")
    assert len(await partner.run_jobs()) == 4
    texts = {}
    for report in await partner.get("reports/"):
        (file,) = await partner.get("report-files/", report=report["id"])
        texts[report["panel"]["sku"]] = await text_of(partner, file)
    assert "G/G" in texts["methylation-1"]
    assert "A/G" in texts["methylation-1"]
    assert "1 of 3 markers" not in texts["methylation-1"]
    assert "2 of 3 markers were assessed" in texts["methylation-1"]
    assert "LowQual" in texts["caffeine-1"]
    assert "0 of 3 markers" in texts["caffeine-1"]
    assert "the call gives no genotype there" in texts["digestion-1"].replace("\r\n", " ")
    assert "C/T" in texts["raw-apoe"]
    assert all("Robin Example" in text and "ref-77" in text and "GRCh37" in text for text in texts.values())


async def test_t31_t98_reports_by_customer_newest_first(partner: Partner) -> None:
    first, second = [(await partner.customer())["id"] for _ in range(2)]
    for customer in (first, second, first):
        await partner.order(customer)
    everything = await partner.get("reports/")
    assert [r["id"] for r in everything] == sorted((r["id"] for r in everything), reverse=True)
    for name in ("customer", "customer_id", "client_id"):
        assert [r["customer"] for r in await partner.get("reports/", **{name: first})] == [first, first]
    assert len(await partner.get("reports/", customer=first, client_id=first)) == 2
    assert await partner.get("reports/", customer=first, client_id=second) == []


async def test_t99_to_t103_report_files(partner: Partner, rival: Partner, genome_key: str) -> None:
    customer, registration = await registered(partner, genome_key, consent_date="2026-01-01")
    await verify(partner, registration)
    await partner.order(customer)
    await partner.run_jobs()
    (file,) = await partner.get("report-files/")
    assert file["report"] == file["report_id"]
    assert file["category"] == "client-summary"
    assert file["download_link"] == f"http://testserver/report-files/{file['id']}/download/"
    assert await partner.get(f"report-files/{file['id']}/") == file
    assert await partner.get("report-files/", report_id=file["report"], report=file["report"] + 1) == []
    for path in (f"/report-files/{file['id']}/download/", f"report-files/{file['id']}/download"):
        download = await partner.call("GET", path)
        assert download.headers["Content-Type"] == "application/pdf"
        assert download.headers["Content-Disposition"].startswith("attachment")
        assert (await rival.call("GET", path)).status_code == 404
    assert (await partner.world.client.get(f"/report-files/{file['id']}/download/")).status_code == 401
    await rival.get(f"report-files/{file['id']}/", status=404)
    assert await rival.get("report-files/") == []


async def test_a_delivered_report_is_not_made_again(partner: Partner, genome_key: str) -> None:
    customer, registration = await registered(partner, genome_key, consent_date="2026-01-01")
    await verify(partner, registration)
    await partner.order(customer)
    pool = partner.world.services.units.pool
    args = msgspec.json.decode(
        await pool.fetchval(
            "SELECT args::text FROM tasks.procrastinate_jobs WHERE args ->> 'tenant_id' = $1",
            partner.tenant_id,
        )
    )
    await partner.run_jobs()
    async with partner.world.services.units.open(system_caller(UUID(partner.tenant_id))) as uow:
        await enqueue(uow.conn, REGISTRY["lab.make_report"], args)
    await partner.run_jobs()
    assert len(await partner.get("report-files/")) == 1
    assert (await report_events(partner)).count("report_ready") == 1


async def test_data_that_is_not_in_the_store_fails_the_task_and_comes_again(
    partner: Partner, genome_key: str
) -> None:
    customer, registration = await registered(partner, "no-such-key.parquet", consent_date="2026-01-01")
    await verify(partner, registration)
    await partner.order(customer)
    with pytest.raises(ObjectNotFoundError):
        await partner.run_jobs()
    (report,) = await partner.get("reports/")
    assert report["status"] == "pending"
    (kit,) = await partner.get("kits/")
    await partner.data(kit["barcode"], genome_key)
    assert await partner.run_jobs() == ["lab.make_report"]
    assert (await report_events(partner)) == ["report_ready"]
