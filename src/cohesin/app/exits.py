"""Exit codes of every command, after sysexits.h where it has one.

====  ==========================================================================
0     done
1     failed for a reason told on standard error
2     the command line is wrong
69    the database cannot be reached, made or migrated
74    a folder or file cannot be read or written, or the port is taken
75    another process serves the data folder; try again when it has ended
77    the database's role has too many rights, or the owner has too few
78    the settings hold values that cannot be used
====  ==========================================================================
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import click
import psycopg

from cohesin.app.migrations.standing import MigrationError
from cohesin.kernel.db.data_dir import DataDirLockedError
from cohesin.kernel.db.embedded import EmbeddedPostgresError
from cohesin.kernel.db.roles import PrivilegedRoleError, RoleSetupError
from cohesin.kernel.log import redact_text
from cohesin.kernel.settings import SettingsError


class Exit(IntEnum):
    """The exit codes by name."""

    FAILED = 1
    DATABASE = 69
    IO = 74
    LOCKED = 75
    RIGHTS = 77
    SETTINGS = 78


def fail(message: str, code: Exit) -> NoReturn:
    """Prints the message on standard error and ends the command with the code."""
    click.echo(f"Error: {message}", err=True)
    raise click.exceptions.Exit(int(code))


_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (SettingsError, Exit.SETTINGS),
    (DataDirLockedError, Exit.LOCKED),
    (PrivilegedRoleError, Exit.RIGHTS),
    (RoleSetupError, Exit.RIGHTS),
    (EmbeddedPostgresError, Exit.DATABASE),
    (MigrationError, Exit.DATABASE),
    (psycopg.Error, Exit.DATABASE),
    (OSError, Exit.IO),
)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turns failures that people can mend into a message and a code; others keep their trace."""
    try:
        yield
    except tuple(kind for kind, _ in _CODES) as error:
        code = next(code for kind, code in _CODES if isinstance(error, kind))
        fail(redact_text(str(error)).strip(), code)
