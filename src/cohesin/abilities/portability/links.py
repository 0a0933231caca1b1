"""Categories and tags of a row by the words that people write: keys or names of categories, names of tags."""

from __future__ import annotations

from uuid import UUID

from cohesin.abilities.categories.queries import find_by_words
from cohesin.abilities.entity import Entity
from cohesin.abilities.portability.cells import CellError
from cohesin.abilities.tags.queries import find_by_names
from cohesin.abilities.tags.service import normalised
from cohesin.kernel.uow import UnitOfWork


async def categories_called(uow: UnitOfWork, words: list[str], column: str) -> list[str]:
    """The ids of categories, each called by its id, its key or its name.

    Raises:
        CellError: none is called so, or several are.
    """
    known = await find_by_words(uow.conn, uow.tenant_id, words)
    found: list[str] = []
    for word in words:
        matches = (
            [one.id for one in known if str(one.id) == word.lower()]
            or [one.id for one in known if one.key == word]
            or [one.id for one in known if one.name.lower() == word.lower()]
        )
        if not matches:
            raise CellError(column, f"There is no category `{word[:100]}`.", "REFERENCE_NOT_FOUND")
        if len(matches) > 1:
            raise CellError(
                column, f"Several categories are called `{word[:100]}`; write the id.", "VALIDATION_ERROR"
            )
        found.append(str(matches[0]))
    return list(dict.fromkeys(found))


async def tags_called(
    uow: UnitOfWork, entity: Entity, entity_id: UUID | None, names: list[str]
) -> tuple[list[str], list[str]]:
    """The ids of tags of these names, and the names that no tag has."""
    wanted = {normalised(name): name for name in names}
    found: dict[str, str] = {}
    for tag in await find_by_names(uow.conn, uow.tenant_id, list(wanted), entity.name, entity_id):
        found.setdefault(tag.name, str(tag.id))
    return list(found.values()), [name for key, name in wanted.items() if key not in found]
