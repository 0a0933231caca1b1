import hashlib
from datetime import timedelta
from importlib.resources import files

from cohesin.kernel.tasks import Retry


def test_schema_is_the_one_the_migration_was_written_for():
    text = files("procrastinate.sql").joinpath("schema.sql").read_bytes()
    assert (
        hashlib.sha256(text).hexdigest() == "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
    )


def test_waits_grow_to_a_limit():
    retry = Retry(attempts=5, wait=timedelta(seconds=2), factor=10, longest=timedelta(minutes=1))
    waits = [retry.delay_after(n) for n in range(1, 6)]
    assert waits == [
        timedelta(seconds=2),
        timedelta(seconds=20),
        timedelta(minutes=1),
        timedelta(minutes=1),
        None,
    ]
    assert Retry(attempts=10**6).delay_after(99_999) == timedelta(hours=6)
