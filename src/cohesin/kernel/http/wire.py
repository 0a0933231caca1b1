"""Field types of answers: how a value is described on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta

#: An instant in UTC, RFC 3339 with `Z`.
Instant = Annotated[datetime, Meta(tz=True)]
#: A count that the contract calls `number`; whole numbers stay whole when encoded.
Number = float
Email = Annotated[str, Meta(extra_json_schema={"format": "email"})]
Uri = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
