"""Domain events: one row for each change, written in the transaction of the change.

The audit log, webhooks, realtime and polling read the same rows. A subscriber runs inside that transaction, so what it
writes (a delivery to make, a task) stands or falls with the change.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from cohesin.kernel.ids import new_id

if TYPE_CHECKING:
    from cohesin.kernel.uow import UnitOfWork

MASK = "***"
#: Parts of names, whatever joins their words (`apiKey`, `api_key`, `X-Api-Key`).
SECRET_WORDS = (
    "password",
    "passphrase",
    "secret",
    "token",
    "credential",
    "authorization",
    "privatekey",
    "accesskey",
    "apikey",
    "codehash",
    "keyhash",
)
JOINTS = str.maketrans("", "", "_-. ")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`type` is `entity.verb`. `data` is what subscribers may see: ids and states, never patient data or secrets.

    `changes` maps a field to `{"before": …, "after": …}`; secrets in it are masked here, whoever filled it.
    """

    type: str
    entity_id: UUID | None
    data: Mapping[str, Any] = {}
    changes: Mapping[str, Any] | None = None
    tenant_id: UUID | None = None
    id: UUID = msgspec.field(default_factory=new_id)

    @property
    def entity_type(self) -> str:
        return self.type.rpartition(".")[0]


class RecordedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as stored, with its place in the log."""

    sequence: int
    id: UUID
    tenant_id: UUID | None
    type: str
    entity_type: str
    entity_id: UUID | None
    data: Mapping[str, Any]
    occurred_at: datetime


Subscriber = Callable[["UnitOfWork", RecordedEvent], Awaitable[None]]
_subscribers: list[Subscriber] = []


def subscribe(subscriber: Subscriber) -> Subscriber:
    """Run `subscriber` in the transaction of every event. Declared once, at import."""
    if subscriber not in _subscribers:
        _subscribers.append(subscriber)
    return subscriber


def subscribers() -> tuple[Subscriber, ...]:
    return tuple(_subscribers)


_event_types: dict[str, str] = {}


def declare_event_types(types: Mapping[str, str]) -> None:
    """Say which event types a slice records, each with a sentence for subscribers. A test finds undeclared ones.

    Raises:
        ValueError: at import, for a type that was declared before.
    """
    for key, description in types.items():
        if key in _event_types:
            raise ValueError(f"the event type {key} is declared already")
        _event_types[key] = description


def event_types() -> dict[str, str]:
    """Every declared event type with its description, sorted."""
    return dict(sorted(_event_types.items()))


def masked(value: Any, key: str = "") -> Any:
    """A copy with the values of secret-sounding keys masked, at any depth."""
    plain = key.lower().translate(JOINTS)
    if any(word in plain for word in SECRET_WORDS):
        return MASK if value is not None else None
    if isinstance(value, Mapping):
        return {name: masked(inner, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


def changes_between(before: Any, after: Any) -> dict[str, Any]:
    """`{field: {before, after}}` of two structs of one kind, for the fields that differ."""
    old, new = msgspec.structs.asdict(before), msgspec.structs.asdict(after)
    return {
        name: {"before": old[name], "after": value}
        for name, value in new.items()
        if name in old and old[name] != value and name != "updated_at"
    }
