"""Lists as data: which filters, sort keys and order a list has. One piece of code turns that into SQL and a page.

A `Listing` names the rows' struct, the FROM clause and, for each query field, the SQL condition it becomes (with `{}`
where the value's placeholder goes). Values are always parameters; only declared texts enter the statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import Fault, InvalidInputError
from cohesin.kernel.http.answers import Page, page_of
from cohesin.kernel.http.models import ListQuery

T = TypeVar("T")
TOTAL = "matches_in_all"


def search_in(*columns: str) -> str:
    """A condition: the words are part of one of the columns, whatever their accents and case."""
    texts = " OR ".join(
        f"unaccent(lower({column}::text)) LIKE '%' || unaccent(lower(kernel.like_literal({{}}))) || '%'"
        for column in columns
    )
    return f"({texts})"


class Listing(Generic[T]):
    """A list operation's rows, filters and order."""

    def __init__(
        self,
        row: type[T],
        *,
        select: str,
        source: str,
        filters: Mapping[str, str],
        sorts: Mapping[str, str] | None = None,
        default_order: str,
        tie: str,
    ) -> None:
        self.row = row
        self.select = select
        self.source = source
        self.filters = dict(filters)
        self.sorts = dict(sorts or {})
        self.default_order = default_order
        self.tie = tie

    def _conditions(self, query: ListQuery, where: Sequence[str], args: list[Any]) -> list[str]:
        conditions = list(where)
        for field, condition in self.filters.items():
            value = getattr(query, field, None)
            if value is None:
                continue
            args.append(value)
            conditions.append(condition.replace("{}", f"${len(args)}"))
        return conditions

    def _order(self, query: ListQuery) -> str:
        sort = getattr(query, "sort", None)
        descending = getattr(query, "order", None) == "desc"
        if sort is None:
            return f"{self.default_order}, {self.tie}"
        if sort not in self.sorts:
            known = ", ".join(sorted(self.sorts))
            raise InvalidInputError([Fault("sort", f"must be one of {known}", "query")])
        return f"{self.sorts[sort]} {'DESC' if descending else 'ASC'} NULLS LAST, {self.tie}"

    async def fetch(
        self, conn: Connection, query: ListQuery, where: Sequence[str] = (), *args: Any
    ) -> Page[T]:
        """A page. `where` holds further conditions that name `args` as $1, $2 and so on.

        Raises:
            InvalidInputError: an unknown sort key.
        """
        values = list(args)
        conditions = self._conditions(query, where, values)
        condition = " AND ".join(conditions) or "true"
        order = self._order(query)
        place = len(values)
        # Page and total in one statement: one trip, and one snapshot of the rows.
        rows = await conn.fetch(
            f"SELECT {self.select}, (SELECT count(*) FROM {self.source} WHERE {condition}) AS {TOTAL}"
            f" FROM {self.source} WHERE {condition} ORDER BY {order} LIMIT ${place + 1} OFFSET ${place + 2}",
            *values,
            query.limit,
            query.offset,
        )
        found = [dict(row) for row in rows]
        totals = [row.pop(TOTAL) for row in found]
        if totals:
            total = totals[0]
        elif query.offset:
            total = await conn.fetchval(f"SELECT count(*) FROM {self.source} WHERE {condition}", *values)
        else:
            total = 0
        return page_of([self.row(**row) for row in found], total, query.limit, query.offset)
