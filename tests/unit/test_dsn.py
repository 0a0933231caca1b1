from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from cohesin.kernel.db.dsn import database_name, rewrite_dsn, socket_dsn

ODD = "p@ss/w:rd%é"


@pytest.mark.parametrize(
    ("dsn", "host"),
    [
        ("postgresql://owner:old@db.test:6432/first?sslmode=require", "db.test"),
        ("postgresql://owner@a,b:5433/first?target_session_attrs=read-write", "a,b"),
        ("postgresql://db.test/first", "db.test"),
        (
            socket_dsn(Path("/var/run/with space"), user="owner", password=ODD, database="first"),
            "/var/run/with space",
        ),
    ],
)
def test_user_password_and_database_are_replaced_and_the_rest_stays(dsn: str, host: str):
    read = conninfo_to_dict(rewrite_dsn(dsn, user="app", password=ODD, database="se cond"))
    before = conninfo_to_dict(dsn)
    assert (read.pop("user"), read.pop("password"), read.pop("dbname")) == ("app", ODD, "se cond")
    assert read["host"] == host
    assert read == {key: value for key, value in before.items() if key not in {"user", "password", "dbname"}}


def test_the_name_is_read_back():
    dsn = socket_dsn(Path("/run"), user="u", password="p", database="a b")
    assert database_name(dsn) == "a b"
    assert database_name(rewrite_dsn(dsn, database="c")) == "c"
