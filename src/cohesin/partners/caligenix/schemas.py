"""The wire of Connect, in the contract's names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.http.operation import UUID_TEXT
from cohesin.kernel.http.wire import Uri

ReportStatus = Literal["PENDING", "AVAILABLE", "DOWNLOADED"]
ErrorCode = Literal[
    "AUTH_REQUIRED", "FORBIDDEN", "NOT_FOUND", "BAD_REQUEST", "RATE_LIMITED", "INTERNAL_ERROR"
]
#: An instant in UTC with milliseconds: `2026-03-20T14:30:00.000Z`.
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
CorrelationId = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]

WHOLE: Final = re.compile(r"-?[0-9]{1,30}")
LARGEST_OFFSET: Final = 2**63 - 1
EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(tzinfo=UTC)
# RFC 3339, section 5.6; the sign of an offset may have become a blank on its way through a form encoder.
INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+\- ])([0-9]{2}):([0-9]{2}))"
)


def read_whole(value: Any) -> int:
    """A decimal integer and nothing that only resembles one (`1.0`, `1e2`, ` 5`, `1_000`)."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not WHOLE.fullmatch(value):
        raise PydanticCustomError("whole", "must be an integer")
    return int(value)


def read_uuid(value: Any) -> UUID:
    if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
        raise PydanticCustomError("uuid_text", "must be a UUID")
    return UUID(value)


def read_instant(value: Any) -> datetime:
    """An RFC 3339 instant. Digits past the microsecond are cut: no report's instant lies between."""
    match = INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise NOT_AN_INSTANT
    day, minute, second, fraction, sign, hours, minutes = match.groups()
    # A leap second is the instant that the next minute begins with.
    leap = second == "60"
    try:
        local = datetime.fromisoformat(f"{day}T{minute}:{'59' if leap else second}+00:00")
        offset = timedelta()
        if sign is not None:
            offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
            timezone(offset)
            if int(minutes) > 59:
                raise NOT_AN_INSTANT
    except ValueError:
        raise NOT_AN_INSTANT from None
    local += timedelta(microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    try:
        return local - offset + timedelta(seconds=leap)
    except OverflowError:
        # Beyond the calendar on either side: all reports are later, or none is.
        return EARLIEST if offset > timedelta() else LATEST


NOT_AN_INSTANT: Final = PydanticCustomError(
    "instant", "must be an RFC 3339 instant with Z or an offset, such as 2026-04-01T00:00:00Z"
)
QueryUuid = Annotated[UUID, BeforeValidator(read_uuid)]
QueryInstant = Annotated[datetime, BeforeValidator(read_instant)]


class ReportListQuery(QueryModel):
    single: ClassVar[bool] = True

    status: ReportStatus | None = Field(None, description="Reports in this state only.")
    location_id: QueryUuid | None = Field(None, description="Reports of this site only.")
    client_id: QueryUuid | None = Field(None, description="Reports of this client only.")
    since: QueryInstant | None = Field(
        None, description="Reports that changed after this instant; for polling."
    )
    limit: Annotated[int, BeforeValidator(read_whole), Field(ge=1, le=100, description="Page size.")] = 50
    offset: Annotated[
        int,
        BeforeValidator(read_whole),
        Field(ge=0, le=LARGEST_OFFSET, description="Matches to leave out first."),
    ] = 0


class LinkQuery(QueryModel):
    """What a signed link carries. The texts themselves are signed; they are read from the call as they came."""

    key: str = Field(description="Names the file; opaque.")
    expires: Annotated[int, BeforeValidator(read_whole), Field(description="Last good second, Unix time.")]
    sig: str = Field(description="Signature of path, key and expires.")


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One report, without its content."""

    id: UUID
    client_id: UUID
    client_name: str | None
    kit_id: UUID
    kit_barcode: str | None
    report_type_id: UUID
    report_type_name: str | None
    location_id: UUID
    location_name: str | None
    status: ReportStatus
    uploaded_at: Moment | None
    created_at: Moment
    updated_at: Moment


class ReportListResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of reports."""

    reports: list[Report]
    limit: int
    offset: int
    total: int


class ReportDetailResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One report."""

    report: Report


class DownloadReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which report a link serves."""

    id: UUID
    file_name: str | None
    status: Literal["AVAILABLE", "DOWNLOADED"]


class DownloadUrlResponse(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """A signed link and its last good second, in Unix time."""

    download_url: Uri
    expires_at: int
    report: DownloadReport


class HealthResponse(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The service is up."""

    ok: bool
    correlation_id: CorrelationId


class ErrorDetail(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What failed."""

    code: ErrorCode
    message: str
    correlation_id: CorrelationId


class ErrorResponse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every failure of Connect."""

    error: ErrorDetail
