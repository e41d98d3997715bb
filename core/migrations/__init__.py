"""The database's shape, step by step: alembic revisions, core's own branch and one for each plugin with tables."""

from core.migrations.pending import pending_migrations
from core.migrations.rights import require_declared_rights
from core.migrations.run import execute_file, migrate, set_grants

__all__ = ["execute_file", "migrate", "pending_migrations", "require_declared_rights", "set_grants"]
