"""Access: a member's own status in each tenant, and keys whose device is checked before their use is counted."""

from alembic import op

revision = "0006"
down_revision = "0005"

MEMBERSHIPS = """
ALTER TABLE platform.memberships DROP CONSTRAINT memberships_status_check;
ALTER TABLE platform.memberships ADD CONSTRAINT memberships_status_check
  CHECK (status IN ('active', 'inactive', 'maintenance', 'retired', 'pending'));
"""

AUDIT = """
CREATE INDEX events_by_actor ON kernel.events (tenant_id, actor_id, occurred_at DESC) WHERE actor_id IS NOT NULL;
"""

IDENTIFY = """
-- In place of the form without the device: a refused call must not count as a use of the key.
DROP FUNCTION platform.identify_key(bytea, inet, integer, integer);
CREATE FUNCTION platform.identify_key(
  in_hash bytea, in_ip inet, in_fingerprint text, in_limit integer, in_window integer,
  OUT key_id uuid, OUT tenant_id uuid, OUT tenant_status text, OUT permissions jsonb,
  OUT mcp_write_enabled boolean, OUT retry_after integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  -- A use is counted, not vouched for: no call waits for the disk, and a crash may lose the last few counts.
  PERFORM set_config('synchronous_commit', 'off', true);
  UPDATE platform.api_keys k SET request_count = k.request_count + 1, last_used_at = now(), last_used_ip = host(in_ip)
    FROM platform.tenants t
   WHERE t.id = k.tenant_id AND t.deleted_at IS NULL AND k.enabled
     AND (k.expires_at IS NULL OR k.expires_at > now())
     AND (k.key_hash = in_hash OR (k.previous_key_hash = in_hash AND k.previous_expires_at > now()))
     AND (k.device_fingerprint IS NULL OR k.device_fingerprint = in_fingerprint)
     AND (k.ip_whitelist IS NULL OR cardinality(k.ip_whitelist) = 0
          OR EXISTS (SELECT 1 FROM unnest(k.ip_whitelist) AS allowed(net) WHERE in_ip <<= allowed.net))
  RETURNING k.id, k.tenant_id, t.status, k.permissions, k.mcp_write_enabled
       INTO key_id, tenant_id, tenant_status, permissions, mcp_write_enabled;
  IF key_id IS NULL THEN RETURN; END IF;
  PERFORM set_config('cohesin.tenant_id', tenant_id::text, false);
  retry_after := CASE WHEN in_limit > 0
                      THEN kernel.count_in_window('key:' || key_id::text, in_limit, in_window) ELSE 0 END;
END $$;

-- Room on each page, so that counting a use rewrites the row in place.
ALTER TABLE platform.api_keys SET (fillfactor = 70);

GRANT CREATE ON SCHEMA platform TO cohesin_crossing;
ALTER FUNCTION platform.identify_key(bytea, inet, text, integer, integer) OWNER TO cohesin_crossing;
REVOKE CREATE ON SCHEMA platform FROM cohesin_crossing;
REVOKE ALL ON FUNCTION platform.identify_key(bytea, inet, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.identify_key(bytea, inet, text, integer, integer) TO cohesin_app;
"""


def upgrade() -> None:
    for statement in (MEMBERSHIPS, AUDIT, IDENTIFY):
        op.execute(statement)
