"""The database's shape, step by step: alembic revisions, core's own branch and one for each plugin with tables."""

from core.migrations.run import migrate, pending_migrations
from core.migrations.write import write_revision

__all__ = ["migrate", "pending_migrations", "write_revision"]
