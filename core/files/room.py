"""The room left on the disks that Dure itself writes to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.files.store import DocumentStore
from core.settings import Settings

SMALL = 20  # of a disk on which the least free bytes would be more than this part of it, the part is enough


def short_of_room(settings: Settings) -> Iterator[str]:
    """The folders with less room than the settings want, each with how much there is; asks the system."""
    documents = DocumentStore.of(settings).folder
    folders = [("the data folder", settings.data_dir), ("the folder of temporary files", Path(tempfile.gettempdir()))]
    if documents is not None:
        folders.append(("the folder of documents", documents))
    for name, folder in folders:
        free, least = _room(folder, settings.min_free_bytes)
        if free < least:
            yield f"{name} has {free:,} bytes free; {least:,} are needed"


def has_room(folder: Path, settings: Settings) -> bool:
    """Whether a folder's disk has as much room as the settings want."""
    free, least = _room(folder, settings.min_free_bytes)
    return free >= least


def _room(folder: Path, wanted: int) -> tuple[int, int]:
    while not folder.exists() and folder != folder.parent:  # it is made when first written to
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free, min(wanted, usage.total // SMALL)
