"""Who is let through to a mutation, and which ids it may learn of: decided in one place, before its function runs."""

from schema.admission.hiding import IdFields, hide_ids, hide_unseen
from schema.admission.matters import Matter, admit

__all__ = ["IdFields", "Matter", "admit", "hide_ids", "hide_unseen"]
