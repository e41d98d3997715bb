"""The actor as a SQL predicate sees it: a shape that chooses the statement, and parameters that fill it.

A plan is compiled once for a shape and serves every actor of that shape; only the parameters differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from core.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class Shape:
    """What about an actor changes a statement's text. Who must change the password sees what the public does."""

    role: Role | None
    main: bool = False
    everywhere: bool = False  # in charge of every program

    @classmethod
    def of(cls, actor: Actor) -> Shape:
        if not actor.signed_in or actor.must_change_password:
            return cls(None)
        return cls(actor.role, actor.main, not actor.programs)


ORGANIZATION = "viewer_organization"
MEMBER = "viewer_member"
PERMISSIONS = "viewer_permissions"
PROGRAMS = "viewer_programs"
SIGNED_IN = "viewer_signed_in"
MUST_CHANGE = "viewer_must_change_password"

VIEWER_ROW = sa.select(
    sa.func.coalesce(sa.bindparam(MEMBER, type_=sa.BigInteger), 0).label("id"),
    sa.bindparam(MEMBER, type_=sa.BigInteger).label("member_id"),
    sa.bindparam(ORGANIZATION, type_=sa.BigInteger).label("organization_id"),
    sa.bindparam(SIGNED_IN, type_=sa.Boolean).label("signed_in"),
    sa.bindparam(MUST_CHANGE, type_=sa.Boolean).label("must_change_password"),
).subquery("viewer")
"""The actor as a table of one row, so that what it is asked for is planned like everything else."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What a visibility predicate is written with."""

    shape: Shape

    @property
    def public(self) -> bool:
        return self.shape.role is None

    @property
    def reads_all(self) -> bool:
        return self.shape.role is Role.AUDITOR

    @property
    def operator(self) -> bool:
        """An operator of every program: accounts, persons and the audit belong to no single one."""
        return self.shape.role is Role.OPERATOR and self.shape.everywhere

    @property
    def staff(self) -> bool:
        """A reviewer or operator, of whichever programs: see `in_charge_of`."""
        return self.shape.role in (Role.OPERATOR, Role.REVIEWER)

    @property
    def main(self) -> bool:
        return self.shape.main

    @property
    def organization_id(self) -> sa.BindParameter[int]:
        return sa.bindparam(ORGANIZATION, type_=sa.BigInteger)

    @property
    def member_id(self) -> sa.BindParameter[int]:
        return sa.bindparam(MEMBER, type_=sa.BigInteger)

    def permitted(self, permission: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Whether a permission code is among the viewer's."""
        return permission == sa.any_(sa.bindparam(PERMISSIONS, type_=ARRAY(sa.Text)))

    def in_charge_of(self, program: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Whether a program is one the viewer works for."""
        return program == sa.any_(sa.bindparam(PROGRAMS, type_=ARRAY(sa.Text)))


def viewer_parameters(actor: Actor, programs: Iterable[str]) -> dict[str, Any]:
    """The values of the parameters for this actor; `programs` are all there are."""
    return {
        ORGANIZATION: actor.organization_id,
        MEMBER: actor.member_id,
        PERMISSIONS: sorted(actor.permissions),
        PROGRAMS: sorted(actor.programs or programs),
        SIGNED_IN: actor.signed_in,
        MUST_CHANGE: actor.must_change_password,
    }
