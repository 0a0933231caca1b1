"""Tags, categories and the other abilities; spaces and their members."""

from alembic import op

from cohesin.abilities.tables import PROMOTION_COLUMNS, ability_roots, ability_tables

revision = "0007"
down_revision = "0006"

TAXONOMY = """
-- Facts of a tenant that abilities need and do not own: the language of text that names none, and who owns what no
-- person made.
CREATE FUNCTION platform.default_language(in_tenant uuid) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT default_language FROM platform.tenants WHERE id = in_tenant $$;
CREATE FUNCTION platform.administrators(in_tenant uuid) RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT id FROM platform.groups WHERE tenant_id = in_tenant AND name = 'Administrators' AND built_in $$;

CREATE TABLE platform.tags (
  tenant_id      uuid NOT NULL REFERENCES platform.tenants,
  id             uuid NOT NULL,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  display_name   text NOT NULL,
  language       text NOT NULL,
  persistent     boolean NOT NULL DEFAULT false,
  owner_user_id  uuid REFERENCES platform.users,
  owner_group_id uuid,
  owner_id       uuid NOT NULL GENERATED ALWAYS AS (coalesce(owner_user_id, owner_group_id)) STORED,
  created_by     uuid,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CHECK (num_nonnulls(owner_user_id, owner_group_id) = 1),
  FOREIGN KEY (tenant_id, owner_group_id) REFERENCES platform.groups (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX tags_name ON platform.tags (tenant_id, owner_id, name);
CREATE INDEX tags_curated ON platform.tags (tenant_id, name) WHERE persistent;
SELECT kernel.enable_tenancy('platform.tags');

CREATE TABLE platform.categories (
  tenant_id   uuid NOT NULL REFERENCES platform.tenants,
  id          uuid NOT NULL,
  parent_id   uuid,
  key         text NOT NULL CHECK (key ~ '^[a-z0-9-]{1,100}$'),
  filter_id   text,
  level       integer NOT NULL CHECK (level BETWEEN 0 AND 9),
  name        text NOT NULL,
  description text,
  language    text NOT NULL,
  created_by  uuid,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE NULLS NOT DISTINCT (tenant_id, parent_id, key),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES platform.categories (tenant_id, id)
);
SELECT kernel.enable_tenancy('platform.categories');
"""

SPACES = f"""
CREATE TABLE platform.spaces (
  tenant_id          uuid NOT NULL REFERENCES platform.tenants,
  id                 uuid NOT NULL,
  name               text NOT NULL CHECK (length(name) BETWEEN 2 AND 255),
  description        text,
  language           text NOT NULL,
  type               text NOT NULL CHECK (type IN ('system', 'default', 'custom')),
  type_definition_id uuid,
  status             text NOT NULL CHECK (status IN ('active', 'inactive', 'maintenance', 'retired', 'pending')),
  settings           jsonb NOT NULL DEFAULT '{{}}',
  latitude           double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude          double precision CHECK (longitude BETWEEN -180 AND 180),
  -- Name, description and translations without case and accents, for search.
  searchable         text NOT NULL DEFAULT '',
  {PROMOTION_COLUMNS},
  created_by         uuid,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  deleted_at         timestamptz,
  PRIMARY KEY (tenant_id, id),
  CHECK ((latitude IS NULL) = (longitude IS NULL))
);
CREATE UNIQUE INDEX spaces_one_default ON platform.spaces (tenant_id) WHERE type = 'default' AND deleted_at IS NULL;
CREATE INDEX spaces_by_latitude ON platform.spaces (tenant_id, latitude) WHERE deleted_at IS NULL;
SELECT kernel.enable_tenancy('platform.spaces');

CREATE TABLE platform.space_members (
  tenant_id  uuid NOT NULL,
  space_id   uuid NOT NULL,
  user_id    uuid NOT NULL,
  id         uuid NOT NULL,
  role       text NOT NULL CHECK (role IN ('manager', 'reader')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, space_id, user_id),
  FOREIGN KEY (tenant_id, space_id) REFERENCES platform.spaces (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES platform.memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX space_members_by_user ON platform.space_members (tenant_id, user_id);
SELECT kernel.enable_tenancy('platform.space_members');
"""

DISTANCE = """
-- Great-circle distance in metres by the haversine formula on a sphere of the mean earth radius (IUGG, 6371008.8 m);
-- degrees in. The least() keeps rounding from leaving asin's domain at antipodes.
CREATE FUNCTION platform.great_circle_metres(
  lat_1 double precision, lon_1 double precision, lat_2 double precision, lon_2 double precision
) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT 2 * 6371008.8 * asin(sqrt(least(1,
     sin(radians(lat_2 - lat_1) / 2) ^ 2
     + cos(radians(lat_1)) * cos(radians(lat_2)) * sin(radians(lon_2 - lon_1) / 2) ^ 2))) $$;
"""

SEARCH = """
-- Words of a search as LIKE patterns: each has to be found, in any order, whatever its case and accents.
CREATE FUNCTION kernel.search_patterns(words text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg('%' || public.unaccent(lower(kernel.like_literal(word))) || '%'), '{}')
     FROM regexp_split_to_table(words, '\\s+') AS word WHERE word <> '' $$;
"""


def upgrade() -> None:
    for statement in (TAXONOMY, ability_roots(), SPACES, DISTANCE, SEARCH):
        op.execute(statement)
    op.execute(ability_tables("platform.tags", "tag", ["translations"]))
    op.execute(ability_tables("platform.categories", "category", ["translations"]))
    op.execute(ability_tables("platform.spaces", "space", ["tags", "categories", "translations", "visits"]))
    op.execute(ability_tables("platform.tenants", "tenant", ["tags", "categories"], is_tenant=True))
    op.execute(ability_tables("platform.groups", "group", ["tags", "categories"]))
