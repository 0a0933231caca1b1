"""Opal's face: HTTP Basic, `{description, error, code}`, 200 on every success, JSON whatever the content type."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta, timezone, tzinfo
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec

from cohesin.kernel.authz import Requirement
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.crypto.api_keys import digest
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import (
    CohesinError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RuleRefusedError,
    UnauthenticatedError,
)
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.models import UnreadableBodyError, parse_body
from cohesin.kernel.http.operation import Operation, OperationsOf
from cohesin.kernel.http.surface import Surface
from cohesin.kernel.ids import new_id
from cohesin.kernel.settings import Settings

READ = Requirement(
    "opal:read", "Any key that is switched on.", lambda caller: caller.kind is CallerKind.PARTNER
)
WRITE = Requirement(
    "opal:write",
    "Keys that may write.",
    lambda caller: caller.kind is CallerKind.PARTNER and not caller.read_only,
)


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """Every error of this face."""

    description: str
    error: str
    code: int
    fields: dict[str, str] | None = None


class OpalFace:
    """What the face's handlers need of the settings: its time zone and the largest upload."""

    def __init__(self, settings: Settings) -> None:
        self.zone = zone_of(settings.opal_timezone)
        self.max_upload_bytes = settings.max_upload_bytes

    def time(self, moment: datetime) -> str:
        """Seconds, in the face's zone, without an offset."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def time_or_none(self, moment: datetime | None) -> str | None:
        return None if moment is None else self.time(moment)


def zone_of(name: str) -> tzinfo:
    """`UTC-8` and the like as a fixed offset, else an IANA zone."""
    if name.startswith(("UTC+", "UTC-")):
        hours, _, minutes = name[4:].partition(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-offset if name[3] == "-" else offset)
    return ZoneInfo(name)


class OpalSurface(Surface):
    name = "opal"
    security_scheme = "opalKey"
    security: ClassVar[dict[str, Any]] = {"type": "http", "scheme": "basic"}
    error_schema = Error
    body_limit = 32 * 1024 * 1024
    path_prefixes = ("/opal",)

    def request_id(self, call: Call) -> str:
        return str(new_id())

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        login, password = _basic(call)
        row = await conn.fetchrow("SELECT * FROM partners.identify_opal_key($1, $2)", login, digest(password))
        if row["key_id"] is None:
            raise UnauthenticatedError
        if not row["enabled"]:
            raise ForbiddenError("This key is switched off.")
        if row["tenant_status"] in ("inactive", "retired"):
            raise ForbiddenError("This workspace is suspended.")
        return Caller(
            kind=CallerKind.PARTNER,
            id=row["key_id"],
            tenant_id=row["tenant_id"],
            account_number=row["user_number"],
            read_only=row["read_only"],
        )

    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        headers = error.headers
        if error.status == HTTPStatus.UNAUTHORIZED:
            headers = {**headers, "WWW-Authenticate": 'Basic realm="opal", charset="UTF-8"'}
        faults = getattr(error, "faults", [])
        fields = {fault.path: fault.message for fault in faults} or None
        message = error.message
        if fields:
            message = "; ".join(f"{name}: {problem}" for name, problem in fields.items())
        body = Error(message, HTTPStatus(error.status).phrase, error.status, fields)
        return error.status, body, headers

    def parse_body(self, model: type[Any], call: Call) -> Any:
        """A body as JSON whatever it is called; a form where the model takes one.

        Raises:
            UnreadableBodyError: neither (400).
            RuleRefusedError: readable, but not what the operation takes (422); a malformed patch stays 400.
        """
        raw = call.body.strip()
        try:
            return parse_body(model, _as_json(raw, takes_form=getattr(model, "takes_form", False)))
        except UnreadableBodyError:
            raise
        except InvalidInputError as error:
            if getattr(model, "malformed_is_bad_request", False):
                raise
            raise RuleRefusedError(error.message, faults=error.faults) from None

    def error_statuses(self, operation: Operation) -> tuple[int, ...]:
        return (400, 401, 403, 404, 422, 500)


def _basic(call: Call) -> tuple[str, str]:
    scheme, _, encoded = (call.header("authorization") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        raise UnauthenticatedError
    try:
        login, colon, password = (
            base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        raise UnauthenticatedError from None
    if not colon or "\x00" in login:
        raise UnauthenticatedError
    return login, password


def _as_json(raw: bytes, *, takes_form: bool) -> bytes:
    """The body as one JSON text: a form becomes an object, a JSON string that holds JSON is opened."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pairs = _form(raw) if takes_form and raw[:1] not in (b"{", b"[", b'"') else {}
        if not pairs:
            raise UnreadableBodyError([]) from None
        return msgspec.json.encode(pairs)
    if isinstance(value, str):
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return raw
        return value.encode()
    return raw


def _form(raw: bytes) -> dict[str, str]:
    """A form's fields; empty for what is no form in UTF-8."""
    if b"=" not in raw:
        return {}
    try:
        return dict(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        return {}


class OpalOperations(OperationsOf):
    """Declares operations of this face: 200 on success, 404 for a path that names nothing."""

    def operation(self, method: str, path: str, **facts: Any) -> Any:
        facts.setdefault("status", 200)
        facts.setdefault("bad_path", NotFoundError)
        return super().operation(method, path, **facts)

    def tagged(self, *tags: str) -> OpalOperations:
        return OpalOperations(self.surface, self.prefix, tags)


opal = OpalOperations(OpalSurface(), "/opal", ("Opal",))
