"""`dure verify` finds a result that does not follow from its scores, and a certificate out of its place."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.house import House
from plugins.industry_academia.certification.models import MeanRule
from schema.cli.verify import verify_house
from tests.plugins.industry_academia.certification.stage import Stage
from tests.support.clock import SetClock
from tests.support.lies import lies, lies_after


@pytest.fixture
async def certified(house: House, clock: SetClock) -> AsyncIterator[House]:
    """Applications 1 to 3 of a round, ranked 1, 2, 3; the first two are certified."""
    stage = await Stage.of(house, clock)
    assert await stage.walked() == [1, 2, 3]
    yield house


async def test_what_was_ranked_agrees_and_all_of_it_was_compared(certified: House) -> None:
    assert await lies(certified) == []
    told = {each.names.en: each.compared for each in (await verify_house(certified)).comparisons}
    assert told["Each result counts the scores its committee gave"] == 3
    assert told["Certificates went to those the council confirmed, in the order of their ranks"] == 2


@pytest.mark.parametrize("members", [4, 5])
async def test_a_trimmed_mean_agrees(house: House, clock: SetClock, members: int) -> None:
    stage = await Stage.of(house, clock)
    await stage.called(mean=MeanRule.TRIMMED)
    applied = [await stage.applied(await stage.company(20 + place, points)) for place, points in enumerate((7, 9, 9))]
    for number in range(members):
        await stage.assessor(f"wiwon_{number}")
    await stage.evaluating()
    for place, who in enumerate(stage.committee):
        for each in applied:
            await stage.scored(who, each, (7 * place * each) % 31, (3 * place) % 21)
    await stage.evaluated()
    assert await lies(house) == []


LIES = {
    "a score was raised": (
        "UPDATE ia_certification_score SET points = 30 WHERE id = 1",
        "ia_certification_result 1: sum of the totals that count, and how many expected 70 of 2",
    ),
    "a score went missing": (
        "DELETE FROM ia_certification_score WHERE application_id = 2 AND assessor_id = 1",
        "ia_certification_result 2: sum of the totals that count, and how many expected 31 of 1",
    ),
    "somebody earned more": (
        "UPDATE ia_certification_result SET points_earned = 600 WHERE id = 2",
        "ia_certification_result 2: quantitative score expected 30.00, found 25.00",
    ),
    "nobody earned the most": (
        "UPDATE ia_certification_result SET most_earned = 2000",
        "ia_certification_result 1: most earned expected 1000, found 2000",
    ),
    "the committee liked somebody better": (
        "UPDATE ia_certification_result SET qualitative = qualitative + 9, total = total + 9 WHERE id = 3",
        "ia_certification_result 3: qualitative score expected 32.00, found 41.00",
    ),
    "two changed their ranks": (
        "UPDATE ia_certification_result SET rank = 9 WHERE id = 1;"
        " UPDATE ia_certification_result SET rank = 1 WHERE id = 2;"
        " UPDATE ia_certification_result SET rank = 2 WHERE id = 1",
        "ia_certification_result 1: rank expected 1, found 2",
    ),
    "a certificate is another's": (
        "UPDATE ia_certification_certificate SET application_id = 3 WHERE place = 2",
        "ia_certification_certificate 2: place expected 3, found 2",
    ),
    "somebody was certified whom the council did not confirm": (
        "UPDATE ia_certification_decision SET decision = 'exclude', reason = 'x' WHERE id = 2",
        "ia_certification_certificate 2: place expected nothing, found 2",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_is_found_and_named(certified: House, lie: str) -> None:
    statement, named = LIES[lie]
    found = await lies_after(certified, statement)
    assert any(named in each for each in found), found
