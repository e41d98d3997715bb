"""Backing up and restoring from the command line, with a verification at the end of a restore."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from core.backup import Manifest, back_up
from core.backup import restore as restore_backup
from schema.cli.house import require_owner, settings_with_database, with_house
from schema.cli.verify import print_comparisons, verify_house

if TYPE_CHECKING:
    from rich.console import Console


def save(target: Path, console: Console) -> None:
    """Write a backup and say what it holds."""
    settings = settings_with_database()
    require_owner(settings)
    manifest = asyncio.run(back_up(settings, target))
    console.print(f"{target}: {_told(manifest)}", soft_wrap=True, highlight=False)


def bring_back(source: Path, console: Console, *, replace: bool) -> bool:
    """Restore, migrate to the newest shape and verify; whether all agreed."""
    settings = settings_with_database()
    require_owner(settings)
    manifest = asyncio.run(restore_backup(settings, source, replace=replace))
    console.print(f"{source}: {_told(manifest)}", soft_wrap=True, highlight=False)
    return print_comparisons(with_house(verify_house, settings), console)


def _told(manifest: Manifest) -> str:
    return (
        f"{manifest.made_at}, PostgreSQL {manifest.server}, {manifest.database_size:,} bytes,"
        f" documents: {manifest.document_count:,} ({manifest.document_size:,} bytes)"
    )
