"""Identity: tenants, users, memberships, sessions, groups, API keys, and the one statement that identifies a caller."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANTS = """
CREATE SCHEMA platform;
GRANT USAGE ON SCHEMA platform TO cohesin_app, cohesin_crossing;

CREATE TABLE platform.tenants (
  id                   uuid PRIMARY KEY,
  name                 text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  slug                 text NOT NULL,
  domain               public.citext NOT NULL CHECK (length(domain) BETWEEN 2 AND 255),
  status               text NOT NULL CHECK (status IN ('active', 'inactive', 'maintenance', 'retired', 'pending')),
  type                 text NOT NULL CHECK (type IN ('system', 'trial', 'paid', 'enterprise')),
  description          text,
  contact_email        text,
  contact_phone        text,
  settings             jsonb NOT NULL DEFAULT '{}',
  default_language     text NOT NULL DEFAULT 'en',
  additional_languages text[] NOT NULL DEFAULT '{}',
  storage_distribution_strategy text NOT NULL DEFAULT 'sequential'
                       CHECK (storage_distribution_strategy IN ('sequential', 'distributed')),
  storage_fallback_chain uuid[] NOT NULL DEFAULT '{}',
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL,
  deleted_at           timestamptz
);
CREATE UNIQUE INDEX tenants_domain ON platform.tenants (domain) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX tenants_slug ON platform.tenants (slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX tenants_one_system ON platform.tenants (type) WHERE type = 'system';
SELECT kernel.enable_tenancy('platform.tenants', 'id');

CREATE TABLE platform.tenant_lifecycle (
  id           uuid PRIMARY KEY,
  tenant_id    uuid NOT NULL REFERENCES platform.tenants,
  from_status  text NOT NULL,
  to_status    text NOT NULL,
  from_type    text NOT NULL,
  to_type      text NOT NULL,
  action       text NOT NULL,
  reason       text CHECK (length(reason) <= 500),
  performed_by uuid NOT NULL,
  created_at   timestamptz NOT NULL
);
CREATE INDEX tenant_lifecycle_by_tenant ON platform.tenant_lifecycle (tenant_id, created_at DESC, id);
SELECT kernel.enable_tenancy('platform.tenant_lifecycle');
"""

USERS = """
CREATE TABLE platform.users (
  id                 uuid PRIMARY KEY,
  email              public.citext NOT NULL CHECK (length(email) <= 320),
  password_hash      text,
  status             text NOT NULL DEFAULT 'active'
                     CHECK (status IN ('active', 'inactive', 'maintenance', 'retired', 'pending')),
  first_name         text,
  middle_name        text,
  last_name          text,
  display_name       text,
  locale             text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'de', 'fr', 'es', 'it')),
  settings           jsonb NOT NULL DEFAULT '{}',
  type_definition_id uuid,
  avatar_source      text NOT NULL DEFAULT 'none' CHECK (avatar_source IN ('none', 'uploaded', 'remote')),
  avatar_url         text,
  default_tenant_id  uuid REFERENCES platform.tenants,
  email_confirmed_at timestamptz,
  failed_logins      integer NOT NULL DEFAULT 0,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  deleted_at         timestamptz
);
CREATE UNIQUE INDEX users_email ON platform.users (email) WHERE deleted_at IS NULL;

CREATE TABLE platform.memberships (
  tenant_id  uuid NOT NULL REFERENCES platform.tenants,
  user_id    uuid NOT NULL REFERENCES platform.users,
  role       text NOT NULL CHECK (role IN ('owner', 'admin', 'manager', 'member', 'guest')),
  status     text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_by_user ON platform.memberships (user_id);
SELECT kernel.enable_tenancy('platform.memberships');

-- A user is a person on the platform: seen from the tenants that person is a member of.
ALTER TABLE platform.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE platform.users FORCE ROW LEVEL SECURITY;
CREATE POLICY member ON platform.users TO cohesin_app
  USING (EXISTS (SELECT 1 FROM platform.memberships m
                  WHERE m.user_id = users.id AND m.tenant_id = kernel.current_tenant()));
CREATE POLICY crossing ON platform.users TO cohesin_crossing USING (true) WITH CHECK (true);

CREATE TABLE platform.sessions (
  id               uuid PRIMARY KEY,
  user_id          uuid NOT NULL REFERENCES platform.users,
  active_tenant_id uuid NOT NULL REFERENCES platform.tenants,
  remember_me      boolean NOT NULL DEFAULT false,
  created_at       timestamptz NOT NULL,
  last_used_at     timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL,
  revoked_at       timestamptz,
  ip_address       text,
  user_agent       text
);
CREATE INDEX sessions_by_user ON platform.sessions (user_id) WHERE revoked_at IS NULL;

CREATE TABLE platform.refresh_tokens (
  token_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES platform.sessions,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  rotated_at timestamptz
);
CREATE INDEX refresh_tokens_by_session ON platform.refresh_tokens (session_id);

CREATE TABLE platform.keyrings (
  name       text PRIMARY KEY,
  sealed     bytea NOT NULL,
  changed_at timestamptz NOT NULL
);

-- Sessions, tokens and keys belong to persons and the server, not to a tenant: reached by the crossing role only.
REVOKE ALL ON platform.sessions, platform.refresh_tokens, platform.keyrings FROM cohesin_app;
"""

GROUPS = """
CREATE TABLE platform.groups (
  tenant_id   uuid NOT NULL REFERENCES platform.tenants,
  id          uuid NOT NULL UNIQUE,
  name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  description text,
  permissions text[] NOT NULL DEFAULT '{}',
  built_in    boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX groups_name ON platform.groups (tenant_id, lower(name));
SELECT kernel.enable_tenancy('platform.groups');

CREATE TABLE platform.group_members (
  tenant_id  uuid NOT NULL,
  group_id   uuid NOT NULL,
  user_id    uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, group_id, user_id),
  FOREIGN KEY (tenant_id, group_id) REFERENCES platform.groups (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, user_id) REFERENCES platform.memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX group_members_by_user ON platform.group_members (tenant_id, user_id);
SELECT kernel.enable_tenancy('platform.group_members');

CREATE TABLE platform.api_keys (
  tenant_id          uuid NOT NULL REFERENCES platform.tenants,
  id                 uuid NOT NULL UNIQUE,
  key_uuid           uuid NOT NULL UNIQUE,
  key_hash           bytea NOT NULL UNIQUE,
  previous_key_hash  bytea UNIQUE,
  previous_expires_at timestamptz,
  key_preview        text NOT NULL,
  name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  description        text CHECK (length(description) <= 500),
  permissions        jsonb NOT NULL DEFAULT '{}',
  mcp_write_enabled  boolean NOT NULL DEFAULT false,
  enabled            boolean NOT NULL DEFAULT true,
  expires_at         timestamptz,
  ip_whitelist       cidr[],
  device_fingerprint text,
  last_used_at       timestamptz,
  last_used_ip       text,
  request_count      bigint NOT NULL DEFAULT 0,
  created_by         uuid,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT kernel.enable_tenancy('platform.api_keys');
"""

IDENTIFY = """
-- One trip identifies a session's caller, counts the call, and sets the connection to the caller's tenant. Runs as the crossing role: it reads memberships of any
-- tenant the caller asks for, and answers only what the caller is there.
CREATE FUNCTION platform.identify_session(
  in_session uuid, in_user uuid, in_tenant uuid, in_limit integer, in_window integer,
  OUT user_id uuid, OUT tenant_id uuid, OUT role text, OUT user_status text, OUT tenant_status text,
  OUT permissions text[], OUT is_system_admin boolean, OUT retry_after integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  SELECT s.user_id, coalesce(in_tenant, s.active_tenant_id), u.status,
         EXISTS (SELECT 1 FROM platform.memberships sm JOIN platform.tenants st ON st.id = sm.tenant_id
                  WHERE sm.user_id = s.user_id AND st.type = 'system' AND sm.status = 'active'
                    AND sm.role IN ('owner', 'admin'))
    INTO user_id, tenant_id, user_status, is_system_admin
    FROM platform.sessions s JOIN platform.users u ON u.id = s.user_id
   WHERE s.id = in_session AND s.user_id = in_user AND s.revoked_at IS NULL AND s.expires_at > now()
     AND u.deleted_at IS NULL;
  IF user_id IS NULL THEN RETURN; END IF;
  SELECT t.status, CASE WHEN m.status = 'active' THEN m.role END,
         ARRAY(SELECT DISTINCT unnest(g.permissions)
                 FROM platform.group_members gm
                 JOIN platform.groups g ON g.tenant_id = gm.tenant_id AND g.id = gm.group_id
                WHERE gm.tenant_id = t.id AND gm.user_id = m.user_id AND m.status = 'active')
    INTO tenant_status, role, permissions
    FROM platform.tenants t
    LEFT JOIN platform.memberships m ON m.tenant_id = t.id AND m.user_id = identify_session.user_id
   WHERE t.id = identify_session.tenant_id AND t.deleted_at IS NULL;
  PERFORM set_config('cohesin.tenant_id', tenant_id::text, false);
  retry_after := CASE WHEN in_limit > 0
                      THEN kernel.count_in_window('user:' || user_id::text, in_limit, in_window) ELSE 0 END;
END $$;

CREATE FUNCTION platform.identify_key(
  in_hash bytea, in_ip inet, in_limit integer, in_window integer,
  OUT key_id uuid, OUT tenant_id uuid, OUT tenant_status text, OUT permissions jsonb, OUT usable boolean,
  OUT device_fingerprint text, OUT mcp_write_enabled boolean, OUT retry_after integer
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE platform.api_keys k SET request_count = k.request_count + 1, last_used_at = now(), last_used_ip = host(in_ip)
    FROM platform.tenants t
   WHERE t.id = k.tenant_id AND t.deleted_at IS NULL AND k.enabled
     AND (k.expires_at IS NULL OR k.expires_at > now())
     AND (k.key_hash = in_hash OR (k.previous_key_hash = in_hash AND k.previous_expires_at > now()))
     AND (k.ip_whitelist IS NULL OR cardinality(k.ip_whitelist) = 0
          OR EXISTS (SELECT 1 FROM unnest(k.ip_whitelist) AS allowed(net) WHERE in_ip <<= allowed.net))
  RETURNING k.id, k.tenant_id, t.status, k.permissions, true, k.device_fingerprint, k.mcp_write_enabled
       INTO key_id, tenant_id, tenant_status, permissions, usable, device_fingerprint, mcp_write_enabled;
  IF key_id IS NULL THEN RETURN; END IF;
  PERFORM set_config('cohesin.tenant_id', tenant_id::text, false);
  retry_after := CASE WHEN in_limit > 0
                      THEN kernel.count_in_window('key:' || key_id::text, in_limit, in_window) ELSE 0 END;
END $$;

GRANT USAGE, CREATE ON SCHEMA platform TO cohesin_crossing;
GRANT USAGE ON SCHEMA kernel TO cohesin_crossing;
ALTER FUNCTION platform.identify_session(uuid, uuid, uuid, integer, integer) OWNER TO cohesin_crossing;
ALTER FUNCTION platform.identify_key(bytea, inet, integer, integer) OWNER TO cohesin_crossing;
REVOKE CREATE ON SCHEMA platform FROM cohesin_crossing;
REVOKE ALL ON FUNCTION platform.identify_session(uuid, uuid, uuid, integer, integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION platform.identify_key(bytea, inet, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.identify_session(uuid, uuid, uuid, integer, integer) TO cohesin_app;
GRANT EXECUTE ON FUNCTION platform.identify_key(bytea, inet, integer, integer) TO cohesin_app;
"""


def upgrade() -> None:
    for statement in (TENANTS, USERS, GROUPS, IDENTIFY):
        op.execute(statement)
