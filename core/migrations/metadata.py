"""All of core's tables in one place, for migrations and grants."""

from __future__ import annotations

import sqlalchemy as sa

import core.activities.models as activities
import core.audit.models as audit
import core.benefits.models as benefits
import core.boards.models as boards
import core.calls.models as calls
import core.files.models as files
import core.identity.models as identity
import core.jobs.models as jobs
import core.ledgers.models as ledgers
import core.messages.models as messages
import core.notices.models as notices
import core.participants.models as participants
import core.personal.models as personal
import core.seals.models as seals
from core.database.connection import table_of

CORE_MODELS = (
    identity.Organization,
    identity.Standing,
    identity.Person,
    identity.Member,
    identity.AccessToken,
    identity.OneTimeCode,
    identity.Attempt,
    identity.MemberOrigin,
    audit.AuditEvent,
    ledgers.Account,
    ledgers.LedgerTransaction,
    ledgers.Entry,
    ledgers.Unfolded,
    ledgers.Lot,
    ledgers.Hold,
    ledgers.HoldLot,
    ledgers.LotMove,
    activities.Filing,
    activities.FilingCounter,
    activities.Activity,
    files.StoredFile,
    files.Upload,
    files.Attachment,
    benefits.BenefitRow,
    benefits.TermsRow,
    benefits.Certificate,
    messages.Message,
    seals.Seal,
    seals.Leaf,
    seals.Waiting,
    jobs.Job,
    notices.Notice,
    personal.HouseSecret,
    personal.PersonalFact,
    participants.Participant,
    boards.Post,
    calls.Call,
    calls.Interest,
)

LEDGER_TABLES = frozenset(
    table_of(model).name
    for model in (
        ledgers.Account,
        ledgers.LedgerTransaction,
        ledgers.Entry,
        ledgers.Unfolded,
        ledgers.Lot,
        ledgers.Hold,
        ledgers.HoldLot,
        ledgers.LotMove,
    )
)
SEAL_TABLES = frozenset(table_of(model).name for model in (seals.Seal, seals.Leaf, seals.Waiting))
QUEUE_TABLES = frozenset({"pgqueuer", "pgqueuer_log", "pgqueuer_statistics"})
UNUSED_TABLES = frozenset({"pgqueuer_schedules"})  # the queue brings it; what is due when, our jobs know
APPEND_ONLY_TABLES = frozenset({table_of(audit.AuditEvent).name})


def core_tables() -> list[sa.Table]:
    return [table_of(model) for model in CORE_MODELS]
