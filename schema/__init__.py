"""The one unified GraphQL schema: builds it from core's and every plugin's parts, reads for it, serves it.

What a plugin needs to show tables of its own and to write mutations is offered here.
"""

from schema.admission import Matter, hide_ids
from schema.computed import Row, computed
from schema.connections import Connection, Edge, PageInfo
from schema.context import Context, Info
from schema.enums import described
from schema.errors import UserError, user_error
from schema.finders import Between, Finder, between, searchable, words
from schema.global_ids import from_global_id, key_of, to_global_id
from schema.mapping import Node, column, connection, lookup, mapping_of, shows, to_many, to_one
from schema.mutations import Payload, mutation
from schema.scalars import BigInt
from schema.texts import NAME, PROSE
from schema.viewer import Viewer
from schema.visibility import everybody, own_organization, own_program

__all__ = [
    "NAME",
    "PROSE",
    "Between",
    "BigInt",
    "Connection",
    "Context",
    "Edge",
    "Finder",
    "Info",
    "Matter",
    "Node",
    "PageInfo",
    "Payload",
    "Row",
    "UserError",
    "Viewer",
    "between",
    "column",
    "computed",
    "connection",
    "described",
    "everybody",
    "from_global_id",
    "hide_ids",
    "key_of",
    "lookup",
    "mapping_of",
    "mutation",
    "own_organization",
    "own_program",
    "searchable",
    "shows",
    "to_global_id",
    "to_many",
    "to_one",
    "user_error",
    "words",
]
