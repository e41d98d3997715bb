"""The vault of one house: it encrypts and decrypts, and makes the keyed digests by which equal values are found."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from core.database import Database, table_of
from core.masking import PersonalKind
from core.personal.keys import KeyRing, KeysUnusable, Sealed
from core.personal.models import HouseSecret
from core.settings import Settings

LOOKUP = "lookup"  # equal values, same digests
ADDRESSES = "addresses"  # signed, short-lived addresses
PURPOSES = (LOOKUP, ADDRESSES)

house_secret = table_of(HouseSecret)


class Vault:
    """Locked until it is first needed; then open for as long as the house is.

    The master keys come from the settings. What must stay the same when they change (the digests' key) is random, made
    once for each database, and lies there encrypted by a master key.
    """

    def __init__(self) -> None:
        self._ring: KeyRing | None = None
        self._sealed: Mapping[str, Sealed] = {}
        self._secrets: dict[str, bytes] = {}
        self._opening = asyncio.Lock()

    @classmethod
    def opened(cls, ring: KeyRing, sealed: Mapping[str, Sealed]) -> Vault:
        """The vault of a database whose secrets these are. Raises `KeysUnusable` unless the keys open all of them."""
        vault = cls()
        vault._ring, vault._sealed = ring, sealed
        vault._secrets = {purpose: ring.open(each, place_of_secret(purpose)) for purpose, each in sealed.items()}
        return vault

    async def unlock(self, settings: Settings, database: Database) -> None:
        """Open it, once. Raises `KeysUnusable` when the database was encrypted with keys that are not given."""
        if self._ring is not None:
            return
        async with self._opening:
            if self._ring is None:
                ring = KeyRing.of(settings)
                self._sealed = await _secrets_of(database, ring)
                self._ring = ring

    @property
    def ring(self) -> KeyRing:
        if self._ring is None:
            raise RuntimeError("the vault is locked: `unlock` it first")
        return self._ring

    def seal(self, text: str, place: str) -> Sealed:
        return self.ring.seal(text.encode(), place)

    def open(self, sealed: Sealed, place: str) -> str:
        """Raises `KeysUnusable` for what was encrypted for another place, or by a key that is not there."""
        return self.ring.open(sealed, place).decode()

    def lookup(self, kind: PersonalKind, text: str) -> bytes:
        """색인값: the same for values of a kind that mean the same; nobody without the key can try out names."""
        return self._digest(LOOKUP, f"{kind.value}\n{kind.same(text)}".encode())

    def digest(self, words: bytes) -> str:
        """What makes two activities the same one, where that says who somebody is."""
        return self._digest(LOOKUP, b"identity\n" + words).hex()

    def signature(self, words: bytes) -> bytes:
        """What shows that an address was given out by this house."""
        return self._digest(ADDRESSES, words)

    def _digest(self, purpose: str, words: bytes) -> bytes:
        secret = self._secrets.get(purpose)
        if secret is None:
            secret = self._secrets[purpose] = self.ring.open(self._sealed[purpose], place_of_secret(purpose))
        return hmac.new(secret, words, hashlib.sha256).digest()


def place_of_secret(purpose: str) -> str:
    return f"house_secret/{purpose}"


async def _secrets_of(database: Database, ring: KeyRing) -> dict[str, Sealed]:
    """The secrets that this database has, made now when it has none. They are opened when they are first needed."""
    async with database.transaction() as tx:
        known = {row["purpose"] for row in await tx.rows(sa.select(house_secret.c.purpose))}
        for purpose in PURPOSES:
            if purpose not in known:
                made = ring.seal(secrets.token_bytes(32), place_of_secret(purpose))
                values = {"purpose": purpose, "key_id": made.key_id, "sealed": made.content}
                await tx.execute(insert(house_secret).values(**values).on_conflict_do_nothing())
        rows = await tx.rows(sa.select(house_secret))
    try:
        for row in rows:
            ring.require(row["key_id"])
        return {row["purpose"]: Sealed(row["key_id"], row["sealed"]) for row in rows}
    except KeysUnusable as error:
        raise KeysUnusable(
            f"this database keeps personal data encrypted with other keys than these: {error}. The keys are taken from"
            " DURE_PERSONAL_KEYS, or from personal.key in DURE_DATA_DIR"
        ) from error
