"""Where a database stands, told without the migration tools: a start that has nothing to migrate is a second sooner."""

from pathlib import Path

import psycopg

VERSIONS = Path(__file__).parent / "versions"


class MigrationError(Exception):
    """The database cannot be brought to this release's revision."""


def newest_revision() -> str:
    """This release's newest revision; a version's file name begins with it."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def current_revision(dsn: str) -> str | None:
    """The revision the database is at; None for a database that was never migrated."""
    with psycopg.connect(dsn) as connection:
        if connection.execute("SELECT to_regclass('kernel.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("SELECT version_num FROM kernel.alembic_version").fetchone()
        return None if row is None else str(row[0])
