"""Secrets, kept as hashes only: passwords by Argon2, tokens and one-time codes, long and random, by SHA-256."""

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
MISREAD = str.maketrans("ILO", "110")


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


def new_code() -> str:
    """Sixteen letters and digits in four groups: 80 bits, which nobody guesses and a fast hash keeps safe."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(16))
    return "-".join(letters[place : place + 4] for place in range(0, 16, 4))


def code_hash(code: str) -> str:
    """What a code is kept and looked up as."""
    return token_hash(code_as_typed(code[:LONGEST]))


def code_as_typed(code: str) -> str:
    """A code without the spaces, hyphens and small letters people put into it."""
    wide = "".join(unicodedata.normalize("NFKC", code).split()).replace("-", "").upper()
    return wide.translate(MISREAD)


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
