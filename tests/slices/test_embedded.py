import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cohesin.kernel.db.data_dir import DataDirLock, DataDirLockedError
from cohesin.kernel.db.embedded import (
    EmbeddedPostgres,
    EmbeddedPostgresError,
    running_dsn,
    running_postmaster,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cohesin-pg-"))
    yield made
    shutil.rmtree(made)


def make_table(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")


def ask(dsn: str, query: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def test_it_is_safe_where_it_has_to_be_and_small(folder: Path):
    postgres = EmbeddedPostgres(folder)
    try:
        dsn = postgres.start()
        assert running_dsn(folder) == dsn
        settings = {
            name: ask(dsn, f"SHOW {name}")
            for name in (
                "data_checksums",
                "fsync",
                "synchronous_commit",
                "shared_buffers",
                "listen_addresses",
            )
        }
        assert settings == {
            "data_checksums": "on",
            "fsync": "on",
            "synchronous_commit": "on",
            "shared_buffers": "128MB",
            "listen_addresses": "",
        }
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(dsn.replace("postgres:", "postgres:wrong"))
    finally:
        postgres.stop()
    assert running_dsn(folder) is None


def test_a_postmaster_left_running_is_replaced_and_the_data_stay(folder: Path):
    first = EmbeddedPostgres(folder, durable=False)
    dsn = first.start()
    make_table(dsn)
    left = running_postmaster(folder / "postgres")
    second = EmbeddedPostgres(folder, durable=False)
    try:
        assert ask(second.start(), "SELECT count(*) FROM kept") == 1
        assert running_postmaster(folder / "postgres") not in {None, left}
        assert not first.is_alive()
    finally:
        second.stop()


def test_it_starts_after_kill_9(folder: Path):
    first = EmbeddedPostgres(folder)
    make_table(first.start())
    os.kill(running_postmaster(folder / "postgres"), signal.SIGKILL)
    second = EmbeddedPostgres(folder)
    try:
        assert ask(second.start(), "SELECT count(*) FROM kept") == 1
    finally:
        second.stop()
        first.stop()


def test_a_stale_pid_file_that_names_a_stranger_is_no_obstacle_and_no_victim(folder: Path):
    postgres = EmbeddedPostgres(folder, durable=False)
    postgres.start()
    postgres.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        lines = [str(stranger.pid), str(folder / "postgres"), "0", "5432", "", "", "", "ready"]
        (folder / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
        assert running_dsn(folder) is None
        try:
            assert ask(postgres.start(), "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            postgres.stop()
            stranger.stdin.close()


def test_a_path_too_long_for_a_socket_gets_a_short_private_folder(folder: Path):
    deep = folder / ("d" * 60) / ("e" * 60)
    postgres = EmbeddedPostgres(deep, durable=False)
    try:
        dsn = postgres.start()
        assert ask(dsn, "SELECT 1") == 1
        sockets = Path(psycopg.conninfo.conninfo_to_dict(dsn)["host"])
        assert deep not in sockets.parents
        assert sockets.stat().st_mode & 0o777 == 0o700
    finally:
        postgres.stop()
    shutil.rmtree(sockets)


def test_an_interrupted_first_start_is_begun_again(folder: Path):
    (folder / "postgres" / "base").mkdir(parents=True)
    postgres = EmbeddedPostgres(folder, durable=False)
    try:
        assert ask(postgres.start(), "SELECT 1") == 1
    finally:
        postgres.stop()


def test_a_broken_cluster_is_told_with_the_servers_last_words(folder: Path):
    postgres = EmbeddedPostgres(folder, durable=False)
    postgres.start()
    postgres.stop()
    (folder / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedPostgresError, match="pg_control"):
        postgres.start()


def test_it_ends_with_the_process_that_started_it(folder: Path):
    script = (
        "import os, pathlib, signal; from cohesin.kernel.db.embedded import EmbeddedPostgres;"
        f"EmbeddedPostgres(pathlib.Path({str(folder)!r}), durable=False).start();"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(root / "src")}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    again = EmbeddedPostgres(folder, durable=False)
    try:
        assert ask(again.start(), "SELECT 1") == 1
    finally:
        again.stop()


def test_the_lock_names_its_holder_and_is_free_after_it(folder: Path):
    with DataDirLock(folder):
        with pytest.raises(DataDirLockedError, match=f"process {os.getpid()}") as refused:
            DataDirLock(folder).acquire()
        assert refused.value.pid == os.getpid()
    with DataDirLock(folder):
        pass
