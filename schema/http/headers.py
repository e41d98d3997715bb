"""Headers that keep a browser from doing what no page here asks of it."""

from __future__ import annotations

import base64
import hashlib

from starlette.datastructures import MutableHeaders

from core.settings import Settings

SAFE_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STILL = f"{NOTHING}; style-src 'unsafe-inline'; img-src data:"  # a page without scripts
YEAR = 365 * 24 * 3600


def explorer_policy(script: str = "") -> str:
    """The content security policy of the explorer, whose page holds this one script of its own.

    Its editor writes style sheets as it goes, so styles may be inline; scripts may not.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"{NOTHING}; script-src 'self' 'sha256-{digest}'; worker-src 'self'; connect-src 'self';"
        " style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; manifest-src 'self'"
    )


def transport_security(settings: Settings) -> tuple[tuple[bytes, bytes], ...]:
    """The header that keeps browsers on TLS; none where the server is not known to stand behind it."""
    if settings.secure_cookies or settings.base_url.startswith("https:"):
        return ((b"strict-transport-security", b"max-age=%d" % YEAR),)
    return ()


class SafeHeaders:
    """What every page gets beside its own headers; one that says something of these itself is left alone."""

    def __init__(self, settings: Settings) -> None:
        self.of_pages = {
            **SAFE_HEADERS,
            "content-security-policy": NOTHING,
            "x-frame-options": "DENY",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        self.of_pages |= {name.decode(): value.decode() for name, value in transport_security(settings)}

    def add(self, headers: MutableHeaders) -> None:
        for name, value in self.of_pages.items():
            headers.setdefault(name, value)
