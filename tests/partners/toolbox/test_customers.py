from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.labs import ADDRESS, Partner, new_barcode

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


async def refused(partner: Partner, path: str, body: Any) -> set[str]:
    return set((await partner.post(path, body, status=400))["errors"])


async def new(partner: Partner, **more: Any) -> set[str]:
    return await refused(partner, "customers/", {"first_name": "Robin", "last_name": "Example", **more})


async def test_t35_names_are_required_and_the_rest_is_not(partner: Partner) -> None:
    assert await refused(partner, "customers/", {}) == {"first_name", "last_name"}
    assert await refused(partner, "customers/", {"first_name": "", "last_name": "\t"}) == {
        "first_name",
        "last_name",
    }
    made = await partner.customer()
    assert made["ethnicity"] == made["diet"] == []
    empty = {
        "reference_id",
        "email",
        "date_of_birth",
        "consent_date",
        "sex",
        "gender",
        "caffeine_consumption",
        "caffeine_consumption_label",
    }
    assert all(made[name] is None for name in empty)


@pytest.mark.parametrize(
    ("sent", "sex"),
    [
        ({"sex": "MALE"}, "male"),
        ({"gender": "female"}, "female"),
        ({"sex": "Male", "gender": "male"}, "male"),
        ({"sex": None}, None),
    ],
)
async def test_t36_t37_sex_and_gender(partner: Partner, sent: dict[str, Any], sex: str | None) -> None:
    made = await partner.customer(**sent)
    assert (made["sex"], made["gender"]) == (sex, sex and sex.capitalize())


async def test_t36_sex_and_gender_that_differ(partner: Partner) -> None:
    assert await new(partner, sex="male", gender="Female") == {"sex", "gender"}
    assert await new(partner, sex="other") == {"sex"}


@pytest.mark.parametrize(
    ("sent", "value", "label"),
    [(True, True, "Yes"), ("no", False, "No"), ("YES", True, "Yes"), (None, None, None)],
)
async def test_t38_caffeine(partner: Partner, sent: Any, value: bool | None, label: str | None) -> None:
    made = await partner.customer(caffeine_consumption=sent)
    assert (made["caffeine_consumption"], made["caffeine_consumption_label"]) == (value, label)


async def test_t38_caffeine_is_no_other_word(partner: Partner) -> None:
    for bad in ("maybe", 1, [], ""):
        assert await new(partner, caffeine_consumption=bad) == {"caffeine_consumption"}


async def test_t39_t40_ethnicity_and_diet(partner: Partner) -> None:
    made = await partner.customer(ethnicity=["black", "asian"], diet=["no_meat", "only_fish"])
    assert (made["ethnicity"], made["diet"]) == (["african", "asian"], ["no_meat", "only_fish"])
    assert await new(partner, ethnicity=["asian", "asian"]) == {"ethnicity"}
    assert await new(partner, ethnicity=["black", "african"]) == {"ethnicity"}
    assert await new(partner, diet=["no_meat", "no_meat"]) == {"diet"}
    body = {"first_name": "A", "last_name": "B", "ethnicity": ["martian"], "diet": ["no_sugar", {}]}
    errors = (await partner.post("customers/", body, status=400))["errors"]
    assert any("martian" in text for text in errors["ethnicity"])
    assert any("no_sugar" in text for text in errors["diet"])


@pytest.mark.parametrize(
    "bad", ["2023-02-29", TOMORROW, "2020-1-1", "20200101", "2020-01-01T00:00:00", 20200101, "", "0000-01-01"]
)
async def test_t41_days(partner: Partner, bad: Any) -> None:
    assert await new(partner, date_of_birth=bad, consent_date=bad) == {"date_of_birth", "consent_date"}
    made = await partner.customer(
        date_of_birth="2024-02-29", consent_date=datetime.now(UTC).date().isoformat()
    )
    assert made["date_of_birth"] == "2024-02-29"


async def test_t42_the_same_body_twice(partner: Partner) -> None:
    first, second = [await partner.customer(reference_id="r", email="a@example.org") for _ in range(2)]
    assert first["id"] != second["id"]
    assert first["reference_id"] == second["reference_id"]


async def test_t43_patch_and_no_delete(partner: Partner) -> None:
    made = await partner.customer(
        sex="male", diet=["no_meat"], email="a@example.org", consent_date="2026-01-01"
    )
    path = f"customers/{made['id']}/"
    assert await partner.patch(path, {}) == made
    changed = await partner.patch(
        path, {"first_name": "Kim", "gender": "Female", "diet": None, "email": None}
    )
    assert changed == {
        **made,
        "first_name": "Kim",
        "sex": "female",
        "gender": "Female",
        "diet": [],
        "email": None,
    }
    assert await partner.get(path) == changed
    for bad in (
        {"first_name": None},
        {"last_name": ""},
        {"consent_date": TOMORROW},
        {"sex": "male", "gender": "female"},
    ):
        assert set((await partner.patch(path, bad, status=400))["errors"]) == set(bad)
    assert (await partner.call("DELETE", path)).status_code == 405


async def test_t45_t46_what_a_shipment_needs(partner: Partner) -> None:
    needed = {"customer", "recipient_address", "recipient_phone", "sku", "quantity"}
    assert await refused(partner, "customer-shipments/", {}) == needed
    customer = (await partner.customer())["id"]
    body = {
        "customer": customer,
        "recipient_address": ADDRESS,
        "recipient_phone": "1",
        "sku": "PT-kit-1",
        "quantity": 2,
    }
    made = await partner.post("customer-shipments/", body)
    assert (made["recipient_name"], made["is_replacement"], made["notes"]) == ("Robin Example", False, None)
    assert (made["sku"], made["customer"], made["customer_id"]) == ("PT-kit-1", customer, customer)
    older = await partner.post(
        "customer-shipments/", {**body, "customer_id": customer, "recipient_name": "Jo"}
    )
    assert older["recipient_name"] == "Jo"
    for name, bad in (
        ("customer", 999999999),
        ("customer", "1"),
        ("sku", "nothing"),
        ("quantity", 0),
        ("quantity", 1.5),
        ("quantity", 10**12),
    ):
        assert await refused(partner, "customer-shipments/", {**body, name: bad}) == {name}
    assert await refused(partner, "customer-shipments/", {**body, "customer_id": customer + 1}) == {
        "customer",
        "customer_id",
    }


async def test_t47_t48_addresses(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    for code in ("02139", 2139, 10**30, -1):
        made = await partner.shipment(customer, recipient_address={**ADDRESS, "postal_code": code})
        assert made["recipient_address"]["postal_code"] == code
        assert type(made["recipient_address"]["postal_code"]) is type(code)
    body = {"customer": customer, "recipient_phone": "1", "sku": "PT-Kit-1", "quantity": 1}
    bad = {"line_1": "", "city": " ", "state": None, "country": "us", "postal_code": True}
    faults = await refused(partner, "customer-shipments/", {**body, "recipient_address": bad})
    assert faults == {f"recipient_address.{name}" for name in bad}


async def test_t49_t50_a_shipment_is_shipped_with_its_first_kit(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    made = await partner.shipment(customer, quantity=2)
    assert (made["status"], made["tracking_no"]) == ("pending", None)
    (listed,) = await partner.lab("GET", "shipments/")
    path = f"shipments/{listed['id']}"
    refused = await partner.staff.patch(f"/api/v1/secure/lab/{path}", json={"tracking_no": "1Z"})
    assert refused.status_code == 409
    for _ in range(2):
        await partner.lab("POST", f"{path}/kits", {"barcode": new_barcode()})
    full = await partner.staff.post(f"/api/v1/secure/lab/{path}/kits", json={"barcode": new_barcode()})
    assert full.status_code == 409
    await partner.lab("PATCH", path, {"tracking_no": "1Z"})
    shipped = await partner.get(f"customer-shipments/{made['id']}/")
    assert (shipped["status"], shipped["tracking_no"]) == ("shipped", "1Z")
    assert await partner.get(f"customer-shipment/{made['id']}") == shipped  # T54
    assert await partner.get("customer-shipments/") == [shipped]


async def test_t51_t52_t53_cancelling(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    made = await partner.shipment(customer)
    path = f"customer-shipments/{made['id']}/cancel/"
    assert (await partner.call("GET", path)).status_code == 405
    assert (await partner.get(f"customer-shipments/{made['id']}/"))["status"] == "pending"
    canceled = await partner.post(path, status=200)
    assert canceled == {**made, "status": "canceled"}
    assert await partner.post(path, status=200) == canceled
    (listed,) = await partner.lab("GET", "shipments/")
    late = await partner.staff.post(
        f"/api/v1/secure/lab/shipments/{listed['id']}/kits", json={"barcode": new_barcode()}
    )
    assert late.status_code == 409
    await partner.ship(customer)
    shipped = (await partner.get("customer-shipments/"))[-1]
    await partner.post(f"customer-shipments/{shipped['id']}/cancel/", status=409)
    assert (await partner.get(f"customer-shipments/{shipped['id']}/"))["status"] == "shipped"


async def test_t52_cancelling_races_with_shipping(partner: Partner) -> None:
    customer = (await partner.customer())["id"]
    for _ in range(3):
        made = await partner.shipment(customer)
        listed = next(s for s in await partner.lab("GET", "shipments/") if s["number"] == made["id"])
        cancel, ship = await asyncio.gather(
            partner.call("POST", f"customer-shipments/{made['id']}/cancel/"),
            partner.staff.post(
                f"/api/v1/secure/lab/shipments/{listed['id']}/kits", json={"barcode": new_barcode()}
            ),
        )
        assert sorted((cancel.status_code, ship.status_code)) == [200, 409]
