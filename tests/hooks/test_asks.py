"""Asks: the first plugin that answers something wins, and without one Dure goes its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core import hookimpl
from core.actor import Actor, Role
from core.house import House
from core.identity import PersonDetails
from core.identity.people import add_person
from core.messages import OutgoingMessage, queue_message
from tests.hooks.world import world
from tests.support.client import Client
from tests.support.jobs import run_due
from tests.support.plugins import plugged, plugin

WHO = "{ viewer { signedIn organization { name } } }"


async def test_identify_says_who_a_request_comes_from(house: House) -> None:
    known: dict[str, Actor] = {}

    # docs: begin identify
    @hookimpl
    def identify(headers: Mapping[str, str]) -> Actor | None:
        return known.get(headers.get("x-forwarded-user", ""))

    # docs: end
    async with world(house, identify=identify) as here:
        known["kim"] = Actor(member_id=1, organization_id=here.organization_id, role=Role.MEMBER, main=True)
        kim, park = (with_header(here.public, name) for name in ("kim", "park"))
        own = {"signedIn": True, "organization": {"name": "한빛조명 1"}}
        assert (await kim.ask(WHO))["viewer"] == own
        assert (await park.ask(WHO))["viewer"] == {"signedIn": False, "organization": None}


async def test_identify_is_not_asked_when_a_token_of_dures_own_came(house: House) -> None:
    def identify(headers: Mapping[str, str]) -> Actor | None:
        raise AssertionError("a good token needs nobody else")

    async with world(house, identify=identify) as here:
        assert (await here.company.ask(WHO))["viewer"]["signedIn"]


def with_header(client: Client, user: str) -> Client:
    asked = Client(client.http)
    asked.headers["X-Forwarded-User"] = user
    return asked


async def test_deliver_sends_a_message_by_another_channel(house: House) -> None:
    sent: list[str] = []

    # docs: begin deliver
    @hookimpl
    def deliver(message: OutgoingMessage) -> bool | None:
        if message.phone is None:
            return None  # not for this channel: the next plugin is asked
        sent.append(f"{message.phone}: {message.subject}")
        return True

    # docs: end
    texting = replace(house, plugins=plugged(texting=plugin(deliver=deliver)))
    async with house.work() as work:
        for phone in ("010-1234-5678", None):
            person = await add_person(work, PersonDetails(name="이담당", phone=phone))
            await queue_message(work, person, "password_reset", {"login_id": "lee", "code": "1", "minutes": 10})
    await run_due(texting)
    assert sent == ["010-1234-5678: 비밀번호 재설정 인증번호 · Your code for a new password"]


async def test_the_first_answer_that_is_not_none_wins() -> None:
    asked: list[str] = []

    def answering(name: str, answer: Actor | None) -> object:
        def identify(headers: Mapping[str, str]) -> Actor | None:
            asked.append(name)
            return answer

        return plugin(identify=identify)

    kim, park = Actor(member_id=1), Actor(member_id=2)
    silent, first, second = answering("silent", None), answering("first", kim), answering("second", park)
    plugins = plugged(a=second, b=first, c=silent)
    assert await plugins.identify({}) is kim
    assert asked == ["silent", "first"]
    assert await plugged(c=silent).identify({}) is None
    assert await plugged().identify({}) is None
