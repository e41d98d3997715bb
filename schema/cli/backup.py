"""Backing up and restoring from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.backup import Manifest, Step, Unproven, back_up
from core.backup import restore as restore_backup
from core.plugins import Plugins
from schema.cli.house import require_owner, settings_with_database
from schema.cli.screen import bad, screen
from schema.cli.seals import read_heads
from schema.cli.verify import print_verification


def save(target: Path) -> None:
    """Write a backup and say what it holds."""
    settings = settings_with_database()
    require_owner(settings)
    manifest = asyncio.run(back_up(settings, target, plugins=Plugins.installed()))
    screen().line(f"{target}: {_told(manifest)}")


def bring_back(source: Path, *, replace: bool, heads: Path | None, accept_discrepancies: bool) -> bool:
    """Restore, and say what the verification found; whether all agreed."""
    kept = read_heads(heads) if heads is not None else []
    plugins = Plugins.installed()
    settings = settings_with_database()
    require_owner(settings)
    try:
        restored = asyncio.run(
            restore_backup(
                settings,
                plugins,
                source,
                replace=replace,
                kept=kept,
                accept_discrepancies=accept_discrepancies,
                step=_tell,
            )
        )
    except Unproven as unproven:
        print_verification(unproven.verification)
        screen().line(bad(unproven.text.both))
        return False
    screen().line(f"{source}: {_told(restored.manifest)}")
    print_verification(restored.verification)
    return restored.verification.agrees


def _tell(step: Step) -> None:
    screen().line(f"[{list(Step).index(step) + 1}/{len(Step)}] {step}")


def _told(manifest: Manifest) -> str:
    return (
        f"{manifest.made_at}, PostgreSQL {manifest.server}, {manifest.database_size:,} bytes,"
        f" documents: {manifest.document_count:,} ({manifest.document_size:,} bytes)"
    )
