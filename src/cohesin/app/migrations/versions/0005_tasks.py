"""Tasks: Procrastinate's queue in schema `tasks`, and the progress of long ones."""

from alembic import op

from cohesin.kernel.task_schema import progress_sql, schema_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Sent to the driver as it is: the text holds % and ::, which are not parameters.
    connection = op.get_bind()
    for sql in (schema_sql(("cohesin_app", "cohesin_crossing")), progress_sql(("cohesin_app", "cohesin_crossing"))):
        connection.exec_driver_sql(sql)
