"""Lists of the face: a bare array, or a page object when paging is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.http.answers import Answer
from cohesin.kernel.http.call import Call
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.partners.toolbox.answers import ListPage
from cohesin.partners.toolbox.inputs import LARGEST, PagedQuery

T = TypeVar("T")
DEFAULT_PAGE_SIZE: Final = 50


async def answer_list(
    call: Call, query: PagedQuery, fetch: Callable[[Window], Awaitable[Found[T]]], render: Callable[[T], Any]
) -> Answer:
    """The whole list, or the page that was asked for (always one for accounts set that way).

    Raises:
        NotFoundError: a page after the last; page 1 of an empty list is an empty page.
    """
    if query.page is None and query.page_size is None and "always_paged" not in call.caller.scopes:
        found = await fetch(WHOLE)
        items = [render(item) for item in found.items]
        return Answer(body=items, headers={"X-Total-Count": str(found.total)})
    page, size = query.page or 1, query.page_size or DEFAULT_PAGE_SIZE
    offset = (page - 1) * size
    if offset > LARGEST:
        raise NotFoundError
    found = await fetch(Window(size, offset))
    if page > 1 and not found.items:
        raise NotFoundError
    following = _page_url(call, page + 1) if offset + len(found.items) < found.total else None
    previous = _page_url(call, page - 1) if page > 1 else None
    items = [render(item) for item in found.items]
    body = ListPage(count=len(items), total=found.total, next=following, previous=previous, results=items)
    links = [f'<{url}>; rel="{rel}"' for url, rel in ((following, "next"), (previous, "prev")) if url]
    headers = {"X-Total-Count": str(found.total), "Link": ", ".join(links)}
    return Answer(body=body, headers=headers)


def _page_url(call: Call, page: int) -> str:
    pairs = [(key, value) for key, value in call.query if key != "page"]
    return f"{call.base_url}{call.path.rstrip('/')}/?{urlencode([*pairs, ('page', page)])}"


async def nothing(_: Window) -> Found[Any]:
    """A list that no row can be in."""
    return Found([], 0)


def is_storable(number: int | None) -> bool:
    """Whether a filter's number could be the number of anything."""
    return number is None or 0 < number <= LARGEST
