import time

import argon2
import pytest

from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password


@pytest.fixture(scope="module")
def hasher():
    made = PasswordHasher(threads=2)
    yield made
    made.close()


async def test_hash_states_its_parameters_and_verifies(hasher):
    encoded = await hasher.hash("correct horse")
    assert encoded.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(encoded, "correct horse")
    assert not await hasher.verify(encoded, "correct horse ")
    assert not await hasher.needs_rehash(encoded)


async def test_same_password_two_salts(hasher):
    assert await hasher.hash("a") != await hasher.hash("a")


async def test_composed_and_decomposed_letters_are_one_password(hasher):
    assert await hasher.verify(await hasher.hash("caf\u00e9"), "cafe\u0301")


async def test_lone_surrogate_is_a_wrong_password_not_a_crash(hasher):
    assert not await hasher.verify(await hasher.hash("x"), "\ud800")


@pytest.mark.parametrize("encoded", ["", "plain", "$argon2id$v=19$m=1,t=1", "$2b$12$abc"])
async def test_unreadable_hash_belongs_to_no_password(hasher, encoded):
    assert not await hasher.verify(encoded, "x")
    assert await hasher.needs_rehash(encoded)


async def test_weaker_parameters_ask_for_a_new_hash(hasher):
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("x")
    assert await hasher.verify(old, "x")
    assert await hasher.needs_rehash(old)


async def test_absent_account_costs_what_a_present_one_does(hasher):
    encoded = await hasher.hash("x")

    async def cost(call):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert await call() is False
            times.append(time.perf_counter() - start)
        return min(times)

    present = await cost(lambda: hasher.verify(encoded, "y"))
    absent = await cost(lambda: hasher.verify_absent("y"))
    assert 0.4 < absent / present < 2.5


def test_generated_passwords_have_every_class_and_differ():
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        assert len(password) == 20
        assert any(c.islower() for c in password)
        assert any(c.isupper() for c in password)
        assert any(c.isdigit() for c in password)
        assert any(not c.isalnum() for c in password)
        assert not set(password) & set("lIO01")
    with pytest.raises(ValueError):
        generate_password(8)
