"""Who may see which rows of a round, as SQL."""

from __future__ import annotations

import sqlalchemy as sa

from core.database import table_of
from plugins.industry_academia.certification.applications import SUBJECT
from plugins.industry_academia.certification.models import RoundStatus, Step
from plugins.industry_academia.certification.permissions import APPLY
from plugins.industry_academia.certification.queries import application, assessor
from plugins.industry_academia.program import CODE
from schema import Viewer

Table = sa.FromClause
step = table_of(Step)


def reached(round_id: sa.ColumnElement[int], status: RoundStatus) -> sa.ColumnElement[bool]:
    """Whether a round has come as far as this."""
    row = step.alias("reached")
    return sa.exists().where(
        row.c.round_id == round_id, row.c.status == sa.literal_column(f"'{status.value}'", sa.Text)
    )


def runs_rounds(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Staff of the program, and auditors."""
    if viewer.reads_all:
        return sa.true()
    return viewer.in_charge_of(sa.literal(CODE)) if viewer.staff else sa.false()


def scores_in(
    round_id: sa.ColumnElement[int], applicant: sa.ColumnElement[int], viewer: Viewer
) -> sa.ColumnElement[bool]:
    """A committee member of the round, of another organization than the applicant."""
    row = assessor.alias("committee")
    return sa.exists().where(
        row.c.round_id == round_id, row.c.member_id == viewer.member_id, row.c.organization_id != applicant
    )


def has_applied(round_id: sa.ColumnElement[int], viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether the viewer's own organization is an applicant of the round."""
    row = application.alias("own_application")
    return sa.exists().where(
        row.c.round_id == round_id, row.c.organization_id == viewer.organization_id, row.c.withdrawn_at.is_(None)
    )


def own_application(organization_id: sa.ColumnElement[int], viewer: Viewer) -> sa.ColumnElement[bool]:
    """The applicant's members: the main user, and whoever may apply."""
    if viewer.staff or viewer.reads_all:
        return sa.false()
    own = organization_id == viewer.organization_id
    return own if viewer.main else sa.and_(own, viewer.permitted(sa.literal(APPLY.code)))


def visible_round(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Everybody once it is called; staff and auditors before."""
    called = reached(table.c.id, RoundStatus.CALLED)
    return called if viewer.public else sa.or_(called, runs_rounds(viewer))


def visible_criterion(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """As its round."""
    called = reached(table.c.round_id, RoundStatus.CALLED)
    return called if viewer.public else sa.or_(called, runs_rounds(viewer))


def visible_assessor(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Staff and auditors; and each committee member itself. Applicants know them by their numbers alone."""
    if viewer.public:
        return sa.false()
    return sa.or_(runs_rounds(viewer), table.c.member_id == viewer.member_id)


def visible_application(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """The applicant, staff, auditors; the committee once it scores, but for its members' own organizations."""
    if viewer.public:
        return sa.false()
    scores = scores_in(table.c.round_id, table.c.organization_id, viewer)
    open_to_it = sa.and_(scores, table.c.withdrawn_at.is_(None), reached(table.c.round_id, RoundStatus.EVALUATING))
    return sa.or_(runs_rounds(viewer), own_application(table.c.organization_id, viewer), open_to_it)


def visible_document(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """As the application it belongs to."""
    row = application.alias("documented")
    return sa.and_(
        table.c.subject_type == sa.literal_column(f"'{SUBJECT}'", sa.Text),
        sa.exists().where(row.c.id == table.c.subject_id, visible_application(row, viewer)),
    )


def visible_score(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """One's own; everybody's for staff and auditors once the evaluation is closed, and for the committee but of its
    members' own organizations; an applicant's once the selection is approved.
    """
    if viewer.public:
        return sa.false()
    row = assessor.alias("scorer")
    mine = sa.exists().where(row.c.id == table.c.assessor_id, row.c.member_id == viewer.member_id)
    return sa.or_(mine, visible_outcome(table.c.applicant_id, table, viewer))


def visible_result(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Staff and auditors once the evaluation is closed, and the committee but of its members' own organizations; the
    applicant once the selection is approved.
    """
    if viewer.public:
        return sa.false()
    return visible_outcome(table.c.organization_id, table, viewer)


def visible_outcome(applicant: sa.ColumnElement[int], table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    closed = reached(table.c.round_id, RoundStatus.EVALUATED)
    published = reached(table.c.round_id, RoundStatus.APPROVED)
    return sa.or_(
        sa.and_(closed, sa.or_(runs_rounds(viewer), scores_in(table.c.round_id, applicant, viewer))),
        sa.and_(published, own_application(applicant, viewer)),
    )


def shown_rank(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Where a result stands among all: not, until the approval, for whose own organization is among them. The rank that
    is missing from the others' would be its own.
    """
    if viewer.public or viewer.reads_all:
        return sa.true()
    published = reached(table.c.round_id, RoundStatus.APPROVED)
    return sa.or_(published, runs_rounds(viewer), ~has_applied(table.c.round_id, viewer))


def shown_deliberation(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """What the council decides: for staff and auditors at once, for whoever else sees the result once approved."""
    published = reached(table.c.round_id, RoundStatus.APPROVED)
    return published if viewer.public else sa.or_(published, runs_rounds(viewer))


def shown_revocation(table: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Why a certification was revoked: for staff, auditors and its organization."""
    if viewer.public:
        return sa.false()
    return sa.or_(runs_rounds(viewer), own_application(table.c.organization_id, viewer))
