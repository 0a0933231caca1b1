"""The registry as a Litestar application: one route a path, found by Litestar's trie (never linear)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from litestar import HttpMethod, Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse

from cohesin.kernel.errors import CohesinError, Fault, InvalidInputError, NotFoundError
from cohesin.kernel.http.answers import RawAnswer, encoder
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Edge
from cohesin.kernel.http.operation import PATH_PARAMETER, Operation, Registry
from cohesin.kernel.http.surface import Surface

METHODS = [
    HttpMethod.GET,
    HttpMethod.HEAD,
    HttpMethod.POST,
    HttpMethod.PUT,
    HttpMethod.PATCH,
    HttpMethod.DELETE,
    HttpMethod.OPTIONS,
]


def _pattern(path: str) -> tuple[str, list[str]]:
    """Litestar's pattern of a path, with its parameters named by place, and those names."""
    names: list[str] = []

    def name(match: re.Match[str]) -> str:
        names.append(f"p{len(names)}")
        return "{" + names[-1] + ":" + (match.group(2) or "str") + "}"

    pattern = PATH_PARAMETER.sub(name, path)
    return (pattern.rstrip("/") or "/"), names


def build_application(
    registry: Registry,
    edge: Edge,
    *,
    default_surface: Surface,
    lifespan: Sequence[Callable[..., Any]] = (),
    extra_handlers: Sequence[Any] = (),
    application: type[Litestar] = Litestar,
) -> Litestar:
    """The ASGI application of every registered operation."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in registry.operations:
        by_path.setdefault(_pattern(operation.path)[0], {})[operation.method] = operation
    handlers = [_route(edge, path, operations) for path, operations in by_path.items()]
    surfaces = {operation.surface for operation in registry.operations}

    def not_routed(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        surface = _surface_of(request.scope["path"], surfaces, default_surface)
        call = Call(request.scope, request.receive)
        call.request_id = surface.request_id(call)
        status, body, headers = surface.render_error(_fact_of(error), call)
        headers = {**headers, surface.request_id_header: call.request_id}
        if isinstance(body, RawAnswer):
            headers |= body.headers
            media_type = body.media_type.partition(";")[0]  # Litestar names the charset itself
            return Response(body.content, status_code=status, headers=headers, media_type=media_type)
        return Response(
            encoder.encode(body), status_code=status, headers=headers, media_type="application/json"
        )

    return application(
        route_handlers=[*handlers, *extra_handlers],
        openapi_config=None,
        lifespan=list(lifespan),
        exception_handlers={400: not_routed, 404: not_routed, 405: not_routed},
        logging_config=None,
    )


def _fact_of(error: HTTPException) -> CohesinError:
    """What kept the framework from finding a route: its only other refusal is of a malformed Host header."""
    if error.status_code == 400:
        return InvalidInputError([Fault("Host", "is not a host name", "header")])
    return NotFoundError()


def _surface_of(path: str, surfaces: set[Surface], default: Surface) -> Surface:
    """The face whose prefix the path has (the longest), so that even an unknown path is refused in its shape."""
    best, length = default, 0
    for surface in surfaces:
        for prefix in surface.path_prefixes:
            if f"{path}/".startswith(f"{prefix.rstrip('/')}/") and len(prefix) > length:
                best, length = surface, len(prefix)
    return best


class EdgeAnswer(ASGIResponse):
    """What Litestar sends for a route: the edge speaks ASGI itself, so that streams need no wrapping."""

    def __init__(
        self, edge: Edge, operations: dict[str, Operation], raw_path: list[str], receive: Any
    ) -> None:
        self._edge = edge
        self._operations = operations
        self._raw_path = raw_path
        self._receive = receive

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._edge.handle(self._operations, scope, self._receive, send, self._raw_path)


def _route(edge: Edge, path: str, operations: dict[str, Operation]) -> HTTPRouteHandler:
    """One handler for every method of a path: which methods it takes is the surface's answer to give."""
    names = _pattern(next(iter(operations.values())).path)[1]
    wildcard = any(":path}" in operation.path for operation in operations.values())

    async def answer(request: Request[Any, Any, Any]) -> EdgeAnswer:
        values = request.scope["path_params"]
        raw = [str(values[name]) for name in names]
        if wildcard:
            raw[-1] = raw[-1].removeprefix("/")
        return EdgeAnswer(edge, operations, raw, request.receive)

    return HTTPRouteHandler(path, http_method=METHODS)(answer)
