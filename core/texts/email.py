"""E-mail addresses: their form, without asking the network."""

from __future__ import annotations

from core.texts.policy import TextKind, check_text


def is_email(written: str) -> bool:
    """Whether this is one address that mail can be sent to, as far as its form tells.

    One address alone: no display name, no list, no quoted local part, no address literal. The domain has a dot.
    """
    if "@" not in written or "." not in written or check_text(written, TextKind.NAME) is not None:
        return False
    from email_validator import EmailNotValidError, validate_email  # loaded with the first address

    try:
        domain = validate_email(written, check_deliverability=False, test_environment=True, strict=True).ascii_domain
    except EmailNotValidError:
        return False
    return "." in domain
