"""Trusted documents: operations a front-end team registered beforehand, asked for by id instead of by text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import OperationDefinitionNode, parse

from core.settings import Settings


class TrustedDocumentsUnreadable(Exception):
    """The file of trusted documents is not what it should be: an object from id to document."""


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """The documents by id; with `only`, nothing else is executed."""

    documents: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    def names(self) -> frozenset[str]:
        """The names of the operations in them."""
        return frozenset(
            each.name.value
            for document in self.documents.values()
            for each in parse(document, no_location=True).definitions
            if isinstance(each, OperationDefinitionNode) and each.name is not None
        )

    @classmethod
    def of(cls, settings: Settings) -> TrustedDocuments:
        """As the settings have them. Raises `TrustedDocumentsUnreadable`."""
        path = settings.trusted_documents
        return cls({} if path is None else read(path), settings.trusted_only)


def read(path: Path) -> dict[str, str]:
    try:
        found: Any = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise TrustedDocumentsUnreadable(f"{path}: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(document, str) for document in found.values()):
        raise TrustedDocumentsUnreadable(f"{path} must hold one JSON object from id to GraphQL document")
    return found
