"""The two questions that Cohesin, its FastAPI peer and pgbench are asked: one user of a tenant, fifty of them."""

COLUMNS = "u.id, u.email::text AS email, u.status, u.first_name, u.last_name, u.display_name, u.locale, u.created_at, u.updated_at"
SOURCE = "platform.users u JOIN platform.memberships m ON m.user_id = u.id AND m.tenant_id = $1 WHERE u.deleted_at IS NULL"
READ = f"SELECT {COLUMNS} FROM {SOURCE} AND u.id = $2"
LIST = f"SELECT {COLUMNS} FROM {SOURCE} ORDER BY u.created_at DESC, u.id LIMIT $2 OFFSET $3"


def literal(statement: str, *values: str) -> str:
    """The statement with its parameters written in, for pgbench (which prepares it itself)."""
    for place, value in reversed(list(enumerate(values, start=1))):
        statement = statement.replace(f"${place}", value)
    return statement + ";\n"
