"""Personal facts: encrypted at rest, plain for some, masked for others, read on the record, compared undecrypted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from core import Retention
from core.activities import Row, attach_document, draft_filing, submit_filing
from core.personal import KeysUnusable, opened_facts
from tests.core.personal.conftest import HONG, Campus
from tests.core.personal.placements import KEEPING, SEEN_BY_RULES, Placement, placements
from tests.support.files import pdf, sent
from tests.support.numbers import business_number
from tests.support.world import refused

PLAIN = ("홍길동", "20231234", "010-1234-5678", 8)
MASKED = ("홍*동", "20******", "010-****-5678", 8)


async def test_nothing_of_the_person_lies_open_in_the_database(campus: Campus) -> None:
    await campus.filed(HONG)
    for table in ("activity", "personal_fact", "audit_event", "filing"):
        for row in await campus.rows(f"SELECT t::text AS told FROM {table} t"):
            assert not any(word in row["told"] for word in ("홍길동", "20231234", "1234-5678", "홍"))
    (row,) = await campus.rows("SELECT facts FROM activity")
    assert row["facts"] == {"began_on": "2026-01-05", "weeks": 8}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("university", PLAIN), ("reviewer", PLAIN), ("operator", PLAIN), ("company", MASKED), ("auditor", MASKED),
    ],
)  # fmt: skip
async def test_the_filer_and_the_staff_see_it_plain_and_nobody_else(
    campus: Campus, who: str, seen: tuple[object, ...]
) -> None:
    await campus.filed(HONG)
    assert await campus.facts_seen_by(who) == [seen]
    assert await campus.facts_seen_by("public") == []


async def test_each_reading_in_plain_is_one_event_that_says_who_and_of_which_activities(campus: Campus) -> None:
    await campus.filed(HONG, replace(HONG, student_number="20239999"))
    for who in ("company", "auditor", "public"):
        await campus.facts_seen_by(who)
    assert await campus.events("personal_data.read") == []
    await campus.facts_seen_by("university")
    (event,) = await campus.events("personal_data.read")
    ids = [row["id"] for row in await campus.rows("SELECT id FROM activity ORDER BY id")]
    assert event == {
        "actor_id": campus.university.member_id,
        "organization_id": campus.university.organization_id,
        "subject_id": "several",
        "before": None,
        "after": {"activities": ids, "facts": ["phone", "student", "student_number"]},
    }


async def test_what_is_not_asked_for_is_not_read(campus: Campus) -> None:
    await campus.filed(HONG)
    await campus.clients["university"].ask("{ activities { nodes { facts { ... on Placement { weeks } } } } }")
    assert await campus.events("personal_data.read") == []


async def test_the_same_student_is_found_without_decrypting(campus: Campus) -> None:
    await campus.filed(HONG)
    with refused("ACTIVITY_ALREADY_FILED"):
        await campus.filed(replace(HONG, student="홍 길동", student_number="20231234"))
    await campus.filed(replace(HONG, student_number="20231235"))
    digests = await campus.rows("SELECT lookup FROM personal_fact WHERE name = 'student'")
    assert len({row["lookup"] for row in digests}) == 1  # the same name in both


async def test_rules_are_given_masks_and_past_ones_too(campus: Campus) -> None:
    await campus.filed(HONG)
    await campus.filed(replace(HONG, began_on=date(2026, 2, 2)))
    assert {name for seen in SEEN_BY_RULES for name in seen} == {"홍*동"}  # at the draft, the submission, the approval
    assert (SEEN_BY_RULES[0], SEEN_BY_RULES[-1]) == (("홍*동",), ("홍*동", "홍*동"))


async def test_a_value_copied_to_another_place_cannot_be_opened(campus: Campus) -> None:
    await campus.filed(HONG, replace(HONG, student="김철수", student_number="20239999"))
    first, second = [row["id"] for row in await campus.rows("SELECT id FROM activity ORDER BY id")]
    async with campus.house.work() as work:
        await work.tx.connection.execute(
            "UPDATE personal_fact SET sealed = (SELECT sealed FROM personal_fact WHERE activity_id = $1 AND"
            " name = 'student') WHERE activity_id = $2 AND name = 'student'",
            first,
            second,
        )
        with pytest.raises(KeysUnusable, match=f"personal_fact/{second}/student was not encrypted there"):
            await opened_facts(work, [second])


async def test_amending_a_draft_leaves_nothing_of_the_first(campus: Campus) -> None:
    from core.activities import Row, amend_filing

    async with campus.house.work(campus.university) as work:
        made = await draft_filing(
            work, program="deeds", type_code="placement", organization_id=campus.university.organization_id or 0,
            rows=[Row(facts=HONG)],
        )  # fmt: skip
        await amend_filing(work, made.id, [Row(facts=replace(HONG, student="김철수", phone=None))])
    kept = await campus.rows("SELECT name FROM personal_fact ORDER BY id")
    assert [row["name"] for row in kept] == ["student", "student_number"]
    assert [facts[0] for facts in await campus.facts_seen_by("university")] == ["김철수"]


async def test_what_was_filed_before_it_was_personal_is_masked_all_the_same(campus: Campus) -> None:
    await campus.filed(HONG)
    async with campus.house.work() as work:
        await work.tx.connection.execute("DELETE FROM personal_fact WHERE name = 'student'")
        await work.tx.connection.execute("""UPDATE activity SET facts = facts || '{"student": "성춘향"}'""")
    assert [facts[0] for facts in await campus.facts_seen_by("company")] == ["성*향"]
    assert [facts[0] for facts in await campus.facts_seen_by("reviewer")] == ["성춘향"]


async def test_a_fact_is_whole_or_erased_and_nothing_between(campus: Campus) -> None:
    await campus.filed(HONG)
    with pytest.raises(asyncpg.CheckViolationError):
        async with campus.house.work() as work:
            await work.tx.connection.execute("UPDATE personal_fact SET sealed = NULL")


async def test_how_long_evidence_is_kept_is_reckoned_from_masks(campus: Campus) -> None:
    seen: list[str] = []

    def ends(facts: Placement) -> date:
        seen.append(facts.student)
        return facts.began_on

    plugins = placements(retention=Retention(years=5, source=KEEPING, ends=ends))
    campus.house = replace(campus.house, plugins=plugins)
    who = campus.university
    token = await sent(campus.house, who, pdf(), "서류.pdf")
    async with campus.house.work(who) as work:
        filing = await draft_filing(
            work,
            program="deeds",
            type_code="placement",
            organization_id=who.organization_id or 0,
            rows=[Row(facts=HONG, business_number=business_number(2))],
        )
        await attach_document(work, filing.id, token, requirement=None, line=None)
        await submit_filing(work, filing.id)
    assert set(seen) == {"홍*동"}
    (kept,) = await campus.rows("SELECT * FROM attachment")
    assert kept["submitted_on"]
