"""Tasks: Procrastinate's queue in schema `tasks`, and the progress of long ones."""

from alembic import op

from cohesin.kernel.task_schema import progress_sql, schema_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Given to the driver without parameters: the text holds % and several statements.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    for sql in (
        schema_sql(("cohesin_app", "cohesin_crossing")),
        progress_sql(("cohesin_app", "cohesin_crossing")),
    ):
        driver.execute(sql)
