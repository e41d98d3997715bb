"""The actor as a SQL predicate sees it: a shape that chooses the statement, and parameters that fill it.

A plan is compiled once for a shape and serves every actor of that shape; only the parameters differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from core.actor import Actor, Role
from core.permissions import ledger_permissions, references_of

if TYPE_CHECKING:
    from core.program import Program


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
WHOLE = "viewer_whole_ledgers"
HANDLES = "viewer_handles"
HANDLES_PAYING = "viewer_handles_paying"
HANDLES_EARNING = "viewer_handles_earning"
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

    def sees_whole(self, program: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        """Whether the viewer holds every permission that a posting of the program may need."""
        whole: sa.ColumnElement[bool] = program == _any_of(WHOLE)
        return whole

    def handles(self, noun: sa.ColumnElement[str], received: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """Whether the viewer handles what postings refer to by a noun (`program:noun`), on the side they are of."""
        return sa.or_(
            noun == _any_of(HANDLES),
            sa.and_(noun == _any_of(HANDLES_PAYING), sa.not_(received)),
            sa.and_(noun == _any_of(HANDLES_EARNING), received),
        )


def _any_of(name: str) -> Any:
    return sa.any_(sa.bindparam(name, type_=ARRAY(sa.Text)))


def viewer_parameters(actor: Actor, programs: Mapping[str, Program]) -> dict[str, Any]:
    """The values of the parameters for this actor; `programs` are all there are."""
    return {
        **(_ledger_parameters(actor, programs) if actor.role is Role.MEMBER and not actor.main else NO_LEDGERS),
        ORGANIZATION: actor.organization_id,
        MEMBER: actor.member_id,
        PERMISSIONS: sorted(actor.permissions),
        PROGRAMS: sorted(actor.programs or programs),
        SIGNED_IN: actor.signed_in,
        MUST_CHANGE: actor.must_change_password,
    }


NO_LEDGERS: Mapping[str, Any] = {WHOLE: [], HANDLES: [], HANDLES_PAYING: [], HANDLES_EARNING: []}


def _ledger_parameters(actor: Actor, programs: Mapping[str, Program]) -> dict[str, Any]:
    """What of the ledgers a sub-user sees."""
    paying, earning = set[str](), set[str]()
    for code, program in programs.items():
        for noun, referred in references_of(program).items():
            if referred.paying in actor.permissions:
                paying.add(f"{code}:{noun}")
            if referred.earning in actor.permissions:
                earning.add(f"{code}:{noun}")
    return {
        WHOLE: sorted(code for code, program in programs.items() if ledger_permissions(program) <= actor.permissions),
        HANDLES: sorted(paying & earning),
        HANDLES_PAYING: sorted(paying - earning),
        HANDLES_EARNING: sorted(earning - paying),
    }
