"""How the face reads what it is sent: days, instants, numbers, and bodies with faults over several fields."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any, ClassVar, Self, cast

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, WithJsonSchema

from cohesin.kernel.errors import Fault, InvalidInputError
from cohesin.kernel.http.models import OpenRequestModel, QueryModel

DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
INSTANT_PATTERN = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$"
FILTER_PATTERN = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+\- ]\d{2}:?\d{2})?)?$"
INSTANT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
    r"(?P<offset>Z|(?P<sign>[+\- ])(?P<hours>\d{2}):?(?P<minutes>\d{2}))?)?",
    re.ASCII,
)
WHOLE_NUMBER = re.compile(r"-?\d+", re.ASCII)
LARGEST = 2**63 - 1


def read_day(value: Any) -> date:
    """A calendar day, `YYYY-MM-DD` and nothing else."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError("must be a day, YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("is no day of the calendar") from None


def read_instant(value: Any) -> datetime:
    """A day (its midnight) or an instant; UTC where no offset is given, a blank before an offset is a plus."""
    found = INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a day or an instant, such as 2026-02-12T12:00:00+00:00")
    part = found.groupdict()
    try:
        day = date.fromisoformat(part["day"])
        micro = int((part["fraction"] or "0")[:6].ljust(6, "0"))
        moment = datetime(
            day.year, day.month, day.day, int(part["hour"] or 0), int(part["minute"] or 0), int(part["second"] or 0), micro,
            tzinfo=_offset(part),
        )  # fmt: skip
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no instant of the calendar") from None


def _offset(part: dict[str, str | None]) -> timezone:
    if part["hours"] is None or part["minutes"] is None:
        return UTC
    distance = timedelta(hours=int(part["hours"]), minutes=int(part["minutes"]))
    return timezone(-distance if part["sign"] == "-" else distance)


def read_body_instant(value: Any) -> datetime:
    """An instant in a body: with seconds, its offset without a blank."""
    if isinstance(value, str) and not re.fullmatch(INSTANT_PATTERN, value, re.ASCII):
        raise ValueError("must be a day or an instant, such as 2026-02-12T12:00:00+00:00")
    return read_instant(value)


def read_number(value: Any) -> int:
    """A whole number in a query."""
    if not isinstance(value, str) or not WHOLE_NUMBER.fullmatch(value) or len(value) > 4000:
        raise ValueError("must be a whole number")
    return int(value)


def refuse_repeats(values: list[Any]) -> list[Any]:
    """The list, unless it names something twice."""
    if len(set(values)) != len(values):
        raise ValueError("names something twice")
    return values


Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})]
BodyInstant = Annotated[
    datetime,
    BeforeValidator(read_body_instant),
    WithJsonSchema({"type": "string", "pattern": INSTANT_PATTERN}),
]
FilterInstant = Annotated[
    datetime, BeforeValidator(read_instant), WithJsonSchema({"type": "string", "pattern": FILTER_PATTERN})
]
FilterNumber = Annotated[int, BeforeValidator(read_number), WithJsonSchema({"type": "integer"})]


def _page_number(value: int) -> int:
    if value < 1:
        raise ValueError("starts at 1")
    return value


def _page_size(value: int) -> int:
    if not 1 <= value <= 200:
        raise ValueError("may be 1 to 200")
    return value


class PagedQuery(QueryModel):
    """A list is paged when one of these is sent."""

    page: (
        Annotated[
            int,
            BeforeValidator(read_number),
            AfterValidator(_page_number),
            WithJsonSchema({"type": "integer", "minimum": 1}),
        ]
        | None
    ) = None
    page_size: (
        Annotated[
            int,
            BeforeValidator(read_number),
            AfterValidator(_page_size),
            WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
        ]
        | None
    ) = None


class ToolboxBody(OpenRequestModel):
    """A body of the face: unknown keys are ignored, all faults are told at once."""

    looks_up: ClassVar[bool] = False
    _faults: list[Fault] = PrivateAttr(default_factory=list)

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:  # noqa: ARG003 - none here
        """Faults that need several fields or the clock; `raw` is the body as it came, whatever its faults."""
        return []

    @classmethod
    def partial(cls, raw: dict[str, Any], faults: list[Fault]) -> Self:
        """The body with its faultless fields as they came, for looking up what they name."""
        bad = {fault.path.partition(".")[0] for fault in faults}
        values = {name: None if name in bad else raw.get(name) for name in cls.model_fields}
        body = cast("Self", cls.model_construct(**values))
        body._faults = list(faults)  # noqa: SLF001 - its own
        return body

    def refuse(self, faults: list[Fault]) -> None:
        """Raise when the body has faults, or these lookups found some.

        Raises:
            InvalidInputError: with all of them.
        """
        if self._faults or faults:
            raise InvalidInputError([*self._faults, *faults])


def future_day(raw: dict[str, Any], name: str, now: datetime) -> list[Fault]:
    """A fault when a day of the body is after today."""
    try:
        late = raw.get(name) is not None and read_day(raw[name]) > now.date()
    except ValueError:
        return []
    return [Fault(name, "is in the future")] if late else []


def future_instant(raw: dict[str, Any], name: str, now: datetime) -> list[Fault]:
    """A fault when an instant of the body is still to come."""
    try:
        late = raw.get(name) is not None and read_body_instant(raw[name]) > now
    except ValueError:
        return []
    return [Fault(name, "is in the future")] if late else []


def customer_faults(raw: dict[str, Any]) -> list[Fault]:
    """`customer` goes by two names: one is needed, and both must agree."""
    sent = [raw[name] for name in ("customer", "customer_id") if raw.get(name) is not None]
    if not sent and "customer" not in raw and "customer_id" not in raw:
        return [Fault("customer", "is required")]
    if len(sent) == 2 and sent[0] != sent[1]:
        return [Fault("customer", "differs from customer_id"), Fault("customer_id", "differs from customer")]
    return []
