"""Names and descriptions in further languages, for any entity that has text in a base language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.abilities.languages import check_language
from cohesin.kernel.db.rows import fetch_one
from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

TABLE: Final = "platform.translations"


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """An entity's text in one further language."""

    id: UUID
    locale: str
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime


class Text(msgspec.Struct, frozen=True):
    """What a translation says, on the wire."""

    name: str
    description: str | None


def localised(entity: str, owner: str, languages: str, alias: str = "l") -> str:
    """A lateral join that finds the text in the best wanted language.

    Args:
        entity: the entity's name.
        owner: the alias of the owner's table, with `tenant_id`, `id` and `language`.
        languages: the placeholder of the wanted languages, a text array.
        alias: the join's own alias; it has `name` and `description`, null where the base text is the best there is.
    """
    return f"""LEFT JOIN LATERAL (
        SELECT x.name, x.description FROM {TABLE} x
         WHERE x.tenant_id = {owner}.tenant_id AND x.entity_type = '{entity}' AND x.entity_id = {owner}.id AND x.name <> ''
           AND array_position({languages}::text[], x.locale)
               < coalesce(array_position({languages}::text[], {owner}.language), 1000000)
         ORDER BY array_position({languages}::text[], x.locale) LIMIT 1) {alias} ON true"""


def translations_of(entity: str, owner: str, *, described: bool = True) -> str:
    """A subquery: the translations as `{locale: {name, description}}`."""
    value = "jsonb_build_object('name', x.name" + (", 'description', x.description)" if described else ")")
    return f"""(SELECT coalesce(jsonb_object_agg(x.locale, {value}), '{{}}') FROM {TABLE} x
        WHERE x.tenant_id = {owner}.tenant_id AND x.entity_type = '{entity}' AND x.entity_id = {owner}.id)"""


def check_locales(base: str, locales: list[str], path: str = "translations_i18n") -> None:
    """Translations are in languages, and never in the base language.

    Raises:
        RuleRefusedError: names every locale that is refused.
    """
    for locale in locales:
        check_language(locale, f"{path}.{locale}")
    if base in locales:
        raise RuleRefusedError(
            faults=[Fault(f"{path}.{base}", "the base language has its text in the entity itself")]
        )


async def replace_translations(
    uow: UnitOfWork, entity: str, entity_id: UUID, texts: Mapping[str, Text]
) -> None:
    """Make these the entity's only translations."""
    await uow.conn.execute(
        f"DELETE FROM {TABLE} WHERE tenant_id = $1 AND entity_type = $2 AND entity_id = $3 AND locale <> ALL ($4)",
        uow.tenant_id,
        entity,
        entity_id,
        list(texts),
    )
    for locale, text in texts.items():
        await put_translation(uow, entity, entity_id, locale, text)


async def put_translation(
    uow: UnitOfWork, entity: str, entity_id: UUID, locale: str, text: Text
) -> Translation:
    """Set the entity's text in one further language."""
    sql = f"""INSERT INTO {TABLE} AS x (tenant_id, entity_type, entity_id, locale, id, name, description, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (tenant_id, entity_type, entity_id, locale)
        DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description, updated_at = EXCLUDED.updated_at
        RETURNING x.id, x.locale, x.name, x.description, x.created_at, x.updated_at"""
    args: tuple[Any, ...] = (
        uow.tenant_id,
        entity,
        entity_id,
        locale,
        new_id(),
        text.name,
        text.description,
        uow.clock.now(),
    )
    return await fetch_one(uow.conn, Translation, sql, *args)
