"""Brings a database to the newest revision."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, pool

from cohesin.app.migrations.standing import MigrationError, current_revision

# A migration that waits for a lock holds up everyone behind it: it gives up and is tried again.
_LOCK_TIMEOUT = "10s"
_STATEMENT_TIMEOUT = "15min"
_ADVISORY_KEY = 0x636F68_6D696772

Progress = Callable[[str, str], None]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    # Alembic reads version_locations as a list and splits it by this.
    config.set_main_option("path_separator", "os")
    return config


def revisions() -> list[str]:
    """Every revision of this release, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def migrate(owner_dsn: str, progress: Progress | None = None) -> list[str]:
    """Applies every missing revision, each in a transaction of its own, under a lock of the database.

    Args:
        owner_dsn: the owner's address; :func:`cohesin.kernel.db.roles.ensure_roles` has run on it.
        progress: called with a revision and its title after it is applied.

    Returns:
        The revisions applied, oldest first.

    Raises:
        MigrationError: the database is of a newer release.
    """
    at = current_revision(owner_dsn)
    known = revisions()
    if at is not None and at not in known:
        raise MigrationError(
            f"The database is at revision {at}, which this release does not know: it was migrated by a newer release."
        )
    applied: list[str] = []

    def on_version_apply(*, step: Any, **_: Any) -> None:
        applied.append(step.up_revision_id)
        if progress is not None:
            progress(step.up_revision_id, step.up_revision.doc.splitlines()[0])

    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(owner_dsn), poolclass=pool.NullPool
    )
    config = _config()
    with engine.connect() as connection:
        # Waits for another migrator before the time limits of the migrations themselves are set.
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ADVISORY_KEY})")
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS kernel")
        connection.exec_driver_sql(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'")
        connection.commit()
        config.attributes["connection"] = connection
        config.attributes["on_version_apply"] = on_version_apply
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise MigrationError(str(error)) from error
    return applied
