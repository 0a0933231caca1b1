"""Connect: making a link and following it (C60-C74)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from cohesin.kernel.clock import FixedClock
from cohesin.kernel.http.disposition import attachment
from cohesin.kernel.storage import ObjectStore
from tests.connect_lab import REPORTS, Organisation, serving
from tests.served import World

START = datetime(2026, 5, 4, 12, 0, 0, 750_000, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
async def client(world: World, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """An application on the same data whose time is the test's."""
    async with serving(world.settings, clock) as client:
        yield client


async def link_to(organisation: Organisation, report: UUID, **more: Any) -> dict[str, Any]:
    answer = await organisation.get(f"{REPORTS}/{report}/download-url", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def make(organisation: Organisation, **more: Any) -> tuple[UUID, str]:
    report = await organisation.add_report()
    await organisation.upload(report, **more)
    return report, (await link_to(organisation, report))["downloadUrl"]


async def test_c60_a_report_without_a_file_has_no_link(organisation: Organisation) -> None:
    report = await organisation.add_report()
    answer = await organisation.get(f"{REPORTS}/{report}/download-url")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    await organisation.upload(report)
    await organisation.execute("UPDATE lab.report_files SET replaced_at = now()")
    answer = await organisation.get(f"{REPORTS}/{report}/download-url")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


async def test_c61_a_file_missing_from_storage_is_not_found(world: World, organisation: Organisation) -> None:
    report = await organisation.add_report()
    object_key = await organisation.upload(report)
    link = (await link_to(organisation, report))["downloadUrl"]
    await world.services.get(ObjectStore).delete(object_key)
    for path in (f"{REPORTS}/{report}/download-url", link):
        answer = await organisation.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert object_key not in answer.text


async def test_c62_c64_the_link(organisation: Organisation, client: httpx.AsyncClient) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    for host in ("testserver", "reports.example.org", "127.0.0.1:8123", "[::1]:80"):
        made = await link_to(organisation, report, client=client, headers={"Host": host})
        parts = urlsplit(made["downloadUrl"])
        assert (parts.scheme, parts.netloc, parts.path) == ("http", host, f"/v1/files/{report}")
        sent = parse_qs(parts.query, strict_parsing=True)
        assert set(sent) == {"key", "expires", "sig"}
        assert sent["expires"] == [str(made["expiresAt"])]
        assert made["expiresAt"] == int(START.timestamp()) + 900
    for host in ("evil/@x", "a b", 'x"y'):
        answer = await organisation.get(f"{REPORTS}/{report}/download-url", headers={"Host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


async def test_c64_behind_a_proxy_that_ends_tls_the_public_scheme_is_kept(
    world: World, organisation: Organisation
) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    settings = world.settings.model_copy(update={"public_url": "https://lab.example.org"})
    async with serving(settings) as client:
        made = await link_to(organisation, report, client=client, headers={"Host": "lab.example.org"})
        assert made["downloadUrl"].startswith(f"https://lab.example.org/v1/files/{report}?")
        made = await link_to(organisation, report, client=client, headers={"Host": "other.example.org"})
        assert made["downloadUrl"].startswith("http://other.example.org/")


async def test_c63_c72_c74_links_live_their_own_time(
    organisation: Organisation, client: httpx.AsyncClient, clock: FixedClock
) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    first = await link_to(organisation, report, client=client)
    clock.advance(timedelta(seconds=600))
    second = await link_to(organisation, report, client=client)
    assert second["downloadUrl"] != first["downloadUrl"]
    for _ in range(3):
        assert (await client.get(first["downloadUrl"])).status_code == 200
    clock.advance(
        datetime.fromtimestamp(first["expiresAt"], UTC) + timedelta(microseconds=999_999) - clock.now()
    )
    assert (await client.get(first["downloadUrl"])).status_code == 200
    clock.advance(timedelta(microseconds=1))
    over = await client.get(first["downloadUrl"])
    assert (over.status_code, over.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert (await client.get(second["downloadUrl"])).status_code == 200


async def test_c65_what_the_answer_says_of_the_report(organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.upload(report, name=None)
    assert (await link_to(organisation, report))["report"] == {
        "id": str(report),
        "fileName": None,
        "status": "AVAILABLE",
    }
    await organisation.take_in_portal(report)
    await organisation.upload(report, name="amended.pdf")
    made = (await link_to(organisation, report))["report"]
    assert made == {"id": str(report), "fileName": "amended.pdf", "status": "DOWNLOADED"}


async def test_a_replaced_file_stays_behind_its_old_links(organisation: Organisation) -> None:
    report, old = await make(organisation, content=b"%PDF-1.7 old", name="old.pdf")
    await organisation.upload(report, b"%PDF-1.7 new", "new.pdf")
    new = (await link_to(organisation, report))["downloadUrl"]
    client = organisation.world.client
    assert (await client.get(old)).content == b"%PDF-1.7 old"
    assert (await client.get(new)).content == b"%PDF-1.7 new"
    assert "old.pdf" in (await client.get(old)).headers["Content-Disposition"]


async def test_c70_authorization_is_ignored(world: World, organisation: Organisation) -> None:
    _, link = await make(organisation)
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        assert (await world.client.get(link, headers=headers)).status_code == 200


async def test_c71_the_pdf_comes_in_pieces_whole(world: World, organisation: Organisation) -> None:
    content = b"%PDF-1.7 " + bytes(range(256)) * 12_000
    _, link = await make(organisation, content=content, name="Report of May.pdf")
    async with world.client.stream("GET", link) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Report of May.pdf"'
    assert answer.headers["Content-Length"] == str(len(content))
    assert b"".join(pieces) == content


async def test_c71_without_a_name_the_file_is_called_after_its_report(
    world: World, organisation: Organisation
) -> None:
    report, link = await make(organisation, name=None)
    answer = await world.client.get(link)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="report-{report}.pdf"'


@pytest.mark.parametrize(
    "name",
    [
        'a"; filename="b.exe',
        "a\r\nSet-Cookie: x=1",
        "Ünïcode – 報告.pdf",
        "../../etc/passwd",
        "a\\b%0A.pdf",
        "\u202efdp.exe",
    ],
)
async def test_c71_no_name_can_leave_its_header(world: World, organisation: Organisation, name: str) -> None:
    _, link = await make(organisation, name=name)
    answer = await world.client.get(link)
    assert answer.status_code == 200
    header = answer.headers["Content-Disposition"]
    assert header == attachment(name)
    assert "set-cookie" not in answer.headers
    assert header.isascii()
    assert header.isprintable()
    quoted = header.removeprefix('attachment; filename="')
    assert quoted.index('"') == quoted.rindex('"')
    assert not set("/\\") & set(header)


def test_c71_a_name_in_utf8_is_read_back() -> None:
    assert attachment("Bericht für Æ.pdf").endswith(f"filename*=UTF-8''{quote('Bericht für Æ.pdf', safe='')}")
    assert attachment("\ud800.pdf").endswith("UTF-8''%3F.pdf")


def changed(text: str, place: int) -> str:
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


async def test_c73_any_change_is_refused_before_the_file_is_looked_up(
    world: World, organisation: Organisation
) -> None:
    report, link = await make(organisation)
    second, other_link = await make(organisation)
    parts = urlsplit(link)
    key, expires, sig = (parse_qs(parts.query)[name][0] for name in ("key", "expires", "sig"))
    other_key, other_sig = (parse_qs(urlsplit(other_link).query)[name][0] for name in ("key", "sig"))
    good = {"id": str(report), "key": key, "expires": expires, "sig": sig}

    async def follow(**change: str) -> httpx.Response:
        now = {**good, **change}
        params = {name: value for name, value in now.items() if name != "id"}
        return await world.client.get(f"/v1/files/{now['id']}", params=params)

    assert (await follow()).status_code == 200
    changes: list[dict[str, str]] = [
        *({"id": value} for value in (str(uuid4()), str(second), str(report).upper(), "x", uuid4().hex)),
        *({"key": changed(key, place)} for place in range(0, len(key), 6)),
        *(
            {"key": value}
            for value in ("", key + "=", key + "A", key[:-1], other_key, key.swapcase(), " " + key, "é")
        ),
        *(
            {"expires": value}
            for value in (str(int(expires) + 1), str(int(expires) - 1), "0" + expires, "-1", "9" * 25)
        ),
        *({"sig": changed(sig, place)} for place in range(0, len(sig), 9)),
        *({"sig": value} for value in ("", sig.upper(), sig[:-1], sig + "0", other_sig, "é")),
        {"id": str(second), "key": other_key},
    ]
    for change in changes:
        answer = await follow(**change)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN"), change
    for again in (f"{link}&sig={sig}", f"{link}&key=x", f"{link}&expires={expires}"):
        assert (await world.client.get(again)).status_code == 403


async def test_c73_signs_that_only_look_alike_are_changes(world: World, organisation: Organisation) -> None:
    """U+212A is a K once text is normalised; the link's texts are not."""
    _, link = await make(organisation)
    address, _, query = link.partition("?")
    assert "K" in parse_qs(query)["key"][0]
    assert (await world.client.get(link)).status_code == 200
    assert (await world.client.get(f"{address}?{query.replace('K', '%E2%84%AA', 1)}")).status_code == 403


async def test_c73_a_part_left_out_or_unreadable_is_400(world: World, organisation: Organisation) -> None:
    report, link = await make(organisation)
    pairs = urlsplit(link).query.split("&")
    for left_out in range(3):
        for path in (f"/v1/files/{report}", f"/v1/files/{uuid4()}", "/v1/files/x"):
            query = "&".join(pair for place, pair in enumerate(pairs) if place != left_out)
            answer = await world.client.get(f"{path}?{query}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    for unreadable in ("", "x", "1.5", "1e9", "%2B1", "%20"):
        query = "&".join(f"expires={unreadable}" if pair.startswith("expires") else pair for pair in pairs)
        assert (await world.client.get(f"/v1/files/{report}?{query}")).status_code == 400


async def test_c73_the_order_of_parts_and_further_ones_do_not_matter(
    world: World, organisation: Organisation
) -> None:
    report, link = await make(organisation)
    query = "&".join(reversed(urlsplit(link).query.split("&")))
    assert (await world.client.get(f"/v1/files/{report}?{query}&utm=1")).status_code == 200


async def test_a_link_outlives_its_key(world: World, organisation: Organisation) -> None:
    _, link = await make(organisation)
    await organisation.set_active(False)
    assert (await world.client.get(link)).status_code == 200
