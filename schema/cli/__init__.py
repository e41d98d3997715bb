"""The command `dure`."""

from schema.cli.app import app
from schema.cli.process import main

__all__ = ["app", "main"]
