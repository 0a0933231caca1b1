"""One operation, declared once. The registry of them gives routes, permissions, OpenAPI and the conformance suite."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints
from uuid import UUID

from pydantic import BaseModel

from cohesin.kernel.authz import Requirement
from cohesin.kernel.errors import CohesinError, Fault, InvalidInputError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.surface import Surface
from cohesin.kernel.uow import UnitOfWork, Units

Handler = Callable[..., Awaitable[Any]]
PATH_PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")
BODY_METHODS = ("POST", "PUT", "PATCH", "DELETE")


class Parameter:
    """One parameter of a handler and where its value comes from."""

    __slots__ = ("annotation", "kind", "name")

    def __init__(self, name: str, kind: str, annotation: Any) -> None:
        self.name = name
        self.kind = kind
        self.annotation = annotation


class Operation:
    """A method and path with its rights, its shapes and its handler."""

    def __init__(
        self,
        *,
        surface: Surface,
        method: str,
        path: str,
        permission: Requirement,
        handler: Handler,
        status: int,
        tags: tuple[str, ...],
        errors: tuple[type[CohesinError], ...],
        media: Mapping[str, str] | None,
        request_media: str,
        body_limit: int | None,
        bad_path: type[CohesinError] | None,
        multipart: bool,
        hidden: bool,
        survives_suspension: bool,
        answers: Any,
        summary: str,
    ) -> None:
        self.surface = surface
        self.method = method
        self.path = path
        self.permission = permission
        self.handler = handler
        self.status = status
        self.tags = tags
        self.errors = errors
        self.media = dict(media or {})
        self.request_media = request_media
        self.body_limit = body_limit or surface.body_limit
        self.bad_path = bad_path
        self.multipart = multipart
        self.hidden = hidden
        self.survives_suspension = survives_suspension
        self.summary = summary
        self.id = f"{surface.name}.{handler.__name__}"
        self.path_names = tuple(match.group(1) for match in PATH_PARAMETER.finditer(path))
        self.parameters, returned = self._inspect()
        self.answer = answers if answers is not None else returned
        self.body_model: Any = self._one("body")
        self.query_model: Any = self._one("query")
        self.streams_body = (
            any(p.kind == "call" for p in self.parameters) and self.request_media != "application/json"
        )
        self.opens_unit = any(p.kind == "uow" for p in self.parameters)

    def _inspect(self) -> tuple[list[Parameter], Any]:
        hints = get_type_hints(self.handler)
        parameters = []
        for name in inspect.signature(self.handler).parameters:
            annotation = hints[name]
            parameters.append(Parameter(name, self._kind(name, annotation), annotation))
        missing = set(self.path_names) - {p.name for p in parameters if p.kind == "path"}
        if missing:
            message = f"{self.id}: path parameters {sorted(missing)} are not taken by the handler"
            raise TypeError(message)
        return parameters, hints.get("return")

    def _kind(self, name: str, annotation: Any) -> str:
        if name in self.path_names:
            return "path"
        if annotation is UnitOfWork:
            return "uow"
        if annotation is Units:
            return "units"
        if annotation is Call:
            return "call"
        if name in ("body", "query"):
            return name
        if isinstance(annotation, type) and not issubclass(annotation, BaseModel):
            return "service"
        message = f"{self.handler.__qualname__}: cannot tell where `{name}` comes from"
        raise TypeError(message)

    def _one(self, kind: str) -> Any:
        return next((p.annotation for p in self.parameters if p.kind == kind), None)

    def parse_path(self, raw: Mapping[str, str]) -> dict[str, UUID | int | str]:
        """Path values as the handler types them.

        Raises:
            InvalidInputError: a malformed UUID or number (or the operation's own `bad_path` error).
        """
        from_text: dict[str, UUID | int | str] = {}
        faults = []
        for parameter in self.parameters:
            if parameter.kind != "path":
                continue
            value = raw[parameter.name]
            read = read_path_value(parameter.annotation, value)
            if read is None:
                faults.append(parameter.name)
            else:
                from_text[parameter.name] = read
        if faults:
            raise bad_path_error(self, faults)
        return from_text


UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


def read_path_value(annotation: Any, value: str) -> UUID | int | str | None:
    if annotation is UUID:
        return UUID(value) if UUID_TEXT.fullmatch(value) else None
    if annotation is int:
        return int(value) if value.isascii() and value.isdigit() and 0 < int(value) < 2**63 else None
    if "\x00" in value:
        return None
    allowed = typing.get_args(annotation) if typing.get_origin(annotation) is typing.Literal else ()
    return value if not allowed or value in allowed else None


def bad_path_error(operation: Operation, names: list[str]) -> CohesinError:
    if operation.bad_path is not None:
        return operation.bad_path()
    return InvalidInputError([Fault(name, "is not well-formed", "path") for name in names])


class Registry:
    """Every operation of the server, by declaration order."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._seen: set[tuple[str, str]] = set()

    def add(self, operation: Operation) -> None:
        key = (operation.method, PATH_PARAMETER.sub("{}", operation.path).rstrip("/"))
        if key in self._seen:
            message = f"{operation.method} {operation.path} is declared twice"
            raise ValueError(message)
        self._seen.add(key)
        self.operations.append(operation)


registry = Registry()


class OperationsOf:
    """The decorators of a surface: `@platform.get("/path", permission=…)`."""

    def __init__(self, surface: Surface, prefix: str = "", tags: tuple[str, ...] = ()) -> None:
        self.surface = surface
        self.prefix = prefix
        self.tags = tags

    def tagged(self, *tags: str) -> OperationsOf:
        return OperationsOf(self.surface, self.prefix, tags)

    def operation(
        self,
        method: str,
        path: str,
        *,
        permission: Requirement,
        status: int | None = None,
        errors: tuple[type[CohesinError], ...] = (),
        media: Mapping[str, str] | None = None,
        request_media: str = "application/json",
        body_limit: int | None = None,
        bad_path: type[CohesinError] | None = None,
        multipart: bool = False,
        hidden: bool = False,
        survives_suspension: bool = False,
        answers: Any = None,
    ) -> Callable[[Handler], Handler]:
        """Declare an operation. `media` maps a non-JSON answer's media type to its OpenAPI string format.

        `survives_suspension` keeps it open to users of a suspended tenant (to see why, switch, or leave).
        `answers` is the shape of the answer where the handler returns an `Answer` around it.
        """

        def declare(handler: Handler) -> Handler:
            doc = inspect.getdoc(handler) or handler.__name__.replace("_", " ").capitalize() + "."
            registry.add(
                Operation(
                    surface=self.surface,
                    method=method,
                    path=self.prefix + path,
                    permission=permission,
                    handler=handler,
                    status=status or (201 if method == "POST" else 200),
                    tags=self.tags,
                    errors=errors,
                    media=media,
                    request_media=request_media,
                    body_limit=body_limit,
                    bad_path=bad_path,
                    multipart=multipart,
                    hidden=hidden,
                    survives_suspension=survives_suspension,
                    answers=answers,
                    summary=doc,
                )
            )
            return handler

        return declare

    def get(self, path: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.operation("GET", path, **facts)

    def post(self, path: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.operation("POST", path, **facts)

    def put(self, path: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.operation("PUT", path, **facts)

    def patch(self, path: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.operation("PATCH", path, **facts)

    def delete(self, path: str, **facts: Any) -> Callable[[Handler], Handler]:
        return self.operation("DELETE", path, **facts)
