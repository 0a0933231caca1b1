import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from cohesin.kernel.crypto.tokens import (
    AccessTokens,
    InvalidKeyringError,
    InvalidTokenError,
    Keyring,
    generate_refresh_token,
    hash_token,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALGORITHMS = ["HS256", "Ed25519"]


def b64(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def issue(tokens, **changes):
    facts = {"sub": uuid4(), "sid": uuid4(), "tid": uuid4(), "now": NOW, **changes}
    return tokens.issue(**facts)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_round_trip(algorithm):
    tokens = AccessTokens(Keyring.generate(algorithm), audience="platform")
    token, claims = issue(tokens)
    assert tokens.verify(token, now=NOW + timedelta(minutes=14, seconds=59)) == claims
    assert claims.exp - claims.iat == timedelta(minutes=15)


def test_system_token_has_no_tenant():
    tokens = AccessTokens(Keyring.generate(), audience="platform")
    token, _ = issue(tokens, tid=None)
    assert tokens.verify(token, now=NOW).tid is None


def test_past_end_is_refused_at_the_second():
    tokens = AccessTokens(Keyring.generate(), audience="platform")
    token, claims = issue(tokens)
    with pytest.raises(InvalidTokenError):
        tokens.verify(token, now=claims.exp)


def test_other_audience_is_refused():
    keyring = Keyring.generate()
    token, _ = issue(AccessTokens(keyring, audience="ordering"))
    with pytest.raises(InvalidTokenError):
        AccessTokens(keyring, audience="platform").verify(token, now=NOW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_change_is_refused(algorithm):
    tokens = AccessTokens(Keyring.generate(algorithm), audience="platform")
    header, body, signature = issue(tokens)[0].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = b64({**claims, "sub": str(uuid4())})
    first = "A" if signature[0] != "A" else "B"
    for token in [
        f"{header}.{forged}.{signature}",
        f"{header}.{body}.{first}{signature[1:]}",
        f"{header}.{body}.",
        f"{header}.{body}",
        "",
        "a.b.c",
        "é.é.é",
        "x" * 5000,
    ]:
        with pytest.raises(InvalidTokenError, match="The token is not valid."):
            tokens.verify(token, now=NOW)


@pytest.mark.parametrize("alg", ["none", "None", "HS384", "RS256", "EdDSA"])
def test_header_cannot_choose_the_algorithm(alg):
    keyring = Keyring.generate("HS256")
    tokens = AccessTokens(keyring, audience="platform")
    _, body, signature = issue(tokens)[0].split(".")
    header = b64({"alg": alg, "kid": keyring.active.kid, "typ": "at+jwt"})
    for tail in ["", signature]:
        with pytest.raises(InvalidTokenError):
            tokens.verify(f"{header}.{body}.{tail}", now=NOW)


def test_public_key_as_hmac_secret_is_refused():
    keyring = Keyring.generate("Ed25519")
    tokens = AccessTokens(keyring, audience="platform")
    body = issue(tokens)[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    public = OctKey.import_key(keyring.active.key.as_dict(private=False)["x"].ljust(43, "A"))
    forged = jwt.encode(
        {"alg": "HS256", "kid": keyring.active.kid},
        claims,
        public,
        algorithms=["HS256"],
        default_type="at+jwt",
    )
    with pytest.raises(InvalidTokenError):
        tokens.verify(forged, now=NOW)


def test_token_of_another_type_is_refused():
    keyring = Keyring.generate()
    tokens = AccessTokens(keyring, audience="platform")
    claims = keyring.verify(issue(tokens)[0], token_type="at+jwt")
    with pytest.raises(InvalidTokenError):
        tokens.verify(keyring.sign(claims), now=NOW)


@pytest.mark.parametrize("change", [{"sub": 3}, {"exp": "soon"}, {"jti": None}, {"exp": 1e30}, {"tid": "x"}])
def test_signed_claims_of_the_wrong_shape_are_refused(change):
    keyring = Keyring.generate()
    tokens = AccessTokens(keyring, audience="platform")
    claims = keyring.verify(issue(tokens)[0], token_type="at+jwt")
    with pytest.raises(InvalidTokenError):
        tokens.verify(keyring.sign({**claims, **change}, token_type="at+jwt"), now=NOW)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_rotation_accepts_the_last_key_and_drops_older_ones(algorithm):
    first = Keyring.generate(algorithm)
    old, _ = issue(AccessTokens(first, audience="p"))
    second = first.rotate()
    third = second.rotate()
    assert AccessTokens(second, audience="p").verify(old, now=NOW)
    with pytest.raises(InvalidTokenError):
        AccessTokens(third, audience="p").verify(old, now=NOW)
    assert len({first.active.kid, second.active.kid, third.active.kid}) == 3


def test_keyring_survives_storage_with_mixed_algorithms():
    ring = Keyring.generate("HS256").rotate(algorithm="Ed25519", keep=2)
    again = Keyring.from_bytes(ring.to_bytes())
    token, claims = issue(AccessTokens(ring, audience="p"))
    assert AccessTokens(again, audience="p").verify(token, now=NOW) == claims
    assert again.to_bytes() == ring.to_bytes()


@pytest.mark.parametrize("data", [b"", b"{}", b'{"keys":[]}', b'{"keys":[{"kty":"oct"}]}', b"\xff"])
def test_unreadable_keyring(data):
    with pytest.raises(InvalidKeyringError):
        Keyring.from_bytes(data)


def test_refresh_tokens_are_long_random_and_prefixed():
    token = generate_refresh_token()
    assert token.startswith("coh_rt_")
    assert len(token) == len("coh_rt_") + 43
    assert token != generate_refresh_token()
    assert len(hash_token(token)) == 32
    assert hash_token(token) != hash_token(token + "x")
