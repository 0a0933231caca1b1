"""The database's history: Alembic revisions of plain SQL, forward only, in one line."""
