import pytest

from cohesin.kernel.crypto.seal import (
    BrokenSealError,
    EphemeralKey,
    KeyDestroyedError,
    SealContext,
    Sealer,
    UnknownSealKeyError,
    WeakSecretError,
    derive_key,
)

SECRET, OTHER = "s" * 32, "t" * 40
HERE = SealContext("tenants", "smtp_password", "7")


def test_sealed_value_opens_in_its_place_only():
    sealer = Sealer(SECRET)
    blob = sealer.seal(b"hunter2", HERE)
    assert b"hunter2" not in blob
    assert sealer.open(blob, HERE) == b"hunter2"
    for place in [
        SealContext("tenants", "smtp_password", "8"),
        SealContext("tenants", "token", "7"),
        SealContext("users", "smtp_password", "7"),
        SealContext("tenantssmtp", "_password", "7"),
    ]:
        with pytest.raises(BrokenSealError):
            sealer.open(blob, place)


def test_every_byte_is_authenticated():
    sealer = Sealer(SECRET)
    blob = sealer.seal(b"x", HERE)
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises((BrokenSealError, UnknownSealKeyError)):
            sealer.open(bytes(changed), HERE)
    for length in (0, 1, 20, len(blob) - 1):
        with pytest.raises(BrokenSealError):
            sealer.open(blob[:length], HERE)


def test_two_seals_of_one_value_differ():
    sealer = Sealer(SECRET)
    assert sealer.seal(b"", HERE) != sealer.seal(b"", HERE)


def test_secret_is_rotated():
    old = Sealer(SECRET).seal(b"x", HERE)
    sealer = Sealer(OTHER, previous=[SECRET])
    assert sealer.open(old, HERE) == b"x"
    assert sealer.needs_reseal(old)
    new = sealer.seal(b"x", HERE)
    assert not sealer.needs_reseal(new)
    with pytest.raises(UnknownSealKeyError):
        Sealer(SECRET).open(new, HERE)


def test_short_secret_is_refused():
    with pytest.raises(WeakSecretError):
        Sealer("short")


def test_purposes_give_unrelated_keys():
    assert derive_key(SECRET, "a") != derive_key(SECRET, "b")
    assert derive_key(SECRET, "a") == derive_key(SECRET.encode(), "a")
    assert derive_key(SECRET, "a", salt=b"1" * 16) != derive_key(SECRET, "a", salt=b"2" * 16)


def test_destroyed_key_reads_nothing():
    with EphemeralKey.generate() as key:
        blob = key.encrypt(b"ACGT", associated=b"order 1")
        assert key.decrypt(blob, associated=b"order 1") == b"ACGT"
        with pytest.raises(BrokenSealError):
            key.decrypt(blob, associated=b"order 2")
        with pytest.raises(BrokenSealError):
            key.decrypt(b"short")
    assert bytes(key._key) == bytes(32)
    for call in (lambda: key.decrypt(blob), lambda: key.encrypt(b""), lambda: key.wrap(Sealer(SECRET), HERE)):
        with pytest.raises(KeyDestroyedError):
            call()
    key.destroy()


def test_wrapped_key_finishes_the_work_elsewhere():
    sealer, key = Sealer(SECRET), EphemeralKey.generate()
    blob = key.encrypt(b"ACGT")
    wrapped = key.wrap(sealer, HERE)
    assert bytes(key._key) not in wrapped
    key.destroy()
    assert EphemeralKey.unwrap(wrapped, sealer, HERE).decrypt(blob) == b"ACGT"
    with pytest.raises(BrokenSealError):
        EphemeralKey.unwrap(wrapped, sealer, SealContext("a", "b", "c"))
