"""Field types of answers: how a value is described on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType

from msgspec import Meta

#: An instant in UTC, RFC 3339 with `Z`.
Instant = Annotated[datetime, Meta(tz=True)]
#: A count that the contract calls `number`; whole numbers stay whole when encoded.
Number = float
#: A UUID in a path that the handler gets as it came: to a signed link a malformed id is a change like any other.
UuidText = NewType("UuidText", str)
Email = Annotated[str, Meta(extra_json_schema={"format": "email"})]
Uri = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
