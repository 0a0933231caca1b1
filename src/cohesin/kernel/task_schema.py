"""The SQL that makes the task queue; for migrations."""

from importlib.resources import files


def schema_sql(roles: tuple[str, ...] = ("cohesin_app",)) -> str:
    """Return the SQL that makes the queue in the schema `tasks` and grants its use to the roles.

    Run it once, as the owner, in a transaction, by a driver call without parameters (it holds `%` and `::`).
    It is the schema of the installed Procrastinate; a test pins its digest, so that an upgrade of the library
    that changes it brings its own migration.

    Every function gets a search path of its own, so that callers need none.

    A job that starts gives up its queueing lock. It bounds waiting jobs only; kept, it would forbid the job
    to wait for its next attempt once another with the same lock waits.
    """
    library = files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8")
    names = ", ".join(f'"{role}"' for role in roles)
    return f"""
CREATE SCHEMA tasks;
SELECT set_config('cohesin.search_path', current_setting('search_path'), true);
SET LOCAL search_path = tasks;
{library}
CREATE FUNCTION release_queueing_lock() RETURNS trigger LANGUAGE plpgsql AS $release$
BEGIN
    NEW.queueing_lock := NULL;
    RETURN NEW;
END
$release$;
CREATE TRIGGER release_queueing_lock BEFORE UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status = 'todo' AND NEW.status = 'doing')
    EXECUTE FUNCTION release_queueing_lock();
DO $own_path$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN SELECT oid FROM pg_proc WHERE pronamespace = 'tasks'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = tasks, pg_temp', function);
    END LOOP;
END
$own_path$;
SELECT set_config('search_path', current_setting('cohesin.search_path'), true);
GRANT USAGE ON SCHEMA tasks TO {names};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tasks TO {names};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA tasks TO {names};
"""


def progress_sql(roles: tuple[str, ...] = ("cohesin_app",)) -> str:
    """Return the SQL of the tables beside the queue, to be run after `schema_sql`; they hold no tenant's data.

    `kernel.task_progress` is how far jobs are; `kernel.task_switches` which tasks rest (no row: none does).
    """
    names = ", ".join(f'"{role}"' for role in roles)
    return f"""
CREATE SCHEMA IF NOT EXISTS kernel;
CREATE TABLE kernel.task_progress (
    job_id bigint PRIMARY KEY REFERENCES tasks.procrastinate_jobs (id) ON DELETE CASCADE,
    fraction double precision NOT NULL DEFAULT 0 CHECK (fraction BETWEEN 0 AND 1),
    stage text NOT NULL DEFAULT '',
    error text,
    losses integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE kernel.task_switches (
    task_name text PRIMARY KEY,
    enabled boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
GRANT USAGE ON SCHEMA kernel TO {names};
GRANT SELECT, INSERT, UPDATE, DELETE ON kernel.task_progress, kernel.task_switches TO {names};
"""
