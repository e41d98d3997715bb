"""The database's shape, step by step: alembic revisions, core's own branch and one for each plugin with tables."""

from core.migrations.pending import (
    NewerDatabase,
    database_revisions,
    missing_revisions,
    pending_migrations,
    refuse_newer,
    unknown_revisions,
)
from core.migrations.rights import require_declared_rights
from core.migrations.run import execute_file, migrate, migrate_within, set_grants

__all__ = [
    "NewerDatabase",
    "database_revisions",
    "execute_file",
    "migrate",
    "migrate_within",
    "missing_revisions",
    "pending_migrations",
    "refuse_newer",
    "require_declared_rights",
    "set_grants",
    "unknown_revisions",
]
