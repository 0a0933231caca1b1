import hashlib
import re

import pytest

from cohesin.kernel.crypto import api_keys


@pytest.mark.parametrize("prefix", ["coh_live_", "cgx_pk_"])
def test_generated_key_has_its_form(prefix):
    secret = api_keys.generate(prefix)
    assert re.fullmatch(re.escape(prefix) + r"[0-9A-Za-z]{38}", secret.full)
    assert api_keys.is_well_formed(secret.full, prefix)
    assert secret.preview == f"{secret.full[:8]}…{secret.full[-4:]}"
    assert secret.digest == hashlib.sha256(secret.full.encode()).digest()
    assert api_keys.matches(secret.full, secret.digest)
    assert secret.full not in repr(secret)


def test_checksum_finds_every_single_changed_character():
    key = api_keys.generate().full
    for place in range(len("coh_live_"), len(key)):
        other = "0" if key[place] != "0" else "1"
        changed = key[:place] + other + key[place + 1 :]
        assert not api_keys.is_well_formed(changed), place
        assert not api_keys.matches(changed, api_keys.digest(key))


@pytest.mark.parametrize("key", ["", "coh_live_", "cgx_pk_abc", "coh_live_" + "é" * 38, "\ud800"])
def test_other_texts_are_not_keys(key):
    assert not api_keys.is_well_formed(key)
    assert not api_keys.matches(key, api_keys.generate().digest)


def test_key_of_one_prefix_is_none_of_another():
    assert not api_keys.is_well_formed(api_keys.generate("cgx_pk_").full, "coh_live_")


@pytest.mark.parametrize("prefix", ["", "abc", "a-b_", "é_"])
def test_bad_prefix(prefix):
    with pytest.raises(ValueError):
        api_keys.generate(prefix)
