"""Executing an operation: what is planned runs as SQL, what needs Python runs as graphql-core has it."""

from schema.execution.answers import Answer
from schema.execution.executor import Executor

__all__ = ["Answer", "Executor"]
