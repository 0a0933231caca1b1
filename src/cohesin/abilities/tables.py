"""The tables of abilities, as SQL for migrations.

Each ability is one table, partitioned by the kind of its owner; each partition has a foreign key to its owner's own
table. So a link can only point at something that is there and of the same tenant, and what is tagged with one tag is
still one question to one table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Ability = Literal["tags", "categories", "translations", "visits"]

#: The partitioned table of each ability.
ROOTS: Final[dict[Ability, str]] = {
    "tags": "platform.tag_links",
    "categories": "platform.category_links",
    "translations": "platform.translations",
    "visits": "platform.visit_counts",
}

TAG_LINKS: Final = """
CREATE TABLE platform.tag_links (
  tenant_id   uuid NOT NULL,
  entity_type text NOT NULL,
  entity_id   uuid NOT NULL,
  tag_id      uuid NOT NULL,
  -- A tag's name never changes; kept here so that an entity has a name once, whoever owns the tags of that name.
  tag_name    text NOT NULL,
  id          uuid NOT NULL,
  created_by  uuid,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, entity_type, entity_id, tag_id),
  UNIQUE (tenant_id, entity_type, entity_id, tag_name),
  FOREIGN KEY (tenant_id, tag_id) REFERENCES platform.tags (tenant_id, id) ON DELETE CASCADE
) PARTITION BY LIST (entity_type);
CREATE INDEX tag_links_by_tag ON platform.tag_links (tenant_id, tag_id);
"""

CATEGORY_LINKS: Final = """
CREATE TABLE platform.category_links (
  tenant_id   uuid NOT NULL,
  entity_type text NOT NULL,
  entity_id   uuid NOT NULL,
  category_id uuid NOT NULL,
  id          uuid NOT NULL,
  created_by  uuid,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, entity_type, entity_id, category_id),
  FOREIGN KEY (tenant_id, category_id) REFERENCES platform.categories (tenant_id, id)
) PARTITION BY LIST (entity_type);
CREATE INDEX category_links_by_category ON platform.category_links (tenant_id, category_id);
"""

TRANSLATIONS: Final = """
CREATE TABLE platform.translations (
  tenant_id   uuid NOT NULL,
  entity_type text NOT NULL,
  entity_id   uuid NOT NULL,
  locale      text NOT NULL CHECK (locale ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  id          uuid NOT NULL,
  name        text NOT NULL,
  description text,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, entity_type, entity_id, locale)
) PARTITION BY LIST (entity_type);
"""

VISITS: Final = """
CREATE TABLE platform.visit_counts (
  tenant_id            uuid NOT NULL,
  entity_type          text NOT NULL,
  entity_id            uuid NOT NULL,
  total                bigint NOT NULL DEFAULT 0 CHECK (total >= 0),
  last_visited_at      timestamptz,
  last_visited_by_kind text,
  last_visited_by      uuid,
  last_reset_at        timestamptz,
  last_reset_by_kind   text,
  last_reset_by        uuid,
  last_reset_reason    text CHECK (length(last_reset_reason) <= 500),
  PRIMARY KEY (tenant_id, entity_type, entity_id)
) PARTITION BY LIST (entity_type);
"""

#: Columns of an owner that can be promoted and ordered by hand; `order-top` gives the next highest order.
PROMOTION_COLUMNS: Final = """
  promotion_type       text NOT NULL DEFAULT 'None' CHECK (promotion_type IN
                       ('None', 'Effect1', 'Effect2', 'Effect3', 'PositionDynamic', 'PositionFix', 'CommercialAdd')),
  promotion_rank       integer CHECK (promotion_rank >= 1),
  promotion_start_date timestamptz,
  promotion_end_date   timestamptz CHECK (promotion_end_date > promotion_start_date),
  custom_order         bigint NOT NULL DEFAULT 1 CHECK (custom_order >= 1)
"""


def ability_roots() -> str:
    """The partitioned table of every ability. Tags and categories themselves must be there already."""
    tenancy = "".join(f"SELECT kernel.enable_tenancy('{root}');\n" for root in ROOTS.values())
    return TAG_LINKS + CATEGORY_LINKS + TRANSLATIONS + VISITS + tenancy


def ability_tables(owner: str, entity: str, abilities: Iterable[Ability], *, is_tenant: bool = False) -> str:
    """One table for each ability of an owner, such as `platform.space_tags`.

    Args:
        owner: the owner's table, with a key (tenant_id, id).
        entity: the owner's name as the wire has it in `entity_type`.
        abilities: which it gets.
        is_tenant: the owner is the tenants' table, whose key is its id alone.
    """
    return "".join(_table(owner, entity, ability, is_tenant=is_tenant) for ability in abilities)


def _table(owner: str, entity: str, ability: Ability, *, is_tenant: bool) -> str:
    schema = owner.partition(".")[0]
    name = f"{schema}.{entity}_{ability}"
    key = (
        f"FOREIGN KEY (entity_id) REFERENCES {owner} (id) ON DELETE CASCADE, ADD CHECK (entity_id = tenant_id)"
        if is_tenant
        else f"FOREIGN KEY (tenant_id, entity_id) REFERENCES {owner} (tenant_id, id) ON DELETE CASCADE"
    )
    return f"""
CREATE TABLE {name} PARTITION OF {ROOTS[ability]} FOR VALUES IN ('{entity}');
ALTER TABLE {name} ADD {key};
SELECT kernel.enable_tenancy('{name}');
"""
