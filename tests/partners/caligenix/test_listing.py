"""Connect: the list, one report, states (C30-C54)."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from asyncpg.exceptions import CheckViolationError, UniqueViolationError
from pydantic_core import PydanticCustomError

from cohesin.partners.caligenix.schemas import read_instant
from tests.connect_lab import REPORT_TYPE, REPORTS, Organisation

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def listed(organisation: Organisation, **params: Any) -> dict[str, Any]:
    answer = await organisation.get(REPORTS, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(page: dict[str, Any]) -> list[str]:
    return [report["id"] for report in page["reports"]]


async def refused(organisation: Organisation, query: str) -> str:
    answer = await organisation.get(f"{REPORTS}?{query}")
    assert answer.status_code == 400, query
    assert answer.json()["error"]["code"] == "BAD_REQUEST"
    return answer.json()["error"]["message"]


async def test_c30_c32_c38_c39_pages(organisation: Organisation) -> None:
    made = [str(await organisation.add_report()) for _ in range(5)]
    newest_first = made[::-1]
    page = await listed(organisation)
    assert (page["limit"], page["offset"], page["total"], ids(page)) == (50, 0, 5, newest_first)
    for offset in range(6):
        page = await listed(organisation, limit=2, offset=offset)
        assert (page["limit"], page["offset"], page["total"]) == (2, offset, 5)
        assert ids(page) == newest_first[offset : offset + 2]
    for offset in (5, 1000, 2**63 - 1):
        page = await listed(organisation, offset=offset)
        assert (page["reports"], page["total"], page["offset"]) == ([], 5, offset)
    assert (await listed(organisation, limit=100))["limit"] == 100
    assert (await listed(organisation, limit=1))["limit"] == 1


async def test_c38_there_are_no_ties(organisation: Organisation) -> None:
    made = [str(await organisation.add_report()) for _ in range(4)]
    at = datetime(2026, 3, 20, 14, 30, tzinfo=UTC)
    # Instants are unique by constraint (C40): there are no ties to break.
    with pytest.raises(UniqueViolationError):
        await organisation.execute("UPDATE lab.reports SET updated_at = $1", at)
    assert ids(await listed(organisation)) == made[::-1]


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize(
    "value",
    ["-1", "1.0", "1e1", "x", "", "%205", "5%20", "1_0", "0x1", "%2B1", "٣", "9" * 40, "null", "1&{}=1"],
)
async def test_c31_whatever_is_no_integer_in_range_is_refused(
    organisation: Organisation, name: str, value: str
) -> None:
    assert name in await refused(organisation, f"{name}={value}".format(name))


async def test_c31_limits_are_not_clamped(organisation: Organisation) -> None:
    for query in ("limit=0", "limit=101", "limit=1000000", "offset=-1"):
        await refused(organisation, query)


@pytest.mark.parametrize(
    "value", ["available", "Pending", "READY", "PENDING,AVAILABLE", "", "%20PENDING", "null"]
)
async def test_c33_an_unknown_status_names_the_three(organisation: Organisation, value: str) -> None:
    message = await refused(organisation, f"status={value}")
    if value:
        assert all(known in message for known in ("PENDING", "AVAILABLE", "DOWNLOADED"))
    assert value != "READY" or "READY" not in message


async def test_c33_c37_filters_hold_together(organisation: Organisation) -> None:
    site = uuid4()
    pending, available, downloaded = [await organisation.add_report(location_id=site) for _ in range(3)]
    elsewhere = await organisation.add_report()
    for report in (available, downloaded, elsewhere):
        await organisation.upload(report)
    await organisation.take_in_portal(downloaded)
    for status, expected in (("PENDING", pending), ("DOWNLOADED", downloaded)):
        assert ids(await listed(organisation, status=status)) == [str(expected)]
    assert set(ids(await listed(organisation, status="AVAILABLE"))) == {str(available), str(elsewhere)}
    assert ids(await listed(organisation, status="AVAILABLE", location_id=site)) == [str(available)]
    found = (await listed(organisation, location_id=str(site).upper()))["reports"]
    assert len(found) == 3
    client = next(report["clientId"] for report in found if report["id"] == str(downloaded))
    assert ids(await listed(organisation, client_id=client)) == [str(downloaded)]
    assert ids(await listed(organisation, client_id=client, status="PENDING")) == []
    page = await listed(organisation, location_id=site, since=found[-1]["updatedAt"], limit=1)
    assert (page["total"], len(page["reports"])) == (2, 1)


@pytest.mark.parametrize("name", ["location_id", "client_id"])
async def test_c34_ids_are_uuids(organisation: Organisation, name: str) -> None:
    await organisation.add_report()
    good = str(uuid4())
    for value in (
        "x",
        "1",
        good[:-1],
        good.replace("-", ""),
        "{" + good + "}",
        "urn:uuid:" + good,
        "%20" + good,
    ):
        assert name in await refused(organisation, f"{name}={value}")
    page = await listed(organisation, **{name: good})
    assert (page["reports"], page["total"]) == ([], 0)


async def test_c35_since_is_exclusive(organisation: Organisation) -> None:
    for _ in range(3):
        await organisation.add_report()
    page = await listed(organisation)
    newest, oldest = page["reports"][0], page["reports"][-1]
    assert ids(await listed(organisation, since=newest["updatedAt"])) == []
    assert ids(await listed(organisation, since=oldest["updatedAt"])) == ids(page)[:2]
    added = await organisation.add_report()
    assert ids(await listed(organisation, since=newest["updatedAt"])) == [str(added)]


async def test_c36_one_instant_in_many_writings(organisation: Organisation) -> None:
    report = await organisation.add_report()
    shown = (await organisation.get(f"{REPORTS}/{report}")).json()["report"]["updatedAt"]
    at = datetime.fromisoformat(shown)
    for hours in (5.5, -8, 0, 14):
        local = at + timedelta(hours=hours)
        sign, size = ("+" if hours >= 0 else "-"), abs(hours)
        text = f"{local:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}{sign}{int(size):02d}:{int(size % 1 * 60):02d}"
        for sent in (quote(text, safe=""), text):  # the second: a bare plus arrives as a blank
            assert (await organisation.get(f"{REPORTS}?since={sent}")).json()["total"] == 0, sent
        before = text.replace(f".{at.microsecond // 1000:03d}", "") if at.microsecond else None
        if before:
            assert (await organisation.get(f"{REPORTS}?since={before}")).json()["total"] == 1
    for sent in ("0001-01-01T00:00:00%2B14:00", "2016-12-31T23:59:60Z", "2026-04-01t00:00:00.000000001z"):
        assert (await organisation.get(f"{REPORTS}?since={sent}")).json()["total"] == 1, sent
    assert (await organisation.get(f"{REPORTS}?since=9999-12-31T23:59:59-14:00")).json()["total"] == 0


@pytest.mark.parametrize(
    "value",
    [
        "", "x", "2026-04-01", "2026-04-01T00:00:00", "2026-04-01%2000:00:00Z", "2026-04-01T00:00Z", "1775001600",
        "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-04-01T24:00:00Z", "2026-04-01T00:00:61Z",
        "2026-04-01T00:00:00%2B0000", "2026-04-01T00:00:00%2B24:00", "2026-04-01T00:00:00%2B01:60",
        "20260401T000000Z", "2026-04-01T00:00:00Z%20", "%202026-04-01T00:00:00Z", "2026-04-01T00:00:00.Z",
        "2026-04-01T00:00:00Z&since=2026-04-01T00:00:00Z", "0000-01-01T00:00:00Z",
    ],
)  # fmt: skip
async def test_c36_anything_else_is_refused(organisation: Organisation, value: str) -> None:
    assert "since" in await refused(organisation, f"since={value}")


def test_c36_digits_past_the_microsecond_are_cut() -> None:
    assert read_instant("2026-04-01T00:00:00.1234569Z") == datetime(2026, 4, 1, 0, 0, 0, 123456, tzinfo=UTC)
    with pytest.raises(PydanticCustomError):
        read_instant(5)


async def test_c37_unknown_parameters_are_ignored_doubled_and_empty_ones_refused(
    organisation: Organisation,
) -> None:
    await organisation.add_report()
    assert (await listed(organisation, foo="1", Status="x", page="2"))["total"] == 1
    assert (await organisation.get(f"{REPORTS}?foo=1&foo=2&&")).status_code == 200
    good = {
        "status": "PENDING",
        "location_id": uuid4(),
        "client_id": uuid4(),
        "since": "2026-04-01T00:00:00Z",
    }
    for name, value in good.items():
        assert name in await refused(organisation, f"{name}={value}&{name}={value}")
        assert name in await refused(organisation, f"{name}=")
        assert name in await refused(organisation, name)
        assert (await organisation.get(f"{REPORTS}?{name}={value}")).status_code == 200


async def test_c37_every_fault_is_named_at_once(organisation: Organisation) -> None:
    message = await refused(organisation, "limit=x&offset=-1&status=no&since=1&client_id=q")
    assert all(name in message for name in ("limit", "offset", "status", "since", "client_id"))
    assert "null" not in await refused(organisation, "status=%00")


async def test_c40_polling_loses_nothing_while_many_write(organisation: Organisation) -> None:
    made: list[UUID] = []

    async def write() -> None:
        report = await organisation.add_report()
        made.append(report)
        await organisation.upload(report)

    async def poll(writers: asyncio.Future[Any]) -> dict[str, list[str]]:
        told: dict[str, list[str]] = {}
        since = "2000-01-01T00:00:00Z"
        last, key = False, organisation.key
        while True:
            answer = await organisation.get(REPORTS, key=key, params={"since": since, "limit": 100})
            if answer.status_code == 429:
                key = await organisation.make_key()
                continue
            page = answer.json()["reports"]
            for report in reversed(page):
                told.setdefault(report["id"], []).append(report["updatedAt"])
            since = page[0]["updatedAt"] if page else since
            if last:
                return told
            last = writers.done()

    writers = asyncio.gather(*(write() for _ in range(12)))
    told = await poll(writers)
    await writers
    assert set(told) == {str(report) for report in made}
    organisation.key = await organisation.make_key()  # the poller may have used up the first
    final = {report["id"]: report["updatedAt"] for report in (await listed(organisation))["reports"]}
    assert {report: moments[-1] for report, moments in told.items()} == final
    every = [moment for moments in told.values() for moment in moments]
    assert len(set(every)) == len(every)
    assert all(moments == sorted(moments) for moments in told.values())


async def test_c41_c46_times_and_ids_on_the_wire(organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    answer = await organisation.get(f"{REPORTS}/{str(report).upper()}")
    body = answer.json()["report"]
    assert body["id"] == str(report)
    for name in ("uploadedAt", "createdAt", "updatedAt"):
        assert MOMENT.fullmatch(body[name])
    assert all(
        body[name] == body[name].lower() for name in ("id", "clientId", "kitId", "reportTypeId", "locationId")
    )
    assert body["clientName"] == "Robin Example"
    assert body["kitBarcode"].startswith("CGX-")
    assert body["reportTypeId"] == str(REPORT_TYPE)
    assert body["reportTypeName"] == "Whole Panel"
    assert body["locationId"] == str(organisation.tenant_id)
    assert body["locationName"].startswith("Tenant ")
    assert (await listed(organisation))["reports"] == [body]


async def test_c41_a_whole_second_keeps_its_milliseconds(organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.execute("UPDATE lab.reports SET created_at = '2026-03-20T14:30:00Z'")
    body = (await organisation.get(f"{REPORTS}/{report}")).json()["report"]
    assert body["createdAt"] == "2026-03-20T14:30:00.000Z"


async def test_reports_of_no_kit_are_not_delivered(organisation: Organisation) -> None:
    report = await organisation.add_report(kit=False)
    assert (await listed(organisation))["total"] == 0
    assert (await organisation.get(f"{REPORTS}/{report}")).status_code == 404


async def test_c45_malformed_and_unknown_ids(organisation: Organisation) -> None:
    for bad in ("x", "1", str(uuid4())[:-1], uuid4().hex, "%00", "a%20b", "%F0%9F%A7%AC"):
        assert (await organisation.get(f"{REPORTS}/{bad}")).status_code == 400, bad
        assert (await organisation.get(f"{REPORTS}/{bad}/download-url")).status_code == 400, bad
    assert (await organisation.get(f"{REPORTS}/{uuid4()}")).status_code == 404
    assert (await organisation.get(f"{REPORTS}/{uuid4()}/download-url")).status_code == 404


async def test_c50_c54_a_reports_life(organisation: Organisation) -> None:
    report = await organisation.add_report()

    async def now() -> dict[str, Any]:
        return (await organisation.get(f"{REPORTS}/{report}")).json()["report"]

    pending = await now()
    assert (pending["status"], pending["uploadedAt"]) == ("PENDING", None)
    await organisation.upload(report)
    available = await now()
    assert available["status"] == "AVAILABLE"
    assert available["uploadedAt"] == available["updatedAt"] > pending["updatedAt"]
    link = (await organisation.get(f"{REPORTS}/{report}/download-url")).json()["downloadUrl"]
    assert (await organisation.get(link)).status_code == 200
    assert await now() == available  # C53
    await organisation.take_in_portal(report)
    downloaded = await now()
    assert downloaded["status"] == "DOWNLOADED"
    assert downloaded["updatedAt"] > available["updatedAt"]
    assert downloaded["uploadedAt"] == available["uploadedAt"]
    await organisation.upload(report, b"%PDF-1.7 amended")
    replaced = await now()
    assert replaced["status"] == "DOWNLOADED"
    assert replaced["updatedAt"] > downloaded["updatedAt"]


async def test_c50_the_upload_time_is_null_exactly_while_pending(organisation: Organisation) -> None:
    await organisation.add_report()
    for sql in ("UPDATE lab.reports SET uploaded_at = now()", "UPDATE lab.reports SET status = 'ready'"):
        with pytest.raises(CheckViolationError):
            await organisation.execute(sql)
