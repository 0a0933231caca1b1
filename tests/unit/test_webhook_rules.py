from datetime import UTC, datetime, timedelta

import pytest

from cohesin.platform.webhooks.errors import HeaderRefusedError, SecretRefusedError
from cohesin.platform.webhooks.rules import (
    checked_headers,
    is_given_up,
    is_to_be_disabled,
    like_pattern,
    retry_wait,
    signing_secret,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "like"),
    [
        ("user.created", "user.created"),
        ("user:*", "user.%"),
        ("*", "%"),
        ("*.deleted", "%.deleted"),
        ("api_key.created", r"api\_key.created"),
        ("User.Created", "user.created"),
    ],
)
def test_patterns(pattern, like):
    assert like_pattern(pattern) == like


def test_waits_begin_within_ten_seconds_grow_and_end_at_six_hours():
    waits = [retry_wait(attempts) for attempts in range(1, 40)]
    assert waits[0] * 1.1 < timedelta(seconds=9)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)


def test_limits():
    assert not is_given_up(NOW, NOW + timedelta(days=3, seconds=-1))
    assert is_given_up(NOW, NOW + timedelta(days=3))
    assert not is_to_be_disabled(NOW, NOW + timedelta(days=5, seconds=-1))
    assert is_to_be_disabled(NOW, NOW + timedelta(days=5))


def test_secrets():
    assert signing_secret("whsec_c2VjcmV0") == "whsec_c2VjcmV0"
    assert signing_secret("c2VjcmV0") == "whsec_c2VjcmV0"
    assert signing_secret("c2VjcmV0IQ") == "whsec_c2VjcmV0IQ=="
    assert signing_secret("my secret, in words") == "whsec_bXkgc2VjcmV0LCBpbiB3b3Jkcw=="
    for bad in ("", "whsec_", "whsec_not base64"):
        with pytest.raises(SecretRefusedError):
            signing_secret(bad)


def test_headers():
    assert checked_headers({"X-Mine": "a b"}) == {"X-Mine": "a b"}
    assert checked_headers(None) is None
    with pytest.raises(HeaderRefusedError) as refused:
        checked_headers(
            {
                "Host": "x",
                "webhook-id": "x",
                "bad name": "x",
                "X": "a\r\nY: b",
                "Content-Type": "x",
                "Fine": "",
            }
        )
    assert len(refused.value.faults) == 5
