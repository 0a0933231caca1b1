"""What a handler may give back: a struct (encoded as JSON), nothing, bytes, or a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from cohesin.kernel.http.wire import Number

T = TypeVar("T")


class DataOf(msgspec.Struct, Generic[T], frozen=True):
    """`{"data": …}`."""

    data: T


class Pagination(msgspec.Struct, frozen=True, rename="camel"):
    """Where a page stands in all matches."""

    total: Number
    limit: Number
    offset: Number
    has_more: bool


class Page(msgspec.Struct, Generic[T], frozen=True):
    """`{"data": […], "pagination": …}`."""

    data: list[T]
    pagination: Pagination


def page_of(items: list[T], total: int, limit: int, offset: int) -> Page[T]:
    return Page(items, Pagination(total, limit, offset, offset + len(items) < total))


class RawAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes as they are."""

    content: bytes
    media_type: str
    status: int = 200
    headers: Mapping[str, str] = {}


class StreamAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A body sent piece by piece with constant memory. `length` is its size in bytes, when known."""

    chunks: AsyncIterator[bytes]
    media_type: str
    length: int | None = None
    status: int = 200
    headers: Mapping[str, str] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A struct with headers or a status of its own, where the operation's declared ones do not do."""

    body: Any
    status: int | None = None
    headers: Mapping[str, str] = {}
    cookies: tuple[str, ...] = ()


def encode_hook(value: Any) -> Any:
    """asyncpg's UUID and other string-like values as text."""
    return str(value)


encoder = msgspec.json.Encoder(enc_hook=encode_hook)
