"""What is set, from where, and what is set in vain: for whoever runs this, without a secret."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import SecretStr

from core.settings import Settings
from core.watch.redaction import MASK, without_passwords
from schema.cli.screen import Styled, screen, strong

PREFIX = "DURE_"


@dataclass(frozen=True, slots=True)
class Setting:
    """설정: one variable, what it is set to with secrets masked, from where, and what it is."""

    variable: str
    value: str
    source: str  # default or environment
    description: str


def settings_told(settings: Settings, environment: Mapping[str, str]) -> Iterator[Setting]:
    """Every setting there is, in the order they are declared."""
    given = {name.upper() for name in environment}
    for name, declared in Settings.model_fields.items():
        variable = PREFIX + name.upper()
        source = "environment" if variable in given else "default"
        yield Setting(variable, _shown(getattr(settings, name)), source, declared.description or "")


def unknown_variables(environment: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Variables that begin as settings do and are none, each with the setting that was meant, perhaps."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for variable in sorted(environment):
        if variable.upper().startswith(PREFIX) and variable.upper() not in known:
            near = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=0.6)
            yield variable, near[0] if near else None


def warn_of_unknown() -> None:
    """A line on stderr for each variable that looks like a setting and is none."""
    for variable, near in unknown_variables(os.environ):
        hint = f": {near}?" if near else ""
        screen(stderr=True).line(
            Styled("설정 · settings:", typer.colors.YELLOW),
            f" {variable} 은(는) 없는 설정입니다 · is no setting{hint}",
        )


def print_settings() -> None:
    rows = [
        (
            each.variable,
            each.value if each.source == "default" else strong(each.value),
            each.source,
            each.description,
        )
        for each in settings_told(Settings(), os.environ)
    ]
    screen().table(("variable", "value", "from", "what it is"), rows)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Path):
        return str(value)
    return without_passwords(str(value))
