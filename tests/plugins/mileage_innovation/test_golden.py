"""The numbers of the program against tables typed from the notice, row for row."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from core.benefits import offer, quote, write_declared_benefits
from core.house import House
from core.ledgers import balance, spend
from core.program import Past
from plugins.mileage_innovation.facts import TrainingCompletion
from plugins.mileage_innovation.program import CODE, MILEAGE, PROGRAM, TRAINING
from tests.support.golden import Row, each_row, rows_of, said
from tests.support.world import give, organization, rows

GOLDEN = Path(__file__).parent / "golden"
TRAININGS = GOLDEN / "training.csv"
VALIDITY = GOLDEN / "validity.csv"
BONUS = GOLDEN / "bonus.csv"
SUPPORTED = GOLDEN / "supported.csv"


@each_row(TRAININGS)
def test_training_earns_hours_times_completers_times_five(row: Row) -> None:
    completion = TrainingCompletion(
        provider="",
        course="",
        session="",
        starts_on=date(2026, 2, 2),
        completed_on=date(2026, 2, 4),
        hours=Decimal(row["hours"]),
        completers=int(row["completers"]),
    )
    edition = TRAINING.edition_on(completion.completed_on)
    assert edition is not None
    earned = [MILEAGE.rounding.apply(Decimal(points)) for points in edition.award(completion, Past()).points.values()]
    assert earned == [int(row["mileage"])], said(row)


@each_row(VALIDITY)
def test_mileage_is_usable_until_the_day_before_its_term_is_over(row: Row) -> None:
    assert MILEAGE.term is not None
    first_unusable = MILEAGE.term.first_day_after(date.fromisoformat(row["earned_on"]))
    assert first_unusable == date.fromisoformat(row["first_unusable_day"]), said(row)
    assert first_unusable - timedelta(days=1) == date.fromisoformat(row["last_usable_day"]), said(row)


async def test_the_ledger_lets_each_lot_be_used_on_its_last_day_and_not_the_day_after(house: House) -> None:
    assert MILEAGE.term is not None
    for serial, row in enumerate(rows_of(VALIDITY)):
        company = await organization(house, serial)
        earned_on = date.fromisoformat(row["earned_on"])
        house.clock.set(earned_on)  # type: ignore[attr-defined]
        await give(house, CODE, company, 500, on=earned_on)
        async with house.work() as work:
            usable = {
                name: (
                    await balance(
                        work.tx,
                        program=CODE,
                        asset=MILEAGE.code,
                        organization_id=company,
                        on=date.fromisoformat(row[name]),
                    )
                ).available
                for name in ("last_usable_day", "first_unusable_day")
            }
        assert usable == {"last_usable_day": 500, "first_unusable_day": 0}, said(row)


@each_row(BONUS)
def test_mileage_becomes_bonus_points_up_to_every_cap(row: Row) -> None:
    benefit = PROGRAM.benefit(row["program"])
    assert benefit is not None
    existing = int(row["existing"]) if row["existing"] else None
    quoted = quote(benefit.terms[0], available=int(row["mileage"]), existing_points=existing)
    assert (int(quoted.effect_amount), quoted.points) == (int(row["points"]), int(row["used"])), said(row)
    assert quoted.total_points == (existing or 0) + int(row["points"]), said(row)
    assert bool(quoted.violations) == (row["points"] == "0"), said(row)


async def test_the_catalogue_in_the_database_quotes_the_same(house: House) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)
    codes = {each["code"]: each["id"] for each in await rows(house, "SELECT code, id FROM benefit")}
    companies: dict[str, int] = {}
    for row in rows_of(BONUS):
        if row["mileage"] not in companies:
            companies[row["mileage"]] = await organization(house, len(companies), sme=True)
            await give(house, CODE, companies[row["mileage"]], int(row["mileage"]))
        async with house.work() as work:
            offered = await offer(
                work,
                benefit_id=codes[row["program"]],
                organization_id=companies[row["mileage"]],
                existing_points=int(row["existing"]) if row["existing"] else None,
            )
        found = (int(offered.quote.effect_amount), offered.quote.points, offered.available)
        assert found == (int(row["points"]), int(row["used"]), int(row["mileage"])), said(row)


def test_the_table_has_the_notices_eighteen_rows_in_its_order() -> None:
    table = rows_of(SUPPORTED)
    assert [row["row"] for row in table] == [f"P{number}" for number in range(1, 19)]
    assert Counter(row["category"] for row in table) == {
        "R&D": 2, "자금": 1, "보증": 2, "수출": 6, "판로": 4, "인력": 1, "컨설팅": 2,
    }  # fmt: skip
    assert [benefit.names.ko for benefit in PROGRAM.benefits] == [row["case"] for row in table]


@each_row(SUPPORTED)
def test_the_numbers_of_a_row_are_those_in_its_printed_sentence(row: Row) -> None:
    printed = row["printed"].replace(",", "")
    assert re.findall(r"(\d+) ?마일리지 기준", printed) == [row["unit"]], said(row)
    assert re.findall(r"기준 가점 (\d+)점", printed) == _given(row, "per_unit", "bonus_points"), said(row)
    assert re.findall(r"최대 (?:가점 )?(\d+)점", printed) == _given(row, "max_points"), said(row)
    assert re.findall(r"한도 외 추가 (\d+)점", printed) == _given(row, "over_cap"), said(row)
    assert re.findall(r"보증료 ([\d.]+)%p", printed) == _given(row, "per_unit", "fee_discount"), said(row)
    limits = [str(int(each) * 100_000_000) for each in re.findall(r"(\d+)억", printed)]
    assert limits == _given(row, "loan_from_won") + _given(row, "loan_to_won"), said(row)
    assert [f"{each}0000" for each in re.findall(r"(\d+)만달러 미만", printed)] == _given(row, "exports_below_usd")


@each_row(SUPPORTED)
def test_a_supported_program_is_declared_as_the_notice_prints_it(row: Row) -> None:
    benefit = next(each for each in PROGRAM.benefits if each.names.ko == row["case"])
    (terms,) = benefit.terms
    effect = terms.effect
    declared = {
        "category": benefit.category.ko,
        "unit": terms.unit,
        "benefit": effect.kind.value,
        "per_unit": effect.per_unit,
        "max_points": effect.row_max_points,
        "program_cap": effect.program_bonus_cap,
        "over_cap": effect.over_cap_points,
        "max_units": terms.max_units,
        "loan_from_won": effect.loan_from_won,
        "loan_to_won": effect.loan_to_won,
        "exports_below_usd": terms.figures[0].below if terms.figures else None,
    }
    assert declared == _expected(row), said(row)
    assert benefit.description.ko in row["printed"], said(row)
    assert terms.effective == date(2018, 1, 1), said(row)
    assert row["case"] in terms.source.clause, said(row)


async def test_what_is_written_down_is_what_the_notice_prints(house: House) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)
    written = await rows(
        house,
        "SELECT b.name_ko, b.category_ko AS category, b.description_ko, t.unit, t.effect AS benefit, t.per_unit,"
        " t.row_max_points AS max_points, t.program_bonus_cap AS program_cap, t.over_cap_points AS over_cap,"
        " t.max_units, t.loan_from_won, t.loan_to_won, (t.figures->0->>'below')::numeric AS exports_below_usd,"
        " t.source_clause FROM benefit b JOIN benefit_terms t ON t.benefit_id = b.id ORDER BY b.position",
    )
    table = rows_of(SUPPORTED)
    assert len(written) == len(table) == 18
    for found, row in zip(written, table, strict=True):
        assert found.pop("name_ko") == row["case"], said(row)
        assert found.pop("description_ko") in row["printed"], said(row)
        assert found.pop("source_clause").endswith(row["case"]), said(row)
        assert found == _expected(row), said(row)


async def test_writing_it_down_again_changes_nothing(house: House) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)
    before = await rows(house, "SELECT * FROM benefit_terms ORDER BY id")
    async with house.work() as work:
        await write_declared_benefits(work)
        assert work.events == []
    assert await rows(house, "SELECT * FROM benefit_terms ORDER BY id") == before


async def test_the_first_to_expire_goes_first_whatever_was_credited_first(house: House) -> None:
    """순차적으로 차감 (MI-15, MI-18)."""
    company = await organization(house, 1)
    for day in (date(2025, 5, 1), date(2023, 5, 1), date(2024, 5, 1)):
        await give(house, CODE, company, 500, on=day)
    async with house.work() as work:
        await spend(
            work, program=CODE, asset=MILEAGE.code, organization_id=company, amount=700, key="spend", reason="test"
        )
    left = await rows(house, "SELECT earned_on, remaining FROM lot ORDER BY earned_on")
    assert [row["remaining"] for row in left] == [0, 300, 500]


def _given(row: Row, column: str, benefit: str | None = None) -> list[str]:
    return [row[column]] if row[column] and benefit in (None, row["benefit"]) else []


def _expected(row: Row) -> dict[str, object]:
    numbers = ("max_points", "program_cap", "over_cap", "max_units", "loan_from_won", "loan_to_won")
    return {
        "category": row["category"],
        "unit": int(row["unit"]),
        "benefit": row["benefit"],
        "per_unit": Decimal(row["per_unit"] or 0),
        **{name: int(row[name]) if row[name] else None for name in numbers},
        "exports_below_usd": Decimal(row["exports_below_usd"]) if row["exports_below_usd"] else None,
    }
