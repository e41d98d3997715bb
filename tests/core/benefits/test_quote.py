"""What points would buy: the arithmetic, and every objection to a request."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.benefits.quote import Quote, quote
from core.errors import NotAllowed
from core.language import Text
from core.program import Effect, Figure, Source, SourceDocument, Terms
from tests.core.benefits.conftest import Shop, exports
from tests.support.world import counts, organization, refused

CLAUSE = Source(SourceDocument("rules", Text("규정", "rules")), "제1조")
SMALL = st.integers(min_value=0, max_value=40)
CAP = st.none() | SMALL


def terms(effect: Effect, unit: int = 500, max_units: int | None = None, figures: tuple[Figure, ...] = ()) -> Terms:
    return Terms(
        effective=date(2018, 1, 1), unit=unit, effect=effect, max_units=max_units, figures=figures, source=CLAUSE
    )


def bonus(**caps: int) -> Terms:
    return terms(Effect.bonus_points(1, **caps))


def codes(quoted: Quote) -> list[str]:
    return [violation.code for violation in quoted.violations]


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    kind = draw(st.sampled_from(["bonus", "loan", "fee", "entitlement"]))
    if kind == "bonus":
        per_unit = draw(st.integers(min_value=1, max_value=7))
        effect = Effect.bonus_points(per_unit, row_max=draw(CAP), program_cap=draw(CAP), over_cap=draw(CAP))
    elif kind == "loan":
        effect = Effect.loan_limit(from_won=500_000_000, to_won=1_000_000_000)
    elif kind == "fee":
        effect = Effect.fee_discount(Decimal("0.1"))
    else:
        effect = Effect.entitlement("무료", "free")
    units = draw(st.none() | st.integers(min_value=1, max_value=9))
    return terms(effect, unit=draw(st.integers(min_value=1, max_value=900)), max_units=units)


AMOUNT = st.integers(min_value=0, max_value=20_000)


@given(any_terms(), AMOUNT, SMALL, st.none() | AMOUNT)
def test_a_quote_never_exceeds_what_was_asked_what_is_there_or_any_cap(
    given_terms: Terms, available: int, existing: int, requested: int | None
) -> None:
    quoted = quote(given_terms, available=available, existing_points=existing, requested=requested)
    effect = given_terms.effect
    assert quoted.points == quoted.units * given_terms.unit
    assert 0 <= quoted.points <= (available if requested is None else requested)
    if given_terms.max_units is not None:
        assert quoted.units <= given_terms.max_units
    if effect.row_max_points is not None:
        assert quoted.effect_amount <= effect.row_max_points
    if effect.program_bonus_cap is not None:
        most = max(existing, effect.program_bonus_cap + (effect.over_cap_points or 0))
        assert quoted.total_points is not None
        assert quoted.total_points <= most
    if not quoted.violations:
        assert 0 < quoted.points <= available
        assert quoted.effect_amount > 0
        assert requested in (None, quoted.points)


@given(any_terms(), AMOUNT, SMALL)
def test_no_unit_is_taken_that_gives_nothing(given_terms: Terms, available: int, existing: int) -> None:
    quoted = quote(given_terms, available=available, existing_points=existing)
    if quoted.units:
        less = quote(
            given_terms, available=available, existing_points=existing, requested=quoted.points - given_terms.unit
        )
        assert less.effect_amount < quoted.effect_amount


@given(any_terms(), AMOUNT, AMOUNT, SMALL)
def test_more_points_never_give_less(given_terms: Terms, one: int, other: int, existing: int) -> None:
    less, more = (quote(given_terms, available=each, existing_points=existing) for each in sorted((one, other)))
    assert less.effect_amount <= more.effect_amount
    assert less.points <= more.points


@given(any_terms(), AMOUNT, SMALL, SMALL)
def test_more_existing_points_never_give_more(given_terms: Terms, available: int, one: int, other: int) -> None:
    fewer, more = (quote(given_terms, available=available, existing_points=each) for each in sorted((one, other)))
    assert fewer.effect_amount >= more.effect_amount


@given(any_terms(), AMOUNT, SMALL)
def test_what_is_quoted_as_the_most_can_be_asked_for(given_terms: Terms, available: int, existing: int) -> None:
    most = quote(given_terms, available=available, existing_points=existing)
    if not most.violations:
        again = quote(given_terms, available=available, existing_points=existing, requested=most.points)
        assert (again.violations, again.effect_amount) == ((), most.effect_amount)


# --------------------------------------------------------------------------------------------------------- objections


@pytest.mark.parametrize(
    ("requested", "code", "says"),
    [
        (499, "BENEFIT_BELOW_UNIT", ["500", "499"]),
        (0, "BENEFIT_BELOW_UNIT", ["500"]),
        (-500, "BENEFIT_BELOW_UNIT", ["500"]),
        (750, "BENEFIT_NOT_A_MULTIPLE", ["500", "1,000", "750"]),
        (2_000, "BENEFIT_OVER_THE_CAP", ["1,500"]),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_what_can(requested: int, code: str, says: list[str]) -> None:
    quoted = quote(bonus(row_max=3), available=10_000, requested=requested)
    (violation,) = quoted.violations
    assert (violation.code, violation.path, violation.source) == (code, ("points",), CLAUSE)
    for word in says:
        assert word in violation.message.ko
        assert word in violation.message.en


def test_more_than_there_is_is_refused_with_what_there_is() -> None:
    quoted = quote(bonus(row_max=3), available=1_499, requested=1_500)
    assert codes(quoted) == ["BENEFIT_NOT_ENOUGH"]
    assert "1,499" in quoted.violations[0].message.en


def test_everything_that_speaks_against_a_request_is_said_at_once() -> None:
    figure = Figure(code="exports_usd", names=Text("수출", "exports"), below=Decimal(5))
    needy = terms(Effect.bonus_points(1, row_max=1, program_cap=5), figures=(figure,))
    assert codes(quote(needy, available=100, requested=1_250)) == [
        "BENEFIT_EXISTING_POINTS_NEEDED",
        "BENEFIT_NOT_A_MULTIPLE",
        "BENEFIT_OVER_THE_CAP",
        "BENEFIT_NOT_ENOUGH",
        "BENEFIT_FIGURE_NEEDED",
    ]


def test_existing_points_are_needed_where_the_total_is_capped_and_nowhere_else() -> None:
    assert codes(quote(bonus(row_max=3, program_cap=5), available=500)) == ["BENEFIT_EXISTING_POINTS_NEEDED"]
    assert codes(quote(bonus(row_max=3), available=500)) == []
    assert codes(quote(bonus(row_max=3), available=500, existing_points=-1)) == ["BENEFIT_EXISTING_POINTS_NEEDED"]
    assert codes(quote(terms(Effect.fee_discount(Decimal("0.1"))), available=500)) == []


def test_without_a_request_the_most_is_quoted_and_the_remainder_stays() -> None:
    quoted = quote(bonus(row_max=3), available=1_499)
    assert (quoted.units, quoted.points, quoted.most_points) == (2, 1_000, 1_500)
    assert codes(quote(bonus(row_max=3), available=499)) == ["BENEFIT_BELOW_UNIT"]
    assert codes(quote(bonus(row_max=3, program_cap=5), available=900, existing_points=5)) == ["BENEFIT_OVER_THE_CAP"]


def test_a_last_unit_that_the_cap_cuts_short_gives_what_is_left() -> None:
    half = quote(terms(Effect.bonus_points(5, row_max=8)), available=10_000)
    assert (half.units, half.effect_amount) == (2, Decimal(8))


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("4999999.99", []),
        ("0", []),
        ("5000000", ["BENEFIT_FIGURE_TOO_HIGH"]),
        ("5000000.00", ["BENEFIT_FIGURE_TOO_HIGH"]),
        ("-1", ["BENEFIT_FIGURE_NEEDED"]),
        ("NaN", ["BENEFIT_FIGURE_NEEDED"]),
        ("-Infinity", ["BENEFIT_FIGURE_NEEDED"]),
        (None, ["BENEFIT_FIGURE_NEEDED"]),
    ],
)
async def test_exports_must_be_less_than_five_million_dollars(
    shop: Shop, declared: str | None, expected: list[str]
) -> None:
    """수출 실적 500만달러 미만 (MI-33)."""
    offered = await shop.offer(
        500, benefit="export_success_package", declared=exports(declared) if declared is not None else {}
    )
    assert codes(offered.quote) == expected
    if expected:
        (violation,) = offered.quote.violations
        assert violation.path == ("declared", "exports_usd")
        assert violation.source is not None
        assert violation.source.clause.endswith("수출성공패키지사업")
        assert "수출 실적" in violation.message.ko


async def test_a_quote_buys_nothing(shop: Shop) -> None:
    before = await counts(shop.house)
    offered = await shop.offer()
    assert (offered.quote.points, offered.available) == (1_500, 2_000)
    assert await counts(shop.house) == before


async def test_a_quote_for_a_benefit_that_does_not_exist_is_refused(shop: Shop) -> None:
    shop.benefits = {"marketing_capability": 999_999}
    with refused("BENEFIT_NOT_FOUND"):
        await shop.offer()


async def test_staff_are_told_of_an_organization_that_does_not_exist(shop: Shop) -> None:
    with refused("IDENTITY_ORGANIZATION_UNKNOWN"):
        await shop.issue(company=999_999, actor=shop.reviewer)


async def test_what_has_expired_by_now_is_not_offered(shop: Shop) -> None:
    shop.house.clock.set(date(2031, 1, 5))  # type: ignore[attr-defined]
    offered = await shop.offer()
    assert (offered.available, codes(offered.quote)) == (0, ["BENEFIT_BELOW_UNIT"])


async def test_one_company_sees_no_offer_for_another(shop: Shop) -> None:
    other = await organization(shop.house, 2, sme=True)
    with pytest.raises(NotAllowed):
        await shop.issue(company=other)
