"""Where hooks run: in threads of their plugin's own, within a limit, holding up nobody."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from core import AccountKind, Award, Edition, Past, Posting, PostingKind, PostingLine, Violation, hookimpl
from core.activities import Row, amend_filing, decide_filing, submit_filing
from core.errors import Refused
from core.hooks import Overrun
from core.hooks.calls import THREADS
from core.house import House
from core.ledgers import Posted
from core.messages import OutgoingMessage
from core.watch.metrics import Metrics
from schema.global_ids import key_of
from tests.hooks.world import DRAFT, world
from tests.support.plugins import SOURCE, Deed, declaring, deed_type, plugged, plugin, program

WHO: ContextVar[str] = ContextVar("who", default="nobody")
LIMIT = 1.5


@pytest.fixture
def brief(house: House) -> House:
    """A house whose plugins must be quick."""
    return replace(
        house, settings=house.settings.model_copy(update={"hook_seconds": LIMIT, "slow_hook_seconds": LIMIT})
    )


@contextmanager
def held() -> Iterator[threading.Event]:
    """What a hook waits for that does not answer; let go at the end, so that its thread ends."""
    gate = threading.Event()
    try:
        yield gate
    finally:
        gate.set()


async def counted(house: House) -> dict[str, str]:
    """The figures of hooks in the metrics, by name and labels."""
    lines = (await Metrics(house).exposition()).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if line.startswith("dure_hook"))


async def test_an_observer_that_does_not_return_holds_up_nobody(brief: House, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    with held() as gate:

        def posted(posted: Posted) -> None:
            told.append(posted.posting.kind)
            if len(told) == 1:
                gate.wait()

        with caplog.at_level(logging.ERROR):
            async with world(brief, posted=posted) as here:
                await here.earned(worth=10)
                await here.earned(worth=20)  # answered though the observer of the first still stands
                await here.house.plugins.observers.settled()
        assert told == ["earn", "earn"]
        assert "plugin tested overran its limit of 1.5 s in posted and was abandoned" in caplog.text
        assert (await counted(here.house))['dure_hook_abandoned_total{hook="posted",plugin="tested"}'] == "1.0"


async def test_observers_are_told_in_order_and_a_slow_plugin_does_not_delay_another() -> None:
    heard: dict[str, list[int]] = {"quick": [], "slow": []}
    loop, all_heard = asyncio.get_running_loop(), asyncio.Event()
    with held() as gate:

        def slow(posted: Posted) -> None:
            gate.wait()
            heard["slow"].append(posted.transaction_id)

        def quick(posted: Posted) -> None:
            heard["quick"].append(posted.transaction_id)
            if posted.transaction_id == 5:
                loop.call_soon_threadsafe(all_heard.set)

        plugins = plugged(slow=plugin(posted=lambda posted: slow(posted)), quick=plugin(posted=quick))
        for number in range(6):
            plugins.posted(Posted(transaction_id=number, posting=a_posting()))
        await all_heard.wait()
        assert heard["slow"] == []
        gate.set()
        await plugins.observers.settled()
    assert heard == {"quick": [*range(6)], "slow": [*range(6)]}


async def test_what_an_observer_cannot_keep_up_with_is_dropped_logged_and_counted(
    brief: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("core.hooks.observers.MOST_WAITING", 5)
    heard: list[int] = []
    plugins = plugged(tested=plugin(posted=lambda posted: heard.append(posted.transaction_id)))
    ours = replace(brief, plugins=plugins)
    with caplog.at_level(logging.ERROR):
        for number in range(8):
            plugins.posted(Posted(transaction_id=number, posting=a_posting()))
    await plugins.observers.settled()
    assert heard == [0, 1, 2, 3, 4]
    assert caplog.text.count("does not keep up") == 1
    assert (await counted(ours))['dure_hook_dropped_total{hook="posted",plugin="tested"}'] == "3.0"


async def test_a_stop_waits_for_observers_and_then_drops_what_is_left(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    with held() as gate:

        def posted(posted: Posted) -> None:
            heard.append(posted.transaction_id)
            if posted.transaction_id == 2:
                gate.wait()

        plugins = plugged(tested=plugin(posted=posted))
        for number in range(2):
            plugins.posted(Posted(transaction_id=number, posting=a_posting()))
        await plugins.observers.close(30)
        assert heard == [0, 1]
        for number in range(2, 205):
            plugins.posted(Posted(transaction_id=number, posting=a_posting()))
        await plugins.observers.close(0.2)
    assert heard == [0, 1, 2]
    assert plugins.observers.waiting() == {"tested": 0}
    assert plugins.hooks.counts["tested", "posted", "dropped"] > 0


async def test_a_check_that_overruns_refuses_and_names_its_plugin(
    brief: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Not answering is no consent."""
    with held() as gate:

        def check_posting(posting: Posting) -> Iterable[Violation]:
            gate.wait()
            return ()

        async with world(brief, check_posting=check_posting) as here:
            filing = await here.submitted()
            ask = """mutation ($id: ID!) {
              decideFiling(input: {id: $id, approve: true}) { errors { code message } }
            }"""
            with caplog.at_level(logging.ERROR):
                (objection,) = await here.staff.objections(ask, id=filing)
            assert objection["code"] == "HOOK_OVERRUN"
            assert "check_posting of the plugin tested did not answer within 1.5 s" in objection["message"]
            assert await here.statuses() == ["SUBMITTED"]
            assert await here.balance() == []
            assert (await counted(here.house))[
                'dure_hook_abandoned_total{hook="check_posting",plugin="tested"}'
            ] == "1.0"
        assert "plugin tested overran its limit" in caplog.text


async def test_a_check_that_sleeps_leaves_the_event_loop_to_others(house: House) -> None:
    with held() as gate:

        def check_access(access: object) -> Iterable[Violation]:
            gate.wait()
            return ()

        async with world(house, check_access=check_access) as here:
            rows = [{"facts": {"deed": {"doneOn": "2026-02-02", "worth": 1}}}]
            drafting = asyncio.create_task(here.company.objections(DRAFT, rows=rows))
            for _ in range(20):  # the check stands meanwhile
                assert await here.public.ask("{ __typename }") == {"__typename": "Query"}
            assert not drafting.done()
            gate.set()
            assert await drafting == []


async def test_one_plugins_held_threads_do_not_exhaust_anothers(brief: House) -> None:
    with held() as gate:
        stuck = plugin(check_posting=lambda posting: gate.wait() and ())
        plugins = plugged(stuck=stuck)
        replace(brief, plugins=plugins)
        for _ in range(THREADS):
            with pytest.raises(Overrun, match="stuck"):
                await plugins.check_posting(a_posting())
        pool = plugins.hooks.threads["stuck"]
        assert (pool.alive, pool.stuck) == (THREADS, THREADS)
        with pytest.raises(Overrun):  # at once: no thread is left, and no further one is made
            await plugins.check_posting(a_posting())
        assert (pool.alive, pool.stuck) == (THREADS, THREADS)
        assert await plugins.hooks.call("other", "award", lambda: 7) == 7
    for thread in threading.enumerate():
        if thread.name == "plugin stuck":
            await asyncio.to_thread(thread.join)
    assert await plugins.check_posting(a_posting()) == []  # what was held has come back


async def test_a_rule_that_never_ends_refuses_the_approval(brief: House) -> None:
    with held() as gate:

        def award(facts: Deed, past: Past[Deed]) -> Award:
            gate.wait()
            return Award.to_subject(1)

        edition: Edition[Deed] = Edition(effective=date(2020, 1, 1), award=award, source=SOURCE)
        declared = program(activity_types=(deed_type(editions=(edition,)),))
        plugins = plugged(slowly=declaring(declared))
        async with world(brief) as here:
            slowly = replace(here.house, plugins=plugins)
            filing = await here.submitted()
            with pytest.raises(Refused) as caught:
                async with slowly.work() as work:
                    await decide_filing(work, key_of(filing, "Filing"), approve=True)
    assert [each.code for each in caught.value.violations] == ["HOOK_OVERRUN"]
    assert "award of the plugin slowly" in caught.value.violations[0].message.en


@pytest.mark.parametrize("what", ["checks", "gather"])
async def test_a_types_checks_and_gathering_have_limits_too(brief: House, what: str) -> None:
    async def gather(work: Any, organization_id: int, facts: Any) -> list[object]:
        await asyncio.sleep(3600)
        return []

    with held() as gate:
        slow: dict[str, Any] = {"checks": (lambda facts, context: gate.wait() and (),), "gather": gather}
        kind = deed_type(**{what: slow[what]})
        async with world(brief) as here:
            filing = await here.drafted()
            slowly = replace(here.house, plugins=plugged(slowly=declaring(program(activity_types=(kind,)))))
            with pytest.raises(Refused, match=f"{what} of the plugin slowly"):
                async with slowly.work() as work:
                    await submit_filing(work, key_of(filing, "Filing"))


@pytest.mark.parametrize("what", ["base_date", "identity", "series"])
async def test_what_a_row_is_known_by_has_a_limit_too(brief: House, what: str) -> None:
    with held() as gate:
        waiting: dict[str, Any] = {what: lambda facts: (gate.wait(), date(2026, 3, 2))[1]}
        slowly = plugged(slowly=declaring(program(activity_types=(deed_type(**waiting),))))
        async with world(brief) as here:
            filing, deed = await here.drafted(), Deed(worth=1, done_on=date(2026, 3, 2))
            with pytest.raises(Refused, match="keys of the plugin slowly"):
                async with replace(here.house, plugins=slowly).work() as work:
                    await amend_filing(work, key_of(filing, "Filing"), [Row(facts=deed)])


async def test_deliveries_and_identities_have_limits_too(brief: House) -> None:
    with held() as gate:
        plugins = plugged(tested=plugin(deliver=lambda message: gate.wait(), identify=lambda headers: gate.wait()))
        replace(brief, plugins=plugins)
        message = OutgoingMessage(
            message_id=1, template="t", email=None, phone=None, subject="s", body="b", html="h", reference="r"
        )
        with pytest.raises(Overrun, match="deliver"):
            await plugins.deliver(message)
        with pytest.raises(Overrun, match="identify"):
            await plugins.identify({})


async def test_hooks_see_the_context_in_which_they_were_called() -> None:
    seen: list[tuple[str, str]] = []

    @hookimpl
    def check_posting(posting: Posting) -> Iterable[Violation]:
        seen.append(("check", WHO.get()))
        yield from ()

    plugins = plugged(
        tested=plugin(check_posting=check_posting, posted=lambda posted: seen.append(("observer", WHO.get())))
    )
    WHO.set("kim")
    await plugins.check_posting(a_posting())
    plugins.posted(Posted(transaction_id=1, posting=a_posting()))
    WHO.set("lee")
    await plugins.observers.settled()
    assert seen == [("check", "kim"), ("observer", "kim")]


async def test_many_rows_are_one_turn_of_one_thread() -> None:
    threads: set[int] = set()

    def check_activity(facts: object, context: object) -> Iterable[Violation]:
        threads.add(threading.get_ident())
        return ()

    plugins = plugged(tested=plugin(check_activity=check_activity))
    rows: Any = [(number, None) for number in range(10_000)]
    assert await plugins.check_activities(rows) == [[]] * 10_000
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def a_posting() -> Posting:
    line = PostingLine(account_kind=AccountKind.HOLDER, organization_id=1, amount=2)
    return Posting(program="p", asset="a", kind=PostingKind.EARN, lines=(line,), effective_on=date(2026, 3, 2))
