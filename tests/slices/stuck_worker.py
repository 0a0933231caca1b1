"""A worker whose task never ends; the test of lost workers kills it."""

import asyncio
import sys

import asyncpg

from cohesin.kernel.tasks import task
from cohesin.kernel.worker import run_worker


@task(name="test.note")
async def stuck(context, *, number):
    print("running", flush=True)  # noqa: T201 - the test waits for this line
    await asyncio.Event().wait()


async def main(dsn):
    async with asyncpg.create_pool(dsn, min_size=1) as pool:
        await run_worker(dsn=dsn, pool=pool, services=None, shutdown=asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
