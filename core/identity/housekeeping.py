"""Forgetting what has served: attempts no longer counted, tokens and codes no longer good."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from core.database import table_of
from core.identity.models import AccessToken, Attempt, MemberOrigin, OneTimeCode
from core.identity.policy import KNOWN_FOR
from core.work import Work

attempt, access_token, one_time_code = table_of(Attempt), table_of(AccessToken), table_of(OneTimeCode)
member_origin = table_of(MemberOrigin)


async def forget_spent(work: Work) -> int:
    """Delete attempts after a day, expired tokens and codes after thirty, addresses not seen for ninety; how many rows.

    For a daily job.
    """
    a_day_ago, a_month_ago = work.now - timedelta(days=1), work.now - timedelta(days=30)
    return (
        await work.tx.execute(sa.delete(attempt).where(attempt.c.at < a_day_ago))
        + await work.tx.execute(sa.delete(member_origin).where(member_origin.c.seen_at < work.now - KNOWN_FOR))
        + await work.tx.execute(sa.delete(access_token).where(access_token.c.expires_at < a_month_ago))
        + await work.tx.execute(sa.delete(one_time_code).where(one_time_code.c.expires_at < a_month_ago))
    )
