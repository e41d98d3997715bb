"""Mail against a real server: sent once, waiting while the server is away, given up when it will never do."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr, ValidationError

from core.hookspecs import hookimpl
from core.house import House
from core.identity import PersonDetails
from core.identity.people import add_person
from core.jobs import JobKind, Task, Worker, queue_job
from core.language import Language, Text
from core.messages import DELIVER, DELIVER_CODE, OFFER_WAITING, OutgoingMessage, queue_message
from core.settings import MailTLS, Settings
from tests.support.certificates import self_signed
from tests.support.clock import SetClock
from tests.support.jobs import jobs_on_record, make_due, run_due
from tests.support.mail import SENDER, Post
from tests.support.plugins import plugged, plugin

VALUES = {"login_id": "hanbit", "code": "31415926", "minutes": 10}
CLAIM = {"organization": "한빛조명", "business_number": "000-00-00015", "code": "K7", "until": "2026-03-09 09:00"}
ADDRESS = "lee@example.kr"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def mailing(house: House, post: Post) -> House:
    return replace(house, settings=post.by(house.settings), plugins=plugged())


async def told(
    house: House, *addresses: str | None, template: str = "password_reset", values: Any = None, **more: Any
) -> list[int]:
    """A message to a person at each of these addresses."""
    async with house.work() as work:
        people = [await add_person(work, PersonDetails(name="이담당", email=each)) for each in addresses]
        return [await queue_message(work, person, template, values or VALUES, **more) for person in people]


async def states(house: House) -> list[str]:
    return [row["state"] for row in await jobs_on_record(house) if row["name"] == DELIVER.name]


async def delivered(house: House) -> list[bool]:
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT delivered_at IS NOT NULL AS sent FROM message ORDER BY id")
    return [row["sent"] for row in rows]


async def test_a_message_arrives_in_both_languages_as_text_and_as_html(mailing: House, post: Post) -> None:
    (message_id,) = await told(mailing, ADDRESS)
    with post.open():
        assert await run_due(mailing, DELIVER) == 1
        assert await run_due(mailing, DELIVER) == 0
    (mail,) = post.mails
    assert post.to == [ADDRESS]
    assert (mail["From"], mail["To"]) == (SENDER, ADDRESS)
    assert mail["Subject"] == "비밀번호 재설정 인증번호 · Your code for a new password"
    assert re.fullmatch(rf"<{message_id}\.\d{{20}}@dure\.example>", mail["Message-ID"])
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "인증번호는 31415926입니다" in text.get_content() and "for hanbit is 31415926" in text.get_content()
    assert '<div lang="ko"><p>' in html.get_content() and '<div lang="en"><p>' in html.get_content()
    assert await delivered(mailing) == [True]


async def test_a_message_in_one_language_speaks_that_alone(mailing: House, post: Post) -> None:
    await told(mailing, ADDRESS, language=Language.EN)
    with post.open():
        await run_due(mailing, DELIVER)
    (mail,) = post.mails
    assert mail["Subject"] == "Your code for a new password"
    assert not re.search("[가-힣]", mail.get_body(("plain",)).get_content())  # type: ignore[union-attr]


async def test_while_the_server_is_away_messages_wait_and_then_go_out_once_each(mailing: House, post: Post) -> None:
    """An hour without a server: every attempt is followed by a longer rest."""
    await told(mailing, "a@example.kr", "b@example.kr", "c@example.kr")
    rests = []
    for _ in range(6):
        await run_due(mailing, DELIVER)
        async with mailing.database.reading() as tx:
            rests.append(await tx.connection.fetchval("SELECT max(execute_after - now()) FROM pgqueuer"))
        await make_due(mailing)
    assert await states(mailing) == ["queued"] * 3
    assert rests == sorted(rests) and rests[-1] > timedelta(minutes=14)
    assert sum(rests, timedelta()) > timedelta(minutes=30)
    with post.open():
        assert await run_due(mailing, DELIVER) == 3
        assert await run_due(mailing, DELIVER) == 0
    assert sorted(post.to) == ["a@example.kr", "b@example.kr", "c@example.kr"]
    assert await states(mailing) == ["done"] * 3


async def test_a_recipient_that_is_refused_for_good_is_buried_with_the_reason_and_others_go_on(
    mailing: House, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.answers[ADDRESS] = f"550 5.1.1 <{ADDRESS}> user unknown"
    await told(mailing, ADDRESS, "park@example.kr")
    with post.open(), caplog.at_level(logging.DEBUG):
        await run_due(mailing, DELIVER)
    assert post.to == ["park@example.kr"]
    dead, done = await jobs_on_record(mailing)
    assert (dead["state"], dead["attempts"], done["state"]) == ("dead", 1, "done")
    assert dead["error_en"] == "The mail server refused the recipient: 550 5.1.1 … user unknown"
    assert dead["error_ko"] == "메일 서버가 수신자를 거절했습니다: 550 5.1.1 … user unknown"
    ours = [each.getMessage() for each in caplog.records if each.name != "mail.log"]  # the server's own
    seen = str(ours) + str(dead)
    assert not any(secret in seen for secret in (ADDRESS, "31415926"))


async def test_a_refusal_for_now_is_tried_again(mailing: House, post: Post) -> None:
    post.answers[ADDRESS] = "451 try again later"
    await told(mailing, ADDRESS)
    with post.open():
        await run_due(mailing, DELIVER)
        assert await states(mailing) == ["queued"]
        post.answers.clear()
        await make_due(mailing)
        await run_due(mailing, DELIVER)
    assert post.to == [ADDRESS]


async def test_a_code_whose_time_is_over_is_not_sent_any_more(mailing: House, post: Post, clock: SetClock) -> None:
    await told(mailing, ADDRESS, good_until=clock() + timedelta(minutes=10))
    await run_due(mailing, DELIVER_CODE)  # the server is away
    clock.forward(minutes=10)
    await make_due(mailing)
    with post.open():
        await run_due(mailing, DELIVER_CODE)
    assert post.mails == []
    (row,) = await jobs_on_record(mailing)
    assert (row["state"], row["result"]) == ("done", {"outcome": "too_late"})
    async with mailing.database.reading() as tx:
        assert await tx.connection.fetchval('SELECT "values" FROM message') == {}


async def test_who_has_no_address_is_told_to_operators(mailing: House, post: Post) -> None:
    await told(mailing, None)
    with post.open():
        await run_due(mailing, DELIVER)
    (row,) = await jobs_on_record(mailing)
    assert row["state"] == "dead"
    assert "No e-mail address" in row["error_en"]


async def test_a_plugin_that_takes_a_message_comes_before_mail(house: House, post: Post) -> None:
    taken: list[int] = []

    @hookimpl
    def deliver(message: OutgoingMessage) -> bool | None:
        if message.email != ADDRESS:
            return None
        taken.append(message.message_id)
        return True

    both = replace(house, settings=post.by(house.settings), plugins=plugged(texting=plugin(deliver=deliver)))
    first, _ = await told(both, ADDRESS, "park@example.kr")
    with post.open():
        await run_due(both, DELIVER)
    assert (taken, post.to) == ([first], ["park@example.kr"])


async def test_what_waited_goes_out_when_mail_is_set_up(house: House, mailing: House, post: Post) -> None:
    nobody = replace(house, plugins=plugged())
    await told(nobody, ADDRESS)
    await run_due(nobody, DELIVER, OFFER_WAITING)
    assert await delivered(nobody) == [False]
    async with house.database.transaction() as tx:
        await tx.connection.execute("UPDATE job SET scheduled_for = scheduled_for - interval '1 hour'")
    with post.open():
        await run_due(mailing, DELIVER, OFFER_WAITING)
    assert post.to == [ADDRESS]
    assert await delivered(mailing) == [True]


@pytest.mark.parametrize("name", ["한빛\r\nBcc: thief@example.kr", "한빛\nX: y", "한빛\x00\x0b\u2028조명"])
async def test_a_name_puts_nothing_into_a_mails_head(mailing: House, post: Post, name: str) -> None:
    name = name.replace("\x00", "")  # no text of the database has one
    await told(mailing, ADDRESS, template="claim_code", values=CLAIM | {"organization": name})
    with post.open():
        await run_due(mailing, DELIVER)
    (mail,) = post.mails
    assert post.to == [ADDRESS]
    assert set(mail.keys()) <= {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert mail["Subject"].startswith("한빛 ")


async def test_what_people_typed_is_no_html(mailing: House, post: Post) -> None:
    await told(mailing, ADDRESS, template="claim_code", values=CLAIM | {"organization": "<b>한빛</b>&{code}"})
    with post.open():
        await run_due(mailing, DELIVER)
    html = post.mails[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "&lt;b&gt;한빛&lt;/b&gt;&amp;{code}" in html
    assert "<b>" not in html


@pytest.mark.parametrize("address", ["lee@example.kr\r\nBcc: x@y.kr", "not an address", "@", "a@b, c@d"])
async def test_what_is_no_address_is_given_up(mailing: House, post: Post, address: str) -> None:
    async with mailing.work() as work:
        person = await add_person(work, PersonDetails(name="이담당"))
        await work.tx.connection.execute("UPDATE person SET email = $1 WHERE id = $2", address, person)
        await queue_message(work, person, "password_reset", VALUES)
    with post.open():
        await run_due(mailing, DELIVER)
    assert (post.to, await states(mailing)) == ([], ["dead"])


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it does not see TLS from byte one
@pytest.mark.parametrize("mode", [MailTLS.TLS, MailTLS.STARTTLS])
async def test_it_goes_encrypted_and_signed_in(
    house: House, post: Post, mode: MailTLS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    seen: list[Any] = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"open sesame", handled=False)

    signing: dict[str, Any] = {"authenticator": authenticate, "auth_required": True}
    if mode is MailTLS.TLS:
        options = signing | {"ssl_context": context, "auth_require_tls": False}
    else:
        options = signing | {"tls_context": context, "require_starttls": True}
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    account = {"mail_tls": mode, "mail_user": "dure", "mail_host": "localhost"}
    wrong = post.by(house.settings, **account, mail_password=SecretStr("sesame"))
    right = post.by(house.settings, **account, mail_password=SecretStr("open sesame"))
    await told(house, ADDRESS)
    with post.open(**options):
        await run_due(replace(house, settings=wrong, plugins=plugged()), DELIVER)
        (row,) = await jobs_on_record(house)
        assert (row["state"], "DURE_MAIL_" in row["error_en"]) == ("queued", True)
        await make_due(house)
        await run_due(replace(house, settings=right, plugins=plugged()), DELIVER)
    assert post.to == [ADDRESS]
    assert seen[-1] == (b"dure", b"open sesame")
    assert "sesame" not in str(right)


@pytest.mark.parametrize("sender", [None, "", "nobody"])
def test_a_mail_server_needs_a_sender(sender: str | None) -> None:
    with pytest.raises(ValidationError, match="DURE_MAIL_SENDER"):
        Settings(mail_host="127.0.0.1", mail_sender=sender)


async def test_a_mail_server_that_never_answers_leaves_room_for_other_jobs(mailing: House, post: Post) -> None:
    async def nothing(_task: Task) -> None:
        return None

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    other = JobKind(name="test.other", names=Text("다른 일", "another"), run=nothing)
    server = await asyncio.start_server(silent, "127.0.0.1", post.port)
    await told(mailing, *[ADDRESS] * 8)
    worker = Worker(mailing, [DELIVER, other], grace=timedelta(0))
    working = asyncio.create_task(worker.run())
    try:
        under_way = 0
        while under_way < 2:
            await asyncio.sleep(0.05)
            under_way = (await states(mailing)).count("running")
        async with mailing.work() as work:
            await queue_job(work, other, {})
        found: dict[str, Any] = {}
        while found.get("state") != "done":
            await asyncio.sleep(0.05)
            *letters, found = await jobs_on_record(mailing)
        assert {each["attempts"] for each in letters} == {0, 1}
        assert [each["id"] for each in letters if each["error_en"]] == []
    finally:
        worker.stop()
        await working
        server.close()
        await server.wait_closed()
