import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from standardwebhooks import Webhook

from cohesin.kernel.crypto.signing import (
    InvalidWebhookSecretError,
    LinkSigner,
    generate_webhook_secret,
    standard_webhook_headers,
    timestamped_signature,
    verify_timestamped_signature,
)

LINK = LinkSigner(b"k" * 32)


def test_link_holds_for_its_path_and_parameters():
    query = LINK.query("/v1/files/ab c", {"expires": "100", "name": "a&b=c é"})
    params = dict(parse_qsl(query))
    signature = params.pop("signature")
    assert LINK.verify("/v1/files/ab c", params, signature)
    assert LINK.verify("/v1/files/ab c", dict(reversed(params.items())), signature)
    assert not LINK.verify("/v1/files/AB c", params, signature)
    assert not LINK.verify("/v1/files/ab c", {**params, "expires": "101"}, signature)
    assert not LINK.verify("/v1/files/ab c", {**params, "more": ""}, signature)
    assert not LINK.verify("/v1/files/ab c", params, signature.upper())
    assert not LINK.verify("/v1/files/ab c", params, "é\ud800")
    assert not LinkSigner(b"j" * 32).verify("/v1/files/ab c", params, signature)


def test_parameters_cannot_be_moved_into_each_other():
    assert LINK.sign("/p", {"a": "1&b=2"}) != LINK.sign("/p", {"a": "1", "b": "2"})
    assert LINK.sign("/p\na=1", {}) != LINK.sign("/p", {"a": "1"})


def test_standard_webhooks_are_accepted_by_the_reference_verifier():
    secret = generate_webhook_secret()
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret[6:])) == 32
    now = datetime.now(timezone(timedelta(hours=5)))
    body = '{"é": 1}'.encode()
    headers = standard_webhook_headers(secret, message_id="msg_1", timestamp=now, body=body)
    assert Webhook(secret).verify(body, headers) == {"é": 1}
    assert headers["webhook-timestamp"] == str(int(now.timestamp()))


def test_standard_webhooks_against_a_calculation_of_our_own():
    key = bytes(range(32))
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = standard_webhook_headers(
        secret, message_id="m", timestamp=datetime(2026, 1, 1, tzinfo=UTC), body=b"{}"
    )
    mac = hmac.new(key, b"m.1767225600.{}", hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a"])
def test_unreadable_webhook_secret(secret):
    with pytest.raises(InvalidWebhookSecretError):
        standard_webhook_headers(secret, message_id="m", timestamp=datetime.now(UTC), body=b"")


def test_timestamped_signature_uses_the_text_of_the_secret():
    header = timestamped_signature("whsec_abc", timestamp=1700000000, body=b'{"a":1}')
    mac = hmac.new(b"whsec_abc", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert header == f"t=1700000000,v1={mac}"
    assert verify_timestamped_signature("whsec_abc", header, body=b'{"a":1}') == 1700000000
    assert verify_timestamped_signature("whsec_abc", header, body=b'{"a":2}') is None
    assert verify_timestamped_signature("whsec_abd", header, body=b'{"a":1}') is None


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=-1,v1=x", "v1=abc", "t=²,v1=a", "t=1", "t=1,v1=é"])
def test_unreadable_timestamped_signature(header):
    assert verify_timestamped_signature("s", header, body=b"") is None
