"""Rate limits are exact over connections and processes, and tell the truth about when to come back."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from cohesin.kernel.errors import RateLimitedError
from cohesin.kernel.rate_limits import count_in_window, count_sliding
from tests.served import Signed, World, served

#: So long that no window ends within a test.
LONG = 10**8
COUNTING = Path(__file__).with_name("counting_process.py")
BOTH = pytest.mark.parametrize("count", [count_in_window, count_sliding])


@pytest.fixture
async def pool(database: Any) -> AsyncIterator[Any]:
    async with asyncpg.create_pool(database.app_dsn, min_size=12, max_size=12) as made:
        yield made


async def passes(pool: Any, count: Any, bucket: str, limit: int, seconds: int) -> bool:
    async with pool.acquire() as conn:
        try:
            await count(conn, bucket, limit, seconds)
        except RateLimitedError:
            return False
        return True


async def test_a_tenants_callers_share_an_allowance_over_two_applications(
    world: World, owner: Signed, stranger: Signed
) -> None:
    limited = world.settings.model_copy(update={"tenant_rate_limit_per_minute": 20})
    async with served(limited) as first, served(limited) as second:
        member = await world.make_member(owner)
        while True:  # once more where the minute ended in between
            async with world.services.units.open() as uow:
                bucket = f"tenant:{owner.tenant_id}"
                await uow.conn.execute("DELETE FROM kernel.rate_windows WHERE bucket = $1", bucket)
            minute = int(time.time() // 60)
            asked = [
                ask.client.get("/api/v1/secure/auth/me", headers={"Authorization": f"Bearer {who.token}"})
                for ask in (first, second)
                for who in (owner, member)
                for _ in range(10)
            ]
            answers = await asyncio.gather(*asked)
            if int(time.time() // 60) == minute:
                break
        codes = [answer.status_code for answer in answers]
        assert (codes.count(200), codes.count(429)) == (20, 20)
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        other = {"Authorization": f"Bearer {stranger.token}"}
        assert (await first.client.get("/api/v1/secure/auth/me", headers=other)).status_code == 200


@BOTH
async def test_a_hundred_pass_and_the_next_is_refused(pool: Any, count: Any) -> None:
    bucket = uuid4().hex
    for _ in range(100):
        assert await passes(pool, count, bucket, 100, LONG)
    for _ in range(3):
        assert not await passes(pool, count, bucket, 100, LONG)
    assert await passes(pool, count, uuid4().hex, 100, LONG)


@BOTH
async def test_exact_over_many_connections(pool: Any, count: Any) -> None:
    bucket = uuid4().hex
    answers = await asyncio.gather(*(passes(pool, count, bucket, 100, LONG) for _ in range(400)))
    assert answers.count(True) == 100


@pytest.mark.parametrize("function", ["count_in_window", "count_sliding"])
async def test_exact_over_processes(database: Any, function: str) -> None:
    arguments = [database.app_dsn, function, uuid4().hex, "100", str(LONG), "80"]
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(COUNTING), *arguments, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in started))
    assert sum(int(output) for output, _ in outputs) == 100


@pytest.fixture
async def instants(database: Any) -> AsyncIterator[Any]:
    """The instants of every call that a sliding limit let through, written down by a trigger."""
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute(
        """CREATE TABLE kernel.test_instants (bucket text, at timestamptz);
           CREATE FUNCTION kernel.test_note() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO kernel.test_instants VALUES (NEW.bucket, NEW.at); RETURN NULL; END $$;
           CREATE TRIGGER test_note AFTER INSERT OR UPDATE ON kernel.rate_sliding_calls
             FOR EACH ROW EXECUTE FUNCTION kernel.test_note()"""
    )
    yield owner
    await owner.execute(
        """DROP TRIGGER test_note ON kernel.rate_sliding_calls; DROP FUNCTION kernel.test_note();
           DROP TABLE kernel.test_instants"""
    )
    await owner.close()


async def test_no_span_lets_more_through_over_thousands_of_calls(pool: Any, instants: Any) -> None:
    bucket, limit = uuid4().hex, 100

    granted: list[bool] = []

    async def hammer() -> None:
        while len(granted) < 2 * limit + 50:
            if await passes(pool, count_sliding, bucket, limit, 1):
                granted.append(True)

    await asyncio.gather(*(hammer() for _ in range(8)))
    rows = await instants.fetch("SELECT at FROM kernel.test_instants WHERE bucket = $1 ORDER BY at", bucket)
    ats = [row["at"] for row in rows]
    assert len(ats) == len(granted) > 2 * limit
    span = timedelta(seconds=1)
    assert all(later - earlier >= span for earlier, later in zip(ats, ats[limit:], strict=False))
    # Nothing is lost either: whoever kept asking got all that the limit allows.
    asked_for = ats[-1] - ats[0]
    assert len(granted) >= limit * (asked_for // span)


async def test_retry_after_of_a_window_is_its_end(pool: Any) -> None:
    bucket = uuid4().hex
    async with pool.acquire() as conn:
        await count_in_window(conn, bucket, 1, 3600)
        with pytest.raises(RateLimitedError) as refused:
            await count_in_window(conn, bucket, 1, 3600)
        left = await conn.fetchval("SELECT 3600 - extract(epoch FROM clock_timestamp())::numeric % 3600")
        assert refused.value.retry_after == pytest.approx(float(left), abs=1.1)
        await conn.execute(
            "UPDATE kernel.rate_windows SET opened_at = opened_at - interval '1 hour' WHERE bucket = $1",
            bucket,
        )
        await count_in_window(conn, bucket, 1, 3600)


async def test_retry_after_of_a_sliding_limit_is_when_the_oldest_call_leaves(pool: Any) -> None:
    bucket = uuid4().hex
    age = "UPDATE kernel.rate_sliding_calls SET at = at - make_interval(secs => $2) WHERE bucket = $1"
    async with pool.acquire() as conn:
        for _ in range(3):
            await count_sliding(conn, bucket, 3, 60)
        with pytest.raises(RateLimitedError) as refused:
            await count_sliding(conn, bucket, 3, 60)
        assert refused.value.retry_after == 60
        assert refused.value.headers == {"Retry-After": "60"}
        await conn.execute(age, bucket, 50.0)
        with pytest.raises(RateLimitedError) as refused:
            await count_sliding(conn, bucket, 3, 60)
        assert refused.value.retry_after in (9, 10)
        await conn.execute(age, bucket, 10.0)
        for _ in range(3):
            await count_sliding(conn, bucket, 3, 60)
        with pytest.raises(RateLimitedError):
            await count_sliding(conn, bucket, 3, 60)


async def test_refused_calls_do_not_count(pool: Any) -> None:
    bucket = uuid4().hex
    async with pool.acquire() as conn:
        await count_sliding(conn, bucket, 1, 60)
        for _ in range(20):
            with pytest.raises(RateLimitedError):
                await count_sliding(conn, bucket, 1, 60)
        await conn.execute(
            "UPDATE kernel.rate_sliding_calls SET at = at - interval '60 s' WHERE bucket = $1", bucket
        )
        await count_sliding(conn, bucket, 1, 60)


@pytest.mark.parametrize(("before", "after"), [(5, 3), (3, 5), (5, 2)])
async def test_another_limit_counts_the_calls_made_under_the_old_one(
    pool: Any, before: int, after: int
) -> None:
    bucket = uuid4().hex
    async with pool.acquire() as conn:
        # Once around the ring and some more, so that its youngest call is not in the last slot.
        for _ in range(before):
            await count_sliding(conn, bucket, before, LONG)
        await conn.execute(
            "UPDATE kernel.rate_sliding_calls SET at = at - make_interval(secs => $2) WHERE bucket = $1",
            bucket,
            LONG,
        )
        for _ in range(2):
            await count_sliding(conn, bucket, before, LONG)
        allowed = 0
        with pytest.raises(RateLimitedError):  # noqa: PT012 - the block as a whole
            for _ in range(after + 1):
                await count_sliding(conn, bucket, after, LONG)
                allowed += 1
        assert allowed == after - 2
        for _ in range(3):
            assert not await passes(pool, count_sliding, bucket, after, LONG)


async def test_a_limit_of_none_refuses(pool: Any) -> None:
    assert not await passes(pool, count_in_window, uuid4().hex, 0, 60)
