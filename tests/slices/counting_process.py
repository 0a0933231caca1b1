"""A process of its own that makes calls against one rate limit and prints how many were let through.

usage: counting_process.py DSN FUNCTION BUCKET LIMIT SECONDS CALLS
"""

import asyncio
import sys

import asyncpg


async def main(dsn: str, function: str, bucket: str, limit: int, seconds: int, calls: int) -> None:
    pool = await asyncpg.create_pool(dsn, min_size=4, max_size=4)
    statement = f"SELECT kernel.{function}($1, $2, $3)"
    answers = await asyncio.gather(*(pool.fetchval(statement, bucket, limit, seconds) for _ in range(calls)))
    sys.stdout.write(f"{answers.count(0)}\n")
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4], *(int(number) for number in sys.argv[4:7])))
