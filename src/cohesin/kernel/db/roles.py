"""The database's roles: who owns the tables, who works on them, who may look across tenants.

``cohesin_app`` works on the tables and owns none; row-level security binds it. ``cohesin_crossing`` is the
role that ``cohesin_app`` may switch to for a block of code; it holds no login. The owner (who migrates) is
the role of ``COHESIN_DATABASE_URL``; for the embedded database ``cohesin_owner``, which is no superuser
either, so that migrations meet the same rules everywhere.
"""

import base64
import hashlib
import hmac
from typing import Any, Final, LiteralString, Protocol

import psycopg
from psycopg import sql

from cohesin.kernel.db.dsn import rewrite_dsn

APP_ROLE: Final = "cohesin_app"
CROSSING_ROLE: Final = "cohesin_crossing"
OWNER_ROLE: Final = "cohesin_owner"
EMBEDDED_DATABASE: Final = "cohesin"
EXTENSIONS: Final = ("btree_gist", "pg_trgm", "unaccent", "citext", "ltree")
# Roles belong to the whole cluster: two servers that start at once take turns.
_LOCK_KEY: Final = 0x636F686573696E
MINIMUM_VERSION: Final = 160000


class RoleSetupError(Exception):
    """The owner may not do what the set-up needs; the message names the SQL that someone else has to run."""


class PrivilegedRoleError(Exception):
    """The server's role could step around row-level security; ``reasons`` says how."""

    def __init__(self, role: str, reasons: list[str]) -> None:
        super().__init__(f"The role {role} may not serve: it {'; it '.join(reasons)}.")
        self.reasons = reasons


def derive_password(secret_key: str, role: str) -> str:
    """The password of a role of ours: an HMAC of its name, so that it is kept nowhere."""
    digest = hmac.digest(secret_key.encode(), f"cohesin database role {role}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def app_dsn(owner_dsn: str, secret_key: str) -> str:
    """The address of the same database as ``cohesin_app``."""
    return rewrite_dsn(owner_dsn, user=APP_ROLE, password=derive_password(secret_key, APP_ROLE))


def prepare_embedded(superuser_dsn: str, secret_key: str) -> str:
    """Makes ``cohesin_owner`` and its database in an embedded cluster, where absent.

    Returns:
        The owner's address.
    """
    password = derive_password(secret_key, OWNER_ROLE)
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        _ensure_role(connection, OWNER_ROLE, "LOGIN NOSUPERUSER NOBYPASSRLS CREATEROLE NOCREATEDB", password)
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [EMBEDDED_DATABASE]
        ).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(EMBEDDED_DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )
    return rewrite_dsn(superuser_dsn, user=OWNER_ROLE, password=password, database=EMBEDDED_DATABASE)


def ensure_roles(owner_dsn: str, secret_key: str, app_url: str | None = None) -> str:
    """Makes or updates the roles and extensions that the migrations and the server count on.

    Args:
        owner_dsn: the owner's address.
        secret_key: from which the password of ``cohesin_app`` is derived.
        app_url: the address of a ``cohesin_app`` that an administrator made; its password is then left alone.

    Returns:
        The address of ``cohesin_app``.

    Raises:
        RoleSetupError: the owner lacks a right, or the server is older than PostgreSQL 16.
        psycopg.OperationalError: the database cannot be reached.
    """
    address = app_url or app_dsn(owner_dsn, secret_key)
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        if connection.info.server_version < MINIMUM_VERSION:
            raise RoleSetupError(
                "PostgreSQL 16 or later is needed; the server is version "
                f"{connection.info.server_version // 10000}."
            )
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        try:
            _ensure_app_roles(connection, address, None if app_url else derive_password(secret_key, APP_ROLE))
            _ensure_extensions(connection)
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
    return address


def _ensure_app_roles(connection: psycopg.Connection[Any], address: str, password: str | None) -> None:
    try:
        if not _exists(connection, CROSSING_ROLE):
            _ensure_role(connection, CROSSING_ROLE, "NOLOGIN NOCREATEDB NOCREATEROLE", None)
        if password is not None and not (_exists(connection, APP_ROLE) and _can_connect(address)):
            _ensure_role(connection, APP_ROLE, "LOGIN INHERIT NOCREATEDB NOCREATEROLE", password)
        if (
            connection.execute(
                "SELECT 1 FROM pg_auth_members m WHERE m.roleid = to_regrole(%s)"
                " AND m.member = to_regrole(%s)"
                " AND m.set_option AND NOT m.inherit_option",
                [CROSSING_ROLE, APP_ROLE],
            ).fetchone()
            is None
        ):
            connection.execute(f"GRANT {CROSSING_ROLE} TO {APP_ROLE} WITH INHERIT FALSE, SET TRUE")
        # The owner gives the functions that identify callers to the crossing role, and migrates rows of all tenants.
        if connection.execute("SELECT pg_has_role(%s, 'SET')", [CROSSING_ROLE]).fetchone() != (True,):
            connection.execute(f"GRANT {CROSSING_ROLE} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
    except psycopg.errors.InsufficientPrivilege as error:
        raise RoleSetupError(_role_instructions(str(error.diag.message_primary))) from error


def _ensure_role(
    connection: psycopg.Connection[Any], role: str, attributes: LiteralString | str, password: str | None
) -> None:
    statement = sql.SQL("{verb} ROLE {role} {attributes}").format(
        verb=sql.SQL("ALTER" if _exists(connection, role) else "CREATE"),
        role=sql.Identifier(role),
        attributes=sql.SQL(attributes),
    )
    if password is not None:
        # Hashed here, so that a server that logs statements does not learn the password.
        hashed = connection.pgconn.encrypt_password(
            password.encode(), role.encode(), b"scram-sha-256"
        ).decode()
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(hashed))
    connection.execute(statement)


def _exists(connection: psycopg.Connection[Any], role: str) -> bool:
    return connection.execute("SELECT to_regrole(%s)", [role]).fetchone() != (None,)


def _can_connect(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn, connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False


def _role_instructions(reason: str) -> str:
    return (
        f"The database's owner could not set up the roles ({reason}). Either give it CREATEROLE, or have an "
        "administrator run, with a password of their choice:\n"
        f"  CREATE ROLE {CROSSING_ROLE} NOLOGIN;\n"
        f"  CREATE ROLE {APP_ROLE} LOGIN PASSWORD '…';\n"
        f"  GRANT {CROSSING_ROLE} TO {APP_ROLE} WITH INHERIT FALSE, SET TRUE;\n"
        f"  GRANT {CROSSING_ROLE} TO the owner WITH INHERIT TRUE, SET TRUE;\n"
        "and give the address of that role in COHESIN_APP_DATABASE_URL."
    )


def _ensure_extensions(connection: psycopg.Connection[Any]) -> None:
    rows = connection.execute("SELECT extname FROM pg_extension").fetchall()
    missing = [name for name in EXTENSIONS if (name,) not in rows]
    try:
        for name in missing:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        statements = "\n".join(f"  CREATE EXTENSION IF NOT EXISTS {name};" for name in missing)
        raise RoleSetupError(
            f"The database's owner could not create extensions ({error.diag.message_primary}). Have an "
            f"administrator run in the database {connection.info.dbname}:\n{statements}"
        ) from error


class _Fetching(Protocol):
    """What is needed of an asyncpg connection."""

    async def fetchrow(self, query: str, *args: Any) -> Any: ...


PRIVILEGES_SQL: Final = f"""
SELECT r.rolname,
       r.rolsuper,
       r.rolbypassrls,
       r.rolcreaterole,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema') AS owns_tables,
       ARRAY(SELECT g.rolname::text FROM pg_roles g
             WHERE g.oid <> r.oid AND g.rolname <> '{CROSSING_ROLE}' AND pg_has_role(r.oid, g.oid, 'MEMBER')
             ORDER BY 1) AS memberships,
       COALESCE((SELECT g.rolsuper OR g.rolbypassrls FROM pg_roles g
                 WHERE g.rolname = '{CROSSING_ROLE}'), false) AS crossing_bypasses,
       EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
               WHERE m.member = r.oid AND g.rolname = '{CROSSING_ROLE}' AND m.inherit_option)
           AS crossing_inherited
FROM pg_roles r WHERE r.rolname = session_user
"""
"""One row about the role that the session belongs to; superusers are members of every role."""


def privilege_faults(row: Any) -> list[str]:
    """Why the role of a row of :data:`PRIVILEGES_SQL` may not serve; empty where it may."""
    faults = {
        "is a superuser": row["rolsuper"],
        "bypasses row-level security": row["rolbypassrls"],
        "may create roles": row["rolcreaterole"],
        "owns tables": row["owns_tables"],
        f"is a member of {', '.join(row['memberships'])}": not row["rolsuper"] and bool(row["memberships"]),
        f"can switch to {CROSSING_ROLE}, which bypasses row-level security": row["crossing_bypasses"],
        f"inherits the rights of {CROSSING_ROLE}": row["crossing_inherited"],
    }
    return [reason for reason, holds in faults.items() if holds]


async def assert_unprivileged(connection: _Fetching) -> None:
    """Refuses an asyncpg connection whose role could step around row-level security.

    Raises:
        PrivilegedRoleError: with every reason.
    """
    row = await connection.fetchrow(PRIVILEGES_SQL)
    if faults := privilege_faults(row):
        raise PrivilegedRoleError(row["rolname"], faults)


def assert_unprivileged_dsn(dsn: str) -> None:
    """The same check for the role of an address, over a connection of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        row = cursor.execute(PRIVILEGES_SQL).fetchone()
        assert row is not None
        if faults := privilege_faults(row):
            raise PrivilegedRoleError(row["rolname"], faults)
