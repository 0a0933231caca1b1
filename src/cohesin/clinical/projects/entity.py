"""A project as the database has it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

ShareRole = Literal["CONTRIBUTOR", "VIEWER", "NONE"]


class Project(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    name: str
    description: str
    share_role: ShareRole
    created_at: datetime
