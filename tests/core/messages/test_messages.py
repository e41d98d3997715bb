"""The outbox: queued with what happened, delivered after it, and kept no longer than it takes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.hookspecs import hookimpl
from core.house import House
from core.identity import PersonDetails
from core.identity.people import add_person
from core.language import Text
from core.messages import TEMPLATES, OutgoingMessage, queue_message
from core.plugins import Plugins
from tests.support.jobs import jobs_on_record, make_due, run_due

VALUES: dict[str, object] = {"login_id": "hanbit", "code": "31415926", "minutes": 10}


def with_mail(house: House, deliver: Callable[[OutgoingMessage], bool | None]) -> House:
    """The house, with a plugin that delivers so."""

    @hookimpl(specname="deliver")
    def post(message: OutgoingMessage) -> bool | None:
        return deliver(message)

    return replace(house, plugins=Plugins({"mail": SimpleNamespace(post=post)}))


async def queue(house: House, count: int = 1) -> list[int]:
    async with house.work() as work:
        person_id = await add_person(work, PersonDetails(name="이담당", email="lee@example.kr", phone="02-1234-5678"))
        return [await queue_message(work, person_id, "password_reset", VALUES) for _ in range(count)]


async def waiting(house: House) -> list[tuple[int, bool, dict[str, object]]]:
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT id, delivered_at IS NULL AS waits, values FROM message ORDER BY id")
    return [(row["id"], row["waits"], row["values"]) for row in rows]


async def test_a_message_is_delivered_once_in_both_languages_and_its_values_are_dropped(house: House) -> None:
    sent: list[OutgoingMessage] = []

    def deliver(message: OutgoingMessage) -> bool:
        sent.append(message)
        return True

    mailing = with_mail(house, deliver)
    (message_id,) = await queue(house)
    assert await run_due(mailing) == 1
    assert await run_due(mailing) == 0
    (message,) = sent
    assert (message.message_id, message.email, message.phone) == (message_id, "lee@example.kr", "02-1234-5678")
    assert message.subject == "비밀번호 재설정 인증번호 · Your code for a new password"
    assert "인증번호는 31415926입니다. 10분" in message.body and "for hanbit is 31415926" in message.body
    assert await waiting(house) == [(message_id, False, {})]


async def test_what_is_undone_is_not_told(house: House) -> None:
    with pytest.raises(RuntimeError):
        async with house.work() as work:
            person_id = await add_person(work, PersonDetails(name="이담당"))
            await queue_message(work, person_id, "password_reset", VALUES)
            raise RuntimeError
    assert await waiting(house) == []


async def test_with_nobody_to_deliver_a_message_waits_and_the_log_shows_no_secret(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    (message_id,) = await queue(house)
    nobody = replace(house, plugins=Plugins())
    with caplog.at_level(logging.INFO, "core.messages"):
        await run_due(nobody)
    assert await waiting(house) == [(message_id, True, VALUES)]
    (record,) = [each for each in caplog.records if each.name.startswith("core.messages")]
    assert "password_reset" in caplog.text
    assert not any(secret in str(vars(record)) for secret in ("31415926", "lee@example.kr", "hanbit"))


async def test_in_debug_mode_the_log_shows_the_message(house: House, caplog: pytest.LogCaptureFixture) -> None:
    await queue(house)
    debugging = replace(house, plugins=Plugins(), settings=house.settings.model_copy(update={"debug": True}))
    with caplog.at_level(logging.INFO, "core.messages"):
        await run_due(debugging)
    assert "31415926" in caplog.text


async def test_a_delivery_that_fails_holds_up_no_other(house: House, caplog: pytest.LogCaptureFixture) -> None:
    first, second, third = await queue(house, 3)

    def deliver(message: OutgoingMessage) -> bool | None:
        if message.message_id == first:
            raise ConnectionError("the mail server is away")
        return message.message_id == third or None

    await run_due(with_mail(house, deliver))
    assert [(number, waits) for number, waits, _ in await waiting(house)] == [
        (first, True), (second, True), (third, False)
    ]  # fmt: skip
    assert "31415926" not in caplog.text
    assert [row["state"] for row in await jobs_on_record(house)] == ["queued", "done", "done"]
    await make_due(house)
    assert await run_due(with_mail(house, deliver)) == 1


async def test_servers_that_share_the_outbox_deliver_each_message_once(house: House) -> None:
    sent: list[int] = []

    def deliver(message: OutgoingMessage) -> bool:
        sent.append(message.message_id)
        return True

    mailing = with_mail(house, deliver)
    ids = await queue(house, 12)
    await asyncio.gather(*(run_due(mailing) for _ in range(4)))
    assert sorted(sent) == ids


async def test_a_misspelt_template_or_a_missing_value_is_found_when_it_is_queued(house: House) -> None:
    mistakes: list[tuple[str, dict[str, object]]] = [("pasword_reset", VALUES), ("password_reset", {"code": "1"})]
    for template, values in mistakes:
        with pytest.raises(KeyError):
            async with house.work() as work:
                await queue_message(work, 1, template, values)


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_speaks_both_languages_about_the_same_things(name: str) -> None:
    template = TEMPLATES[name]
    for text in (template.subject, template.body):
        assert text.ko != text.en
        assert names_in(text.ko) == names_in(text.en)
    assert "code" not in names_in(template.subject.ko)


def names_in(sentence: str) -> set[str]:
    return {part.split("}")[0] for part in sentence.split("{")[1:]}


def test_values_are_told_as_they_are() -> None:
    subject, body, _ = TEMPLATES["claim_code"].render(
        {"organization": Text("한빛조명", "Hanbit"), "business_number": "104-82-03590", "code": "A", "until": "내일"}
    )
    assert subject == "한빛조명 가입 인증번호 · The claim code of Hanbit"
    assert "104-82-03590" in body
