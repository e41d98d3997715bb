"""Secrets, kept as hashes only: passwords and one-time codes by Argon2, tokens, long and random, by SHA-256."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB: many may sign in at once
LONGEST = 200  # characters of a guess worth hashing

CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: they are misread


async def hash_secret(secret: str) -> str:
    """Argon2 in a thread: it takes some 20 ms, and the loop goes on meanwhile."""
    return await asyncio.to_thread(HASHER.hash, _composed(secret))


async def secret_matches(secret: str, kept: str | None) -> bool:
    """Whether this is the secret behind the hash. Without a hash: no, after just as much work."""
    return await asyncio.to_thread(_matches, _composed(secret), kept)


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def new_short_code() -> str:
    """Eight digits: for minutes, or to be typed from a letter."""
    return f"{secrets.randbelow(10**8):08d}"


def new_long_code() -> str:
    """Ten letters and digits in two groups, 50 bits: for weeks."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def code_as_typed(code: str) -> str:
    """A code without the spaces, hyphens and small letters people put into it."""
    return "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").upper()


def _matches(secret: bytes, kept: str | None) -> bool:
    try:
        HASHER.verify(kept or _nobodys(), secret)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys() -> str:
    return HASHER.hash(new_token())


def _composed(secret: str) -> bytes:
    """One spelling of what looks the same, and no longer than it can be right; whatever came in, some bytes."""
    return unicodedata.normalize("NFC", secret[: LONGEST + 1]).encode(errors="surrogatepass")
