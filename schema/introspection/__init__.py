"""Introspection: counted before it runs, written from the schema in turns, and kept for whoever asks the same.

Nothing here asks the database, and every actor is answered alike. graphql-core executes what is asked for together
with `plan=False`; both answer the same bytes.
"""

from schema.introspection.answers import Introspection, introspected, key_of
from schema.introspection.writing import NotPlain

__all__ = ["Introspection", "NotPlain", "introspected", "key_of"]
