"""Master keys: from the settings, or a key file that is made in the data folder when none is given."""

from __future__ import annotations

import binascii
import hashlib
import logging
import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import DureError
from core.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32  # AES-256
NONCE_BYTES = 12
FILE = "personal.key"

log = logging.getLogger(__name__)


class KeysUnusable(DureError):
    """The keys in the settings are no keys, or not those the database was encrypted with."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted value (암호문): the nonce, then AES-256-GCM's output, and which master key opens it."""

    key_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Master keys by their ids; the first given encrypts, all of them decrypt."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)
    _ciphers: dict[str, AESGCM] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, settings: Settings, *, make: bool = True) -> KeyRing:
        """As the settings have them, or from the key file, made now unless `make` is false. Raises `KeysUnusable`."""
        given = settings.personal_keys
        written = given.get_secret_value() if given is not None else _key_file(settings.data_dir, make=make)
        keys = {_id_of(key): key for key in map(_parsed, filter(None, map(str.strip, written.split(","))))}
        if not keys:
            raise KeysUnusable('DURE_PERSONAL_KEYS holds no key: make one with "dure new-key"')
        return cls(next(iter(keys)), keys)

    def seal(self, content: bytes, place: str) -> Sealed:
        """Encrypt for one place; anywhere else it cannot be opened."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Sealed(self.current, nonce + self._cipher(self.current).encrypt(nonce, content, place.encode()))

    def open(self, sealed: Sealed, place: str) -> bytes:
        """Decrypt what was encrypted for this place. Raises `KeysUnusable`."""
        from cryptography.exceptions import InvalidTag

        cipher = self._cipher(sealed.key_id)
        try:
            return cipher.decrypt(sealed.content[:NONCE_BYTES], sealed.content[NONCE_BYTES:], place.encode())
        except InvalidTag as error:
            raise KeysUnusable(f"what is kept at {place} was not encrypted there, or was changed") from error

    def require(self, key_id: str) -> bytes:
        """The key of this id. Raises `KeysUnusable` when it was not given."""
        key = self.keys.get(key_id)
        if key is None:
            raise KeysUnusable(f"the key {key_id} is not among DURE_PERSONAL_KEYS; give it after the others")
        return key

    def _cipher(self, key_id: str) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # seven megabytes, for who needs them

            cipher = self._ciphers[key_id] = AESGCM(self.require(key_id))
        return cipher


def new_key() -> str:
    """A master key as the settings take it."""
    return urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _id_of(key: bytes) -> str:
    return hashlib.sha256(b"dure key id" + key).hexdigest()[:12]


def _parsed(written: str) -> bytes:
    try:
        key = urlsafe_b64decode(written)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeysUnusable('a key of DURE_PERSONAL_KEYS is not 32 bytes in URL-safe base64: "dure new-key" makes one')
    return key


def _key_file(folder: Path, *, make: bool) -> str:
    """The key file's text, for nobody but its owner to read; made now if it is not there and may be."""
    path = folder / FILE
    if not path.exists() and not make:
        raise KeysUnusable(f"DURE_PERSONAL_KEYS is not set and there is no {path}")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"{FILE}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(mine, path)  # whole or not at all, and never over another process's
            log.info("made a key for personal data, %s: without it nobody can read them again; keep a copy", path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeysUnusable(f'{path} can be read by others: run "chmod 600 {path}"')
    return path.read_text()
