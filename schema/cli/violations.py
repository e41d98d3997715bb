"""Objections on the screen, in both languages."""

from __future__ import annotations

from core.errors import Refused
from schema.cli.screen import bad, screen


def print_violations(refused: Refused) -> None:
    """A line of each language for every objection."""
    for violation in refused.violations:
        screen().line(bad(violation.code), f" {violation.message.ko}")
        screen().line(f"  {violation.message.en}")
