"""``cohesin serve``: one process that starts, watches and stops all the others.

Order of start: folder lock, PostgreSQL, migrations, bootstrap, task worker, web processes. Order of stop:
the web processes accept no more and finish what is under way, the worker ends its task, PostgreSQL writes
its checkpoint. When this process is killed outright, the kernel ends the children with it (see
:mod:`cohesin.kernel.process`).
"""

import asyncio
import contextlib
import importlib
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import httpx
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from cohesin.app.bootstrap import DEFAULT_ADMIN, Founded, bootstrap
from cohesin.app.database import is_embedded, prepare
from cohesin.app.demo.record import demo_lines, publish_record
from cohesin.kernel.db.data_dir import DataDirLock
from cohesin.kernel.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from cohesin.kernel.log import configure_logging, get_logger
from cohesin.kernel.process import PARENT_VARIABLE, die_with_supervisor, signal_on_parent_death
from cohesin.kernel.settings import Settings, load_settings

HEALTH_PATH = "/api/v1/system/health"
WORKER_COMMAND = (sys.executable, "-m", "cohesin.app.cli", "worker")
_RESPAWN_SECONDS = 1.0

Say = Callable[[str], None]
log = get_logger(__name__)


def load_application(target: str) -> Any:
    """Builds the application named ``module:factory`` in a web process that ends with its supervisor."""
    die_with_supervisor()
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    module, _, factory = target.partition(":")
    return getattr(importlib.import_module(module), factory)()


class Supervisor:
    """Runs the whole server in the foreground, until SIGTERM or SIGINT.

    Args:
        settings: as read; the data folder exists.
        say: prints a line of progress for people.
        target: the application, ``module:factory``.
        worker_command: the task worker's command line; None for no worker.
        demo: whether the bootstrap loads the demo.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        say: Say,
        target: str = "cohesin.app.asgi:create_app",
        worker_command: tuple[str, ...] | None = None,
        demo: bool = False,
    ) -> None:
        self._settings = settings
        self._say = say
        self._target = target
        self._worker_command = worker_command
        self._demo = demo
        self._stopping = threading.Event()
        self._founded = Founded(password=None, demo=None)

    def run(self) -> None:
        """Serves until stopped.

        Raises:
            DataDirLockedError: another server has the folder.
            OSError: the port is taken.
            EmbeddedPostgresError, RoleSetupError, PrivilegedRoleError, MigrationError: the database is not
            usable.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        with DataDirLock(self._settings.data_dir), contextlib.ExitStack() as running:
            _check_port(self._settings.host, self._settings.port)
            superuser = running.enter_context(self._postgres()) if is_embedded(self._settings) else None
            self._say("Preparing the database")
            prepared = prepare(
                self._settings, superuser, lambda name, title: self._say(f"Migrated {name}: {title}")
            )
            self._founded = asyncio.run(
                bootstrap(prepared, demo=self._demo, say=self._say, alone=superuser is not None)
            )
            running.enter_context(self._children_environment(prepared))
            if self._worker_command is not None:
                running.enter_context(self._worker(self._worker_command))
            self._serve()

    @contextlib.contextmanager
    def _postgres(self) -> Iterator[str]:
        self._say("Starting PostgreSQL")
        postgres = EmbeddedPostgres(self._settings.data_dir)
        # Not the event of the web server: PostgreSQL serves until the task worker has ended as well.
        stop = threading.Event()
        watcher = threading.Thread(
            target=_watch_postgres, args=(postgres, stop), daemon=True, name="postgres-watch"
        )
        try:
            dsn = postgres.start()
            watcher.start()
            yield dsn
        finally:
            stop.set()
            if watcher.ident is not None:
                watcher.join()
            postgres.stop()

    @contextlib.contextmanager
    def _children_environment(self, prepared: Settings) -> Iterator[None]:
        """What the children read: the address of the bound role, and never the owner's."""
        assert prepared.app_database_url is not None
        changed = {
            "COHESIN_DATA_DIR": str(prepared.data_dir),
            "COHESIN_APP_DATABASE_URL": prepared.app_database_url,
            "COHESIN_DATABASE_URL": "",
            "COHESIN_HOST": prepared.host,
            "COHESIN_PORT": str(prepared.port),
            "COHESIN_WORKERS": str(prepared.workers),
            PARENT_VARIABLE: str(os.getpid()),
        }
        if prepared.workers > 1:
            measurements = prepared.data_dir / "metrics"
            shutil.rmtree(measurements, ignore_errors=True)
            measurements.mkdir(mode=0o700)
            changed["PROMETHEUS_MULTIPROC_DIR"] = str(measurements)
        before = {name: os.environ.get(name) for name in changed}
        os.environ.update(changed)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value

    @contextlib.contextmanager
    def _worker(self, command: tuple[str, ...]) -> Iterator[None]:
        """Keeps one task worker running; the watching thread is its parent and outlives it."""
        stop = threading.Event()
        thread = threading.Thread(
            target=self._keep_worker, args=(command, stop), daemon=True, name="worker-watch"
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _keep_worker(self, command: tuple[str, ...], stop: threading.Event) -> None:
        while not stop.is_set():
            process = subprocess.Popen(  # noqa: S603 - a command of ours
                command,
                start_new_session=True,
                preexec_fn=signal_on_parent_death(signal.SIGKILL),  # noqa: PLW1509 - one system call
            )
            while process.poll() is None and not stop.wait(0.1):
                pass
            if stop.is_set():
                process.terminate()
                try:
                    process.wait(self._settings.shutdown_seconds)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
            else:
                log.error("the task worker ended; starting it again", exit_code=process.returncode)
                stop.wait(_RESPAWN_SECONDS)

    def _serve(self) -> None:
        # Forked children would copy the threads' locks as they stand.
        multiprocessing.set_start_method("spawn", force=True)
        server = Granian(
            self._target,
            address=self._settings.host,
            port=self._settings.port,
            interface=Interfaces.ASGI,
            workers=self._settings.workers,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            websockets=True,
            backlog=2048,
            log_enabled=False,
            respawn_failed_workers=True,
            workers_kill_timeout=self._settings.shutdown_seconds,
        )
        threading.Thread(target=self._announce, daemon=True, name="announce").start()
        server.serve(target_loader=load_application)
        self._stopping.set()

    def _announce(self) -> None:
        began = time.monotonic()
        address = _reachable(self._settings.host)
        with httpx.Client(base_url=f"http://{address}:{self._settings.port}", trust_env=False) as client:
            while not self._stopping.is_set() and time.monotonic() - began < 120:
                with contextlib.suppress(httpx.TransportError):
                    if client.get(HEALTH_PATH, timeout=5.0).status_code == 200:
                        self._tell_ready()
                        return
                self._stopping.wait(0.02)

    def _tell_ready(self) -> None:
        demo, password = self._founded.demo, self._founded.password
        if demo is not None:
            publish_record(self._settings.data_dir, demo)
        self._say(f"Cohesin is ready on {self._settings.url}")
        if demo is not None:
            for line in demo_lines(self._settings.data_dir, demo):
                self._say(line)
        elif password is not None:
            email = self._settings.admin_email or DEFAULT_ADMIN
            self._say(f"Administrator {email}, password {password} (shown this once)")


def _watch_postgres(postgres: EmbeddedPostgres, stop: threading.Event) -> None:
    """Starts a postmaster that ended without being told to; stops the server when that fails."""
    while not stop.wait(_RESPAWN_SECONDS):
        if postgres.is_alive():
            continue
        log.error("PostgreSQL ended; starting it again")
        try:
            postgres.start()
        except (EmbeddedPostgresError, OSError):
            log.exception("PostgreSQL does not start; stopping the server")
            os.kill(os.getpid(), signal.SIGTERM)
            return


def _leave(number: int, _frame: FrameType | None) -> None:
    """Before the web server takes the signals over: unwinds what was started so far."""
    raise SystemExit(0 if number == signal.SIGTERM else 130)


def _reachable(host: str) -> str:
    if host in {"0.0.0.0", ""}:  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def _check_port(host: str, port: int) -> None:
    """Binds once without sharing: the web server's own socket would share the port with another server's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OSError(f"Cannot listen on {host} port {port}: {error.strerror}.") from error
