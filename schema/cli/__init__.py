"""The command `dure`."""

from schema.cli.app import app, main

__all__ = ["app", "main"]
