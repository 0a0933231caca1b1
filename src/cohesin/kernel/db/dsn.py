"""PostgreSQL addresses as URLs that both asyncpg and psycopg read."""

from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit


def socket_dsn(directory: Path, *, user: str, password: str, database: str, port: int = 5432) -> str:
    """The URL of a database behind a Unix socket in ``directory``."""
    where = urlencode({"host": str(directory), "port": port}, quote_via=quote)
    return (
        f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{quote(database, safe='')}?{where}"
    )


def rewrite_dsn(
    dsn: str, *, user: str | None = None, password: str | None = None, database: str | None = None
) -> str:
    """The same address with another user and password, or another database."""
    parts = urlsplit(dsn)
    credentials, _, hosts = parts.netloc.rpartition("@")
    if user is not None:
        credentials = quote(user, safe="") + (f":{quote(password, safe='')}" if password is not None else "")
    netloc = f"{credentials}@{hosts}" if credentials else hosts
    path = parts.path if database is None else f"/{quote(database, safe='')}"
    query = f"?{parts.query}" if parts.query else ""
    # Not urlunsplit: it drops the empty authority of a socket address.
    return f"{parts.scheme}://{netloc}{path or '/'}{query}"


def database_name(dsn: str) -> str:
    """The database that the address names; empty where it names none."""
    return unquote(urlsplit(dsn).path.lstrip("/"))
