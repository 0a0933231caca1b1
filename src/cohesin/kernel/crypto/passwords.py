"""Passwords: Argon2id in a small pool of threads, and generated passwords."""

import asyncio
import secrets
import string
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import argon2
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

# OWASP Password Storage Cheat Sheet, Argon2id, first choice for 19 MiB.
MEMORY_KIB: Final = 19_456
PASSES: Final = 2
LANES: Final = 1

# Without characters that are mistaken for each other when a password is read out or typed from paper.
_LOWER: Final = "abcdefghijkmnpqrstuvwxyz"
_UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS: Final = "23456789"
_SYMBOLS: Final = "-_.!+"


def generate_password(length: int = 20) -> str:
    """Make a random password with at least one lower-case letter, upper-case letter, digit and symbol.

    Twenty characters carry about 115 bits.

    Raises:
        ValueError: for fewer than 12 characters.
    """
    if length < 12:
        raise ValueError("a generated password has at least 12 characters")
    classes = (_LOWER, _UPPER, _DIGITS, _SYMBOLS)
    alphabet = "".join(classes)
    while True:
        # Drawing again until every class is there keeps the draw uniform over the accepted passwords.
        password = "".join(secrets.choice(alphabet) for _ in range(length))
        starts_well = password[0] in string.ascii_letters
        if starts_well and all(any(c in group for c in password) for group in classes):
            return password


def _as_bytes(password: str) -> bytes:
    """Encode so that one password typed on two keyboards is one password (NIST SP 800-63B, 5.1.1.2).

    Lone surrogates can arrive by JSON escapes; they are encoded rather than refused, so that a sign-in
    attempt with them fails like any wrong password.
    """
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


class PasswordHasher:
    """Argon2id (19 MiB, two passes, one lane) outside the event loop.

    One hash takes about 20 ms of a core and 19 MiB; the number of threads therefore bounds what a flood of
    sign-ins can cost. Waiting calls queue without holding memory for the hash.
    """

    def __init__(self, *, threads: int = 2) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="argon2")
        # A hash nobody knows the password of: the work for an account that is not there.
        self._absent = self._argon2.hash(secrets.token_bytes(32))

    async def hash(self, password: str) -> str:
        """Return the encoded hash (`$argon2id$…`) with a fresh salt."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, _as_bytes(password))

    async def verify(self, encoded: str, password: str) -> bool:
        """Tell whether the password belongs to the hash; an unreadable hash belongs to no password."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._verify, encoded, _as_bytes(password))

    async def verify_absent(self, password: str) -> bool:
        """Do the work of `verify` for an account that does not exist, and return False.

        The time of an answer then does not tell which accounts exist.
        """
        await self.verify(self._absent, password)
        return False

    async def needs_rehash(self, encoded: str) -> bool:
        """Tell whether the hash was made with other parameters than today's; cheap, no hashing."""
        try:
            return self._argon2.check_needs_rehash(encoded)
        except InvalidHashError:
            return True

    def _verify(self, encoded: str, password: bytes) -> bool:
        try:
            return self._argon2.verify(encoded, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """Let running hashes end and stop the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)
