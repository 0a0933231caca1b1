from __future__ import annotations

import asyncio
from itertools import product
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.caller import system_caller
from cohesin.lab.kits.errors import KitStepRefusedError
from cohesin.lab.kits.rules import STEPS, next_status, steps_to_data
from cohesin.lab.kits.service import data_arrived
from tests.labs import Partner, make_partner, new_barcode
from tests.served import Signed, World

BASE = "/api/v1/secure/lab/kits"
STATES = (None, "shipped", "received", "in_process", "data_available", "unusable", "lost")
#: Every step that may be taken, by hand from the contract's words.
ALLOWED = {
    (None, "ship"): "shipped",
    (None, "receive"): "received",
    ("shipped", "receive"): "received",
    ("received", "start"): "in_process",
    ("in_process", "data"): "data_available",
    ("received", "fail"): "unusable",
    ("in_process", "fail"): "unusable",
    (None, "lose"): "lost",
    ("shipped", "lose"): "lost",
    ("received", "lose"): "lost",
}
REPEATED = {
    ("shipped", "ship"),
    ("received", "receive"),
    ("in_process", "start"),
    ("data_available", "data"),
    ("unusable", "fail"),
    ("lost", "lose"),
}


@pytest.mark.parametrize(("status", "step"), list(product(STATES, STEPS)))
def test_every_state_and_step(status: str | None, step: str) -> None:
    if (status, step) in ALLOWED:
        assert next_status(status, step) == ALLOWED[status, step]
    elif (status, step) in REPEATED:
        assert next_status(status, step) is None
    else:
        with pytest.raises(KitStepRefusedError):
            next_status(status, step)


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (None, ("receive", "start", "data")),
        ("shipped", ("receive", "start", "data")),
        ("received", ("start", "data")),
        ("in_process", ("data",)),
        ("data_available", ()),
        ("unusable", ()),
        ("lost", ()),
    ],
)
def test_steps_to_data_are_each_allowed(status: str | None, steps: tuple[str, ...]) -> None:
    assert steps_to_data(status) == steps
    for step in steps:
        status = next_status(status, step)
    assert not steps or status == "data_available"


async def test_intake_lists_filters_and_locations(partner: Partner) -> None:
    barcode = new_barcode()
    mine = await partner.lab("POST", "kits/", {"barcode": barcode}, status=201)
    assert mine["partner_id"] is None
    theirs = await partner.lab(
        "POST", "kits/", {"barcode": new_barcode(), "partner_id": str(partner.partner_id)}, status=201
    )
    await partner.lab("POST", f"kits/{mine['id']}/receive")
    assert [kit["id"] for kit in await partner.lab("GET", "kits/?status=received")] == [mine["id"]]
    assert [kit["id"] for kit in await partner.lab("GET", f"kits/?partner_id={partner.partner_id}")] == [
        theirs["id"]
    ]
    place = await partner.place()
    assert (await partner.lab("PATCH", f"kits/{mine['id']}", {"location_id": place}))["location_id"] == place
    assert (await partner.lab("PATCH", f"kits/{mine['id']}", {}))["location_id"] == place
    assert [kit["id"] for kit in await partner.lab("GET", f"kits/?location_id={place}")] == [mine["id"]]
    assert await partner.event_types() == []  # the laboratory's own kit is no partner's business


async def test_a_barcode_is_taken_whoever_has_it(partner: Partner, stranger: Signed) -> None:
    barcode = (await partner.kit())["barcode"]
    for who in (partner.staff, stranger):
        answer = await who.post(f"{BASE}/", json={"barcode": barcode})
        assert answer.status_code == 409
    hidden = await stranger.get(f"{BASE}/", params={"barcode": barcode})
    assert hidden.json()["data"] == []


async def test_one_step_at_once_is_one_event(partner: Partner) -> None:
    kit = await partner.lab_kit((await partner.kit())["barcode"])
    answers = await asyncio.gather(*(partner.staff.post(f"{BASE}/{kit['id']}/receive") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert await partner.event_types() == ["kit_received_by_lab"]


async def test_data_of_a_barcode_nobody_knows(world: World, partner: Partner, stranger: Signed) -> None:
    barcode = (await partner.kit())["barcode"]
    async with world.services.units.open(system_caller(UUID(stranger.tenant_id))) as uow:
        assert await data_arrived(uow, barcode, "genomes/x.parquet") is None
        assert await data_arrived(uow, new_barcode(), "genomes/x.parquet") is None
    assert (await partner.lab_kit(barcode))["status"] is None


async def test_a_kit_of_another_account_is_not_shipped(partner: Partner, rival: Partner) -> None:
    foreign = (await rival.kit())["barcode"]
    own = (await partner.kit())["barcode"]
    customer = (await partner.customer())["id"]
    await partner.shipment(customer, quantity=3)
    (shipment,) = await partner.lab("GET", "shipments/")
    path = f"/api/v1/secure/lab/shipments/{shipment['id']}/kits"
    assert (await partner.staff.post(path, json={"barcode": foreign})).status_code == 409
    assert (await partner.get("customer-shipments/"))[0]["status"] == "pending"
    for _ in range(2):  # the same kit again changes nothing
        assert (await partner.staff.post(path, json={"barcode": own})).json()["data"]["status"] == "shipped"
    assert await partner.event_types() == ["kit_out_for_delivery"]


async def test_a_kit_registered_to_somebody_else_is_not_shipped(partner: Partner) -> None:
    kit = await partner.kit()
    first, second = [(await partner.customer())["id"] for _ in range(2)]
    await partner.post("customer-kit-registrations/", {"customer": first, "kit": kit["id"]})
    await partner.shipment(second)
    (shipment,) = await partner.lab("GET", "shipments/")
    path = f"/api/v1/secure/lab/shipments/{shipment['id']}/kits"
    assert (await partner.staff.post(path, json={"barcode": kit["barcode"]})).status_code == 409
    assert (await partner.get(f"kits/{kit['id']}/"))["status"] is None
    assert await partner.event_types() == []


async def test_members_without_the_right_are_refused(
    world: World, partner: Partner, stranger: Signed
) -> None:
    kit = await partner.lab_kit((await partner.kit())["barcode"])
    assert (await stranger.post(f"{BASE}/{kit['id']}/receive")).status_code == 404
    assert (await stranger.get(f"{BASE}/{kit['id']}")).status_code == 404
    foreign = await make_partner(world, stranger)
    for place in (str(uuid4()), await foreign.place()):
        answer = await partner.staff.patch(f"{BASE}/{kit['id']}", json={"location_id": place})
        assert answer.status_code == 404
    answer = await partner.staff.post(
        f"{BASE}/", json={"barcode": new_barcode(), "partner_id": str(foreign.partner_id)}
    )
    assert answer.status_code == 404


async def test_accounts_are_kept_by_administrators(world: World, partner: Partner, stranger: Signed) -> None:
    path = f"/api/v1/secure/lab/partners/{partner.partner_id}/toolbox-accounts"
    username = f"second-{uuid4().hex[:8]}"
    made = (await partner.staff.post(path, json={"username": username})).json()["data"]
    login = {"username": username, "password": made["password"]}
    token = await world.client.post("/api/v1/api-token-auth/", json=login)
    assert token.status_code == 200
    assert (await partner.staff.post(path, json={"username": username})).status_code == 409
    assert (await stranger.get(path)).status_code == 404
    listed = (await partner.staff.get(path)).json()["data"]
    assert [account["username"] for account in listed] == [partner.username, username]
    assert "password" not in str(listed)
    one = f"{path}/{made['account']['id']}"
    assert (await partner.staff.post(f"{one}/disable")).json()["data"]["active"] is False
    assert (await world.client.post("/api/v1/api-token-auth/", json=login)).status_code == 401
    assert (await partner.staff.post(f"{one}/enable")).json()["data"]["active"] is True
    assert (await world.client.post("/api/v1/api-token-auth/", json=login)).status_code == 200
