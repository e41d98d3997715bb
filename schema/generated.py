"""The files that follow from the code, and whether they are up to date: `python -m schema.generated [--check]`.

    schema/schema.graphql   the API of the installed plugins, as SDL
    docs/hooks.md           the reference of the hooks

A change of the API that breaks a client is refused until `schema/breaking.toml` declares it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from graphql import build_schema as schema_of_sdl
from graphql import find_breaking_changes

from core import hookspecs
from core.calendar import now_in_seoul
from core.errors import DureError
from core.plugins import Plugins
from schema.build import build_schema
from schema.reference import hooks_reference

ROOT = Path(__file__).resolve().parents[1]
SDL = Path("schema/schema.graphql")
HOOKS = Path("docs/hooks.md")
DECLARED = Path("schema/breaking.toml")


@dataclass(frozen=True, slots=True)
class Breaking:
    """A change that breaks clients, as graphql-core words it."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class NotDeclared(DureError):
    """The API would break clients without a word. The message is what to write, and where."""


def main(arguments: Sequence[str] = (), root: Path = ROOT) -> int:
    """Write the files, or with `--check` only say which are out of date; 0 when all is well."""
    if set(arguments) - {"--check"}:
        print(f"usage: python -m schema.generated [--check], not {' '.join(arguments)}", file=sys.stderr)
        return 2
    try:
        stale = outdated(root)
    except DureError as error:
        print(error, file=sys.stderr)
        return 1
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is out of date; run `python -m schema.generated` and commit it", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(f"{path} is written")
    return 0


def outdated(root: Path = ROOT) -> dict[Path, str]:
    """The files under `root` that say something else than the code, with what they should say. Raises `NotDeclared`."""
    sdl = build_schema(Plugins.installed()).as_str() + "\n"
    refuse_undeclared(_text(root / SDL), sdl, declared_in(root / DECLARED))
    wanted = {SDL: sdl, HOOKS: hooks_reference(hookspecs, ROOT / "tests", ROOT)}
    return {path: text for path, text in wanted.items() if _text(root / path) != text}


def refuse_undeclared(before: str, after: str, declared: Iterable[Breaking]) -> None:
    """Raise `NotDeclared` for changes that break clients and are not declared."""
    missing = [change for change in breaking_changes(before, after) if change not in set(declared)]
    if missing:
        entries = "\n".join(
            f"[[change]]\non = {now_in_seoul().date()}\nkind = {_quoted(change.kind)}\nwhat = {_quoted(change.what)}\n"
            'reason = ""\n'
            for change in missing
        )
        listed = "\n".join(f"  {change}" for change in missing)
        raise NotDeclared(
            f"these changes break clients of {SDL}:\n{listed}\n"
            f"Undo them, or declare them in {DECLARED}, each with its reason:\n\n{entries}"
        )


def breaking_changes(before: str, after: str) -> list[Breaking]:
    """What a client of the one schema would miss in the other; nothing when there was none before."""
    if not before.strip():
        return []
    changes = find_breaking_changes(schema_of_sdl(before), schema_of_sdl(after))
    return [Breaking(change.type.name, change.description) for change in changes]


def declared_in(path: Path) -> list[Breaking]:
    """The declared changes. Raises `NotDeclared` for one that lacks its day or its reason."""
    declared = tomllib.loads(_text(path)).get("change", [])
    for change in declared:
        if not isinstance(change.get("on"), date) or not str(change.get("reason", "")).strip():
            raise NotDeclared(f"{DECLARED}: {change.get('what')!r} needs `on`, a day, and `reason`, in words")
    return [Breaking(str(change.get("kind")), str(change.get("what"))) for change in declared]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
