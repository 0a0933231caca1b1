"""The peer of the HTTP benchmark: a stock FastAPI application with 600 routes that asks the same rows.

No authentication, audit, tenancy or rate limit: it does less than Cohesin on every request.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.statements import LIST, READ


class User(BaseModel):
    id: UUID
    email: str
    status: str
    first_name: str | None
    last_name: str | None
    display_name: str | None
    locale: str
    created_at: datetime
    updated_at: datetime


class One(BaseModel):
    data: User


class Many(BaseModel):
    data: list[User]


pool: Any = None


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    global pool  # noqa: PLW0603 - a benchmark's peer, as its tutorial would write it
    pool = await asyncpg.create_pool(os.environ["PEER_DSN"], min_size=1, max_size=10)
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


def add_filler(number: int) -> None:
    @app.get(f"/filler/{number}/{{id}}")
    async def filler(id: UUID) -> dict[str, str]:
        return {"id": str(id)}


for number in range(598):
    add_filler(number)


@app.get("/tenants/{tenant_id}/users/{id}", response_model=One)
async def read(tenant_id: UUID, id: UUID) -> Any:
    async with pool.acquire() as conn:
        return {"data": dict(await conn.fetchrow(READ, tenant_id, id))}


@app.get("/tenants/{tenant_id}/users", response_model=Many)
async def many(tenant_id: UUID, limit: int = 50, offset: int = 0) -> Any:
    async with pool.acquire() as conn:
        return {"data": [dict(row) for row in await conn.fetch(LIST, tenant_id, limit, offset)]}
