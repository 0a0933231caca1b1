"""Connect: partner accounts, their keys, and the one statement that identifies and counts a caller."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE SCHEMA IF NOT EXISTS partners;
GRANT USAGE ON SCHEMA partners TO cohesin_app, cohesin_crossing;

CREATE TABLE partners.connect_accounts (
  tenant_id  uuid NOT NULL REFERENCES platform.tenants,
  id         uuid NOT NULL UNIQUE,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  active     boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, name)
);
SELECT kernel.enable_tenancy('partners.connect_accounts');

CREATE TABLE partners.connect_keys (
  tenant_id    uuid NOT NULL,
  id           uuid NOT NULL UNIQUE,
  account_id   uuid NOT NULL,
  digest       bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
  preview      text NOT NULL,
  scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ '{reports:read,reports:download}'),
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at   timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES partners.connect_accounts (tenant_id, id)
);
CREATE INDEX connect_keys_by_account ON partners.connect_keys (tenant_id, account_id);
SELECT kernel.enable_tenancy('partners.connect_keys');
"""

IDENTIFY = """
-- Whose key it is, whether its account may call, and whether one more call is within the allowance: one trip, in that
-- order; at its end the connection is set to the caller's tenant, so that a read needs no transaction. A call of an inactive account is refused before it is counted. The last use is kept to the minute, so that a
-- busy key does not rewrite its row at every call.
CREATE FUNCTION partners.identify_connect_key(
  in_digest bytea, in_endpoint text, in_limit integer, in_seconds integer,
  OUT key_id uuid, OUT tenant_id uuid, OUT active boolean, OUT scopes text[], OUT retry_after integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT k.id, k.tenant_id, k.scopes,
         a.active AND t.deleted_at IS NULL AND t.status NOT IN ('inactive', 'retired')
    INTO key_id, tenant_id, scopes, active
    FROM partners.connect_keys k
    JOIN partners.connect_accounts a ON a.tenant_id = k.tenant_id AND a.id = k.account_id
    JOIN platform.tenants t ON t.id = k.tenant_id
   WHERE k.digest = in_digest AND k.revoked_at IS NULL;
  IF key_id IS NULL OR NOT active THEN RETURN; END IF;
  UPDATE partners.connect_keys k SET last_used_at = now()
   WHERE k.id = key_id AND (k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute');
  retry_after := kernel.count_sliding('connect:' || key_id::text || ':' || in_endpoint, in_limit, in_seconds);
  IF retry_after = 0 THEN PERFORM set_config('cohesin.tenant_id', tenant_id::text, false); END IF;
END $$;

GRANT CREATE ON SCHEMA partners TO cohesin_crossing;
ALTER FUNCTION partners.identify_connect_key(bytea, text, integer, integer) OWNER TO cohesin_crossing;
REVOKE CREATE ON SCHEMA partners FROM cohesin_crossing;
REVOKE ALL ON FUNCTION partners.identify_connect_key(bytea, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION partners.identify_connect_key(bytea, text, integer, integer) TO cohesin_app;
"""


def upgrade() -> None:
    for statement in (TABLES, IDENTIFY):
        op.execute(statement)
