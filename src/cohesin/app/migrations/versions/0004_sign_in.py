"""Sign-in: attempts, for lockout without enumeration."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """
        -- The address is kept as a digest: attempts on unknown addresses are counted like all others.
        CREATE TABLE platform.sign_in_attempts (
          id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          email_digest bytea NOT NULL,
          ip_address   text,
          succeeded    boolean NOT NULL,
          at           timestamptz NOT NULL
        );
        CREATE INDEX sign_in_attempts_by_email ON platform.sign_in_attempts (email_digest, at DESC);
        CREATE INDEX sign_in_attempts_by_ip ON platform.sign_in_attempts (ip_address, at DESC);
        REVOKE ALL ON platform.sign_in_attempts FROM cohesin_app;
        """
    )
