"""The registry as a Litestar application: one raw ASGI route a path, found by Litestar's trie (never linear)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from litestar import Litestar, Request, Response
from litestar.exceptions import HTTPException
from litestar.handlers import asgi

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.http.answers import encoder
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Edge
from cohesin.kernel.http.operation import PATH_PARAMETER, Operation, Registry
from cohesin.kernel.http.surface import Surface


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
        status, body, headers = surface.render_error(NotFoundError(), call)
        headers = {**headers, surface.request_id_header: call.request_id}
        return Response(encoder.encode(body), status_code=status, headers=headers, media_type="application/json")

    return Litestar(
        route_handlers=[*handlers, *extra_handlers],
        openapi_config=None,
        lifespan=list(lifespan),
        exception_handlers={404: not_routed, 405: not_routed},
        logging_config=None,
    )


def _surface_of(path: str, surfaces: set[Surface], default: Surface) -> Surface:
    """The face whose prefix the path has (the longest), so that even an unknown path is refused in its shape."""
    best, length = default, 0
    for surface in surfaces:
        for prefix in surface.path_prefixes:
            if path.startswith(prefix) and len(prefix) > length:
                best, length = surface, len(prefix)
    return best


def _route(edge: Edge, path: str, operations: dict[str, Operation]) -> Any:
    names = _pattern(next(iter(operations.values())).path)[1]
    paths = {operation.path for operation in operations.values()}
    wildcard = any(":path}" in declared for declared in paths)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        values = scope["path_params"]
        raw = [str(values[name]) for name in names]
        if wildcard:
            raw[-1] = raw[-1].removeprefix("/")
        await edge.handle(operations, scope, receive, send, raw)

    return asgi(path)(answer)
