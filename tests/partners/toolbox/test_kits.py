from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.labs import Partner, make_partner, new_barcode
from tests.served import World

FUTURE = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
REGISTRATIONS = "customer-kit-registrations/"


async def test_t58_t59_a_new_kit(partner: Partner, rival: Partner) -> None:
    barcode = new_barcode()
    kit = await partner.post("kits/", {"barcode": f"  {barcode} "})
    assert (kit["barcode"], kit["sku"], kit["shipment"], kit["status"]) == (barcode, None, None, None)
    for who in (partner, rival):
        assert set((await who.post("kits/", {"barcode": barcode}, status=400))["errors"]) == {"barcode"}
    assert (await partner.kit(barcode.lower()))["barcode"] == barcode.lower()
    for bad in ({}, {"barcode": ""}, {"barcode": "  "}, {"barcode": 5}, {"barcode": "x" * 300}):
        assert set((await partner.post("kits/", bad, status=400))["errors"]) == {"barcode"}


async def test_t59_one_barcode_at_once_in_two_tenants(world: World, partner: Partner) -> None:
    stranger = await make_partner(world, await world.make_tenant())
    barcode = new_barcode()
    answers = await asyncio.gather(
        *(
            who.call("POST", "kits/", json={"barcode": barcode})
            for who in (partner, stranger)
            for _ in range(3)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400, 400, 400]


async def test_t60_to_t64_stages_and_their_events(partner: Partner, genome_key: str) -> None:
    customer = (await partner.customer())["id"]
    barcode = await partner.ship(customer)
    (kit,) = await partner.get("kits/")
    assert kit["status"] == "KIT_SHIPPED"
    assert kit["sku"] == "pt-kit-1"
    expected = ["kit_out_for_delivery"]
    for step, status, event in (
        ("receive", "KIT_RECEIVED", "kit_received_by_lab"),
        ("start", "SAMPLE_IN_PROCESS", "kit_in_process"),
    ):
        for _ in range(2):
            await partner.step(barcode, step)
        assert (await partner.get(f"kits/{kit['id']}/"))["status"] == status
        expected.append(event)
    for _ in range(2):
        await partner.data(barcode, genome_key)
    assert (await partner.get(f"kits/{kit['id']}/"))["status"] == "DATA_AVAILABLE"
    assert await partner.event_types() == [*expected, "kit_data_ready"]
    for step in ("receive", "start", "fail", "lose"):
        await partner.step(barcode, step, status=409)
    newest = (await partner.get("events/"))[0]
    assert newest["data"]["kit"]["status"] == "DATA_AVAILABLE"
    assert newest["data"]["kit"]["shipment_id"] == kit["shipment"]


@pytest.mark.parametrize(
    ("step", "status", "event"), [("fail", "KIT_UNUSABLE", "kit_failed"), ("lose", "KIT_LOST", "kit_lost")]
)
async def test_t62_failed_and_lost(
    partner: Partner, genome_key: str, step: str, status: str, event: str
) -> None:
    barcode = (await partner.kit())["barcode"]
    await partner.step(barcode, "receive")
    kit = await partner.lab_kit(barcode)
    await partner.lab("POST", f"kits/{kit['id']}/{step}", {"reason": "leaked"})
    (shown,) = await partner.get("kits/")
    assert shown["status"] == status
    newest = (await partner.get("events/"))[0]
    assert (newest["type"], newest["action"], newest["data"]["kit"]["reason"]) == (event, event, "leaked")
    await partner.data(barcode, genome_key)
    assert (await partner.get("kits/")) == [shown]


async def test_data_stands_for_the_steps_nobody_told(partner: Partner, genome_key: str) -> None:
    barcode = (await partner.kit())["barcode"]
    await partner.data(barcode, genome_key)
    assert await partner.event_types() == ["kit_received_by_lab", "kit_in_process", "kit_data_ready"]


async def test_t68_t71_registrations(partner: Partner) -> None:
    first, second = (await partner.customer())["id"], (await partner.customer())["id"]
    kits = [await partner.kit() for _ in range(2)]
    made = await partner.post(
        f"{REGISTRATIONS}?customer={second}",
        {"customer": first, "kit": kits[0]["id"], "verification_date": "2026-02-09"},
    )
    assert made["kit"] == str(kits[0]["id"])
    assert (made["customer"], made["verification_date"]) == (first, "2026-02-09T00:00:00+00:00")
    digits = await partner.post(REGISTRATIONS, {"customer_id": second, "kit": str(kits[1]["id"])})
    assert digits["verification_date"] is None
    assert await partner.get(REGISTRATIONS, customer=second) == [digits]
    assert await partner.get(REGISTRATIONS) == [made, digits]
    for bad, faults in (
        ({}, {"customer", "kit"}),
        ({"customer": 999999999, "kit": "999999999"}, {"customer", "kit"}),
        ({"customer": first, "kit": kits[0]["id"]}, {"kit"}),
        ({"customer": first, "kit": "x1"}, {"kit"}),
        ({"customer": first, "kit": "9" * 30}, {"kit"}),
        ({"customer": first, "kit": 10**30}, {"kit"}),
        ({"customer": first, "customer_id": second, "kit": "x"}, {"customer", "customer_id", "kit"}),
        ({"customer": first, "kit": kits[0]["id"], "verification_date": FUTURE}, {"verification_date"}),
    ):
        assert set((await partner.post(REGISTRATIONS, bad, status=400))["errors"]) == faults


async def test_t71_one_registration_a_kit_at_once(partner: Partner) -> None:
    customer, kit = (await partner.customer())["id"], (await partner.kit())["id"]
    body = {"customer": customer, "kit": kit}
    answers = await asyncio.gather(*(partner.call("POST", REGISTRATIONS, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]


async def test_t72_a_shipped_kit_is_registered(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    await partner.ship(customer)
    (kit,) = await partner.get("kits/")
    (registration,) = await partner.get(REGISTRATIONS)
    assert (registration["customer"], registration["kit"], registration["verification_date"]) == (
        customer,
        str(kit["id"]),
        None,
    )


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2026-02-09", "2026-02-09T00:00:00+00:00"),
        ("2026-02-09 08:00:00", "2026-02-09T08:00:00+00:00"),
        ("2026-02-09T08:00:00.284Z", "2026-02-09T08:00:00+00:00"),
        ("2026-02-09T08:00:00+0200", "2026-02-09T06:00:00+00:00"),
        ("2026-02-09T00:00:00-05:30", "2026-02-09T05:30:00+00:00"),
    ],
)
async def test_t73_verification_dates(partner: Partner, sent: str, shown: str) -> None:
    customer, kit = (await partner.customer())["id"], (await partner.kit())["id"]
    made = await partner.post(REGISTRATIONS, {"customer": customer, "kit": kit})
    path = f"{REGISTRATIONS}{made['id']}/"
    assert await partner.patch(path, {}) == made
    assert await partner.patch(path, {"kit": 1, "customer": 2}) == made
    changed = await partner.patch(path, {"verification_date": sent, "customer": 999})
    assert changed["verification_date"] == shown
    assert changed["customer"] == customer
    bad: Any
    for bad in (
        FUTURE,
        "2026-02-30",
        "yesterday",
        "2026-02-09T25:00:00Z",
        "2026-02-09T08:00",
        5,
        "2026-02-09T08:00:00+99:00",
    ):
        assert set((await partner.patch(path, {"verification_date": bad}, status=400))["errors"]) == {
            "verification_date"
        }
    assert (await partner.patch(path, {"verification_date": None}))["verification_date"] is None
