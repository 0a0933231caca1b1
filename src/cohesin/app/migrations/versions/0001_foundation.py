"""The schema of the kernel and the default rights of the server's roles."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE SCHEMA IF NOT EXISTS kernel;
        GRANT USAGE ON SCHEMA kernel TO cohesin_app, cohesin_crossing;
        GRANT SELECT ON kernel.alembic_version TO cohesin_app;
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO cohesin_app, cohesin_crossing;
        ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO cohesin_app, cohesin_crossing;
        ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO cohesin_app, cohesin_crossing;
        ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO cohesin_app, cohesin_crossing;
        """
    )
