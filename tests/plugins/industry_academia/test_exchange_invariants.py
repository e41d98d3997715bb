"""Whatever is done on the exchange in whatever order, points are conserved and what is held is what is open."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import Database
from core.errors import NotAllowed, Refused
from core.house import House
from core.settings import Settings
from plugins.industry_academia.exchange.lifecycle import settle_order
from plugins.industry_academia.exchange.models import Order
from plugins.industry_academia.program import CODE
from tests.plugins.industry_academia.acts import Campus, research
from tests.plugins.industry_academia.market import FIRST, Market, hour
from tests.support import databases
from tests.support.clock import SetClock
from tests.support.files import pdf, sent
from tests.support.world import member, rows, staff, true_ledger

HOURS = 8
WHO = ("buyer", "other_buyer", "seller", "operator")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does; `nth` is which order or hour, counted round."""

    verb: str
    who: str = "buyer"
    nth: int = 0
    hours: int = 1
    points: int = 0


nth = st.integers(0, 12)
whose = st.sampled_from(WHO)
ordering = st.builds(
    Step, st.just("order"), st.sampled_from(("buyer", "other_buyer")), nth, st.integers(1, 2), st.integers(0, 700)
)
deal = st.builds(Step, st.just("deal"), nth=nth)
steps = st.one_of(
    ordering,
    ordering,
    deal,
    deal,
    st.builds(Step, st.just("accept"), st.sampled_from(("seller", "seller", "buyer")), nth),
    st.builds(Step, st.just("reject"), whose, nth),
    st.builds(Step, st.just("cancel"), whose, nth),
    st.builds(Step, st.just("settle"), st.sampled_from(("seller", "seller", "other_buyer")), nth),
    st.builds(Step, st.just("reverse"), st.sampled_from(("operator", "operator", "seller")), nth),
    st.builds(Step, st.just("lapse")),
    st.builds(Step, st.just("hours pass"), hours=st.integers(1, 60)),
    st.builds(Step, st.just("earn"), nth=nth),
    st.builds(Step, st.just("at once"), nth=nth, points=st.integers(0, 300)),
)
lives = st.builds(
    lambda first, then: first + then,
    st.lists(ordering, min_size=1, max_size=3),
    st.lists(steps, min_size=8, max_size=30),
)


@dataclass
class Life:
    """A market of its own database, and what was done in it."""

    market: Market
    campus: Campus
    slots: list[int]
    orders: list[Order] = field(default_factory=list)
    earned: int = 0
    done: Counter[str] = field(default_factory=Counter)

    async def take(self, step: Step) -> None:
        try:
            await self._take(step)
            self.done[step.verb] += 1
        except (Refused, NotAllowed):
            pass

    async def _take(self, step: Step) -> None:
        market, who = self.market, getattr(self.market, step.who)
        if step.verb == "order":
            wanted = [self.slots[(step.nth + n) % HOURS] for n in range(step.hours)]
            self.orders.append(await market.ordered(wanted, step.points, who=who))
        elif step.verb == "lapse":
            await market.lapsed()
        elif step.verb == "hours pass":
            market.clock.forward(hours=step.hours)
        elif step.verb == "earn":
            self.earned += 1
            self.campus.proof = await sent(market.house, self.campus.filer, pdf())
            await self.campus.approved("research", research(agreement=f"협약-{self.earned}", supply_won=1_000_000))
        elif self.orders:
            order = self.orders[step.nth % len(self.orders)]
            if step.verb == "at once":
                await self._at_once(order, step)
            else:
                await self._one(step.verb, order, who)

    async def _one(self, verb: str, order: Order, who: Any) -> None:
        market = self.market
        if verb == "deal":  # accepted, used and paid: what random steps alone seldom come to
            await market.accepted(order)
            market.clock.moment = max(market.clock.moment, order.ends_at)
            await self._settle(order, market.seller)
        elif verb == "settle":
            await self._settle(order, who)
        else:
            asked = {"accept": market.accepted, "reject": market.rejected, "cancel": market.cancelled,
                     "reverse": market.reversed}[verb]  # fmt: skip
            await asked(order, who=who)

    async def _settle(self, order: Order, who: Any) -> None:
        cash = order.fee_won - order.points * order.won_per_point
        async with self.market.house.work(who) as work:
            await settle_order(work, order.id, paid_won=cash, paid_on=work.today, key=self.market.key())

    async def _at_once(self, order: Order, step: Step) -> None:
        """Two companies at one hour, and both sides at one order; whoever is refused changed nothing."""
        market, slot = self.market, self.slots[step.nth % HOURS]
        found = await asyncio.gather(
            market.ordered([slot], step.points, who=market.buyer),
            market.ordered([slot], step.points, who=market.other_buyer),
            market.accepted(order),
            market.cancelled(order, who=market.seller),
            market.lapsed(),
            return_exceptions=True,
        )
        self.orders += [each for each in found if isinstance(each, Order)][:2]
        wrong = [
            each for each in found if isinstance(each, BaseException) and not isinstance(each, Refused | NotAllowed)
        ]
        assert not wrong, wrong

    async def check(self) -> None:
        house = self.market.house
        await true_ledger(house)
        (sums,) = await rows(
            house,
            "SELECT coalesce(sum(posted) FILTER (WHERE kind = 'holder'), 0)::bigint AS held_by_all,"
            " coalesce(sum(held) FILTER (WHERE kind = 'holder'), 0)::bigint AS set_aside,"
            " (SELECT coalesce(sum(-e.amount), 0)::bigint FROM entry e JOIN account i ON i.id = e.account_id"
            "  WHERE i.kind = 'issuance') AS issued FROM account",
        )
        assert sums["held_by_all"] == sums["issued"], "points come by issuance only, and none is lost"
        (kept,) = await rows(
            house,
            "SELECT coalesce(sum(points) FILTER (WHERE status IN ('requested','accepted')), 0)::bigint AS open,"
            " coalesce(sum(points) FILTER (WHERE status = 'settled'), 0)::bigint AS settled FROM ia_exchange_order",
        )
        assert sums["set_aside"] == kept["open"], "what is held is what is open"
        (university,) = await rows(
            house,
            "SELECT coalesce(sum(posted), 0)::bigint AS has FROM account"
            " WHERE kind = 'holder' AND organization_id = $1",
            self.market.university,
        )
        (credited,) = await rows(
            house,
            "SELECT coalesce(sum(points_filer), 0)::bigint AS filer,"
            " coalesce(sum(points_subject), 0)::bigint AS subject FROM activity WHERE status = 'approved'",
        )
        assert credited["filer"] == credited["subject"], "both sides earn alike"
        assert university["has"] == credited["filer"] + kept["settled"]
        twice = "SELECT slot_id FROM ia_exchange_booking WHERE taken GROUP BY slot_id HAVING count(*) > 1"
        assert await rows(house, twice) == []
        assert not await rows(
            house,
            "SELECT o.id FROM ia_exchange_order o JOIN ia_exchange_booking b ON b.order_id = o.id GROUP BY o.id"
            " HAVING sum(b.units) <> o.units OR min(b.from_at) <> o.starts_at OR max(b.until_at) <> o.ends_at"
            " OR bool_or(b.taken <> o.taken)",
        )
        numbers = await rows(house, "SELECT split_part(number, '-', 2)::int AS n FROM ia_exchange_order ORDER BY 1")
        assert [each["n"] for each in numbers] == list(range(1, len(numbers) + 1)), "numbers have no gaps"


VERBS = {"order", "accept", "reject", "cancel", "deal", "reverse", "lapse", "hours pass", "earn", "at once"}


def test_points_are_conserved_whatever_happens(
    server_url: str, template: str, installed: Any, tmp_path_factory: Any
) -> None:
    reached: Counter[str] = Counter()

    @settings(
        max_examples=20,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(life=lives)
    def lives_on(life: list[Step]) -> None:
        reached.update(asyncio.run(_lived(server_url, template, installed, tmp_path_factory.mktemp("life"), life)))

    lives_on()
    assert set(reached) >= VERBS, f"no life came to {VERBS - set(reached)}"


async def _lived(server_url: str, template: str, installed: Any, folder: Any, life: list[Step]) -> Counter[str]:
    name = await databases.clone(server_url, template)
    url = databases.application_url(databases.database_url(server_url, name))
    clock = SetClock()
    database = await Database.connect(url, size=8)
    house = House(
        settings=Settings(data_dir=folder, database_url=url), database=database, plugins=installed, clock=clock
    )
    try:
        market = await Market.of(house, clock, points=500)
        filer = await member(house, market.university, "bogi", main=True)
        reviewer = await staff(house, "reviewer", programs=[CODE])
        campus = Campus(house, market.university, market.company, filer, reviewer, market.operator)
        _, slots = await market.listed(*(hour(8 * n) for n in range(HOURS)))
        clock.moment = FIRST - timedelta(hours=2)
        lived = Life(market, campus, slots)
        for step in life:
            await lived.take(step)
        await lived.check()
        return lived.done
    finally:
        await database.close()
        await databases.drop(server_url, name)
