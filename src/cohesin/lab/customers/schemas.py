"""A customer as the laboratory knows one."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A person who gets reports."""

    id: UUID
    number: int
    partner_id: UUID | None
    first_name: str
    last_name: str
    reference_id: str | None
    email: str | None
    date_of_birth: date | None
    consent_date: date | None
    sex: str | None
    ethnicity: list[str]
    caffeine_consumption: bool | None
    diet: list[str]
    created_at: datetime
    updated_at: datetime

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"
