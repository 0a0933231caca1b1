"""The bodies and queries of the face."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, EmailStr, Field, StringConstraints, WithJsonSchema

from cohesin.kernel.errors import Fault
from cohesin.kernel.http.models import ABSENT, OpenRequestModel
from cohesin.partners.toolbox.answers import EventType
from cohesin.partners.toolbox.inputs import (
    BodyInstant,
    Day,
    FilterInstant,
    FilterNumber,
    PagedQuery,
    ToolboxBody,
    customer_faults,
    future_day,
    future_instant,
    refuse_repeats,
)

Text = Annotated[str, StringConstraints(min_length=1)]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("may not be blank")
    return value


#: Kept as it was sent, blanks around it included.
Secret = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False), AfterValidator(_not_blank)]
SEX_PATTERN = r"^([Mm][Aa][Ll][Ee]|[Ff][Ee][Mm][Aa][Ll][Ee])$"
Sex = Annotated[str, StringConstraints(pattern=SEX_PATTERN)]
ETHNICITIES = ("asian", "caucasian", "latino", "african", "black")
DIETS = ("no_meat", "no_gluten", "no_dairy", "only_fish")
RSID_PATTERN = r"^([Rr][Ss])?\d+$"
ALLELE_PATTERN = r"^[ACGTDIacgtdi-]{1,2}$"


def _one_of(words: tuple[str, ...], value: Any) -> Any:
    if value not in words:
        shown = value[:40] if isinstance(value, str) else type(value).__name__
        raise ValueError(f"{shown} is not one of {', '.join(words)}")
    return value


def _ethnicity(value: Any) -> Any:
    return _one_of(ETHNICITIES, value)


def _diet(value: Any) -> Any:
    return _one_of(DIETS, value)


def _african(values: list[str]) -> list[str]:
    return refuse_repeats(["african" if value == "black" else value for value in values])


def _yes_or_no(value: Any) -> Any:
    return {"yes": True, "no": False}.get(value.lower(), value) if isinstance(value, str) else value


Ethnicity = Annotated[
    str, BeforeValidator(_ethnicity), WithJsonSchema({"type": "string", "enum": list(ETHNICITIES)})
]
Diet = Annotated[str, BeforeValidator(_diet), WithJsonSchema({"type": "string", "enum": list(DIETS)})]
YesOrNo = Annotated[
    bool,
    BeforeValidator(_yes_or_no),
    WithJsonSchema(
        {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^([Yy][Ee][Ss]|[Nn][Oo])$"}]}
    ),
]


class TokenRequest(OpenRequestModel):
    """The login of an account."""

    username: Text
    password: Secret


class CustomerFields(ToolboxBody):
    """What may be said of a customer."""

    reference_id: str | None = None
    email: EmailStr | None = None
    date_of_birth: Day | None = None
    consent_date: Day | None = None
    sex: Sex | None = None
    gender: Sex | None = None
    ethnicity: Annotated[list[Ethnicity], AfterValidator(_african)] | None = None
    caffeine_consumption: YesOrNo | None = None
    diet: Annotated[list[Diet], AfterValidator(refuse_repeats)] | None = None

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:
        faults = [fault for name in ("date_of_birth", "consent_date") for fault in future_day(raw, name, now)]
        sexes = [str(raw[name]).lower() for name in ("sex", "gender") if raw.get(name) is not None]
        both = "sex" in raw and "gender" in raw
        if both and (len(sexes) == 1 or len(set(sexes)) == 2):
            faults += [Fault("sex", "differs from gender"), Fault("gender", "differs from sex")]
        return faults


class CustomerCreate(CustomerFields):
    """A person who will get reports."""

    first_name: Text
    last_name: Text


class CustomerUpdate(CustomerFields):
    """Any field of a customer; absent ones stay."""

    first_name: Text = ABSENT
    last_name: Text = ABSENT


def _postal_code(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ValueError("must be a number or a string")
    return value


class AddressBody(ToolboxBody):
    """A postal address. `postal_code` is a number or a string and stays what it is."""

    line_1: Text
    line_2: str | None = None
    city: Text
    state: Text
    postal_code: Annotated[
        Any, BeforeValidator(_postal_code), WithJsonSchema({"type": ["integer", "string"]})
    ]
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class CustomerShipmentCreate(ToolboxBody):
    """Kits to be sent to one customer."""

    looks_up: ClassVar[bool] = True
    customer: int = ABSENT
    customer_id: int = ABSENT
    recipient_address: AddressBody
    recipient_phone: Text
    recipient_name: str | None = None
    sku: Text
    quantity: Annotated[int, Field(ge=1, lt=2**31), WithJsonSchema({"type": "integer", "minimum": 1})]
    notes: str | None = None
    is_replacement: bool = False

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:  # noqa: ARG003 - it asks no clock
        return customer_faults(raw)


class KitCreate(ToolboxBody):
    """A kit that the partner hands out."""

    barcode: Annotated[
        str,
        StringConstraints(min_length=1, max_length=255),
        WithJsonSchema({"type": "string", "minLength": 1}),
    ]


def _kit_number(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return value


class CustomerKitRegistrationCreate(ToolboxBody):
    """Ties a kit to a customer."""

    looks_up: ClassVar[bool] = True
    customer: int = ABSENT
    customer_id: int = ABSENT
    kit: Annotated[
        int,
        BeforeValidator(_kit_number),
        WithJsonSchema({"type": ["integer", "string"], "pattern": r"^\d+$"}),
    ]
    verification_date: BodyInstant | None = None

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:
        return customer_faults(raw) + future_instant(raw, "verification_date", now)


class CustomerKitRegistrationPatch(ToolboxBody):
    """Only this key can change."""

    verification_date: BodyInstant | None = None

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:
        return future_instant(raw, "verification_date", now)


class OrderItemCreate(ToolboxBody):
    """One panel to be ordered."""

    panel_sku: Text


class GeneticMarker(ToolboxBody):
    """One genotype."""

    rsid: Annotated[str, StringConstraints(pattern=RSID_PATTERN)]
    allele: Annotated[str, StringConstraints(pattern=ALLELE_PATTERN)]


class CustomerPanelOrderCreate(ToolboxBody):
    """Panels for one customer, and perhaps the genotypes to compute them from."""

    looks_up: ClassVar[bool] = True
    customer: int = ABSENT
    customer_id: int = ABSENT
    order_items: Annotated[list[OrderItemCreate], Field(min_length=1)]
    genetic_data: Annotated[list[GeneticMarker], Field(min_length=1)] = ABSENT

    @classmethod
    def faults_across(cls, raw: dict[str, Any], now: datetime) -> list[Fault]:  # noqa: ARG003 - it asks no clock
        return (
            customer_faults(raw)
            + _marker_faults(raw.get("genetic_data"))
            + _repeated_skus(raw.get("order_items"))
        )


def _repeated_skus(items: Any) -> list[Fault]:
    skus = [
        item["panel_sku"].strip().lower()
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get("panel_sku"), str)
    ]
    twice = sorted({sku for sku in skus if skus.count(sku) > 1}) if len(skus) <= 1000 else []
    return [Fault("order_items", f"{sku[:100]} is there twice") for sku in twice]


def marker_name(rsid: str) -> str:
    """`rs` and the number, without leading zeros."""
    return f"rs{rsid.lower().removeprefix('rs').lstrip('0') or '0'}"


def _marker_faults(markers: Any) -> list[Fault]:
    """A fault when a marker is there twice with different bases. It names no genotype."""
    seen: dict[str, str] = {}
    for marker in markers if isinstance(markers, list) else []:
        rsid, allele = (
            (marker.get("rsid"), marker.get("allele")) if isinstance(marker, dict) else (None, None)
        )
        if not isinstance(rsid, str) or not isinstance(allele, str):
            continue
        bases = "".join(sorted(allele.strip().upper()))
        if seen.setdefault(marker_name(rsid.strip()), bases) != bases:
            return [Fault("genetic_data", "names one marker twice with different alleles")]
    return []


class RegistrationQuery(PagedQuery):
    customer: FilterNumber | None = None


class ReportQuery(PagedQuery):
    customer_id: FilterNumber | None = None
    client_id: FilterNumber | None = None
    customer: FilterNumber | None = None


class ReportFileQuery(PagedQuery):
    report_id: FilterNumber | None = None
    report: FilterNumber | None = None


class EventQuery(PagedQuery):
    created_at__gte: FilterInstant | None = None
    created_at__gt: FilterInstant | None = None
    created_at__lt: FilterInstant | None = None
    created_at__lte: FilterInstant | None = None
    type: EventType | None = None
