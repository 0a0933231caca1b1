from __future__ import annotations

import re
from typing import Any

import pytest

from cohesin.app import slices
from cohesin.kernel.http.operation import PATH_PARAMETER, registry
from tests.labs import Partner, make_partner, new_barcode
from tests.served import World

assert slices.SLICES
TOOLBOX = [operation for operation in registry.operations if operation.surface.name == "toolbox"]
BY_ID = sorted({operation.path for operation in TOOLBOX if operation.path_names})
NAMES = {"first_name": "Robin", "last_name": "Example"}


def is_envelope(body: Any) -> bool:
    return (
        set(body) == {"errors", "non-field-errors", "messages"}
        and body["messages"] == body["non-field-errors"]
    )


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'"x"', b"{", b"null", b"\xff", b'{"first_name": "\\u0000"}', b"[" * 5000]
)
async def test_t10_a_body_that_is_no_object(partner: Partner, raw: bytes) -> None:
    answer = await partner.call(
        "POST", "customers/", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"] == {}
    assert len(answer.json()["non-field-errors"]) == 1


async def test_t10_the_content_type_does_not_matter(partner: Partner) -> None:
    raw = b'{"first_name": "A", "last_name": "B"}'
    for media in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await partner.call("POST", "customers/", content=raw, headers={"Content-Type": media})
        assert answer.status_code == 201


async def test_t11_every_failure_has_the_three_keys(world: World, partner: Partner) -> None:
    answers = [
        await partner.call("POST", "customers/", json={}),
        await partner.call("GET", "customers/999999999/"),
        await partner.call("DELETE", "customers/1/"),
        await partner.call("GET", "customers/nothing/there/"),
        await world.client.get("/api/v1/customers/"),
    ]
    assert [answer.status_code for answer in answers] == [400, 404, 405, 404, 401]
    assert all(is_envelope(answer.json()) for answer in answers)


@pytest.mark.parametrize("path", BY_ID)
async def test_t12_t13_t16_ids_of_nothing_are_404_in_both_forms(partner: Partner, path: str) -> None:
    methods = {operation.method for operation in TOOLBOX if operation.path == path}
    for value in ("0", "-1", "x", "1.5", "99999999999999999999999", "999999999", "%00"):
        asked = PATH_PARAMETER.sub(value, path).rstrip("/")
        for form in (asked, asked + "/"):
            for method in methods:
                answer = await partner.call(method, form, json=NAMES if method in ("PATCH", "POST") else None)
                assert answer.status_code == 404, (method, form)
                assert is_envelope(answer.json())


@pytest.mark.parametrize("path", sorted({operation.path for operation in TOOLBOX}))
async def test_t16_a_wrong_method_is_405_with_allow(partner: Partner, path: str) -> None:
    allowed = {operation.method for operation in TOOLBOX if operation.path == path}
    for method in {"GET", "POST", "PATCH", "PUT", "DELETE"} - allowed:
        answer = await partner.call(method, PATH_PARAMETER.sub("1", path))
        assert answer.status_code == 405
        assert set(answer.headers["Allow"].split(", ")) == allowed
        assert is_envelope(answer.json())


async def test_t13_another_accounts_things_look_absent(
    partner: Partner, rival: Partner, genome_key: str
) -> None:
    customer = await partner.customer(consent_date="2026-01-01")
    shipment = await partner.shipment(customer["id"])
    kit = await partner.kit()
    registration = await partner.post(
        "customer-kit-registrations/", {"customer": customer["id"], "kit": kit["id"]}
    )
    order = await partner.order(customer["id"])
    (report,) = await partner.get("reports/")
    paths = [
        f"customers/{customer['id']}/",
        f"customer-shipments/{shipment['id']}/",
        f"customer-shipment/{shipment['id']}",
        f"kits/{kit['id']}/",
        f"customer-kit-registrations/{registration['id']}/",
        f"customer-panel-orders/{order['id']}/",
        f"reports/{report['id']}/",
    ]
    for path in paths:
        await partner.get(path)
        await rival.get(path, status=404)
    for path in {re.sub(r"/\d+/?$", "/", path) for path in paths if "shipment/" not in path}:
        assert await rival.get(path) == []
    await rival.patch(f"customers/{customer['id']}/", {"first_name": "X"}, status=404)
    await rival.patch(
        f"customer-kit-registrations/{registration['id']}/", {"verification_date": None}, status=404
    )
    await rival.post(f"customer-shipments/{shipment['id']}/cancel/", status=404)
    refused = await rival.post(
        "customer-kit-registrations/", {"customer": customer["id"], "kit": kit["id"]}, status=400
    )
    assert set(refused["errors"]) == {"customer", "kit"}


async def test_t15_t17_unknown_keys_are_ignored_and_times_are_whole_seconds(partner: Partner) -> None:
    made = await partner.post("customers/", {**NAMES, "id": 1, "created_at": "1999-01-01", "colour": {}})
    assert made["id"] != 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", made["created_at"])
    assert made["created_at"] > "2020"
    assert len(await partner.get("customers/", whatever="1")) == 1


async def test_t18_t20_all_faults_at_once_and_nothing_stored(partner: Partner) -> None:
    refused = await partner.post(
        "customers/",
        {
            "first_name": " ",
            "email": "no",
            "date_of_birth": "2999-01-01",
            "sex": "male",
            "gender": "Female",
            "diet": ["x"],
        },
        status=400,
    )
    assert set(refused["errors"]) == {
        "first_name",
        "last_name",
        "email",
        "date_of_birth",
        "sex",
        "gender",
        "diet",
    }
    refused = await partner.post(
        "customer-shipments/",
        {
            "customer": 999999999,
            "sku": "nothing",
            "quantity": 0,
            "recipient_phone": "1",
            "recipient_address": {"country": "usa"},
        },
        status=400,
    )
    address = {f"recipient_address.{name}" for name in ("line_1", "city", "state", "postal_code", "country")}
    assert set(refused["errors"]) == {"customer", "sku", "quantity"} | address
    assert await partner.get("customers/") == []


async def test_t19_ids_only_rise(partner: Partner, rival: Partner) -> None:
    made = [(await who.customer())["id"] for who in (partner, rival, partner)]
    await partner.post("customers/", {"first_name": "x"}, status=400)
    made.append((await partner.customer())["id"])
    assert made == sorted(set(made))


async def test_t25_to_t30_lists_and_pages(partner: Partner) -> None:
    ids = [(await partner.customer())["id"] for _ in range(5)]
    bare = await partner.call("GET", "customers/")
    assert [item["id"] for item in bare.json()] == ids
    assert bare.headers["X-Total-Count"] == "5"
    seen, url = [], "/api/v1/customers/?page_size=2&keep=this"
    previous = []
    while url:
        answer = await partner.call("GET", url.removeprefix("http://testserver"))
        page = answer.json()
        assert (page["total"], answer.headers["X-Total-Count"]) == (5, "5")
        assert page["count"] == len(page["results"])
        assert ('rel="next"' in answer.headers["Link"]) == (page["next"] is not None)
        seen += [item["id"] for item in page["results"]]
        previous.append(page["previous"])
        url = page["next"]
        assert url is None or "keep=this" in url
    assert seen == ids
    assert previous[0] is None
    assert previous[2].startswith("http://testserver/api/v1/customers/?")
    assert (await partner.get("customers/", page=1))["count"] == 5


@pytest.mark.parametrize(
    "params",
    [
        {"page": "0"},
        {"page": "x"},
        {"page": ""},
        {"page_size": "0"},
        {"page_size": "201"},
        {"page_size": "1.0"},
        {"page": "1_0"},
    ],
)
async def test_t27_bad_paging_is_400(partner: Partner, params: dict[str, str]) -> None:
    assert set((await partner.get("kits/", status=400, **params))["errors"]) == set(params)


async def test_t28_pages_beyond_the_end(partner: Partner) -> None:
    assert await partner.get("kits/", page=1) == {
        "count": 0,
        "total": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    await partner.get("kits/", status=404, page=2)
    await partner.kit()
    await partner.get("kits/", status=404, page=2)
    await partner.get("kits/", status=404, page=10**30)


async def test_t26_an_account_set_to_pages(partner: Partner) -> None:
    await partner.lab("PATCH", f"partners/{partner.partner_id}", {"always_paged": True})
    for _ in range(2):
        await partner.customer()
    page = await partner.get("customers/")
    assert (page["count"], page["total"]) == (2, 2)


async def test_t32_filters_that_are_no_number(partner: Partner) -> None:
    for path, name in (
        ("customer-kit-registrations/", "customer"),
        ("reports/", "client_id"),
        ("reports/", "customer_id"),
        ("reports/", "customer"),
        ("report-files/", "report_id"),
        ("report-files/", "report"),
    ):
        for bad in ("x", "", "1.0", "1e3"):
            assert name in (await partner.get(path, status=400, **{name: bad}))["errors"]
        for nothing in ("999999999", "-5", "0", "9" * 40):
            assert await partner.get(path, **{name: nothing}) == []


async def test_the_other_tenants_kits_are_hidden(world: World, partner: Partner) -> None:
    stranger = await make_partner(world, await world.make_tenant())
    kit = await partner.kit(new_barcode())
    await stranger.get(f"kits/{kit['id']}/", status=404)
