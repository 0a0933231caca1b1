"""Webhooks: subscriptions, what waits to be delivered, what was tried. Who started a job by hand."""

from alembic import op

revision = "0008"
down_revision = "0007"

WEBHOOKS = """
CREATE TABLE platform.webhook_subscriptions (
  tenant_id      uuid NOT NULL REFERENCES platform.tenants,
  id             uuid NOT NULL UNIQUE,
  name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  description    text CHECK (length(description) <= 500),
  url            text NOT NULL,
  events         text[] NOT NULL CHECK (cardinality(events) > 0),
  -- The events as LIKE patterns over stored event types.
  patterns       text[] NOT NULL,
  enabled        boolean NOT NULL,
  sealed_secret  bytea NOT NULL,
  sealed_headers bytea,
  -- Since when every attempt failed, and the job that tries next; both null while all is well.
  failing_since  timestamptz,
  retry_job_id   bigint,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  deleted_at     timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhook_subscriptions_enabled ON platform.webhook_subscriptions (tenant_id)
  WHERE enabled AND deleted_at IS NULL;
SELECT kernel.enable_tenancy('platform.webhook_subscriptions');

-- Rows wait here until they are delivered or given up; the order of a subscription is that of the event log.
CREATE TABLE platform.webhook_deliveries (
  tenant_id        uuid NOT NULL,
  id               uuid NOT NULL UNIQUE,
  subscription_id  uuid NOT NULL,
  event_sequence   bigint NOT NULL,
  event_type       text NOT NULL,
  payload          text NOT NULL,
  attempts         integer NOT NULL DEFAULT 0,
  first_attempt_at timestamptz,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, subscription_id, event_sequence),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES platform.webhook_subscriptions (tenant_id, id)
);
SELECT kernel.enable_tenancy('platform.webhook_deliveries');

CREATE TABLE platform.webhook_logs (
  tenant_id        uuid NOT NULL,
  id               uuid NOT NULL UNIQUE,
  subscription_id  uuid NOT NULL,
  event_type       text NOT NULL,
  url              text NOT NULL,
  status           text NOT NULL CHECK (status IN ('success', 'failed')),
  status_code      integer,
  response_body    text,
  error            text,
  attempts         integer NOT NULL CHECK (attempts > 0),
  delivery_time_ms double precision NOT NULL,
  created_at       timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, subscription_id) REFERENCES platform.webhook_subscriptions (tenant_id, id)
);
CREATE INDEX webhook_logs_by_subscription ON platform.webhook_logs (tenant_id, subscription_id, created_at DESC, id);
CREATE INDEX webhook_logs_by_age ON platform.webhook_logs (created_at);
SELECT kernel.enable_tenancy('platform.webhook_logs');
"""

JOBS = """
-- Jobs that a person started by hand, and with which request.
CREATE TABLE kernel.task_triggers (
  job_id         bigint PRIMARY KEY REFERENCES tasks.procrastinate_jobs (id) ON DELETE CASCADE,
  correlation_id text NOT NULL,
  triggered_by   uuid
);
CREATE INDEX task_triggers_by_correlation ON kernel.task_triggers (correlation_id);

-- A job with the argument tenant_id is that tenant's.
CREATE INDEX jobs_by_tenant ON tasks.procrastinate_jobs ((args->>'tenant_id'), task_name, id);
CREATE INDEX jobs_by_task ON tasks.procrastinate_jobs (task_name, id);
"""


def upgrade() -> None:
    op.execute(WEBHOOKS)
    # Sent to the driver as it is: the text holds no parameters.
    op.get_bind().exec_driver_sql(JOBS)
