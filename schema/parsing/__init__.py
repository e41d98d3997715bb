"""Documents, parsed and checked once: what clients send again and again is read from memory."""

from schema.parsing.documents import Document, Documents, Operation

__all__ = ["Document", "Documents", "Operation"]
