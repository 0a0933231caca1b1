"""Access tokens (JWT), the keys that sign them, and opaque refresh tokens."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Self
from uuid import UUID, uuid4

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, OctKey, OKPKey

ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=15)
REFRESH_TOKEN_PREFIX: Final = "coh_rt_"  # noqa: S105 - the public prefix

# Ed25519 is the name RFC 9864 gives to EdDSA over Curve25519; the older name leaves the curve open.
Algorithm = Literal["HS256", "Ed25519"]

_MAX_TOKEN_LENGTH: Final = 4096


class InvalidTokenError(Exception):
    """The token is not one of ours, or its time is over; one text for every cause, to teach nobody."""

    code = "INVALID_TOKEN"

    def __init__(self) -> None:
        super().__init__("The token is not valid.")


class UnknownKeyError(InvalidTokenError):
    """The token names a key that this keyring does not hold: another process may have a newer keyring."""


class InvalidKeyringError(Exception):
    """The stored keyring cannot be read."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key with its id and the only algorithm it may be used with."""

    kid: str
    algorithm: Algorithm
    key: OctKey | OKPKey

    @classmethod
    def generate(cls, algorithm: Algorithm) -> Self:
        """Make a key: 256 random bits for HS256, a key pair for Ed25519."""
        key = OctKey.generate_key(256) if algorithm == "HS256" else OKPKey.generate_key("Ed25519")
        return cls(kid=secrets.token_hex(8), algorithm=algorithm, key=key)

    def to_dict(self) -> dict[str, Any]:
        """Return the key as a JWK with its secret part."""
        return {**self.key.as_dict(private=True), "kid": self.kid, "alg": self.algorithm}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read a JWK written by `to_dict`."""
        key = JWKRegistry.import_key({name: data[name] for name in data if name not in {"kid", "alg"}})
        algorithm: Algorithm = "HS256" if isinstance(key, OctKey) else "Ed25519"
        if not isinstance(key, OctKey | OKPKey) or data["alg"] != algorithm:
            raise InvalidKeyringError("a key does not fit its algorithm")
        return cls(kid=str(data["kid"]), algorithm=algorithm, key=key)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The key that signs, and the older keys whose tokens are still accepted.

    Only this server reads its access tokens, so HS256 is the default: ten times faster to verify than a
    signature. Ed25519 is for the case that others have to verify without being able to sign.
    """

    active: SigningKey
    accepted: tuple[SigningKey, ...] = ()

    @classmethod
    def generate(cls, algorithm: Algorithm = "HS256") -> Self:
        """Make a keyring of one new key."""
        return cls(active=SigningKey.generate(algorithm))

    def rotate(self, *, keep: int = 1, algorithm: Algorithm | None = None) -> Self:
        """Return a keyring that signs with a new key and still accepts the `keep` newest old ones.

        Rotating more often than the lifetime of a token with `keep=1` ends tokens early.
        """
        older = (self.active, *self.accepted)[:keep]
        return type(self)(active=SigningKey.generate(algorithm or self.active.algorithm), accepted=older)

    def to_bytes(self) -> bytes:
        """Write the keyring with its secrets, for sealed storage."""
        keys = [key.to_dict() for key in (self.active, *self.accepted)]
        return json.dumps({"keys": keys}, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; the first key is the active one.

        Raises:
            InvalidKeyringError: the bytes are not a keyring.
        """
        try:
            active, *older = (SigningKey.from_dict(item) for item in json.loads(data)["keys"])
        except (ValueError, KeyError, TypeError, JoseError) as error:
            raise InvalidKeyringError("the stored keyring cannot be read") from error
        return cls(active=active, accepted=tuple(older))

    def find(self, kid: object) -> SigningKey | None:
        """Return the key of that id, or None."""
        return next((key for key in (self.active, *self.accepted) if key.kid == kid), None)

    def sign(self, claims: dict[str, Any], *, token_type: str = "JWT") -> str:  # noqa: S107 - a media type
        """Return a signed compact JWT of the claims, as they are."""
        header = {"alg": self.active.algorithm, "kid": self.active.kid}
        return jwt.encode(
            header, claims, self.active.key, algorithms=[self.active.algorithm], default_type=token_type
        )

    def verify(self, token: str, *, token_type: str = "JWT") -> dict[str, Any]:  # noqa: S107 - a media type
        """Return the claims of a token that one of the keys signed; times are not looked at.

        The key is chosen by `kid` and used with its own algorithm only: a header that asks for `none`, or for
        HS256 under a public key, is refused before any signature is computed.

        Raises:
            UnknownKeyError: none of the keys has its `kid`.
            InvalidTokenError: for anything else.
        """
        if len(token) > _MAX_TOKEN_LENGTH:
            raise InvalidTokenError
        try:
            header = jws.extract_compact(token.encode()).headers()
            key = self.find(header.get("kid"))
            if key is None:
                raise UnknownKeyError
            if header.get("alg") != key.algorithm or header.get("typ") != token_type:
                raise InvalidTokenError
            return jwt.decode(token, key.key, algorithms=[key.algorithm]).claims
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidTokenError from error


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says: user, session, tenant (None for the system's own), times, token id."""

    sub: UUID
    sid: UUID
    tid: UUID | None
    iat: datetime
    exp: datetime
    jti: UUID


class AccessTokens:
    """Issues and verifies access tokens for one audience.

    The audience keeps a token of one face from being used on another that shares the keyring.
    """

    def __init__(
        self, keyring: Keyring, *, audience: str, lifetime: timedelta = ACCESS_TOKEN_LIFETIME
    ) -> None:
        self._keyring = keyring
        self._audience = audience
        self._lifetime = lifetime

    def replace_keyring(self, keyring: Keyring) -> None:
        """Sign and verify with another keyring from now on."""
        self._keyring = keyring

    def issue(self, *, sub: UUID, sid: UUID, tid: UUID | None, now: datetime) -> tuple[str, AccessClaims]:
        """Return a token and its claims; times are whole seconds."""
        issued = now.astimezone(UTC).replace(microsecond=0)
        claims = AccessClaims(sub=sub, sid=sid, tid=tid, iat=issued, exp=issued + self._lifetime, jti=uuid4())
        body: dict[str, Any] = {
            "aud": self._audience,
            "sub": str(sub),
            "sid": str(sid),
            "iat": int(claims.iat.timestamp()),
            "exp": int(claims.exp.timestamp()),
            "jti": str(claims.jti),
        }
        if tid is not None:
            body["tid"] = str(tid)
        return self._keyring.sign(body, token_type="at+jwt"), claims  # noqa: S106 - a media type

    def verify(self, token: str, *, now: datetime) -> AccessClaims:
        """Return the claims of a token of this audience whose time is not over.

        Raises:
            UnknownKeyError: none of the keys has its `kid`.
            InvalidTokenError: for anything else.
        """
        body = self._keyring.verify(token, token_type="at+jwt")  # noqa: S106 - a media type
        try:
            tid = body.get("tid")
            claims = AccessClaims(
                sub=UUID(body["sub"]),
                sid=UUID(body["sid"]),
                tid=None if tid is None else UUID(tid),
                iat=datetime.fromtimestamp(body["iat"], UTC),
                exp=datetime.fromtimestamp(body["exp"], UTC),
                jti=UUID(body["jti"]),
            )
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise InvalidTokenError from error
        if body.get("aud") != self._audience or now >= claims.exp:
            raise InvalidTokenError
        return claims


def generate_refresh_token(prefix: str = REFRESH_TOKEN_PREFIX) -> str:
    """Return an opaque token of 256 random bits behind a prefix that secret scanners can find."""
    return prefix + secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of an opaque token, 32 bytes; its 256 random bits need no slower hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
