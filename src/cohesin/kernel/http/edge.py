"""The edge: from an ASGI request to one committed unit of work and an encoded answer, the same for every operation."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar

import asyncpg
import structlog

from cohesin.kernel.caller import ANONYMOUS
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import (
    CohesinError,
    ConflictError,
    MethodNotAllowedError,
    NotFoundError,
    RuleRefusedError,
    UnavailableError,
)
from cohesin.kernel.http.answers import Answer, RawAnswer, StreamAnswer, encoder
from cohesin.kernel.http.call import Call, ClientGoneError
from cohesin.kernel.http.idempotency import (
    IdempotencyKey,
    KeptAnswer,
    keep_answer,
    release_key,
    take_key,
    take_key_or_wait,
)
from cohesin.kernel.http.models import parse_query
from cohesin.kernel.http.operation import BODY_METHODS, Operation
from cohesin.kernel.log import log_request
from cohesin.kernel.metrics import DB_WAIT_SECONDS, HTTP_IN_FLIGHT, record_pool, record_request
from cohesin.kernel.storage import StorageFullError
from cohesin.kernel.uow import UnitOfWork, Units

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
T = TypeVar("T")
log = structlog.get_logger("cohesin.http")
TRIES = 3
SAFE_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]


class Services:
    """The long-lived parts of a process, by type: what a handler names in its signature it is given."""

    def __init__(self, units: Units, *parts: object) -> None:
        self.units = units
        self._parts: dict[type, object] = {}
        for part in parts:
            self.add(part)

    def add(self, part: object, as_type: type | None = None) -> None:
        self._parts[as_type or type(part)] = part

    def get(self, kind: type[T]) -> T:
        """The part of that type (or of a subtype)."""
        found = self._parts.get(kind)
        if found is None:
            found = next((part for part in self._parts.values() if isinstance(part, kind)), None)
            if found is None:
                message = f"no {kind.__name__} was wired"
                raise LookupError(message)
            self._parts[kind] = found
        return found  # type: ignore[return-value]


class Sent:
    """An encoded answer, ready to go."""

    __slots__ = ("content", "headers", "media_type", "status")

    def __init__(
        self,
        status: int,
        content: bytes | StreamAnswer,
        media_type: str | None,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        self.status = status
        self.content = content
        self.media_type = media_type
        self.headers = headers


def encode_answer(operation: Operation, answer: Any) -> Sent:
    """Status, body and headers of what a handler gave back."""
    status, headers = operation.status, []
    if isinstance(answer, Answer):
        status = answer.status or status
        headers = _encoded(answer.headers) + [
            (b"set-cookie", cookie.encode("latin-1")) for cookie in answer.cookies
        ]
        answer = answer.body
    if isinstance(answer, RawAnswer):
        return Sent(answer.status, answer.content, answer.media_type, headers + _encoded(answer.headers))
    if isinstance(answer, StreamAnswer):
        return Sent(answer.status, answer, answer.media_type, headers + _encoded(answer.headers))
    if answer is None:
        return Sent(204 if status in (200, 201) else status, b"", None, headers)
    return Sent(status, encoder.encode(answer), "application/json", headers)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def kept_from(sent: Sent, content: bytes) -> KeptAnswer:
    return KeptAnswer(sent.status, sent.media_type, content, sent.headers)


def chosen(operations: Mapping[str, Operation], method: str) -> Operation:
    """The operation of a path's method.

    Raises:
        MethodNotAllowedError: the path takes other methods.
    """
    found = operations.get(method)
    if found is None:
        raise MethodNotAllowedError(tuple(sorted(operations)))
    return found


class Edge:
    """Runs operations. One instance a process."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def handle(
        self,
        operations: Mapping[str, Operation],
        scope: Mapping[str, Any],
        receive: Any,
        send: Send,
        raw_path: list[str],
    ) -> None:
        """Answer one request to a path that takes `operations`, by method."""
        HTTP_IN_FLIGHT.inc()
        try:
            await self._handle(operations, scope, receive, send, raw_path)
        finally:
            HTTP_IN_FLIGHT.dec()
            pool = self.services.units.pool
            idle = pool.get_idle_size()
            record_pool(idle=idle, used=pool.get_size() - idle)

    async def _handle(
        self,
        operations: Mapping[str, Operation],
        scope: Mapping[str, Any],
        receive: Any,
        send: Send,
        raw_path: list[str],
    ) -> None:
        started = time.perf_counter()
        call = Call(scope, receive)
        operation = operations.get(call.method)
        any_operation = operation or next(iter(operations.values()))
        surface = any_operation.surface
        call.request_id = surface.request_id(call)
        structlog.contextvars.bind_contextvars(request_id=call.request_id)
        try:
            sent = await self.run(chosen(operations, call.method), call, raw_path)
        except ClientGoneError:
            return
        except Exception as error:  # noqa: BLE001 - the edge is where every error becomes an answer
            sent = self.render(any_operation, call, error)
        await self._send(sent, call, surface.request_id_header, send)
        elapsed = time.perf_counter() - started
        name = operation.id if operation else "method_not_allowed"
        record_request(name, sent.status, elapsed)
        log_request(name, sent.status, elapsed, call.request_id)

    def render(self, operation: Operation, call: Call, error: Exception) -> Sent:
        """Any error in the surface's own shape; what was not foreseen is logged whole and shown as one sentence."""
        known = _as_known(error)
        if known is None:
            log.error("unforeseen error", operation=operation.id, exc_info=error)
            known = CohesinError()
        status, body, headers = operation.surface.render_error(known, call)
        if isinstance(body, RawAnswer):  # a page, where the caller is a browser
            return Sent(status, body.content, body.media_type, _encoded({**headers, **body.headers}))
        return Sent(status, encoder.encode(body), "application/json", _encoded(headers))

    async def run(self, operation: Operation, call: Call, raw_path: list[str]) -> Sent:
        """Identify, allow, parse, act, commit, encode."""
        if operation.body_model is not None and call.method in BODY_METHODS:
            await call.read_body(operation.body_limit)
        tries = 1 if operation.streams_body else TRIES
        for attempt in range(1, tries + 1):
            try:
                return await self._attempt(operation, call, raw_path)
            except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
                if attempt == tries:
                    raise
        raise AssertionError

    async def _attempt(self, operation: Operation, call: Call, raw_path: list[str]) -> Sent:
        asked = time.perf_counter()
        async with self.services.units.pool.acquire() as conn:
            DB_WAIT_SECONDS.observe(time.perf_counter() - asked)
            arguments = await self._admit(operation, call, raw_path, conn)
            if operation.opens_unit:
                key = IdempotencyKey.of(operation, call, self.services)
                reading = (
                    call.method == "GET" and operation.surface.sets_tenant and not operation.permission.public
                )
                clock = self.services.units.clock
                async with UnitOfWork(conn, call.caller, clock, call.origin, reading=reading) as uow:
                    return await self._act(operation, {**arguments, **self._units(operation, uow)}, key, conn)
        if operation.multipart and not call.body:
            # Read only now that the caller is known and no connection waits for it; an idempotency key covers it.
            await call.read_body(operation.body_limit)
        key = IdempotencyKey.of(operation, call, self.services)
        return await self._act_in_own_units(operation, arguments, key)

    async def _admit(
        self, operation: Operation, call: Call, raw_path: list[str], conn: Connection
    ) -> dict[str, Any]:
        """The caller, the right, then every parameter."""
        surface = operation.surface
        if operation.permission.public:
            call.caller = ANONYMOUS
            await surface.admit_public(call, conn, operation, self.services)
        else:
            call.caller = await surface.identify(call, conn, operation, self.services)
        operation.permission.check(call.caller)
        arguments: dict[str, Any] = {}
        if raw_path:
            call.path_values = operation.parse_path(dict(zip(operation.path_names, raw_path, strict=True)))
            arguments |= call.path_values
        for parameter in operation.parameters:
            if parameter.kind == "query":
                arguments["query"] = parse_query(parameter.annotation, call.query)
            elif parameter.kind == "body":
                surface.check_media(call, operation)
                arguments["body"] = surface.parse_body(parameter.annotation, call)
            elif parameter.kind == "call":
                arguments[parameter.name] = call
            elif parameter.kind == "units":
                arguments[parameter.name] = self.services.units
            elif parameter.kind == "service":
                arguments[parameter.name] = self.services.get(parameter.annotation)
        return arguments

    @staticmethod
    def _units(operation: Operation, uow: UnitOfWork) -> dict[str, UnitOfWork]:
        return {parameter.name: uow for parameter in operation.parameters if parameter.kind == "uow"}

    async def _act(
        self, operation: Operation, arguments: dict[str, Any], key: IdempotencyKey | None, conn: Connection
    ) -> Sent:
        """Run the handler within its transaction; with an idempotency key, keep or replay the answer there too."""
        if key is not None:
            _, kept = await take_key(conn, key, self.services)
            if kept is not None:
                return Sent(kept.status, kept.body, kept.media_type, kept.headers)
        sent = encode_answer(operation, await operation.handler(**arguments))
        if key is not None and isinstance(sent.content, bytes):
            await keep_answer(conn, key, kept_from(sent, sent.content), self.services)
        return sent

    async def _act_in_own_units(
        self, operation: Operation, arguments: dict[str, Any], key: IdempotencyKey | None
    ) -> Sent:
        """Run a handler that opens its own units (it waits on hashing, storage or the network between them)."""
        if key is None:
            return encode_answer(operation, await operation.handler(**arguments))
        kept = await take_key_or_wait(key, self.services)
        if kept is not None:
            return Sent(kept.status, kept.body, kept.media_type, kept.headers)
        try:
            sent = encode_answer(operation, await operation.handler(**arguments))
        except BaseException:
            await release_key(key, self.services)
            raise
        if not isinstance(sent.content, bytes):
            await release_key(key, self.services)
            return sent
        async with self.services.units.open() as uow:
            await keep_answer(uow.conn, key, kept_from(sent, sent.content), self.services)
        return sent

    @staticmethod
    async def _send(sent: Sent, call: Call, id_header: str, send: Send) -> None:
        named = {name for name, _ in sent.headers}
        headers = [*sent.headers, (id_header.lower().encode(), call.request_id.encode("latin-1"))]
        headers += [pair for pair in SAFE_HEADERS if pair[0] not in named]
        if sent.media_type:
            headers.append((b"content-type", sent.media_type.encode("latin-1")))
        body = sent.content
        length = len(body) if isinstance(body, bytes) else body.length
        if length is not None and sent.status != 204:
            headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": sent.status, "headers": headers})
        if isinstance(body, StreamAnswer):
            async for piece in body.chunks:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body})


def _as_known(error: Exception) -> CohesinError | None:
    """Errors of database and store that are facts about the request; slices name theirs more exactly before this."""
    if isinstance(error, CohesinError):
        return error
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        return ConflictError()
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return NotFoundError("Something this refers to does not exist.")
    if isinstance(error, asyncpg.CheckViolationError):
        return RuleRefusedError()
    if isinstance(
        error, OSError | StorageFullError | asyncpg.CannotConnectNowError | asyncpg.TooManyConnectionsError
    ):
        log.warning("dependency down", error_type=type(error).__name__)
        full = isinstance(error, StorageFullError)
        return UnavailableError("There is no room to store this." if full else None)
    return None
