"""Every statement about customers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.listing import Found, Window, fetch_found

COLUMNS: Final = """id, number, partner_id, first_name, last_name, reference_id, email, date_of_birth, consent_date, sex,
    ethnicity, caffeine_consumption, diet, created_at, updated_at"""
FACTS: Final = (
    "first_name", "last_name", "reference_id", "email", "date_of_birth", "consent_date", "sex", "ethnicity",
    "caffeine_consumption", "diet",
)  # fmt: skip


async def insert_customer(
    conn: Connection,
    tenant_id: UUID,
    customer_id: UUID,
    partner_id: UUID | None,
    facts: Mapping[str, Any],
    now: datetime,
) -> Customer:
    """A new customer; `facts` holds any of `FACTS`."""
    names = [name for name in FACTS if name in facts]
    places = "".join(f", ${place}" for place in range(5, 5 + len(names)))
    columns = "".join(f", {name}" for name in names)
    sql = f"""INSERT INTO lab.customers (tenant_id, id, partner_id, created_at, updated_at{columns})
              VALUES ($1, $2, $3, $4, $4{places}) RETURNING {COLUMNS}"""
    return await fetch_one(
        conn, Customer, sql, tenant_id, customer_id, partner_id, now, *(facts[name] for name in names)
    )


async def update_customer(
    conn: Connection, tenant_id: UUID, customer_id: UUID, changes: Mapping[str, Any], now: datetime
) -> Customer:
    names = [name for name in FACTS if name in changes]
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(names, start=4))
    sql = (
        f"UPDATE lab.customers SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"
    )
    return await fetch_one(
        conn, Customer, sql, tenant_id, customer_id, now, *(changes[name] for name in names)
    )


async def find_by_number(conn: Connection, tenant_id: UUID, partner_id: UUID, number: int) -> Customer | None:
    sql = f"SELECT {COLUMNS} FROM lab.customers WHERE tenant_id = $1 AND partner_id = $2 AND number = $3"
    return await find_one(conn, Customer, sql, tenant_id, partner_id, number)


async def find_customer(conn: Connection, tenant_id: UUID, customer_id: UUID) -> Customer | None:
    sql = f"SELECT {COLUMNS} FROM lab.customers WHERE tenant_id = $1 AND id = $2"
    return await find_one(conn, Customer, sql, tenant_id, customer_id)


async def list_customers(
    conn: Connection, tenant_id: UUID, partner_id: UUID, window: Window
) -> Found[Customer]:
    where = ["tenant_id = $1", "partner_id = $2"]
    return await fetch_found(
        conn, Customer, COLUMNS, "lab.customers", where, [tenant_id, partner_id], "number", window
    )
