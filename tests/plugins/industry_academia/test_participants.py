"""참여기관: a university is listed by what it files, by whichever way, and stays off once an operator took it off."""

from __future__ import annotations

import httpx

from core.house import House
from core.participants import end_participation
from tests.plugins.industry_academia.acts import Campus, donation
from tests.support.api import asks
from tests.support.world import at_once, rows

LIST = """{ participants(where: {program: {eq: "industry_academia"}}) { totalCount nodes { name role kind } } }"""


async def listed(http: httpx.AsyncClient) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await asks(http).ask(LIST))["participants"]["nodes"]
    return found


async def test_the_first_submission_lists_a_university_and_a_draft_does_not(
    house: House, http: httpx.AsyncClient
) -> None:
    campus = await Campus.of(house)
    drafted = await campus.drafted("donation", donation())
    assert await listed(http) == []
    await campus.submitted(drafted)
    assert await listed(http) == [{"name": "기관 2", "role": "EARNING", "kind": "UNIVERSITY"}]
    await campus.decided(drafted)
    await campus.approved("donation", donation(agreement="다른 약정"))
    assert len(await rows(house, "SELECT id FROM participant")) == 1  # the company it is about is not listed


async def test_filings_submitted_at_once_list_it_once(house: House, http: httpx.AsyncClient) -> None:
    campus = await Campus.of(house)
    drafts = [await campus.drafted("donation", donation(agreement=f"약정 {n}")) for n in range(4)]
    _, refusals = await at_once(campus.submitted(each) for each in drafts)
    assert not refusals
    assert len(await listed(http)) == 1


async def test_what_an_operator_took_off_the_list_no_filing_puts_back(house: House, http: httpx.AsyncClient) -> None:
    campus = await Campus.of(house)
    await campus.filed("donation", donation())
    (entry,) = await rows(house, "SELECT id, since FROM participant")
    async with house.work(campus.operator) as work:
        await end_participation(work, entry["id"], entry["since"])
    await campus.filed("donation", donation(agreement="다른 약정"))
    assert await listed(http) == []
