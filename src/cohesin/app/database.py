"""The database as the settings name it: a server elsewhere, or the embedded one, started where needed."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Final

from cohesin.app.migrations.standing import current_revision, newest_revision
from cohesin.kernel.db.data_dir import DataDirLock
from cohesin.kernel.db.embedded import EmbeddedPostgres, running_dsn
from cohesin.kernel.db.roles import assert_unprivileged_dsn, ensure_roles, prepare_embedded
from cohesin.kernel.late import LateFunction
from cohesin.kernel.settings import Settings

Progress = Callable[[str, str], None]
migrate: Final[LateFunction[list[str]]] = LateFunction("cohesin.app.migrations.runner", "migrate")


def prepare(settings: Settings, superuser_dsn: str | None, progress: Progress | None = None) -> Settings:
    """Sets up roles, migrates, and checks that the server's role is bound by row-level security.

    Args:
        settings: as read.
        superuser_dsn: of the embedded cluster; None for a server elsewhere.
        progress: called with each revision applied and its title.

    Returns:
        The settings with ``database_url`` (owner) and ``app_database_url`` (``cohesin_app``) set.
    """
    owner = _owner_dsn(settings, superuser_dsn)
    if owner is None:
        assert settings.app_database_url is not None
        app = settings.app_database_url
    else:
        app = ensure_roles(owner, settings.secret_key, settings.app_database_url)
        if current_revision(owner) != newest_revision():
            migrate(owner, progress)
    assert_unprivileged_dsn(app)
    return settings.model_copy(update={"database_url": owner, "app_database_url": app})


def _owner_dsn(settings: Settings, superuser_dsn: str | None) -> str | None:
    if superuser_dsn is not None:
        return prepare_embedded(superuser_dsn, settings.secret_key)
    return settings.database_url


def is_embedded(settings: Settings) -> bool:
    """Whether the database is the one under the data folder."""
    return settings.database_url is None and settings.app_database_url is None


@contextlib.contextmanager
def open_database(settings: Settings, progress: Progress | None = None) -> Iterator[Settings]:
    """The prepared database for the length of one command.

    An embedded database that a server already runs is shared with it; otherwise it is started under the
    folder's lock and stopped at the end.

    Yields:
        The settings with both addresses set.
    """
    if not is_embedded(settings):
        yield prepare(settings, None, progress)
        return
    running = running_dsn(settings.data_dir)
    if running is not None:
        yield prepare(settings, running, progress)
        return
    with DataDirLock(settings.data_dir):
        postgres = EmbeddedPostgres(settings.data_dir)
        try:
            yield prepare(settings, postgres.start(), progress)
        finally:
            postgres.stop()
