"""Permissions as a program declares them."""

from __future__ import annotations

from dataclasses import dataclass

from core.language import Text


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a member may be granted (권한). Filing permissions per activity type exist without being declared."""

    code: str
    names: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Referred:
    """관련 건: which permission lets a sub-user see postings that refer to something, by the side they are of.

    `paying` is for members of the organization that pays points for it, `earning` for those of the one that gets them.
    """

    paying: str
    earning: str
