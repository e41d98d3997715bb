"""`check_posting` is shown every account, amount, kind and label, of points and of won, on every path that posts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from core import AccountKind, Posting, PostingKind, PostingLine, Problem, Text, Violation, hookimpl, ledgers
from core.actor import SYSTEM
from core.house import House
from core.ledgers import Alone, expire_earned_before, post_alone
from tests.support.ledger import Points, lies_of, refused
from tests.support.plugins import plugged

NO = Problem("TESTED_NO", Text("안 됩니다.", "No."))
SPRING = date(2026, 3, 10)
HOLDER, DEBT = AccountKind.HOLDER, AccountKind.DEBT
ISSUANCE, REDEEMED, EXPIRED = AccountKind.ISSUANCE, AccountKind.REDEEMED, AccountKind.EXPIRED


@dataclass
class Guard:
    """Remembers what it is shown, and objects to one kind."""

    shown: list[Posting] = field(default_factory=list)
    told: list[Posting] = field(default_factory=list)
    against: str = ""

    @hookimpl
    def check_posting(self, posting: Posting) -> Iterable[Violation]:
        self.shown.append(posting)
        if posting.kind == self.against and posting.reference != "bulk-2":
            yield NO.at()

    @hookimpl
    def posted(self, posted: ledgers.Posted) -> None:
        self.told.append(posted.posting)


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def points(house: House, guard: Guard) -> Points:
    return Points(replace(house, plugins=plugged(guard=guard)))


def line(kind: AccountKind, whose: int | None, amount: int, label: str = "") -> PostingLine:
    return PostingLine(account_kind=kind, organization_id=whose, amount=amount, label=label)


async def ready(points: Points, verb: str, company: int, university: int) -> int:
    """What the verb needs to be there before: something earned, a hold, a transaction."""
    if verb == "debt":
        earned = await points.earn(company, 100)
        await points.spend(company, 70)
        return earned.transaction_id
    if verb == "expire":
        return (await points.earn(company, 100, until=SPRING)).transaction_id
    earned = await points.earn(company, 100)
    if verb in ("use", "release"):
        hold = (await points.hold(company, 40)).hold_id
        assert hold is not None
        return hold
    return earned.transaction_id


async def alone(points: Points, company: int, verb: str, amount: int, to: int | None = None) -> None:
    """The path on which postings share a call."""
    posting = Alone(
        verb=verb, program=points.program, asset=points.asset, organization_id=company, to_id=to, amount=amount,  # type: ignore[arg-type]
        key=points.key(), reason="test",
    )  # fmt: skip
    await post_alone(points.house, SYSTEM, "request", posting)


async def do(points: Points, verb: str, subject: int, company: int, university: int) -> None:
    match verb:
        case "earn":
            await points.earn_all(
                ("bulk-1", [(company, 5, date(2026, 3, 2), None), (university, 6, date(2026, 3, 2), None)]),
                ("bulk-2", [(company, 7, date(2026, 3, 2), None)]),
            )
        case "spend":
            await points.spend(company, 30)
        case "hold":
            await points.hold(company, 40)
        case "use":
            await points.use(subject)
        case "release":
            await points.release(subject)
        case "transfer":
            await points.transfer(company, university, 20)
        case "reverse":
            await points.reverse(subject)
        case "claw_back" | "debt":
            await points.claw_back(subject)
        case "expire":
            points.house.clock.set(date(2026, 3, 11))  # type: ignore[attr-defined]
            await points.expire()
        case "expire earned before":
            async with points.house.work() as work:
                await expire_earned_before(
                    work, program=points.program, asset=points.asset, day=date(2026, 4, 1), key="reform", reason="test"
                )
        case "gathered spend":
            await alone(points, company, "spend", 30)
        case "gathered hold":
            await alone(points, company, "hold", 40)
        case "gathered transfer":
            await alone(points, company, "transfer", 20, university)


def expected(verb: str, company: int, university: int) -> list[tuple[str, list[PostingLine]]]:
    """The kind and the lines of each posting of a verb."""
    of_company = {
        "spend": [line(HOLDER, company, -30), line(REDEEMED, None, 30)],
        "hold": [line(HOLDER, company, -40)],
        "use": [line(HOLDER, company, -40), line(REDEEMED, None, 40)],
        "release": [line(HOLDER, company, 40)],
        "transfer": [line(HOLDER, company, -20), line(HOLDER, university, 20)],
        "reverse": [line(HOLDER, company, -100), line(ISSUANCE, None, 100)],
        "claw_back": [line(HOLDER, company, -100), line(ISSUANCE, None, 100)],
        "expire": [line(HOLDER, company, -100), line(EXPIRED, None, 100)],
    }
    if verb == "earn":
        return [
            ("earn", [line(HOLDER, company, 5), line(HOLDER, university, 6), line(ISSUANCE, None, -11)]),
            ("earn", [line(HOLDER, company, 7), line(ISSUANCE, None, -7)]),
        ]
    if verb == "debt":
        return [("claw_back", [line(HOLDER, company, -30), line(DEBT, company, -70), line(ISSUANCE, None, 100)])]
    kind = verb.removeprefix("gathered ").removesuffix(" earned before")
    return [(kind, of_company[kind])]


VERBS = ("earn", "spend", "hold", "use", "release", "transfer", "reverse", "claw_back", "debt", "expire",
         "expire earned before", "gathered spend", "gathered hold", "gathered transfer")  # fmt: skip


def as_seen(postings: list[Posting]) -> list[tuple[str, list[PostingLine]]]:
    return [(each.kind.value, sorted(each.lines, key=_place)) for each in postings]


def _place(each: PostingLine) -> tuple[str, int, int]:
    return each.account_kind.value, each.organization_id or 0, each.amount


@pytest.mark.parametrize("verb", VERBS)
async def test_a_check_is_shown_every_line_and_so_is_an_observer(
    points: Points, guard: Guard, company: int, university: int, verb: str
) -> None:
    subject = await ready(points, verb, company, university)
    await points.house.plugins.observers.settled()
    guard.shown.clear()
    guard.told.clear()
    await do(points, verb, subject, company, university)
    await points.house.plugins.observers.settled()
    wanted = [(kind, sorted(lines, key=_place)) for kind, lines in expected(verb, company, university)]
    assert as_seen(guard.shown) == wanted
    assert as_seen(guard.told) == wanted
    for posting in guard.shown:
        assert (posting.program, posting.asset, posting.recorded_as) == ("testing", "points", posting.kind)
        whole = sum(each.amount for each in posting.lines)
        assert whole == 0 or posting.kind in (PostingKind.HOLD, PostingKind.RELEASE)


@pytest.mark.parametrize("verb", VERBS)
async def test_an_objection_stops_every_verb(
    points: Points, guard: Guard, company: int, university: int, verb: str
) -> None:
    subject = await ready(points, verb, company, university)
    ((guard.against, _), *_) = expected(verb, company, university)
    async with refused(points.house, "TESTED_NO"):
        await do(points, verb, subject, company, university)
    assert await lies_of(points.house) == []


async def test_a_check_is_shown_money_by_account_and_label(house: House, guard: Guard, company: int) -> None:
    ours = replace(house, plugins=plugged(guard=guard))
    async with ours.work() as work:
        source, line_1, spent = [
            await ledgers.open_account(
                work, program="grants", asset="KRW", kind=kind, organization_id=owner, label=label
            )
            for kind, owner, label in (
                (ISSUANCE, None, ""), (AccountKind.LINE, company, "재료비"), (AccountKind.SPENT, company, "2026"),
            )
        ]  # fmt: skip

    async def move(key: str, amounts: dict[int, int], word: str) -> ledgers.Receipt:
        async with ours.work() as work:
            return await ledgers.move(
                work, program="grants", asset="KRW", kind=word, amounts=amounts, key=key, reason="test", reference="r"
            )

    await move("granted", {source: -900, line_1: 900}, "allocate")
    paid = await move("paid", {line_1: -300, spent: 300}, "pay")
    async with ours.work() as work:
        await ledgers.reverse(
            work, program="grants", transaction_id=paid.transaction_id, key="undo", reason="test", reference="r"
        )
    budget, executed = (
        lambda amount: line(AccountKind.LINE, company, amount, "재료비"),
        lambda amount: line(AccountKind.SPENT, company, amount, "2026"),
    )
    assert [(each.kind, each.recorded_as, set(each.lines)) for each in guard.shown] == [
        ("move", "allocate", {line(ISSUANCE, None, -900), budget(900)}),
        ("move", "pay", {budget(-300), executed(300)}),
        ("reverse", "reverse", {budget(300), executed(-300)}),
    ]
    assert [dict(each.amounts) for each in guard.shown] == [{company: 900}, {company: 0}, {company: 0}]
    guard.against = "move"
    async with refused(ours, "TESTED_NO"):
        await move("again", {line_1: -1, spent: 1}, "pay")
