"""Reading who takes part."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from core.database import Transaction, table_of
from core.participants.models import Participant, ParticipantRole

participant = table_of(Participant)


async def takes_part(tx: Transaction, program: str, organization_id: int, role: ParticipantRole, on: date) -> bool:
    """Whether an organization takes part in a program as that, on a day."""
    return bool(
        await tx.value(
            sa.select(sa.func.count())
            .select_from(participant)
            .where(
                participant.c.program == program,
                participant.c.organization_id == organization_id,
                participant.c.role == role.value,
                participant.c.since <= on,
                sa.or_(participant.c.until.is_(None), participant.c.until > on),
            )
        )
    )
