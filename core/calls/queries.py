"""The tables of calls, and finding what is to be told: each is marked in the statement that finds it."""

from __future__ import annotations

from core.calls.models import Call, Interest
from core.database import table_of

call = table_of(Call)
interest = table_of(Interest)

# Whoever has no main user has nobody to be told, and is told later, while the call is open.
_TOLD = """
WITH due AS (
    SELECT i.id FROM call_interest i
    JOIN benefit_call c ON c.id = i.call_id
    JOIN member m ON m.organization_id = i.organization_id AND m.main AND m.deactivated_at IS NULL
    JOIN person p ON p.id = m.person_id AND p.erased_at IS NULL
    WHERE i.{mark} IS NULL AND c.published_at IS NOT NULL AND c.cancelled_at IS NULL
        AND c.opens_at <= $1 AND c.closes_at > $1 AND c.closes_at <= $1 + $2::interval
    FOR UPDATE OF i SKIP LOCKED
), told AS (
    UPDATE call_interest SET {mark} = $1 FROM due WHERE call_interest.id = due.id
    RETURNING call_interest.organization_id, call_interest.call_id
)
SELECT t.organization_id, o.name, c.title, c.opens_at, c.closes_at, b.name_ko, b.name_en
FROM told t JOIN organization o ON o.id = t.organization_id
JOIN benefit_call c ON c.id = t.call_id JOIN benefit b ON b.id = c.benefit_id
ORDER BY t.organization_id, c.closes_at, c.id
"""
OPENED = _TOLD.format(mark="told_open_at")
CLOSING = _TOLD.format(mark="told_closing_at")
