"""산학협력통계: counted by PostgreSQL what Python counts from the same rows, and no company's amounts in it."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from core.house import House
from plugins.industry_academia.statistics.counting import GOOD_FOR
from plugins.industry_academia.statistics.figures import ENOUGH, Figures, guarded
from plugins.industry_academia.tables import WON_FACTS
from tests.plugins.industry_academia.acts import CODE, MAKERS, Campus, paid
from tests.plugins.industry_academia.market import Market, hour
from tests.support.api import asks, statements_of
from tests.support.clock import SetClock
from tests.support.numbers import business_number
from tests.support.world import give, member, organization, rows

FIGURES = "filings activities universities companies universityPoints companyPoints paidWon"
ASK = f"""query ($from: Int, $until: Int) {{ cooperationStatistics(fromYear: $from, untilYear: $until) {{ asOf years {{
  year total {{ {FIGURES} }} activityTypes {{ activityType nameKo figures {{ {FIGURES} }} }}
  orders {{ settled companies points paidWon }} }} }} }}"""
SEOUL = ZoneInfo("Asia/Seoul")


async def asked(http: httpx.AsyncClient, **variables: Any) -> dict[str, Any]:
    answer = await asks(http).ask(ASK, **variables)
    found: dict[str, Any] = answer["cooperationStatistics"]
    return found


async def test_random_filings_are_counted_as_python_counts_them(
    house: House, http: httpx.AsyncClient, owner_url: str
) -> None:
    chance = random.Random(20_260_302)
    campus = await Campus.of(house)
    serials = [1, *range(50, 56)]
    for serial in serials[1:]:
        await organization(house, serial)
    for number in range(24):
        activity = chance.choice([*MAKERS])
        facts = [
            paid(activity, chance.randrange(1, 90) * 1_000_000, **_apart(activity, f"{number}-{row}"))
            for row in range(chance.randrange(1, 4))
        ]
        await campus.approved(activity, *facts, company=business_number(chance.choice(serials)))
    taken = (await rows(house, "SELECT id FROM activity ORDER BY id"))[3]["id"]
    await campus.revoked(taken)
    await campus.filed("donation", paid("donation", 5_000_000, agreement="미결정"))
    owner = await asyncpg.connect(owner_url)  # decided over three years, also around midnight of New Year in Seoul
    await owner.execute("SET session_replication_role = replica")
    for row in await owner.fetch("SELECT id FROM filing WHERE decided_at IS NOT NULL ORDER BY id"):
        moment = datetime(chance.choice([2024, 2025, 2026]), 1, 1, tzinfo=SEOUL) + timedelta(
            minutes=chance.choice([0, -1, 10_000])
        )
        await owner.execute("UPDATE filing SET decided_at = $2 WHERE id = $1", row["id"], moment)
    await owner.close()
    seen = await asked(http)
    expected = await _recomputed(house)
    assert [each["year"] for each in seen["years"]] == sorted(expected, reverse=True)
    hidden = told = 0
    for each in seen["years"]:
        by_type = {line["activityType"]: line["figures"] for line in each["activityTypes"]}
        assert by_type.keys() | {None} == expected[each["year"]].keys()
        for code, figures in [(None, each["total"]), *by_type.items()]:
            whole = expected[each["year"]][code]
            amounts = {"universityPoints", "companyPoints", "paidWon"}
            assert {k: v for k, v in figures.items() if k not in amounts} == {
                k: v for k, v in whole.items() if k not in amounts
            }
            if figures["paidWon"] is None:
                hidden += 1
                assert all(figures[name] is None for name in amounts)
            else:
                told += 1
                assert figures == whole and whole["companies"] >= ENOUGH
    assert hidden and told


def _apart(activity: str, name: str) -> dict[str, Any]:
    return {"student": f"학생{name}"} if activity == "field_training" else {"agreement": name}


async def _recomputed(house: House) -> dict[int, dict[str | None, dict[str, int]]]:
    """Every cell whole, from the rows themselves."""
    found = await rows(
        house,
        "SELECT a.*, f.decided_at, f.id AS filing FROM activity a JOIN filing f ON f.id = a.filing_id"
        " WHERE a.status = 'approved'",
    )
    cells: dict[tuple[int, str | None], list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        year = row["decided_at"].astimezone(SEOUL).year
        cells[year, None].append(row)
        cells[year, row["activity_type"]].append(row)
    told: dict[int, dict[str | None, dict[str, int]]] = defaultdict(dict)
    for (year, code), of in cells.items():
        told[year][code] = {
            "filings": len({row["filing"] for row in of}),
            "activities": len(of),
            "universities": len({row["filer_id"] for row in of}),
            "companies": len({row["organization_id"] for row in of}),
            "universityPoints": sum(row["points_filer"] for row in of),
            "companyPoints": sum(row["points_subject"] for row in of),
            "paidWon": sum(int(row["facts"].get(name) or 0) for row in of for name in WON_FACTS),
        }
    return told


async def test_settled_orders_are_counted_and_their_amounts_told_of_three_companies_or_more(
    house: House, http: httpx.AsyncClient, clock: SetClock
) -> None:
    market = await Market.of(house, clock)
    third = await organization(house, 4)
    buyers = [market.buyer, market.other_buyer, await member(house, third, "third_buyer", main=True)]
    await give(house, CODE, third, 1_000)
    _, slots = await market.listed(*[hour(number) for number in range(5)])
    orders = [
        await market.accepted(await market.ordered([slot], points=points, who=buyer))
        for slot, points, buyer in zip(slots, (1, 0, 2, 1), [*buyers, buyers[0]], strict=False)
    ]
    await market.ordered([slots[4]])  # nobody answered
    for order in orders[:2]:
        await market.settled(order)
    clock.forward(minutes=10)
    (year,) = (await asked(http))["years"]
    assert year["orders"] == {"settled": 2, "companies": 2, "points": None, "paidWon": None}
    for order in orders[2:]:
        await market.settled(order)
    await market.reversed(orders[3])
    clock.forward(minutes=30)  # settling set the clock back
    (year,) = (await asked(http))["years"]
    settled = await rows(house, "SELECT points, paid_won FROM ia_exchange_order WHERE status = 'settled'")
    assert year["orders"] == {
        "settled": 3, "companies": 3,
        "points": sum(row["points"] for row in settled), "paidWon": sum(row["paid_won"] for row in settled),
    }  # fmt: skip
    assert (year["orders"]["points"], year["total"]["activities"]) == (3, 0)


# ------------------------------------------------------------------------------------------------- what is hidden


@dataclass(frozen=True)
class Deal:
    company: int
    activity: str
    won: int


def figures_of(deals: list[Deal]) -> Figures:
    companies = {deal.company for deal in deals}
    won = sum(deal.won for deal in deals)
    return Figures(
        filings=1, activities=len(deals), universities=1, companies=len(companies), university_points=won,
        company_points=won, paid_won=won, some=frozenset(sorted(companies)[:3]),
    )  # fmt: skip


DEALS = st.lists(
    st.builds(Deal, company=st.integers(1, 6), activity=st.sampled_from("abcd"), won=st.integers(1, 9)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(DEALS)
def test_what_is_left_out_has_three_companies_behind_it_or_all_is_left_out(deals: list[Deal]) -> None:
    parts = {code: figures_of([d for d in deals if d.activity == code]) for code in {d.activity for d in deals}}
    total, told = guarded(figures_of(deals), parts)
    assert all(each.companies >= ENOUGH for each in [total, *told.values()] if each.told)
    hidden = [code for code, each in told.items() if not each.told]
    if total.told and hidden:  # the total less what is told is what the hidden ones come to
        assert len({deal.company for deal in deals if deal.activity in hidden}) >= ENOUGH
    for code, each in told.items():
        assert not each.told or each == parts[code]
        assert each.companies == parts[code].companies
    if not total.told:
        assert not any(each.told for each in told.values())


# --------------------------------------------------------------------------------------------------- asking


async def test_everybody_may_ask_and_an_empty_scheme_has_no_years(http: httpx.AsyncClient) -> None:
    assert (await asked(http))["years"] == []


async def test_the_answer_is_kept_for_ten_minutes_and_counted_once(
    house: House, http: httpx.AsyncClient, clock: SetClock
) -> None:
    campus = await Campus.of(house)
    before = await asked(http)
    await campus.approved("donation", paid("donation", 5_000_000))
    with statements_of(house) as seen:
        assert await asked(http) == before
    assert seen == []
    clock.forward(seconds=GOOD_FOR.total_seconds())
    (year,) = (await asked(http))["years"]
    assert year["total"] == {
        "filings": 1, "activities": 1, "universities": 1, "companies": 1,
        "universityPoints": None, "companyPoints": None, "paidWon": None,
    }  # fmt: skip
    assert year["activityTypes"][0]["nameKo"] == "산학협력 장학금 등"
    assert year["orders"] == {"settled": 0, "companies": 0, "points": 0, "paidWon": 0}
    assert (await asked(http, **{"from": year["year"] + 1}))["years"] == []
    assert len((await asked(http, until=year["year"]))["years"]) == 1
