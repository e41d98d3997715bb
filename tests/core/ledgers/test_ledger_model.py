"""Whatever is asked of the ledger in whatever order, it does as a page of plain Python does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import Database
from core.errors import Refused
from core.house import House
from tests.support.clock import SetClock
from tests.support.ledger import LotSeen, Points, lies_of, organizations, rows_of
from tests.support.ledger_model import Model, No

FIRST_DAY = date(2026, 3, 2)
PARTIES = 3
# What the ledger may object to before it looks whether the key was used for something else.
WRONG_BY_ANY_KEY = {"LEDGER_NOT_A_POSTING", "LEDGER_NOT_REVERSIBLE", "LEDGER_ALREADY_REVERSED"}
_programs = itertools.count()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing asked of the ledger. `again` asks it once more by the key of an earlier step."""

    verb: str
    party: int = 0
    other: int = 0
    amount: int = 1
    nth: int = 0  # which hold or transaction, counted round
    earned: int = 0  # days from today
    lasts: int | None = None  # days from the day it was earned
    mints: bool = False


parties = st.integers(0, PARTIES - 1)
earned = st.integers(20, 200)
given_away = st.one_of(st.integers(1, 20), st.integers(0, 200))
lasting = st.one_of(st.none(), st.integers(1, 12))
nth = st.integers(0, 30)
earning = st.builds(Step, st.just("earn"), parties, parties, earned, earned=st.integers(-4, 0), lasts=lasting)
steps = st.one_of(
    earning,
    st.builds(Step, st.just("earn"), parties, parties, given_away, earned=st.integers(-14, 0), lasts=lasting),
    st.builds(Step, st.just("spend"), parties, amount=given_away),
    st.builds(Step, st.just("hold"), parties, amount=given_away),
    st.builds(Step, st.just("hold"), parties, amount=given_away),
    st.builds(Step, st.just("use"), nth=nth),
    st.builds(Step, st.just("release"), nth=nth),
    st.builds(Step, st.just("transfer"), parties, parties, given_away, mints=st.booleans(), lasts=lasting),
    st.builds(Step, st.just("transfer of a hold"), parties, parties, nth=nth, mints=st.booleans()),
    st.builds(Step, st.just("reverse"), nth=nth),
    st.builds(Step, st.just("claw back"), nth=nth),
    st.builds(Step, st.just("claw back"), nth=st.integers(0, 3)),  # what was earned first, and has been spent
    st.builds(Step, st.just("expire")),
    st.builds(Step, st.just("a day passes"), amount=st.integers(1, 6)),
    st.builds(Step, st.just("again"), nth=nth),
    st.builds(Step, st.just("again, otherwise"), nth=nth),
)
lives = st.builds(
    lambda first, then: first + then,
    st.lists(earning, min_size=2, max_size=4),
    st.lists(steps, min_size=15, max_size=60),  # at least so many, or most lives end before anything happens
)


@dataclass(slots=True)
class Both:
    """The real ledger and the model, asked the same."""

    points: Points
    clock: SetClock
    owners: list[int]
    model: Model = field(default_factory=lambda: Model(FIRST_DAY))
    asked: list[tuple[str, str, tuple[Any, ...]]] = field(default_factory=list)  # key, verb, arguments
    ids: dict[int, int] = field(default_factory=dict)  # the real transaction of a model's
    holds: dict[int, int] = field(default_factory=dict)

    async def take(self, step: Step) -> None:
        if step.verb == "a day passes":
            self.model.today += timedelta(days=step.amount)
            self.clock.set(self.model.today)
        elif step.verb.startswith("again"):
            if self.asked:
                key, verb, arguments = self.asked[step.nth % len(self.asked)]
                if step.verb != "again":
                    verb, arguments = "spend", (self.owners[0], 7)
                await self.ask(key, verb, arguments)
        elif (wanted := self.arguments(step)) is not None:
            key = f"{self.points.program}-{len(self.asked)}"
            verb = "transfer" if step.verb == "transfer of a hold" else step.verb.replace(" ", "_")
            self.asked.append((key, verb, wanted))
            await self.ask(key, verb, wanted)

    def arguments(self, step: Step) -> tuple[Any, ...] | None:
        """What the model's verb is called with, or None when there is nothing yet to ask about."""
        party, other, today = self.owners[step.party], self.owners[step.other], self.model.today
        earned_on = today + timedelta(days=step.earned)
        expires_on = None if step.lasts is None else earned_on + timedelta(days=step.lasts)
        mint = (today, expires_on) if step.mints else None
        hold = step.nth % len(self.model.holds) if self.model.holds else None
        match step.verb:
            case "earn":
                lines = [(party, step.amount, earned_on, expires_on)]
                if other != party:
                    lines.append((other, step.amount + 1, earned_on, expires_on))
                return (lines,)
            case "spend" | "hold":
                return party, step.amount
            case "use" | "release":
                return None if hold is None else (hold,)
            case "transfer":
                return party, other, step.amount, None, mint
            case "transfer of a hold":
                if hold is None:
                    return None
                held = self.model.holds[hold]
                return held.owner if step.party else party, other, held.amount, hold, mint
            case "reverse" | "claw back":
                return (step.nth % len(self.model.transactions),) if self.model.transactions else None
            case _:
                return ()

    async def ask(self, key: str, verb: str, arguments: tuple[Any, ...]) -> None:
        """Ask both; they agree on the answer or on the refusal."""
        request = (verb, arguments, self.model.today if verb == "expire" else None)
        known = key in self.model.keys
        try:
            answer = self.model.post(key, request, lambda: getattr(self.model, verb)(*arguments))
        except No as no:
            with pytest.raises(Refused) as caught:
                await self.really(key, verb, arguments)
            code = caught.value.violations[0].code
            assert code == no.code or (no.code == "LEDGER_KEY_REUSED" and code in WRONG_BY_ANY_KEY)
            return
        receipt = await self.really(key, verb, arguments)
        if verb == "expire":
            assert (receipt.amount, receipt.replayed) == (answer or 0, known)
            return
        assert receipt.replayed == known
        assert self.ids.setdefault(answer, receipt.transaction_id) == receipt.transaction_id
        if verb == "hold" and not known:
            self.holds[len(self.model.holds) - 1] = receipt.hold_id

    async def really(self, key: str, verb: str, arguments: tuple[Any, ...]) -> Any:
        match verb:
            case "earn":
                (receipt,) = await self.points.earn_all((key, arguments[0]))
                return receipt
            case "use" | "release":
                return await getattr(self.points, verb)(self.holds[arguments[0]], key=key)
            case "transfer":
                of, to, amount, hold, mint = arguments
                hold_id = None if hold is None else self.holds[hold]
                return await self.points.transfer(of, to, amount, hold_id=hold_id, mint=mint, key=key)
            case "claw_back":
                return (await self.points.claw_back(self.ids[arguments[0]], key=key))[0]
            case "reverse":
                return await self.points.reverse(self.ids[arguments[0]], key=key)
            case _:
                return await getattr(self.points, verb)(*arguments, key=key)

    async def agree(self) -> None:
        """Balances, lots, holds and totals are the model's, and add up."""
        for owner in self.owners:
            balance = await self.points.balance(owner)
            lots = await self.points.lots(owner)
            assert (balance.posted, balance.held) == (self.model.posted(owner), self.model.held(owner))
            assert lots == [
                LotSeen(lot.earned_on, lot.expires_on, lot.amount, lot.remaining, lot.held)
                for lot in self.model.lots_of(owner)
            ]
            assert balance.posted == sum(lot.remaining for lot in lots)
            assert balance.held == sum(lot.held for lot in lots)
            assert min((balance.posted, balance.held, balance.expired, balance.available)) >= 0
            assert balance.owed == self.model.debts.get(owner, 0)
            assert not (balance.owed and balance.available)
        holds = await rows_of(
            self.points.house,
            "SELECT h.amount, h.status FROM hold h JOIN account a ON a.id = h.account_id WHERE a.program = $1"
            " ORDER BY h.id",
            self.points.program,
        )
        assert [tuple(hold.values()) for hold in holds] == [(hold.amount, hold.status) for hold in self.model.holds]
        totals = await self.points.totals()
        assert sum(totals.values()) == 0
        assert {kind: totals.get(kind, 0) for kind in self.model.totals} == self.model.totals


@dataclass(frozen=True, slots=True)
class Stage:
    """A house on a loop of its own, for many examples in one database: each has a program of its own."""

    loop: asyncio.AbstractEventLoop
    house: House
    clock: SetClock
    owners: list[int]

    def play(self, played: list[Step]) -> None:
        self.loop.run_until_complete(self._play(played))

    async def _play(self, played: list[Step]) -> None:
        self.clock.set(FIRST_DAY)
        both = Both(Points(self.house, program=f"model_{next(_programs)}"), self.clock, self.owners)
        for step in played:
            await both.take(step)
            await both.agree()


@pytest.fixture
def stage(house: House, clock: SetClock) -> Iterator[Stage]:
    url = house.settings.database_url
    assert url is not None
    loop = asyncio.new_event_loop()
    database = loop.run_until_complete(Database.connect(url, size=2))
    house = replace(house, database=database)
    owners = loop.run_until_complete(organizations(house, PARTIES))
    yield Stage(loop, house, clock, owners)
    assert loop.run_until_complete(lies_of(house)) == []
    loop.run_until_complete(database.close())
    loop.close()


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(played=lives)
def test_the_ledger_does_as_the_model_does(stage: Stage, played: list[Step]) -> None:
    stage.play(played)


@pytest.mark.parametrize("amount", [1, 15])
def test_a_life_the_model_and_the_ledger_lead_alike(stage: Stage, amount: int) -> None:
    """One long story that is sure to pass by every verb, whatever chance brings above."""
    earn = Step("earn", 0, 1, 60, lasts=5)
    story = [
        earn,
        replace(earn, lasts=None),
        replace(earn, earned=-6, lasts=3),
        Step("hold", 0, amount=amount),
        Step("hold", 1, amount=amount),
        Step("hold", 0, amount=amount + 1),
        Step("spend", 0, amount=amount),
        Step("transfer", 0, 2, amount, mints=True),
        Step("transfer", 1, 2, amount),
        Step("transfer of a hold", 1, 2, nth=1),
        Step("a day passes", amount=5),
        Step("expire"),
        Step("use", nth=0),
        Step("release", nth=2),
        Step("hold", 2, amount=amount),
        Step("claw back", nth=0),
        Step("claw back", nth=1),
        Step("claw back", nth=0),
        Step("earn", 0, 1, amount, earned=-6, lasts=3),
        Step("earn", 0, 1, amount),
        Step("release", nth=3),
        *[Step("reverse", nth=place) for place in range(20)],
        *[Step("again", nth=place) for place in range(20)],
        *[Step("again, otherwise", nth=place) for place in range(20)],
    ]
    stage.play(story)
