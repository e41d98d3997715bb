"""What a sub-user may be granted, and which of it lets one see what in the ledger."""

from core.permissions.declared import Permission, Referred
from core.permissions.ledgers import ledger_permissions, references_of

__all__ = ["Permission", "Referred", "ledger_permissions", "references_of"]
