import asyncpg
import psycopg
import pytest
from alembic.script import ScriptDirectory

from cohesin.app.migrations.catalog import catalog_lines, schema_fingerprint
from cohesin.app.migrations.runner import _config, migrate, revisions
from cohesin.app.migrations.standing import MigrationError, current_revision, newest_revision
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.roles import (
    PrivilegedRoleError,
    RoleSetupError,
    app_dsn,
    assert_unprivileged,
    assert_unprivileged_dsn,
    ensure_roles,
)
from tests.conftest import SECRET_KEY, Database


def test_an_empty_database_reaches_the_shape_of_the_template(database: Database, empty_database: Database):
    assert current_revision(empty_database.owner_dsn) is None
    said = []
    ensure_roles(empty_database.owner_dsn, SECRET_KEY)
    applied = migrate(empty_database.owner_dsn, lambda revision, title: said.append((revision, title)))
    assert applied == revisions()
    assert [revision for revision, _ in said] == applied
    assert all(title for _, title in said)
    assert current_revision(empty_database.owner_dsn) == revisions()[-1] == newest_revision()
    assert catalog_lines(empty_database.owner_dsn) == catalog_lines(database.owner_dsn)


def test_a_second_run_changes_nothing(empty_database: Database):
    for _ in range(2):
        ensure_roles(empty_database.owner_dsn, SECRET_KEY)
        applied = migrate(empty_database.owner_dsn)
    before = schema_fingerprint(empty_database.owner_dsn)
    assert applied == []
    assert migrate(empty_database.owner_dsn) == []
    assert schema_fingerprint(empty_database.owner_dsn) == before


def test_the_fingerprint_sees_a_changed_column(empty_database: Database):
    ensure_roles(empty_database.owner_dsn, SECRET_KEY)
    migrate(empty_database.owner_dsn)
    before = schema_fingerprint(empty_database.owner_dsn)
    with psycopg.connect(empty_database.owner_dsn) as connection:
        connection.execute("CREATE TABLE kernel.probe (id int PRIMARY KEY)")
    with_table = schema_fingerprint(empty_database.owner_dsn)
    with psycopg.connect(empty_database.owner_dsn) as connection:
        connection.execute("ALTER TABLE kernel.probe ALTER id TYPE bigint")
    assert len({before, with_table, schema_fingerprint(empty_database.owner_dsn)}) == 3


def test_the_revisions_are_one_line_and_go_forward_only():
    script = ScriptDirectory.from_config(_config())
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert not isinstance(revision.down_revision, tuple)
        assert not hasattr(revision.module, "downgrade")


def test_a_database_of_a_newer_release_is_refused(empty_database: Database):
    ensure_roles(empty_database.owner_dsn, SECRET_KEY)
    migrate(empty_database.owner_dsn)
    with psycopg.connect(empty_database.owner_dsn) as connection:
        connection.execute("UPDATE kernel.alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationError, match="newer release"):
        migrate(empty_database.owner_dsn)


async def test_the_app_role_works_on_tables_and_cannot_step_around_row_security(database: Database):
    with psycopg.connect(database.owner_dsn) as owner:
        owner.execute("CREATE TABLE kernel.ward (id int PRIMARY KEY, open boolean NOT NULL)")
        owner.execute("ALTER TABLE kernel.ward ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY app ON kernel.ward TO cohesin_app USING (open) WITH CHECK (true)")
        owner.execute("CREATE POLICY crossing ON kernel.ward TO cohesin_crossing USING (true)")
    connection = await asyncpg.connect(database.app_dsn)
    try:
        await assert_unprivileged(connection)
        await connection.execute("INSERT INTO kernel.ward VALUES (1, true), (2, false)")
        assert await connection.fetchval("SELECT count(*) FROM kernel.ward") == 1
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE cohesin_crossing")
            assert await connection.fetchval("SELECT count(*) FROM kernel.ward") == 2
        assert await connection.fetchval("SELECT count(*) FROM kernel.ward") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE kernel.mine (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("ALTER TABLE kernel.ward DISABLE ROW LEVEL SECURITY")
    finally:
        await connection.close()
        with psycopg.connect(database.owner_dsn) as owner:
            owner.execute("DROP TABLE kernel.ward")


def test_the_owner_and_the_superuser_are_refused_as_serving_roles(database: Database):
    with pytest.raises(PrivilegedRoleError) as owner:
        assert_unprivileged_dsn(database.owner_dsn)
    assert "owns tables" in owner.value.reasons
    with pytest.raises(PrivilegedRoleError, match="superuser"):
        assert_unprivileged_dsn(database.superuser_dsn)


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        ("ALTER ROLE probe BYPASSRLS", "bypasses row-level security"),
        ("GRANT cohesin_owner TO probe", "is a member of .*cohesin_owner"),
        ("GRANT cohesin_crossing TO probe WITH INHERIT TRUE", "inherits the rights of cohesin_crossing"),
    ],
)
def test_a_role_that_could_bypass_is_refused(database: Database, worker_id: str, grant: str, reason: str):
    role = f"probe_{worker_id}"
    with psycopg.connect(database.superuser_dsn, autocommit=True) as superuser:
        superuser.execute(f"DROP ROLE IF EXISTS {role}")
        superuser.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'probe'")
        try:
            dsn = rewrite_dsn(database.superuser_dsn, user=role, password="probe")
            assert_unprivileged_dsn(dsn)
            superuser.execute(grant.replace("probe", role))
            with pytest.raises(PrivilegedRoleError, match=reason):
                assert_unprivileged_dsn(dsn)
        finally:
            superuser.execute(f"DROP ROLE {role}")


def test_an_owner_without_createrole_is_told_the_statements_to_run(cluster, worker_id: str):
    role, name = f"plain_owner_{worker_id}", f"plain_{worker_id}"
    plain = cluster.create(name, migrated=False)
    with psycopg.connect(plain.superuser_dsn, autocommit=True) as superuser:
        superuser.execute(f"DROP ROLE IF EXISTS {role}")
        superuser.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'plain'")
        superuser.execute(f"ALTER DATABASE {name} OWNER TO {role}")
    dsn = rewrite_dsn(plain.superuser_dsn, user=role, password="plain")
    try:
        # A key that does not open cohesin_app, so that its password would have to be set.
        with pytest.raises(RoleSetupError, match="CREATE ROLE cohesin_app LOGIN"):
            ensure_roles(dsn, "another secret key of more than 32 characters")
        # With roles made by an administrator the same owner suffices.
        with psycopg.connect(plain.superuser_dsn, autocommit=True) as superuser:
            superuser.execute(f"GRANT cohesin_crossing TO {role} WITH INHERIT TRUE, SET TRUE")
        prepared = ensure_roles(dsn, SECRET_KEY, app_dsn(dsn, SECRET_KEY))
        assert migrate(dsn) == revisions()
        assert_unprivileged_dsn(prepared)
    finally:
        cluster.drop(name)
        with psycopg.connect(cluster.superuser_dsn, autocommit=True) as superuser:
            superuser.execute(f"DROP ROLE {role}")
