"""Connect: the allowance of a key (C20-C25)."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

from tests.connect_lab import REPORTS, Organisation
from tests.served import World


async def spend(organisation: Organisation, count: int, path: str = REPORTS, **more: str) -> Counter[int]:
    answers = await asyncio.gather(*(organisation.get(path, **more) for _ in range(count)))
    return Counter(answer.status_code for answer in answers)


async def test_c20_c21_exactly_a_hundred_of_many_at_once_go_through(organisation: Organisation) -> None:
    assert await spend(organisation, 130) == {200: 100, 429: 30}
    refused = await organisation.get(REPORTS)
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


async def test_c21_the_minute_slides_and_refused_calls_do_not_count(organisation: Organisation) -> None:
    assert await spend(organisation, 100) == {200: 100}
    assert await spend(organisation, 20) == {429: 20}
    await organisation.shift_calls(61, oldest=40)
    assert await spend(organisation, 50) == {200: 40, 429: 10}
    await organisation.shift_calls(61)
    assert await spend(organisation, 101) == {200: 100, 429: 1}


async def test_c21_every_answered_call_counts(organisation: Organisation) -> None:
    assert await spend(organisation, 50, f"{REPORTS}?limit=x") == {400: 50}
    assert await spend(organisation, 51) == {200: 50, 429: 1}
    assert await spend(organisation, 101, f"{REPORTS}/{uuid4()}") == {404: 100, 429: 1}


async def test_c22_an_endpoint_is_its_template(organisation: Organisation) -> None:
    first, second = await organisation.add_report(), await organisation.add_report()
    assert await spend(organisation, 60, f"{REPORTS}/{first}") == {200: 60}
    assert await spend(organisation, 60, f"{REPORTS}/{second}") == {200: 40, 429: 20}
    assert (await organisation.get(REPORTS)).status_code == 200
    assert (await organisation.get(f"{REPORTS}/{first}/download-url")).status_code == 400


async def test_c23_keys_do_not_share(organisation: Organisation) -> None:
    second = await organisation.make_key()
    assert await spend(organisation, 101) == {200: 100, 429: 1}
    assert await spend(organisation, 101, key=second) == {200: 100, 429: 1}


async def test_c24_after_retry_after_one_call_succeeds(organisation: Organisation) -> None:
    await spend(organisation, 100)
    await organisation.shift_calls(30, oldest=1)
    wait = int((await organisation.get(REPORTS)).headers["Retry-After"])
    assert 1 <= wait <= 30
    await organisation.shift_calls(wait, oldest=1)
    assert await spend(organisation, 3) == {200: 1, 429: 2}


async def test_c25_health_and_links_are_not_limited(world: World, organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    link = (await organisation.get(f"{REPORTS}/{report}/download-url")).json()["downloadUrl"]
    headers = {"Authorization": f"Bearer {organisation.key}"}
    for path in ("/v1/health", link):
        answers = await asyncio.gather(*(world.client.get(path, headers=headers) for _ in range(102)))
        assert Counter(answer.status_code for answer in answers) == {200: 102}
