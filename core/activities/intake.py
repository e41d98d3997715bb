"""Intake: drafting a filing, amending it, submitting it with every check, cancelling it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import asyncpg
import sqlalchemy as sa

from core.activities.awarding import Expected, Stated, expected_points, masked_facts, stated_rows
from core.activities.checks import object_to, object_to_doubles
from core.activities.evidence import freeze_evidence, object_to_documents
from core.activities.fact_texts import LETTERS, Row, composed_row, wrong_texts
from core.activities.facts import identity_key, open_facts_to_json, series_key
from core.activities.models import Activity, ActivityStatus, Filing, FilingCounter, FilingStatus
from core.activities.problems import EMPTY, FACT_INVALID, FACT_TEXT, SAME_CONTENT, TOO_MANY, WRONG_STATUS
from core.activities.queries import activity_type, filing, locked_filing, rows_of
from core.activities.review import approve_rows
from core.checking import Access
from core.concurrency import mapped
from core.database import table_of
from core.errors import Refused, refuse_any
from core.identity import ensure_organizations, known_organizations, normalized
from core.identity.problems import ORGANIZATION_UNKNOWN
from core.personal import keep_facts, personal_kinds
from core.program import ActivityType
from core.texts import TextKind, check_text, composed
from core.work import Work

MAX_ROWS = 50_000
EDITABLE = (FilingStatus.DRAFT, FilingStatus.SUPPLEMENT_REQUESTED)
CANCELLABLE = (FilingStatus.DRAFT, FilingStatus.SUBMITTED, FilingStatus.SUPPLEMENT_REQUESTED)
activity = table_of(Activity)
counter = table_of(FilingCounter)


async def draft_filing(
    work: Work,
    *,
    program: str,
    type_code: str,
    organization_id: int,
    rows: Sequence[Row],
    title: str = "",
    content_hash: str | None = None,
) -> Filing:
    """작성: a filing that is not submitted yet. `content_hash` makes a second one with the same content impossible."""
    kind = activity_type(work, program, type_code)
    await _require_may_file(work, program, kind, organization_id)
    if len(title) > LETTERS:
        raise FACT_TEXT.refuse("title", most=LETTERS)
    if (wrong := check_text(title, TextKind.LINE, "title")) is not None:
        raise Refused(wrong)
    if content_hash is not None:
        number = await work.tx.value(
            sa.select(sa.func.coalesce(filing.c.number, "-")).where(
                filing.c.program == program,
                filing.c.activity_type == type_code,
                filing.c.organization_id == organization_id,
                filing.c.content_hash == content_hash,
                filing.c.status.notin_(("cancelled", "rejected", "revoked")),
            )
        )
        if number is not None:
            raise SAME_CONTENT.refuse(number=number)
    try:
        made = await work.tx.insert(
            Filing,
            program=program,
            activity_type=type_code,
            organization_id=organization_id,
            title=composed(title),
            content_hash=content_hash,
            created_by=work.actor.member_id,
        )
    except asyncpg.UniqueViolationError as error:
        raise SAME_CONTENT.refuse(number="-") from error
    except asyncpg.ForeignKeyViolationError as error:
        raise ORGANIZATION_UNKNOWN.refuse("organizationId") from error
    await _write_rows(work, made, kind, rows)
    work.record(
        "filing.drafted", "filing", made.id, organization_id=organization_id,
        after={"program": program, "activity_type": type_code, "rows": len(rows)},
    )  # fmt: skip
    return made


async def amend_filing(work: Work, filing_id: int, rows: Sequence[Row], *, content_hash: str | None = None) -> Filing:
    """수정: replace the rows of a draft, or of a filing that is to be supplemented; what it was known by goes too."""
    found = await locked_filing(work, filing_id)
    kind = activity_type(work, found.program, found.activity_type)
    await _require_may_file(work, found.program, kind, found.organization_id)
    require_status(found, *EDITABLE)
    before = await work.tx.execute(sa.delete(activity).where(activity.c.filing_id == filing_id))
    if content_hash != found.content_hash:
        try:
            await work.tx.execute(sa.update(filing).where(filing.c.id == filing_id).values(content_hash=content_hash))
        except asyncpg.UniqueViolationError as error:
            raise SAME_CONTENT.refuse(number="-") from error
    await _write_rows(work, found, kind, rows)
    work.record(
        "filing.amended", "filing", filing_id, organization_id=found.organization_id,
        before={"rows": before}, after={"rows": len(rows)},
    )  # fmt: skip
    return found


async def submit_filing(work: Work, filing_id: int) -> Filing:
    """접수: every row is checked, the filing gets its number; all or none. Automatic types are decided at once."""
    found = await locked_filing(work, filing_id)
    kind = activity_type(work, found.program, found.activity_type)
    await _require_may_file(work, found.program, kind, found.organization_id)
    require_status(found, *EDITABLE)
    rows = await rows_of(work.tx, filing_id)
    if not rows:
        raise EMPTY.refuse("rows")
    await know_subjects(work, rows)
    documents = await object_to_documents(work, found, kind, rows)
    refuse_any([*await object_to(work, found, kind, rows), *documents])
    number = await _take_turn(work, found)
    refuse_any(await object_to_doubles(work, found, rows))  # once more: another filing may just have had its turn
    await _mark_submitted(
        work, rows, await expected_points(work, found.program, kind, await stated_rows(work, kind, rows))
    )
    submitted = await work.tx.one(
        Filing,
        sa.update(filing)
        .where(filing.c.id == filing_id)
        .values(
            status=FilingStatus.SUBMITTED.value,
            number=number,
            submitted_on=found.submitted_on or work.today,  # a term kept once is not lost by a supplement
            supplement_reason=None,
        )
        .returning(filing),
    )
    assert submitted is not None
    frozen = await freeze_evidence(work, found, kind, rows)
    work.record(
        "filing.submitted", "filing", filing_id, organization_id=found.organization_id,
        before={"status": found.status},
        after={"status": submitted.status, "number": number, "rows": len(rows), "documents": frozen},
    )  # fmt: skip
    if not kind.automatic or (work.actor.is_staff(found.program) and not work.actor.system):
        return submitted  # what staff file themselves waits for somebody else of them
    waiting = await rows_of(work.tx, filing_id)
    await approve_rows(work, submitted, kind, waiting, reason="", checked=True)
    return await locked_filing(work, filing_id)


async def cancel_filing(work: Work, filing_id: int) -> Filing:
    """신청취소: possible until it is decided."""
    found = await locked_filing(work, filing_id)
    kind = activity_type(work, found.program, found.activity_type)
    await _require_may_file(work, found.program, kind, found.organization_id)
    require_status(found, *CANCELLABLE)
    await work.tx.execute(
        sa.update(activity).where(activity.c.filing_id == filing_id).values(status=ActivityStatus.CANCELLED.value)
    )
    await work.tx.execute(sa.update(filing).where(filing.c.id == filing_id).values(status=FilingStatus.CANCELLED.value))
    work.record(
        "filing.cancelled", "filing", filing_id, organization_id=found.organization_id,
        before={"status": found.status}, after={"status": FilingStatus.CANCELLED.value},
    )  # fmt: skip
    return await locked_filing(work, filing_id)


async def require_may_file(work: Work, program: str, type_code: str, organization_id: int) -> None:
    """Raise when the actor may not file activities of this type for this organization."""
    await _require_may_file(work, program, activity_type(work, program, type_code), organization_id)


async def _require_may_file(work: Work, program: str, kind: ActivityType[Any], organization_id: int) -> None:
    permission = work.plugins.programs[program].filing_permission(kind.code)
    if work.actor.is_staff(program):
        work.actor.require_ready()
    elif kind.staff_only:
        work.actor.require_staff(program)
    else:
        work.actor.require_permission(organization_id, permission)
    access = Access(actor=work.actor, action=permission, organization_id=organization_id)
    refuse_any(await work.plugins.check_access(access))


def require_status(found: Filing, *allowed: FilingStatus) -> None:
    """Refuse what is not possible in another state of the filing."""
    if found.status not in allowed:
        raise WRONG_STATUS.refuse("id", status=found.status, needed=", ".join(allowed))


async def _write_rows(work: Work, found: Filing, kind: ActivityType[Any], rows: Sequence[Row]) -> None:
    if len(rows) > MAX_ROWS:
        raise TOO_MANY.refuse("rows", limit=MAX_ROWS)
    refuse_any(
        FACT_INVALID.at("rows", place, "facts", value=type(row.facts).__name__)
        for place, row in enumerate(rows)
        if not isinstance(row.facts, kind.facts)
    )
    rows = await mapped(composed_row, rows)
    refuse_any(chain(*await mapped(wrong_texts, enumerate(rows))))
    places = [place for place, row in enumerate(rows) if row.business_number]
    named = [(rows[place].business_number or "", rows[place].stated_name or "") for place in places]
    try:
        ids = await known_organizations(work, [(number, name or number) for number, name in named])
    except Refused as refused:
        # its objections name the place among those with a number; ours is the place among all rows
        raise Refused(
            *(replace(each, path=("rows", places[int(each.path[0])], *each.path[1:])) for each in refused.violations)
        ) from refused
    keyed = await work.plugins.by_rules(found.program, "keys", _keyed(work, found, kind, rows, ids))
    stated = [each for each, _ in keyed]
    expected = await expected_points(work, found.program, kind, stated)

    def written(numbered: tuple[int, tuple[Row, tuple[Stated, str], Expected]]) -> tuple[Any, ...]:
        line, (row, (each, identity), points) = numbered
        return (
            found.id,
            line,
            found.program,
            kind.code,
            found.organization_id,
            each.subject,
            each.number,
            row.stated_name,
            each.base_date,
            open_facts_to_json(row.facts),
            identity,
            each.series_key,
            points and points[0],
            points and points[1],
        )

    await work.tx.insert_many(
        Activity,
        (
            "filing_id",
            "line",
            "program",
            "activity_type",
            "filer_id",
            "organization_id",
            "subject_number",
            "stated_name",
            "base_date",
            "facts",
            "identity_key",
            "series_key",
            "requested_filer",
            "requested_subject",
        ),
        await mapped(written, enumerate(zip(rows, keyed, expected, strict=True), 1)),
    )
    if personal_kinds(kind.facts):
        statement = sa.select(activity.c.id).where(activity.c.filing_id == found.id).order_by(activity.c.line)
        made = [row["id"] for row in await work.tx.rows(statement)]
        await keep_facts(work, kind, zip(made, (row.facts for row in rows), strict=True))


def _keyed(
    work: Work, found: Filing, kind: ActivityType[Any], rows: Sequence[Row], ids: Mapping[str, int]
) -> Iterator[tuple[Stated, str]]:
    """Each row as rules are shown it, and its identity: the type's `base_date`, `series` and `identity` are asked."""
    for row in rows:
        yield _stated(work, found, kind, row, ids), identity_key(work, kind, row.facts, found.organization_id)


def _stated(work: Work, found: Filing, kind: ActivityType[Any], row: Row, ids: Mapping[str, int]) -> Stated:
    number = normalized(row.business_number) if row.business_number else None
    return Stated(
        facts=masked_facts(kind, row.facts),
        base_date=kind.base_date(row.facts),
        subject=found.organization_id if number is None else ids.get(number),
        number=number,
        series_key=series_key(work, kind, row.facts, found.organization_id),
    )


async def _mark_submitted(work: Work, rows: Sequence[Activity], expected: Sequence[Expected]) -> None:
    """접수: with what the rows would earn as things stand, 신청마일리지."""
    await work.tx.connection.execute(
        "UPDATE activity SET status = 'submitted', requested_filer = d.filer, requested_subject = d.subject"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d(id, filer, subject) WHERE activity.id = d.id",
        [row.id for row in rows],
        [each and each[0] for each in expected],
        [each and each[1] for each in expected],
    )


async def know_subjects(work: Work, rows: Sequence[Activity]) -> None:
    """Companies that nobody has heard of come on record with the submission, not with a draft anybody may write."""
    unknown = [row for row in rows if row.organization_id is None]
    if not unknown:
        return
    named = [(row.subject_number or "", row.stated_name or row.subject_number or "") for row in unknown]
    ids = await ensure_organizations(work, named)
    for row in unknown:
        row.organization_id = ids[row.subject_number or ""]
    await work.tx.connection.execute(
        "UPDATE activity SET organization_id = d.organization FROM unnest($1::bigint[], $2::bigint[])"
        " AS d(id, organization) WHERE activity.id = d.id",
        [row.id for row in unknown],
        [row.organization_id for row in unknown],
    )


async def _take_turn(work: Work, found: Filing) -> str:
    """접수번호 `yy-seq`: counted per program and year without gaps, for the row lock is held until the commit.

    A filing that has its number keeps it, and waits at the lock all the same: of filings that say the same activity,
    one is submitted, and the others see it.
    """
    last = await work.tx.connection.fetchval(
        "INSERT INTO filing_counter (program, year, last) VALUES ($1, $2, $3)"
        " ON CONFLICT (program, year) DO UPDATE SET last = filing_counter.last + $3 RETURNING last",
        found.program,
        work.today.year,
        0 if found.number else 1,
    )
    return found.number or f"{work.today.year % 100:02d}-{last}"
