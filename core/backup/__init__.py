"""Backups: the database by PostgreSQL's own tools and the documents beside it, as of one moment, checked when restored.

A backup is a folder, or the same as one `.tar` file:

    manifest.json       what it is, of when, and the digest of every part
    database.dump       pg_dump's custom format, compressed
    documents.txt       a line a document: SHA-256, bytes, key in the store
    documents/ab/ab…    each document under its SHA-256, once

A restore is one transaction: written, migrated and verified in it, so that PostgreSQL undoes whatever is cut short.
"""

from core.backup.archive import BACKUP_VERSION, BackupFailed, Manifest
from core.backup.leftovers import refuse_unfinished
from core.backup.restoring import Restored, Step, Unproven, restore
from core.backup.saving import back_up
from core.backup.tools import tools_for

__all__ = [
    "BACKUP_VERSION",
    "BackupFailed",
    "Manifest",
    "Restored",
    "Step",
    "Unproven",
    "back_up",
    "refuse_unfinished",
    "restore",
    "tools_for",
]
