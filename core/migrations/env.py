"""What alembic runs: the connection and the choice of tables come from `run.py`."""

from alembic import context
from sqlmodel import SQLModel

config = context.config

context.configure(
    connection=config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=config.attributes.get("include_object"),
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
