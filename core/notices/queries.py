"""Marking what is to be told, and reading it, in one statement: what was told before is not found again.

Whoever has no main user has nobody to be told, and is told later. Of the thresholds that have been passed all are
marked, so that a system that begins late tells once.
"""

POINTS_EXPIRING = """
WITH due AS (
    SELECT l.organization_id, l.program, l.asset, l.expires_on, sum(l.remaining - l.held)::bigint AS points
    FROM lot l
    JOIN member m ON m.organization_id = l.organization_id AND m.main AND m.deactivated_at IS NULL
    JOIN person p ON p.id = m.person_id AND p.erased_at IS NULL
    WHERE l.remaining > l.held AND l.expires_on > $1::date AND l.expires_on <= $1::date + ($3::bigint[])[1]::int
    GROUP BY 1, 2, 3, 4
), told AS (
    INSERT INTO notice (kind, organization_id, subject, days, told_at)
    SELECT 'points_expiring', d.organization_id, concat_ws('/', d.program, d.asset, d.expires_on), t.days, $2
    FROM due d JOIN unnest($3::bigint[]) AS t(days) ON d.expires_on <= $1::date + t.days::int
    ON CONFLICT DO NOTHING
    RETURNING organization_id, subject
)
SELECT d.organization_id, o.name, d.program, d.asset, d.expires_on, d.points
FROM due d JOIN organization o ON o.id = d.organization_id
WHERE EXISTS (SELECT FROM told WHERE told.organization_id = d.organization_id
              AND told.subject = concat_ws('/', d.program, d.asset, d.expires_on))
ORDER BY d.organization_id, d.expires_on, d.program, d.asset
"""

CERTIFICATES_LAPSING = """
WITH due AS (
    SELECT c.id, c.organization_id, c.number, c.valid_until, c.points, b.name_ko, b.name_en
    FROM certificate c
    JOIN benefit b ON b.id = c.benefit_id
    JOIN member m ON m.organization_id = c.organization_id AND m.main AND m.deactivated_at IS NULL
    JOIN person p ON p.id = m.person_id AND p.erased_at IS NULL
    WHERE c.status = 'issued' AND c.valid_until >= $1::date AND c.valid_until < $1::date + ($3::bigint[])[1]::int
), told AS (
    INSERT INTO notice (kind, organization_id, subject, days, told_at)
    SELECT 'certificate_lapsing', d.organization_id, d.number, t.days, $2
    FROM due d JOIN unnest($3::bigint[]) AS t(days) ON d.valid_until < $1::date + t.days::int
    ON CONFLICT DO NOTHING
    RETURNING organization_id, subject
)
SELECT d.organization_id, o.name, d.number, d.valid_until, d.points, d.name_ko, d.name_en
FROM due d JOIN organization o ON o.id = d.organization_id
WHERE EXISTS (SELECT FROM told WHERE told.organization_id = d.organization_id AND told.subject = d.number)
ORDER BY d.organization_id, d.valid_until, d.number
"""
