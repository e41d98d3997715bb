"""Which postings of its organization a sub-user sees: those that came from what it is permitted to handle.

    what a posting refers to         who sees it besides main users
    activity:<id>                    who may file activities of that type; not where a debt was made or paid by it
    certificate:<id>, benefit:<id>…  who may apply for certificates of the program
    a noun of the program's own      who holds the permission that the program names for that side (`Referred`)
    anything else                    nobody but who holds all of these permissions

Who holds all of these permissions sees the whole ledger of the program. Nobody else is shown a balance, for what is
hidden could be worked out from it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from core.activities.models import Activity as ActivityRow
from core.database import table_of
from core.ledgers.models import Account as AccountRow
from core.ledgers.models import Entry as EntryRow
from core.ledgers.models import LedgerTransaction
from schema.viewer import Viewer
from schema.visibility import EVERYBODY, NOBODY, Table

ACCOUNT, ACTIVITY = table_of(AccountRow), table_of(ActivityRow)
ENTRY, POSTING = table_of(EntryRow), table_of(LedgerTransaction)


def sees_everything(viewer: Viewer) -> bool:
    """Whether what a posting refers to makes no difference."""
    return viewer.main or viewer.staff or viewer.reads_all


def whole_ledger(program: sa.ColumnElement[str], viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether the viewer sees every posting of a program that it sees any of."""
    if viewer.public:
        return NOBODY
    return EVERYBODY if sees_everything(viewer) else viewer.sees_whole(program)


def may_see_posting(
    posting: Table, transaction_id: sa.ColumnElement[int], viewer: Viewer, received: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Whether a sub-user may know of a posting of its organization, which either `received` by it or paid.

    `posting` has the columns program, kind and reference. What touched a debt tells how much there was, so it goes with
    the whole ledger.
    """
    if sees_everything(viewer):
        return EVERYBODY
    activity = ACTIVITY.alias("referred_activity")
    own = sa.or_(activity.c.filer_id == viewer.organization_id, activity.c.organization_id == viewer.organization_id)
    filing = sa.exists().where(
        activity.c.id == referred(posting.c.reference, "activity"),
        activity.c.program == posting.c.program,
        own,
        viewer.permitted(activity.c.program + "." + activity.c.activity_type + ".file"),
    )
    noun = sa.func.split_part(posting.c.reference, sa.literal_column("':'", sa.Text), sa.literal_column("1"))
    known = sa.and_(
        ~_touched_a_debt(transaction_id, viewer),
        sa.or_(filing, viewer.handles(posting.c.program + ":" + noun, received)),
    )
    return sa.or_(viewer.sees_whole(posting.c.program), known)


def may_see_transaction(posting: Table, viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether a sub-user may know of a transaction that moved, or held, something of its organization."""
    if sees_everything(viewer):
        return EVERYBODY
    entry = ENTRY.alias("received_entry")
    received = sa.exists().where(
        entry.c.transaction_id == posting.c.id,
        entry.c.organization_id == viewer.organization_id,
        is_received(entry.c.amount, posting.c.kind),
    )
    return may_see_posting(posting, posting.c.id, viewer, received)


def _touched_a_debt(transaction_id: sa.ColumnElement[int], viewer: Viewer) -> sa.ColumnElement[bool]:
    entry, account = ENTRY.alias("owing_entry"), ACCOUNT.alias("debt_account")
    return (
        sa.exists()
        .select_from(entry.join(account, account.c.id == entry.c.account_id))
        .where(
            entry.c.transaction_id == transaction_id,
            entry.c.organization_id == viewer.organization_id,
            account.c.kind == sa.literal_column("'debt'", sa.Text),
        )
    )


def is_received(amount: sa.ColumnElement[int], kind: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether the side of an entry is the one that is paid, also where the payment is undone."""
    positive: sa.ColumnElement[bool] = amount > sa.literal_column("0", sa.BigInteger)
    undone: sa.ColumnElement[bool] = kind == sa.literal_column("'reverse'", sa.Text)
    return positive != undone


def of_seen_transaction(transaction_id: sa.ColumnElement[int], viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether a sub-user may know of the transaction with this id."""
    if sees_everything(viewer):
        return EVERYBODY
    posting = POSTING.alias("seen_posting")
    return sa.exists().where(posting.c.id == transaction_id, may_see_transaction(posting, viewer))


def referred(reference: Any, noun: str) -> sa.ColumnElement[int]:
    """The id in a reference such as `activity:12`; null in any other."""
    told = sa.literal_column(f"'^{noun}:[0-9]{{1,18}}$'", sa.Text)
    number = sa.func.split_part(reference, sa.literal_column("':'", sa.Text), sa.literal_column("2", sa.Integer))
    return sa.case((reference.op("~")(told), sa.cast(number, sa.BigInteger)))
