"""The console's edge: who is led where, who sees what, in which shape a refusal comes."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import httpx
import pytest

from cohesin.clinical.reports.entity import LaunchRequest
from cohesin.clinical.reports.service import get_report, launch_report
from cohesin.kernel.caller import system_caller
from tests.conformance.conftest import make_guest
from tests.served import Signed, World

PAGE = {"Accept": "text/html"}


async def browse(world: World, who: Signed) -> dict[str, str]:
    """Sign in as a browser does; answers its cookies as a header, and the page's token."""
    shown = await world.client.get("/sign-in", headers=PAGE)
    nonce = shown.headers["set-cookie"].partition(";")[0]
    token = re.search(r'name="csrf" value="(\w+)"', shown.text)
    assert token is not None
    form = {"csrf": token[1], "email": who.email, "password": who.password, "next": "/kits"}
    answer = await world.client.post("/sign-in", data=form, headers=PAGE | {"Cookie": nonce})
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/kits"
    cookies = "; ".join(one.partition(";")[0] for one in answer.headers.get_list("set-cookie"))
    world.client.cookies.clear()
    return PAGE | {"Cookie": cookies}


async def token_of(world: World, browser: dict[str, str]) -> dict[str, str]:
    shown = await world.client.get("/reports", headers=browser)
    found = re.search(r'data-csrf="(\w+)"', shown.text)
    assert found is not None
    return browser | {"X-CSRF-Token": found[1]}


async def waiting_report(world: World, tenant_id: str) -> int:
    """A report that waits for its sample."""
    async with world.services.units.open(system_caller(UUID(tenant_id))) as uow:
        detail = await launch_report(uow, LaunchRequest(test_type="exome", members={}, accession_id="ACC-1"))
    return detail.report.number


async def test_who_is_not_signed_in_is_led_to_where_that_is_done(world: World) -> None:
    first = await world.client.get("/reports/7", headers=PAGE)
    assert (first.status_code, first.headers["location"]) == (303, "/session?next=%2Freports%2F7")
    second = await world.client.get(first.headers["location"], headers=PAGE)
    assert (second.status_code, second.headers["location"]) == (303, "/sign-in?next=%2Freports%2F7")
    part = await world.client.get(
        "/reports", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/kits?state=lost"}
    )
    assert part.headers["hx-redirect"] == "/session?next=%2Fkits"


async def test_a_client_that_wants_no_page_gets_the_platforms_error(world: World) -> None:
    for path, status in (("/reports", 401), ("/no/such/path", 404)):
        answer = await world.client.get(path)
        assert answer.status_code == status
        assert answer.json()["statusCode"] == status
    page = await world.client.get("/no/such/path", headers=PAGE)
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_another_tenants_report_is_nothing(world: World, owner: Signed, stranger: Signed) -> None:
    number = await waiting_report(world, owner.tenant_id)
    own, foreign = await browse(world, owner), await browse(world, stranger)
    shown = await world.client.get(f"/reports/{number}", headers=own)
    assert shown.status_code == 200
    assert "Waiting for the genomes" in shown.text
    assert "ACC-1" in (await world.client.get("/reports", headers=own)).text
    foreign = await token_of(world, foreign)
    assert "ACC-1" not in (await world.client.get("/reports", headers=foreign)).text
    paths = ("", "/progress", "/approval", "/pdf", "/family.vcf", "/variants/1")
    for path in paths:
        answer = await world.client.get(f"/reports/{number}{path}", headers=foreign)
        assert answer.status_code == 404, path
    for path, form in (
        ("/status", {"status": "WAITING FOR APPROVAL"}),
        ("/patient", {"name": "a", "value": "b"}),
    ):
        answer = await world.client.post(f"/reports/{number}{path}", data=form, headers=foreign)
        assert answer.status_code == 404, path


async def test_a_guest_sees_no_report(world: World, owner: Signed) -> None:
    number = await waiting_report(world, owner.tenant_id)
    guest = await browse(world, await make_guest(world, owner.tenant_id))
    for path in ("/reports", "/kits", "/orders", f"/reports/{number}"):
        answer = await world.client.get(path, headers=guest)
        assert answer.status_code == 403, path
        assert "Not for this account" in answer.text


async def test_patient_fields_are_kept_and_emptied_ones_go(world: World, owner: Signed) -> None:
    number = await waiting_report(world, owner.tenant_id)
    browser = await token_of(world, await browse(world, owner))

    async def save(**fields: str) -> httpx.Response:
        form = {"name": list(fields), "value": list(fields.values())}
        return await world.client.post(f"/reports/{number}/patient", data=form, headers=browser)

    async def kept() -> dict[str, str]:
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            return dict((await get_report(uow, number)).patient_fields)

    assert (await save(First="Ada", Last="Nobody")).status_code == 200
    assert await kept() == {"First": "Ada", "Last": "Nobody"}
    assert (await save(First="", Last="Nobody")).status_code == 200
    assert await kept() == {"Last": "Nobody"}
    uneven = await world.client.post(
        f"/reports/{number}/patient", data={"name": ["a", "b"], "value": ["c"]}, headers=browser
    )
    assert uneven.status_code == 400


@pytest.mark.parametrize(
    "form", [{"email": "x"}, {"email": "nobody@example.org", "password": "no such password"}]
)
async def test_a_failed_sign_in_tells_nothing_of_who_exists(world: World, form: dict[str, Any]) -> None:
    shown = await world.client.get("/sign-in", headers=PAGE)
    token = re.search(r'name="csrf" value="(\w+)"', shown.text)
    assert token is not None
    answer = await world.client.post("/sign-in", data=form | {"csrf": token[1]}, headers=PAGE)
    world.client.cookies.clear()
    assert answer.status_code == 401
    assert "E-mail address or password is wrong." in answer.text


async def test_the_genome_browsers_reference_is_served_to_members_and_kept(
    world: World, owner: Signed
) -> None:
    browser = await browse(world, owner)
    assert (await world.client.get("/browser/GRCh37/sizes.txt", headers=PAGE)).status_code == 303
    sizes = await world.client.get("/browser/GRCh37/sizes.txt", headers=browser)
    assert sizes.text.splitlines()[0] == "1\t249250621"
    again = await world.client.get(
        "/browser/GRCh37/sizes.txt", headers=browser | {"If-None-Match": sizes.headers["etag"]}
    )
    assert again.status_code == 304
    genes = await world.client.get("/browser/GRCh37/genes.bed", headers=browser)
    cftr = next(line for line in genes.text.splitlines() if "\tCFTR\t" in line).split("\t")
    assert (cftr[0], cftr[5], int(cftr[9])) == ("7", "+", 27)
    assert genes.headers["content-encoding"] == "gzip"
    assert (await world.client.get("/browser/GRCh36/sizes.txt", headers=browser)).status_code == 400
