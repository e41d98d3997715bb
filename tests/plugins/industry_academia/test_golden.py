"""The formulas against tables typed from the briefing, at, below and above each boundary."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program import ActivityType, Party, Past
from plugins.industry_academia.curve import PowerCurve
from plugins.industry_academia.program import CODE, PROGRAM
from plugins.industry_academia.tables import DONATION, EQUIPMENT, RESEARCH, TRANSFER
from tests.plugins.industry_academia.acts import context, hire, paid, research
from tests.support.golden import Row, each_row, said

GOLDEN = Path(__file__).parent / "golden"
PREFIX = f"{CODE.upper()}_"


def kind_of(activity: str) -> ActivityType[Any]:
    found = PROGRAM.activity_type(activity)
    assert found is not None
    return found


def earned(activity: str, facts: Any, past: Past[Any] | None = None) -> int:
    """What both sides earn, which is the same."""
    kind = kind_of(activity)
    edition = kind.edition_on(kind.base_date(facts))
    assert edition is not None
    award = edition.award(facts, past or Past())
    assert award == award.rounded(PROGRAM.asset(kind.asset).rounding), "a rule of this program floors by itself"
    assert set(award.points) == {Party.FILER, Party.SUBJECT}
    (points,) = set(award.points.values())
    return int(points)


@each_row(GOLDEN / "curves.csv")
def test_a_deposit_earns_what_the_curve_says(row: Row) -> None:
    assert earned(row["activity"], paid(row["activity"], int(row["won"]))) == int(row["points"]), said(row)


@each_row(GOLDEN / "costs.csv")
def test_ten_thousand_won_earn_one(row: Row) -> None:
    assert earned(row["activity"], paid(row["activity"], int(row["won"]))) == int(row["points"]), said(row)


def test_a_student_hired_earns_three_hundred() -> None:
    """산학협력 교육과정 이수학생 채용 1명당 300마일리지 (UI-33)."""
    assert earned("hire", hire()) == 300


@each_row(GOLDEN / "agreements.csv")
def test_the_deposits_of_an_agreement_are_counted_together(row: Row) -> None:
    past: Past[Any] = Past()
    grants = []
    for won in row["deposits"].split():
        facts = paid(row["activity"], int(won))
        grants.append(earned(row["activity"], facts, past))
        past = Past(facts=(*past.facts, facts), granted=past.granted + grants[-1])
    assert grants == [int(each) for each in row["grants"].split()], said(row)


@each_row(GOLDEN / "window.csv")
@pytest.mark.parametrize(
    ("activity", "day"), [("field_training", "ends_on"), ("hire", "hired_on"), ("research", "deposited_on")]
)
def test_what_is_filed_is_no_older_than_a_year_and_no_older_than_the_reform(row: Row, activity: str, day: str) -> None:
    base = date.fromisoformat(row["base_date"])
    facts: Any = hire(hired_on=base, completed_on=base, admission_year=2020)
    if activity != "hire":
        more = {"starts_on": base, "hours": 8, "admission_year": 2020} if activity == "field_training" else {}
        facts = paid(activity, 10_000, **{day: base} | more)
    kind = kind_of(activity)
    assert kind.base_date(facts) == base
    seen = context(filed_on=date.fromisoformat(row["filed_on"]))
    found = [violation.code for check in kind.checks for violation in check(facts, seen)]
    assert found == [PREFIX + each for each in row["problem"].split()], said(row)


DEPOSITS = ("research", "technology_transfer", "equipment", "donation")
CURVES = (RESEARCH, TRANSFER, EQUIPMENT, DONATION)
MONEY = st.integers(min_value=1, max_value=10**12)


@given(st.sampled_from(CURVES), MONEY)
def test_the_curve_grants_the_most_points_whose_price_is_paid(curve: PowerCurve, won: int) -> None:
    """Both sides raised to the exponent's denominator, so that no root is ever taken."""
    p, q = curve.exponent.as_integer_ratio()
    points = curve.points_for(won)
    paid_for = [granted**q * curve.base_won**p <= curve.points**q * won**p for granted in (points, points + 1)]
    assert paid_for == [True, False]


@given(
    st.sampled_from(["research", "technology_transfer", "equipment", "donation"]),
    st.lists(MONEY, min_size=1, max_size=12),
)
def test_a_deposit_split_into_any_parts_earns_what_the_whole_earns(activity: str, parts: list[int]) -> None:
    past: Past[Any] = Past()
    for won in parts:
        facts = paid(activity, won)
        past = Past(facts=(*past.facts, facts), granted=past.granted + earned(activity, facts, past))
    assert past.granted == earned(activity, paid(activity, sum(parts)))


@given(st.lists(MONEY, min_size=2, max_size=6), st.data())
def test_after_a_revocation_nothing_is_ever_granted_below_nothing_nor_beyond_the_whole(
    parts: list[int], data: st.DataObject
) -> None:
    granted: list[tuple[Any, int]] = []
    for won in parts:
        past = Past(facts=tuple(facts for facts, _ in granted), granted=sum(points for _, points in granted))
        granted.append((paid("research", won), earned("research", paid("research", won), past)))
    del granted[data.draw(st.integers(min_value=0, max_value=len(parts) - 1))]
    past = Past(facts=tuple(facts for facts, _ in granted), granted=sum(points for _, points in granted))
    last = research(supply_won=data.draw(st.integers(min_value=1, max_value=1_000)))
    whole = earned("research", research(supply_won=sum(each.supply_won for each in past.facts) + last.supply_won))
    assert past.granted + earned("research", last, past) <= max(whole, past.granted)


def test_tax_counts_as_paid_wherever_it_is_stated() -> None:
    """부가세 포함 산업체 입금액 (UI-42, UI-49)."""
    for activity in ("research", "technology_transfer", "equipment"):
        with_tax = paid(activity, 100_000_000, vat_won=10_000_000)
        assert earned(activity, with_tax) == earned(activity, paid(activity, 110_000_000)), activity
