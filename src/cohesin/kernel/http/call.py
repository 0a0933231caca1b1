"""One HTTP request as a surface and an operation see it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from cohesin.kernel.caller import ANONYMOUS, Caller
from cohesin.kernel.errors import PayloadTooLargeError
from cohesin.kernel.uow import Origin

HEADER_LIMIT = 512


class ClientGoneError(Exception):
    """The client closed the connection before its body was whole."""


class Call:
    """A request: headers (lower case, repeated ones kept), query pairs, body, and what was found out about it."""

    __slots__ = ("_headers", "_query", "body", "caller", "path_values", "receive", "request_id", "scope")

    def __init__(self, scope: Mapping[str, Any], receive: Any) -> None:
        self.scope = scope
        self.receive = receive
        self.request_id = ""
        self.caller: Caller = ANONYMOUS
        self.path_values: dict[str, UUID | int | str] = {}
        self.body = b""
        self._headers: dict[str, list[str]] | None = None
        self._query: list[tuple[str, str]] | None = None

    @property
    def method(self) -> str:
        return str(self.scope["method"])

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    def headers(self, name: str) -> list[str]:
        """Every value of a header, by lower-case name."""
        if self._headers is None:
            found: dict[str, list[str]] = {}
            for key, value in self.scope["headers"]:
                found.setdefault(key.decode("latin-1").lower(), []).append(value.decode("latin-1"))
            self._headers = found
        return self._headers.get(name, [])

    def header(self, name: str) -> str | None:
        """The first value of a header, by lower-case name."""
        values = self.headers(name)
        return values[0] if values else None

    def cookie(self, name: str) -> str | None:
        for header in self.headers("cookie"):
            for part in header.split(";"):
                key, _, value = part.strip().partition("=")
                if key == name:
                    return value
        return None

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs in order; a lone `?` and stray `&` are harmless."""
        if self._query is None:
            raw = self.scope.get("query_string", b"")
            self._query = (
                parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="utf-8") if raw else []
            )
        return self._query

    @property
    def ip_address(self) -> str | None:
        client = self.scope.get("client")
        return client[0] if client else None

    @property
    def base_url(self) -> str:
        """Scheme and host that served this call."""
        host = self.header("host") or "localhost"
        return f"{self.scope.get('scheme', 'http')}://{host}"

    @property
    def origin(self) -> Origin:
        agent = self.header("user-agent")
        return Origin(
            request_id=self.request_id,
            ip_address=self.ip_address,
            user_agent=agent[:HEADER_LIMIT] if agent else None,
        )

    async def chunks(self, limit: int | None = None) -> AsyncIterator[bytes]:
        """The body as it arrives; past `limit` bytes it is refused.

        Raises:
            PayloadTooLargeError: more bytes came than allowed.
            ClientGoneError: the client left before the end.
        """
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            piece: bytes = message.get("body", b"")
            size += len(piece)
            if limit is not None and size > limit:
                raise PayloadTooLargeError
            if piece:
                yield piece
            if not message.get("more_body", False):
                return

    async def read_body(self, limit: int) -> bytes:
        """The whole body, at most `limit` bytes."""
        declared = self.header("content-length")
        if declared is not None and declared.isdigit() and int(declared) > limit:
            raise PayloadTooLargeError
        self.body = b"".join([piece async for piece in self.chunks(limit)])
        return self.body
