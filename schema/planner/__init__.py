"""Planned reads: a query's selection becomes one SQL statement whose answer PostgreSQL writes as JSON.

From the mappings alone the planner compiles everything under a root field, nested pages and all, and keeps the
statement by document, operation and the actor's shape. What needs Python takes the ordinary path, root field by root
field, and both ways answer the same bytes.
"""

from schema.planner.plan import Planner

__all__ = ["Planner"]
