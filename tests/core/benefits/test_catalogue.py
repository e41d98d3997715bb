"""The catalogue: declared terms that are never edited, amended by a new date, added to and closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.benefits import (
    add_benefit,
    amend_terms,
    close_benefit,
    declared_terms,
    write_declared_benefits,
)
from core.errors import Misdeclared, NotAllowed
from core.hookspecs import hookimpl
from core.house import House
from core.language import Text
from core.plugins import Plugins
from core.program import Benefit, Effect, Figure, Program, Source, SourceDocument, Terms
from plugins.mileage_innovation.program import PROGRAM as DECLARED
from tests.core.benefits.conftest import PLAIN, PROGRAM, Shop
from tests.support.world import counts, refused, rows

NOTICE = Source(SourceDocument("notice_2026", Text("2026년 공고", "Notice of 2026")), "3쪽")


def terms(effective: date = date(2026, 4, 1), *, unit: int = 1_000, **more: object) -> Terms:
    effect = more.pop("effect", Effect.bonus_points(2, row_max=4))
    return Terms(effective=effective, unit=unit, effect=effect, source=NOTICE, **more)  # type: ignore[arg-type]


def benefit(code: str = "night_school", asset: str = "innovation_mileage", **more: object) -> Benefit:
    return Benefit(
        code=code,
        names=Text("야간학교", "Night school"),
        asset=asset,
        category=Text("교육", "Education"),
        description=Text("수강료 지원", "Tuition"),
        terms=(terms(date(2026, 3, 2), **more),),
    )


async def amend(shop: Shop, new: Terms, code: str = PLAIN) -> None:
    async with shop.house.work(shop.operator) as work:
        await amend_terms(work, shop.benefits[code], new)


async def add(shop: Shop, new: Benefit, opened_on: date = date(2026, 3, 1), program: str = PROGRAM) -> None:
    async with shop.house.work(shop.operator) as work:
        row = await add_benefit(work, program, new, opened_on=opened_on)
    shop.benefits = {**shop.benefits, new.code: row.id}


async def close(shop: Shop, day: date, code: str = PLAIN) -> None:
    async with shop.house.work(shop.operator) as work:
        await close_benefit(work, shop.benefits[code], day)


def days(house: House, day: date) -> None:
    house.clock.set(day)  # type: ignore[attr-defined]


def redeclared(house: House, program: Program) -> House:
    """The house started again with the program declared otherwise."""

    class Plugin:
        @hookimpl
        def register_program(self) -> Program:
            return program

    return replace(house, plugins=Plugins({"mileage_innovation": Plugin()}))


def with_terms(*changed: Terms, code: str = PLAIN) -> Program:
    benefits = tuple(replace(each, terms=changed if code == each.code else each.terms) for each in DECLARED.benefits)
    return replace(DECLARED, benefits=benefits)


async def start(house: House) -> None:
    async with house.work() as work:
        await write_declared_benefits(work)


# -------------------------------------------------------------------------------------------------------- amended


async def test_new_terms_hold_from_their_day_and_certificates_keep_the_terms_they_were_issued_under(
    shop: Shop,
) -> None:
    old = await shop.issue(1_000)
    await amend(shop, terms(date(2026, 4, 1), valid_days=30))
    days(shop.house, date(2026, 3, 31))
    assert (await shop.offer(500)).quote.effect_amount == 1
    days(shop.house, date(2026, 4, 1))
    with refused("BENEFIT_BELOW_UNIT"):
        await shop.issue(500, round="2", key="2")
    new = await shop.issue(1_000, round="2", key="2")
    assert (old.effect_amount, new.effect_amount) == (Decimal(2), Decimal(2))
    assert (old.units, new.units) == (2, 1)
    assert (old.valid_until, new.valid_until) == (date(2027, 3, 1), date(2026, 4, 30))
    kept = await rows(
        shop.house, "SELECT t.unit FROM certificate c JOIN benefit_terms t ON t.id = c.terms_id ORDER BY c.id"
    )
    assert [row["unit"] for row in kept] == [500, 1_000]
    assert (await shop.use(old)).effect_amount == Decimal(2)


async def test_terms_of_one_day_are_written_once(shop: Shop) -> None:
    await amend(shop, terms())
    with refused("BENEFIT_TERMS_TAKEN") as refusal:
        await amend(shop, terms(unit=2_000))
    assert "2026-04-01" in refusal.english


async def test_an_amendment_outlives_a_start(shop: Shop) -> None:
    await amend(shop, terms())
    await start(shop.house)
    days(shop.house, date(2026, 4, 1))
    assert (await shop.offer(1_000)).quote.effect_amount == 2


@pytest.mark.parametrize(
    "wrong",
    [
        terms(unit=0),
        terms(unit=-500),
        terms(max_units=0),
        terms(valid_days=0),
        terms(effect=Effect.bonus_points(0, row_max=3)),
        terms(effect=Effect.bonus_points(-1)),
        terms(effect=replace(Effect.bonus_points(1), per_unit=Decimal("0.5"))),
        terms(effect=replace(Effect.bonus_points(1), per_unit=Decimal("NaN"))),
        terms(effect=Effect.fee_discount(Decimal("-0.1"))),
        terms(effect=replace(Effect.fee_discount(Decimal("0.1")), row_max_points=3)),
        terms(effect=replace(Effect.loan_limit(from_won=1, to_won=2), loan_to_won=None)),
        terms(figures=(Figure(code="exports", names=Text("수", "x"), below=Decimal("NaN")),)),
    ],
)
async def test_terms_that_do_not_hold_together_are_refused(shop: Shop, wrong: Terms) -> None:
    before = await counts(shop.house)
    with refused("BENEFIT_TERMS_INVALID"):
        await amend(shop, wrong)
    assert await counts(shop.house) == before


async def test_what_is_written_is_read_back_as_it_was_declared(shop: Shop) -> None:
    figures = (Figure(code="exports", names=Text("수출", "exports"), below=Decimal("4.50")),)
    for place, effect in enumerate(
        [
            Effect.bonus_points(2, row_max=4, program_cap=5, over_cap=1),
            Effect.loan_limit(from_won=1, to_won=2),
            Effect.fee_discount(Decimal("0.10")),
            Effect.entitlement("무료", "free"),
        ]
    ):
        new = terms(date(2027, 1, 1 + place), effect=effect, figures=figures, max_units=7, valid_days=3)
        async with shop.house.work(shop.operator) as work:
            read = declared_terms(await amend_terms(work, shop.benefits[PLAIN], new))
        assert replace(read, source=new.source) == new
        assert (read.source.clause, read.source.document.names.ko) == ("3쪽", "2026년 공고")


async def test_an_entitlement_is_counted_in_units(shop: Shop) -> None:
    await add(shop, benefit(effect=Effect.entitlement("수강권", "course voucher"), unit=300))
    issued = await shop.issue(900, benefit="night_school")
    assert (issued.units, issued.effect_amount) == (3, Decimal(3))


LONG = "가" * 201
NO_CLAUSE = Source(NOTICE.document, " ")
NO_DOCUMENT = Source(SourceDocument("", Text("", "")), "3쪽")
LOAN = Effect.loan_limit(from_won=1, to_won=10**15)
OUT_OF_RANGE = [
    (terms(date(2026, 3, 2)), ("effective",), "2026-03-03"),
    (terms(date(2018, 1, 1)), ("effective",), "2026-03-03"),
    (terms(unit=0), ("unit",), "1 to 1,000,000,000"),
    (terms(unit=1_000_000_001), ("unit",), "1 to 1,000,000,000"),
    (terms(max_units=0), ("maxUnits",), "1 to 1,000,000,000"),
    (terms(valid_days=0), ("validDays",), "1 to 3,650"),
    (terms(valid_days=3_651), ("validDays",), "1 to 3,650"),
    (terms(effect=Effect.bonus_points(1, row_max=-1)), ("rowMaxPoints",), "0 to"),
    (terms(effect=Effect.bonus_points(1, program_cap=-1)), ("programBonusCap",), "0 to"),
    (terms(effect=Effect.bonus_points(1, over_cap=-1)), ("overCapPoints",), "0 to"),
    (terms(effect=Effect.bonus_points(0)), ("perUnit",), "1 to 1,000,000"),
    (terms(effect=Effect.fee_discount(Decimal(-1))), ("perUnit",), "0 to 1,000,000"),
    (terms(effect=Effect.fee_discount(Decimal(1_000_001))), ("perUnit",), "0 to 1,000,000"),
    (terms(effect=Effect.fee_discount(Decimal("0.0000001"))), ("perUnit",), "at most 6 decimals"),
    (terms(effect=Effect.fee_discount(Decimal("Infinity"))), ("perUnit",), "0 to 1,000,000"),
    (terms(effect=Effect.fee_discount(Decimal("1E+999999"))), ("perUnit",), "0 to 1,000,000"),
    (terms(effect=Effect.fee_discount(Decimal("0." + "1" * 40))), ("perUnit",), "at most 6 decimals"),
    (terms(effect=replace(LOAN, loan_from_won=0)), ("loanFromWon",), "1 to 1,000,000,000,000,000"),
    (terms(effect=replace(LOAN, loan_to_won=10**15 + 1)), ("loanToWon",), "1 to 1,000,000,000,000,000"),
    (terms(effect=replace(LOAN, loan_to_won=1)), ("loanToWon",), "from less than to"),
    (terms(effect=replace(LOAN, loan_from_won=None)), ("loanFromWon",), "1 to 1,000,000,000,000,000"),
    (terms(effect=replace(Effect.fee_discount(Decimal(1)), loan_to_won=1)), ("loanToWon",), "only"),
    (terms(effect=replace(Effect.fee_discount(Decimal(1)), row_max_points=1)), ("rowMaxPoints",), "only"),
    (terms(figures=(Figure(code="xx", names=Text("수", " "), below=Decimal(1)),)), ("figures", 0, "nameEn"), "1 to 20"),
    (terms(figures=(Figure(code="x", names=Text("수", "x"), below=Decimal(1)),)), ("figures", 0, "code"), "2 to 40"),
    (replace(terms(), source=NO_CLAUSE), ("sourceClause",), "not blank"),
    (replace(terms(), source=NO_DOCUMENT), ("sourceDocument",), "not blank"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "path", "says"), OUT_OF_RANGE)
async def test_a_value_out_of_its_range_is_refused_where_it_stands_and_told_its_range(
    shop: Shop, wrong: Terms, path: tuple[str | int, ...], says: str
) -> None:
    with refused("BENEFIT_TERMS_INVALID") as refusal:
        await amend(shop, wrong)
    assert refusal.paths == [("terms", *path)]
    assert says in refusal.english
    assert "benefit_terms" not in refusal.english
    assert "{" not in refusal.violations[0].message.both


async def test_everything_wrong_is_told_at_once(shop: Shop) -> None:
    with refused("BENEFIT_TERMS_INVALID", "BENEFIT_TERMS_INVALID", "BENEFIT_TERMS_INVALID") as refusal:
        await amend(shop, terms(date(2026, 3, 1), unit=0, valid_days=0))
    assert refusal.paths == [("terms", "effective"), ("terms", "unit"), ("terms", "validDays")]


@pytest.mark.parametrize(
    "right",
    [
        terms(date(2026, 3, 3), unit=1, max_units=1, valid_days=1),
        terms(unit=1_000_000_000, valid_days=3_650),
        terms(effect=Effect.bonus_points(1_000_000, row_max=0, program_cap=0, over_cap=0)),
        terms(effect=Effect.fee_discount(Decimal("999999.999999"))),
        terms(effect=LOAN),
    ],
)
async def test_the_ends_of_the_ranges_are_within_them(shop: Shop, right: Terms) -> None:
    await amend(shop, right)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (replace(benefit(), names=Text(" ", "x")), ("nameKo",)),
        (replace(benefit(), names=Text("이름", LONG)), ("nameEn",)),
        (replace(benefit(), category=Text("", "x")), ("categoryKo",)),
        (benefit(code=""), ("code",)),
        (benefit(unit=0), ("terms", "unit")),
        (replace(benefit(), terms=(terms(date(2026, 3, 1)),)), ("terms", "effective")),
    ],
)
async def test_a_benefit_with_a_value_out_of_its_range_is_not_added(
    shop: Shop, wrong: Benefit, path: tuple[str, ...]
) -> None:
    with refused("BENEFIT_TERMS_INVALID") as refusal:
        await add(shop, wrong)
    assert refusal.paths == [path]


# ------------------------------------------------------------------------------------------- added and closed


async def test_a_benefit_that_is_added_is_on_offer_from_its_day(shop: Shop) -> None:
    """※ 마일리지 적용대상 사업은 추가되거나 취소될 수 있음 (MI-6)."""
    await add(shop, benefit(), opened_on=date(2026, 3, 3))
    with refused("BENEFIT_NOT_IN_FORCE") as refusal:
        await shop.offer(benefit="night_school")
    assert "Night school" in refusal.english
    days(shop.house, date(2026, 3, 3))
    assert (await shop.issue(2_000, benefit="night_school")).effect_amount == 4
    positions = await rows(shop.house, "SELECT position FROM benefit WHERE code = 'night_school'")
    assert positions == [{"position": 19}]
    with refused("BENEFIT_CODE_TAKEN"):
        await add(shop, replace(benefit(), terms=(terms(date(2026, 3, 3)),)))
    await start(shop.house)


@pytest.mark.parametrize(
    ("new", "program", "code"),
    [
        (benefit(), "another", "BENEFIT_UNKNOWN_PROGRAM"),
        (benefit(asset="won"), PROGRAM, "BENEFIT_UNKNOWN_PROGRAM"),
        (benefit(code="Night School"), PROGRAM, "BENEFIT_TERMS_INVALID"),
        (benefit(unit=0), PROGRAM, "BENEFIT_TERMS_INVALID"),
    ],
)
async def test_a_benefit_that_does_not_hold_together_is_not_added(
    shop: Shop, new: Benefit, program: str, code: str
) -> None:
    before = await counts(shop.house)
    with refused(code):
        await add(shop, new, program=program)
    assert await counts(shop.house) == before


async def test_a_closed_benefit_issues_nothing_new_and_its_certificates_stay_good(shop: Shop) -> None:
    issued = await shop.issue()
    await close(shop, date(2026, 3, 3))
    assert (await shop.offer(500)).quote.violations == ()
    days(shop.house, date(2026, 3, 3))
    with refused("BENEFIT_NOT_IN_FORCE"):
        await shop.issue(round="2", key="2")
    assert (await shop.issue()).id == issued.id
    assert (await shop.use(issued)).status == "used"
    await start(shop.house)
    with refused("BENEFIT_NOT_IN_FORCE"):
        await shop.offer()
    with refused("BENEFIT_TERMS_INVALID"):
        await close(shop, date(2018, 1, 1), "policy_stores")


async def test_only_operators_of_the_program_change_the_catalogue(shop: Shop) -> None:
    elsewhere = replace(shop.operator, programs=frozenset({"another"}))
    for actor in (shop.buyer, shop.reviewer, elsewhere):
        for step in (
            amend(replace(shop, operator=actor), terms()),
            add(replace(shop, operator=actor), benefit()),
            close(replace(shop, operator=actor), date(2026, 4, 1)),
        ):
            with pytest.raises(NotAllowed):
                await step


# --------------------------------------------------------------------------------------------------- declared


async def test_terms_edited_in_the_declaration_stop_the_start_and_name_the_plugin(shop: Shop) -> None:
    benefit_declared = DECLARED.benefit(PLAIN)
    assert benefit_declared is not None
    (first,) = benefit_declared.terms
    for edited in (
        replace(first, unit=400),
        replace(first, effect=Effect.bonus_points(1, row_max=4)),
        replace(first, max_units=1),
        replace(first, valid_days=30),
        replace(first, figures=(Figure(code="x", names=Text("수", "x"), below=Decimal(1)),)),
    ):
        with pytest.raises(Misdeclared, match=r"'mileage_innovation'.*'marketing_capability'.*2018-01-01"):
            await start(redeclared(shop.house, with_terms(edited)))
    assert (await counts(shop.house))["benefit_terms"] == 18


async def test_terms_appended_to_the_declaration_are_written_down_at_the_next_start(shop: Shop) -> None:
    benefit_declared = DECLARED.benefit(PLAIN)
    assert benefit_declared is not None
    again = redeclared(shop.house, with_terms(*benefit_declared.terms, terms(date(2026, 3, 1))))
    await start(again)
    assert (await shop.offer(1_000)).quote.effect_amount == 2


async def test_a_benefit_no_longer_declared_stays_on_record(shop: Shop) -> None:
    issued = await shop.issue()
    fewer = replace(DECLARED, benefits=tuple(each for each in DECLARED.benefits if each.code != PLAIN))
    again = replace(shop, house=redeclared(shop.house, fewer))
    await start(again.house)
    assert (await again.use(issued)).status == "used"


async def test_without_its_plugin_a_benefit_is_not_on_offer(shop: Shop) -> None:
    issued = await shop.issue()
    without = replace(shop, house=replace(shop.house, plugins=Plugins()))
    for step in (without.issue(round="2", key="2"), without.offer(), without.give_back(issued)):
        with refused("BENEFIT_NOT_FOUND"):
            await step
    assert (await without.give_back(issued, actor=shop.operator)).status == "returned"
