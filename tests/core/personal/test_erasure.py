"""What is held on a person, and its erasure: found by digests, refused while the law keeps it, gone for good after."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from schema.global_ids import to_global_id
from tests.core.personal.conftest import HONG, Campus, keeping
from tests.support.clock import SetClock

HELD = """query ($about: AboutPersonInput!) { personalData(about: $about) {
  activities { program filingNumber facts retainedUntil activity { id } } persons { person { name } } } }"""
ERASE = """mutation ($ids: [ID!]!, $reason: String!) { erasePersonalData(input: {activityIds: $ids, reason: $reason}) {
  activities { activity { facts { ... on Placement { student phone weeks } } } } errors { code path message } } }"""


async def ids(campus: Campus) -> list[str]:
    return [to_global_id("Activity", row["id"]) for row in await campus.rows("SELECT id FROM activity ORDER BY id")]


async def test_an_operator_finds_everything_on_a_person_however_it_is_spelled(campus: Campus) -> None:
    await campus.filed(HONG, replace(HONG, student_number="20239999"))
    await campus.filed(replace(HONG, student="김철수", student_number="20230001"))
    about = {"name": " 홍 길동", "phone": "01012345678"}
    held = (await campus.clients["operator"].ask(HELD, about=about))["personalData"]
    assert [each["activity"]["id"] for each in held["activities"]] == (await ids(campus))[:2]
    assert held["activities"][0] | {"activity": None} == {
        "program": "deeds", "filingNumber": "26-1", "facts": ["student", "studentNumber", "phone"],
        "retainedUntil": None, "activity": None,
    }  # fmt: skip
    both = (await campus.clients["operator"].ask(HELD, about={"name": "홍길동", "number": "20239999"}))["personalData"]
    assert len(both["activities"]) == 1
    (first, _) = await campus.events("personal_data.looked_up")
    assert first["after"]["by"] == ["name", "phone"]
    assert "홍" not in str(first)


async def test_members_are_found_by_their_details(campus: Campus) -> None:
    held = (await campus.clients["operator"].ask(HELD, about={"email": "LEE@hanbit.example.kr"}))["personalData"]
    assert {each["person"]["name"] for each in held["persons"]} == {"이담당"}


@pytest.mark.parametrize("who", ["university", "reviewer", "auditor", "public"])
async def test_nobody_else_looks_people_up_or_erases(campus: Campus, who: str) -> None:
    await campus.filed(HONG)
    for document, variables in (
        (HELD, {"about": {"name": "홍길동"}}),
        (ERASE, {"ids": await ids(campus), "reason": "요구"}),
    ):
        answer = await campus.clients[who].send(document, **variables)
        assert answer["errors"][0]["extensions"]["code"] in ("FORBIDDEN", "UNAUTHENTICATED")


async def test_erased_it_is_gone_for_everybody_and_what_was_earned_stays(campus: Campus) -> None:
    await campus.filed(HONG)
    erased = await campus.clients["operator"].change(ERASE, ids=await ids(campus), reason="정보주체의 요구")
    assert erased["activities"] == [{"activity": {"facts": {"student": None, "phone": None, "weeks": 8}}}]
    kept = await campus.rows("SELECT sealed, lookup, key_id, erased_at IS NOT NULL AS gone FROM personal_fact")
    assert kept == [{"sealed": None, "lookup": None, "key_id": None, "gone": True}] * 3
    (event,) = await campus.events("personal_data.erased")
    assert event["after"] == {"facts": ["student", "student_number", "phone"], "reason": "정보주체의 요구"}
    held = await campus.clients["operator"].ask(HELD, about={"name": "홍길동"})
    assert held["personalData"]["activities"] == []
    balance = "{ accounts { nodes { posted } } }"
    assert (await campus.clients["company"].ask(balance))["accounts"]["nodes"] == [{"posted": 80}]
    again = await campus.clients["operator"].objections(ERASE, ids=await ids(campus), reason="다시")
    assert [each["code"] for each in again] == ["PERSONAL_NOTHING_HELD"]


async def test_the_same_activity_earns_no_second_time_though_the_first_forgot_who_it_was(campus: Campus) -> None:
    from tests.support.world import refused

    await campus.filed(HONG)
    await campus.clients["operator"].change(ERASE, ids=await ids(campus), reason="요구")
    with refused("ACTIVITY_ALREADY_FILED"):
        await campus.filed(HONG)


@keeping
async def test_what_the_law_keeps_is_not_erased_and_the_clause_says_so(campus: Campus, clock: SetClock) -> None:
    await campus.filed(HONG, replace(HONG, student_number="20239999"))
    operator = campus.clients["operator"]
    held = (await operator.ask(HELD, about={"number": "20231234"}))["personalData"]
    assert held["activities"][0]["retainedUntil"] == "2031-01-05"
    refusal = await operator.objections(ERASE, ids=(await ids(campus))[:1], reason="요구")
    assert (refusal[0]["code"], refusal[0]["path"]) == ("PERSONAL_RETAINED", ["activityIds", "0"])
    assert "2031-01-05" in refusal[0]["message"]
    assert await campus.events("personal_data.erased") == []


@keeping
async def test_on_the_day_after_it_may_be_erased(campus: Campus, clock: SetClock) -> None:
    from core.personal import erase_facts
    from tests.support.world import refused

    await campus.filed(HONG)
    key = (await campus.rows("SELECT id FROM activity"))[0]["id"]
    clock.set(date(2031, 1, 5))
    with refused("PERSONAL_RETAINED"):
        async with campus.house.work() as work:
            await erase_facts(work, [key], reason="요구")
    clock.set(date(2031, 1, 6))
    async with campus.house.work() as work:
        await erase_facts(work, [key], reason="요구")
    assert len(await campus.events("personal_data.erased")) == 1


@keeping
async def test_what_was_never_granted_is_nobodys_evidence(campus: Campus) -> None:
    await campus.filed(HONG, approved=False)
    async with campus.house.work() as work:
        await work.tx.connection.execute("UPDATE activity SET status = 'rejected', decision_reason = '사유'")
    await campus.clients["operator"].change(ERASE, ids=await ids(campus), reason="요구")
