"""``cohesin doctor``: what would keep the server from working here."""

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import obstore
import psycopg
from obstore.exceptions import BaseError
from obstore.store import from_url

from cohesin.app.commands.options import data_dir_option, json_option, read_settings
from cohesin.app.database import is_embedded
from cohesin.app.exits import Exit, exit_codes
from cohesin.app.migrations.standing import current_revision, newest_revision
from cohesin.app.wiring import VENDOR
from cohesin.clinical.reference.manifest import FOLDER, ReferenceDataError, check_files, read_manifest
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import EmbeddedPostgresError, programs, running_dsn
from cohesin.kernel.db.roles import (
    EMBEDDED_DATABASE,
    MINIMUM_VERSION,
    PrivilegedRoleError,
    app_dsn,
    assert_unprivileged_dsn,
)
from cohesin.kernel.log import redact_text
from cohesin.kernel.settings import Settings
from cohesin.platform.system.checks import WORKER_SILENCE
from cohesin_genomics.knowledge import DATA

_FREE_BYTES = 2 * 1024**3
# What the console and the API's page load beside the server's own files; the Makefile puts them there.
_VENDOR_FILES = ("htmx.min.js", "igv.min.js", "swagger-ui.css", "swagger-ui-bundle.js")


@dataclass(frozen=True)
class Finding:
    """One check: ``state`` is ok, warning or failed."""

    check: str
    state: str
    detail: str


class _CheckFailedError(Exception):
    """A check found a fault; the message is its detail."""


class _CheckWarning(Exception):  # noqa: N818 - not an error
    """A check found something to know."""


@click.command()
@data_dir_option
@json_option
@click.pass_context
def doctor(context: click.Context, data_dir: Path | None, as_json: bool) -> None:
    """Check versions, disk, database, stores, worker, reference data and pages. Exits with 1 when a check failed."""
    with exit_codes():
        settings = read_settings(dict(os.environ), data_dir=data_dir)
    findings = examine(settings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{finding.state:8} {finding.check:14} {finding.detail}")
    if any(finding.state == "failed" for finding in findings):
        context.exit(int(Exit.FAILED))


def examine(settings: Settings) -> list[Finding]:
    """Runs every check; none of them changes anything that lasts."""
    checks: dict[str, Callable[[Settings], str]] = {
        "versions": _versions,
        "data folder": _data_folder,
        "free space": _free_space,
        "database": _database,
        "object store": _object_store,
        "task worker": _task_worker,
        "reference data": _reference_data,
        "front end": _front_end,
    }
    return [_run(name, check, settings) for name, check in checks.items()]


def _run(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, "ok", check(settings))
    except _CheckWarning as warning:
        return Finding(name, "warning", str(warning))
    except (
        _CheckFailedError,
        EmbeddedPostgresError,
        PrivilegedRoleError,
        ReferenceDataError,
        psycopg.Error,
        BaseError,
        OSError,
    ) as error:
        return Finding(name, "failed", redact_text(str(error)).strip())


def _versions(_settings: Settings) -> str:
    machine = f"{platform.system()} {platform.machine()}"
    try:
        release = version("cohesin")
    except PackageNotFoundError:
        release = "from a source folder"
    return f"cohesin {release}, Python {platform.python_version()}, {machine}"


def _data_folder(settings: Settings) -> str:
    with tempfile.NamedTemporaryFile(dir=settings.data_dir, prefix=".doctor-") as probe:
        probe.write(b"x")
        probe.flush()
        os.fsync(probe.fileno())
    return f"{settings.data_dir} is writable"


def _free_space(settings: Settings) -> str:
    free = shutil.disk_usage(settings.data_dir).free
    detail = f"{free / 1024**3:.1f} GiB free"
    if free < _FREE_BYTES:
        raise _CheckWarning(f"{detail}; a genome needs about 1 GiB while it is read")
    return detail


def _bound_dsn(settings: Settings) -> str | None:
    """The database as the bound role, or None where it is the embedded one and does not run."""
    if not is_embedded(settings):
        return settings.app_database_url or app_dsn(settings.database_url or "", settings.secret_key)
    running = running_dsn(settings.data_dir)
    if running is None:
        return None
    return app_dsn(rewrite_dsn(running, database=EMBEDDED_DATABASE), settings.secret_key)


def _database(settings: Settings) -> str:
    dsn = _bound_dsn(settings)
    if dsn is None:
        return f"embedded, not running; programs in {programs()}"
    where = "embedded" if is_embedded(settings) else "server elsewhere"
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        number = connection.info.server_version
    if number < MINIMUM_VERSION:
        raise _CheckFailedError(f"PostgreSQL {number // 10000} is too old; 16 or later is needed")
    assert_unprivileged_dsn(dsn)
    at, newest = current_revision(dsn), newest_revision()
    detail = f"{where}, PostgreSQL {number // 10000}.{number % 10000}, revision {at}"
    if at != newest:
        raise _CheckWarning(f"{detail}; this release is at {newest}: run cohesin migrate")
    return detail


def _object_store(settings: Settings) -> str:
    url = settings.storage_url or (settings.data_dir / "objects").as_uri()
    if urlsplit(url).scheme == "file":
        Path(unquote(urlsplit(url).path)).mkdir(parents=True, exist_ok=True)
    store = from_url(url)
    obstore.put(store, ".doctor", b"x")
    obstore.delete(store, ".doctor")
    return f"{urlsplit(url).scheme} store is writable"


def _task_worker(settings: Settings) -> str:
    dsn = _bound_dsn(settings)
    if dsn is None:
        raise _CheckWarning("not looked at: the database does not run")
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        if connection.execute("SELECT to_regclass('tasks.procrastinate_workers')").fetchone() == (None,):
            raise _CheckWarning("not looked at: the database is not migrated")
        row = connection.execute(
            "SELECT count(*) FROM tasks.procrastinate_workers WHERE last_heartbeat > now() - %s",
            (WORKER_SILENCE,),
        ).fetchone()
    assert row is not None  # a count always has a row
    if not row[0]:
        raise _CheckWarning("none gives a sign of life: genomes and reports wait until one runs")
    return f"{row[0]} alive"


def _reference_data(settings: Settings) -> str:
    if not DATA.is_dir():
        raise _CheckFailedError("the embedded sets are missing: install the package again")
    folder = settings.data_dir / FOLDER
    files = read_manifest(folder)
    check_files(folder, files)
    if not files:
        return "embedded subsets; `cohesin reference load` takes whole ones"
    return "embedded subsets and " + ", ".join(f"{one.kind} {one.release} ({one.assembly})" for one in files)


def _front_end(_settings: Settings) -> str:
    missing = [name for name in _VENDOR_FILES if not (VENDOR / name).is_file()]
    if missing:
        raise _CheckWarning(
            f"{', '.join(missing)} missing: run make install; the interfaces work without them"
        )
    return "scripts and styles are in place"
