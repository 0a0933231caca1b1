"""One throwaway PostgreSQL for a test run, one database for each worker. See tests/README.md."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cohesin.app.migrations.runner import migrate
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import EmbeddedPostgres
from cohesin.kernel.db.roles import EMBEDDED_DATABASE, OWNER_ROLE, app_dsn, ensure_roles, prepare_embedded

pytest_plugins = ["tests.worlds", "tests.labs"]
SECRET_KEY = "a secret key for tests, longer than 32 characters"


@dataclass(frozen=True)
class Cluster:
    """The run's PostgreSQL; ``template`` is the owner's address of the migrated database that others copy."""

    superuser_dsn: str
    template_dsn: str

    def create(self, name: str, *, migrated: bool) -> "Database":
        with psycopg.connect(self.superuser_dsn, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            template = EMBEDDED_DATABASE if migrated else "template1"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE}")
        owner = rewrite_dsn(self.template_dsn, database=name)
        return Database(
            name, owner, app_dsn(owner, SECRET_KEY), rewrite_dsn(self.superuser_dsn, database=name)
        )

    def drop(self, name: str) -> None:
        with psycopg.connect(self.superuser_dsn, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass(frozen=True)
class Database:
    """A database by its three addresses: who owns it, who serves from it (bound by row security), who made it."""

    name: str
    owner_dsn: str
    app_dsn: str
    superuser_dsn: str


class _RunningCluster:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="cohesin-test-"))
        self._postgres = EmbeddedPostgres(self._folder, durable=False)
        try:
            superuser = self._postgres.start()
            owner = prepare_embedded(superuser, SECRET_KEY)
            ensure_roles(owner, SECRET_KEY)
            migrate(owner)
        except BaseException:
            self.stop()
            raise
        self.cluster = Cluster(superuser, owner)

    def stop(self) -> None:
        self._postgres.stop(5.0)
        shutil.rmtree(self._folder, ignore_errors=True)


_running = pytest.StashKey[_RunningCluster]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """With several workers their controller starts the cluster, as it begins before them and ends after them."""
    if _running not in node.config.stash:
        node.config.stash[_running] = _RunningCluster()
    cluster = node.config.stash[_running].cluster
    node.workerinput["cluster"] = (cluster.superuser_dsn, cluster.template_dsn)


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith("COHESIN_")]:
        del os.environ[name]  # a developer's own settings are not part of a test


def pytest_unconfigure(config: pytest.Config) -> None:
    if _running in config.stash:
        config.stash[_running].stop()


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """The run's PostgreSQL, started by the first test that asks for it."""
    shared = getattr(request.config, "workerinput", None)
    if shared is not None:
        return Cluster(*shared["cluster"])
    if _running not in request.config.stash:
        request.config.stash[_running] = _RunningCluster()
    return request.config.stash[_running].cluster


@pytest.fixture(scope="session")
def database(cluster: Cluster, worker_id: str) -> Iterator[Database]:
    """This worker's migrated database."""
    name = f"test_{worker_id}"
    yield cluster.create(name, migrated=True)
    cluster.drop(name)


@pytest.fixture
def empty_database(cluster: Cluster, worker_id: str) -> Iterator[Database]:
    """A database that was never migrated, for one test."""
    name = f"empty_{worker_id}"
    yield cluster.create(name, migrated=False)
    cluster.drop(name)
