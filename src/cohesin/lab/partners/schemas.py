"""The wire of ordering partners."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import StringConstraints

from cohesin.kernel.http.models import ABSENT, ListQuery, RequestModel
from cohesin.kernel.http.wire import Instant

PartnerName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
WebhookUrl = Annotated[str, StringConstraints(min_length=8, max_length=2000, pattern=r"^https?://")]


class LabPartner(msgspec.Struct, frozen=True, kw_only=True):
    """Who orders from the laboratory."""

    id: UUID
    number: int
    name: str
    active: bool
    may_send_genetic_data: bool
    always_paged: bool
    webhook_url: str | None
    has_webhook_secret: bool
    created_at: Instant
    updated_at: Instant


class WebhookSecret(msgspec.Struct, frozen=True):
    """The key of a partner's webhook signatures; shown this once."""

    secret: str


class PartnerListQuery(ListQuery):
    search: str | None = None
    active: bool | None = None


class CreatePartnerRequest(RequestModel):
    name: PartnerName
    may_send_genetic_data: bool = False
    always_paged: bool = False
    webhook_url: WebhookUrl | None = None


class UpdatePartnerRequest(RequestModel):
    name: PartnerName = ABSENT
    active: bool = ABSENT
    may_send_genetic_data: bool = ABSENT
    always_paged: bool = ABSENT
    webhook_url: WebhookUrl | None = ABSENT
