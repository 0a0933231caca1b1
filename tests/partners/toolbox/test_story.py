"""From the order to the report, as a partner sees it."""

from __future__ import annotations

from tests.labs import Partner


async def test_an_order_becomes_a_report(partner: Partner, genome_key: str) -> None:
    customer = await partner.customer(
        consent_date="2026-01-02", reference_id="ref-1", date_of_birth="1980-02-03"
    )
    order = await partner.order(customer["id"])
    barcode = await partner.ship(customer["id"])
    (registration,) = await partner.get("customer-kit-registrations/", customer=customer["id"])
    assert registration["verification_date"] is None
    await partner.patch(
        f"customer-kit-registrations/{registration['id']}/", {"verification_date": "2026-02-09"}
    )
    await partner.step(barcode, "receive")
    await partner.step(barcode, "start")
    await partner.data(barcode, genome_key)
    assert await partner.run_jobs() == ["lab.make_report"]
    (report,) = await partner.get("reports/")
    assert report["status"] == "report-ready"
    assert report["order_item"] == order["order_items"][0]["id"]
    (file,) = await partner.get("report-files/", report_id=report["id"])
    download = await partner.call("GET", file["download_link"].removeprefix("http://testserver"))
    assert download.status_code == 200
    assert download.content.startswith(b"%PDF-")
    assert await partner.event_types() == [
        "kit_out_for_delivery",
        "kit_received_by_lab",
        "kit_in_process",
        "kit_data_ready",
        "report_ready",
    ]
