"""Delivering: one message a job, offered to the plugins first and sent as mail last."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from core.hooks import Overrun
from core.jobs import JobFailed, JobKind, Retries, Schedule, Task, job, queue_jobs
from core.language import Language, Text
from core.messages.mail import send_mail
from core.messages.outgoing import OutgoingMessage
from core.messages.queries import addressed, message
from core.work import Work

if TYPE_CHECKING:
    from core.database.connection import Row
    from core.house import House
    from core.messages.templates import Template

OFFERED_FOR = timedelta(days=7)  # that nothing delivers; longer ago it would be no news
WAITED_FOR = timedelta(hours=1)  # what is good no longer than this
NO_ADDRESS = Text(
    "받는 사람의 이메일 주소가 등록되어 있지 않습니다. 담당자 정보를 보완한 뒤 다시 시도하세요.",
    "No e-mail address of the recipient is on record. Add it and have this tried again.",
)
NO_TEMPLATE = Text(
    "이 알림의 문안을 가져온 플러그인이 설치되어 있지 않습니다. 설치한 뒤 다시 시도하세요.",
    "The plugin that brought this message's words is not installed here. Install it and have this tried again.",
)
AT_ONCE = 2  # over all workers: a mail server that never answers leaves their other places to other jobs
log = logging.getLogger(__name__)


async def deliver(task: Task) -> None:
    """Send the message of this job, unless it has gone out or its time is over.

    Its row stays locked while it is sent, so that two workers never send it at once. Nothing can make a mail server's
    yes and our commit one: a worker killed between the two sends it once more, under the same Message-ID.
    """
    async with task.finishing() as work:
        row = await work.tx.row(addressed(task.arguments["message"]))
        if row is None:
            return
        if row["good_until"] is not None and row["good_until"] <= work.now:
            await _settle(work, row["id"], delivered=False)
            task.result = {"outcome": "too_late"}
            return
        template = task.house.plugins.templates.get(row["template"])
        if template is None:
            raise JobFailed(NO_TEMPLATE)
        outgoing = _outgoing(row, template)
        taken = await _hand_over(task.house, outgoing)
        if taken:
            await _settle(work, row["id"], delivered=True)
        task.result = {"outcome": "sent" if taken else "waiting"}


async def offer_waiting(task: Task) -> None:
    """Queue the delivery of what waited because nothing delivered messages, now that something does."""
    async with task.finishing() as work:
        if not (task.house.settings.mail_host or task.house.plugins.listens("deliver")):
            return
        looked_after = sa.exists().where(job.c.id == message.c.job_id, job.c.state.in_(("queued", "running", "dead")))
        waiting = await work.tx.rows(
            sa.select(message.c.id, message.c.created_at, message.c.good_until)
            .where(
                message.c.delivered_at.is_(None),
                message.c.created_at > work.now - OFFERED_FOR,
                sa.or_(message.c.good_until.is_(None), message.c.good_until > work.now),
                ~looked_after,
            )
            .order_by(message.c.id)
            .limit(10_000)
        )
        for urgent in (True, False):
            ids = [row["id"] for row in waiting if is_waited_for(row["created_at"], row["good_until"]) is urgent]
            await queue_deliveries(work, ids, urgent=urgent)


def is_waited_for(written: datetime, good_until: datetime | None) -> bool:
    """Whether somebody sits in front of a screen until it comes: a code that is good for minutes."""
    return good_until is not None and good_until - written <= WAITED_FOR


async def queue_deliveries(work: Work, ids: list[int], *, urgent: bool) -> None:
    """A job for each of these messages, which then knows it."""
    kind = DELIVER_CODE if urgent else DELIVER
    jobs = await queue_jobs(work, kind, [{"message": each} for each in ids], own=False)
    await work.tx.connection.execute(
        "UPDATE message SET job_id = d.job FROM unnest($1::bigint[], $2::bigint[]) AS d(id, job)"
        " WHERE message.id = d.id",
        ids,
        jobs,
    )


async def _hand_over(house: House, outgoing: OutgoingMessage) -> bool:
    """Whether somebody took it."""
    try:
        if await house.plugins.deliver(outgoing):
            return True
    except Overrun as overrun:  # it may be otherwise soon
        raise JobFailed(overrun.text) from overrun
    if house.settings.mail_host is None:
        _say_it_waits(house, outgoing)
        return False
    if not outgoing.email:
        raise JobFailed(NO_ADDRESS, for_good=True)
    await send_mail(house.settings, outgoing)
    return True


def _outgoing(row: Row, template: Template) -> OutgoingMessage:
    language = None if row["language"] is None else Language(row["language"])
    rendered = template.render(row["values"], language)
    return OutgoingMessage(
        message_id=row["id"],
        template=row["template"],
        email=row["email"],
        phone=row["phone"],
        subject=rendered.subject,
        body=rendered.body,
        html=rendered.html,
        reference=f"{row['id']}.{row['created_at']:%Y%m%d%H%M%S%f}",
    )


async def _settle(work: Work, message_id: int, *, delivered: bool) -> None:
    """The values are dropped: they hold one-time codes."""
    values: dict[str, Any] = {"values": {}}
    if delivered:
        values["delivered_at"] = work.now
    await work.tx.execute(sa.update(message).where(message.c.id == message_id).values(**values))


def _say_it_waits(house: House, outgoing: OutgoingMessage) -> None:
    told: dict[str, object] = {"message_id": outgoing.message_id, "template": outgoing.template}
    if not house.settings.debug:
        log.info(
            "message %d (%s) waits, for nothing delivers messages here",
            outgoing.message_id,
            outgoing.template,
            extra=told,
        )
        return
    told |= {"subject": outgoing.subject, "body": outgoing.body, "email": outgoing.email}
    log.info(
        "message %d waits, for nothing delivers messages here:\n%s", outgoing.message_id, outgoing.body, extra=told
    )


DELIVER = JobKind(
    name="core.deliver_message",
    names=Text("알림 발송", "send a message"),
    run=deliver,
    retries=Retries(attempts=110, first=timedelta(seconds=30), longest=timedelta(minutes=15)),  # a good day
    at_once=AT_ONCE,
)
DELIVER_CODE = JobKind(
    name="core.deliver_code",
    names=Text("인증번호 발송", "send a code"),
    run=deliver,
    retries=Retries(attempts=20, first=timedelta(seconds=5), longest=timedelta(minutes=1)),  # it is good for minutes
    at_once=4,
    urgent=True,
)
OFFER_WAITING = JobKind(
    name="core.offer_messages",
    names=Text("대기 중인 알림 발송", "send messages that waited"),
    run=offer_waiting,
    schedule=Schedule("7 * * * *"),
)
