"""Kernel: tenancy, events, idempotency keys, rate limits."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANCY = """
CREATE FUNCTION kernel.current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('cohesin.tenant_id', true), '')::uuid $$;

-- Row-level security, forced: a row is seen and written in its tenant only, or by the crossing role.
CREATE FUNCTION kernel.enable_tenancy(target regclass, tenant_column text DEFAULT 'tenant_id') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  EXECUTE format('CREATE POLICY tenant ON %s TO cohesin_app USING (%I = kernel.current_tenant()) '
                 'WITH CHECK (%I = kernel.current_tenant())', target, tenant_column, tenant_column);
  EXECUTE format('CREATE POLICY crossing ON %s TO cohesin_crossing USING (true) WITH CHECK (true)', target);
END $$;
"""

SEARCH = """
-- A search text with LIKE's wildcards as plain characters.
CREATE FUNCTION kernel.like_literal(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT replace(replace(replace(words, '\\', '\\\\'), '%', '\\%'), '_', '\\_') $$;
"""

EVENTS = """
CREATE TABLE kernel.events (
  sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          uuid NOT NULL UNIQUE,
  tenant_id   uuid,
  type        text NOT NULL CHECK (type ~ '^[a-z_]+(\\.[a-z_]+)+$'),
  entity_type text NOT NULL,
  entity_id   uuid,
  data        jsonb NOT NULL DEFAULT '{}',
  changes     jsonb,
  actor_kind  text NOT NULL,
  actor_id    uuid,
  ip_address  text,
  user_agent  text,
  request_id  text,
  occurred_at timestamptz NOT NULL
);
CREATE INDEX events_by_tenant ON kernel.events (tenant_id, occurred_at DESC, id);
CREATE INDEX events_by_entity ON kernel.events (tenant_id, entity_type, entity_id);
ALTER TABLE kernel.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE kernel.events FORCE ROW LEVEL SECURITY;
-- An event may be written without a tenant (a failed sign-in), and read in its own tenant only.
CREATE POLICY reading ON kernel.events FOR SELECT TO cohesin_app
  USING (tenant_id IS NOT DISTINCT FROM kernel.current_tenant());
CREATE POLICY writing ON kernel.events FOR INSERT TO cohesin_app
  WITH CHECK (tenant_id IS NULL OR tenant_id = kernel.current_tenant());
CREATE POLICY crossing ON kernel.events TO cohesin_crossing USING (true) WITH CHECK (true);
REVOKE UPDATE, DELETE, TRUNCATE ON kernel.events FROM cohesin_app, cohesin_crossing;
"""

IDEMPOTENCY = """
CREATE TABLE kernel.idempotency_keys (
  scope       text NOT NULL,
  key         text NOT NULL,
  fingerprint bytea NOT NULL,
  status      smallint,
  media_type  text,
  body        bytea,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON kernel.idempotency_keys (created_at);
"""

RATE_LIMITS = """
CREATE UNLOGGED TABLE kernel.rate_windows (
  bucket    text PRIMARY KEY,
  opened_at timestamptz NOT NULL,
  calls     integer NOT NULL
) WITH (fillfactor = 50);

-- Fixed windows: 0 when the call is let through, else the seconds until the window ends.
CREATE FUNCTION kernel.count_in_window(in_bucket text, in_limit integer, in_seconds integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  opened    timestamptz := to_timestamp(floor(extract(epoch FROM clock_timestamp()) / in_seconds) * in_seconds);
  count_now integer;
BEGIN
  INSERT INTO kernel.rate_windows AS w (bucket, opened_at, calls)
  SELECT in_bucket, opened, 1 WHERE in_limit > 0
  ON CONFLICT (bucket) DO UPDATE
     SET opened_at = greatest(w.opened_at, EXCLUDED.opened_at),
         calls = CASE WHEN w.opened_at < EXCLUDED.opened_at THEN 1 ELSE w.calls + 1 END
   WHERE w.opened_at < EXCLUDED.opened_at OR w.calls < in_limit
  RETURNING calls INTO count_now;
  IF count_now IS NOT NULL THEN RETURN 0; END IF;
  -- Another call may have opened a younger window while this one waited for the row.
  SELECT greatest(opened, w.opened_at) INTO opened FROM kernel.rate_windows w WHERE w.bucket = in_bucket;
  RETURN greatest(1, ceil(extract(epoch FROM
    coalesce(opened, clock_timestamp()) + make_interval(secs => in_seconds) - clock_timestamp()))::integer);
END $$;

CREATE UNLOGGED TABLE kernel.rate_sliding (
  bucket text PRIMARY KEY,
  calls  bigint NOT NULL,
  -- How many calls the ring holds: the limit of the last call.
  size   integer NOT NULL CHECK (size > 0)
) WITH (fillfactor = 50);
CREATE UNLOGGED TABLE kernel.rate_sliding_calls (
  bucket text NOT NULL,
  slot   integer NOT NULL,
  at     timestamptz NOT NULL,
  PRIMARY KEY (bucket, slot)
) WITH (fillfactor = 50);

-- Any span of in_seconds lets at most in_limit calls through: the instant of the call in_limit calls ago is kept in a
-- ring, and must be older than the span. The row lock on the counter makes it exact over all connections.
CREATE FUNCTION kernel.count_sliding(in_bucket text, in_limit integer, in_seconds integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  taken   bigint;
  ring    integer;
  kept    timestamptz[];
  before  timestamptz;
  at      timestamptz;
BEGIN
  INSERT INTO kernel.rate_sliding AS s (bucket, calls, size) VALUES (in_bucket, 0, in_limit)
  ON CONFLICT (bucket) DO UPDATE SET calls = s.calls RETURNING calls, size INTO taken, ring;
  IF ring <> in_limit THEN
    -- Another limit than at the last call: the youngest calls move into a ring of the new size, oldest first.
    SELECT array_agg(y.at ORDER BY y.at) INTO kept
      FROM (SELECT c.at FROM kernel.rate_sliding_calls c WHERE c.bucket = in_bucket
             ORDER BY c.at DESC LIMIT in_limit) y;
    DELETE FROM kernel.rate_sliding_calls c WHERE c.bucket = in_bucket;
    INSERT INTO kernel.rate_sliding_calls (bucket, slot, at)
    SELECT in_bucket, k.place - 1, k.at FROM unnest(kept) WITH ORDINALITY AS k (at, place);
    taken := coalesce(cardinality(kept), 0);
    UPDATE kernel.rate_sliding SET calls = taken, size = in_limit WHERE bucket = in_bucket;
  END IF;
  at := clock_timestamp();
  SELECT c.at INTO before FROM kernel.rate_sliding_calls c WHERE c.bucket = in_bucket AND c.slot = taken % in_limit;
  IF before > at - make_interval(secs => in_seconds) THEN
    RETURN greatest(1, ceil(extract(epoch FROM before + make_interval(secs => in_seconds) - at))::integer);
  END IF;
  INSERT INTO kernel.rate_sliding_calls AS c (bucket, slot, at) VALUES (in_bucket, (taken % in_limit)::integer, at)
  ON CONFLICT (bucket, slot) DO UPDATE SET at = EXCLUDED.at;
  UPDATE kernel.rate_sliding SET calls = calls + 1 WHERE bucket = in_bucket;
  RETURN 0;
END $$;
"""


def upgrade() -> None:
    for statement in (TENANCY, SEARCH, EVENTS, IDEMPOTENCY, RATE_LIMITS):
        op.execute(statement)
