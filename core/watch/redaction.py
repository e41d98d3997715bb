"""What must not be read in a log or on a screen, taken out of texts and settings before they are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from core.settings import Settings

MASK = "********"
IN_ADDRESSES = re.compile(r"(?<=://)([^\s:/@]*):[^\s/@]+@")
IN_QUERIES = re.compile(r"(?i)([?&](?:[^=&\s]*(?:password|secret|token|key)[^=&\s]*)=)[^&\s]+")
ROW_VALUES = re.compile(r"(?m)^(\s*DETAIL:).*$")  # PostgreSQL shows the row that it refused
LEAST = 4  # letters of a secret that is looked for: shorter ones would take ordinary words out


def without_passwords(text: str) -> str:
    """A text with the passwords of the addresses in it masked."""
    return IN_QUERIES.sub(rf"\1{MASK}", IN_ADDRESSES.sub(rf"\1:{MASK}@", text))


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every secret the settings hold: secret values, and the passwords of addresses."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found.update((value.get_secret_value(), *value.get_secret_value().split(",")))  # a list of keys, perhaps
        elif isinstance(value, str) and "://" in value:
            found.update(_passwords(value))
    return frozenset(each for each in found if len(each) >= LEAST)


def _passwords(address: str) -> Iterable[str]:
    try:
        parts = urlsplit(address)
        password = parts.password
    except ValueError:  # no address after all; the pattern above still masks what looks like a password
        return
    if password:
        yield from (password, unquote(password))
    for name, value in parse_qsl(parts.query):
        if re.search("(?i)password|secret|token|key", name):
            yield value


class Redaction:
    """Takes these secrets, passwords in addresses, and the rows PostgreSQL shows out of what is logged."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        longest_first = sorted(set(secrets), key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        return ROW_VALUES.sub(r"\1 (not logged)", without_passwords(text))
