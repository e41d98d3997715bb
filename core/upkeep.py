"""The jobs core itself brings, declared as a plugin declares its own: what time does, and what is to be forgotten."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from core.benefits import lapse_certificates
from core.calls import TELL_OF_CALLS
from core.files import tidy_documents
from core.identity import SEND_RESET_CODE, TELL_OF_GUESSES, forget_spent
from core.jobs import JobKind, Retries, Schedule, Task, forget_jobs
from core.language import Text
from core.ledgers import expire, fold
from core.messages import DELIVER, DELIVER_CODE, OFFER_WAITING, forget_stale_messages
from core.notices import TELL
from core.seals import seal_waiting

if TYPE_CHECKING:
    from core.house import House
    from core.program import Asset

DAILY = Retries(attempts=12, first=timedelta(seconds=30), longest=timedelta(minutes=30))


async def lapse_all(house: House) -> int:
    """확인서 만료: lapse every certificate past its validity, some hundred a transaction; how many."""
    lapsed = 0
    while True:
        async with house.work() as work:
            done = await lapse_certificates(work)
        if not done:
            return lapsed
        lapsed += len(done)


async def expire_all(house: House) -> list[tuple[Asset, int, int]]:
    """소멸: write off every lot past its term, a slice a transaction; of each asset how many lots and how much."""
    written_off = []
    for program in house.plugins.programs.values():
        for asset in program.assets:
            lots = amount = 0
            while True:
                async with house.work() as work:
                    part = await expire(work, program=program.code, asset=asset.code, key=f"expire:{uuid.uuid4()}")
                if not part.lots:
                    break
                lots, amount = lots + part.lots, amount + part.amount
            written_off.append((asset, lots, amount))
    return written_off


async def fold_all(house: House) -> None:
    """Add up what was posted to accounts without a floor."""
    while True:
        async with house.work() as work:
            if not await fold(work):
                return


async def _expire(task: Task) -> None:
    """Certificates first: their points return to lots that may be past their term. Killed midway, the rest is left."""
    lapsed = await lapse_all(task.house)
    written_off = await expire_all(task.house)
    await fold_all(task.house)
    task.result = {"lapsed": lapsed, "lots": sum(lots for _, lots, _ in written_off)}


async def _forget(task: Task) -> None:
    async with task.finishing() as work:
        task.result = {
            "identity": await forget_spent(work),
            "messages": await forget_stale_messages(work),
            "jobs": await forget_jobs(work),
        }


async def _tidy(task: Task) -> None:
    done = await tidy_documents(task.house)
    task.result = {"uploads": done.uploads, "documents": done.documents, "drafts": done.drafts, "files": done.files}


async def _fold(task: Task) -> None:
    await fold_all(task.house)


async def _seal(task: Task) -> None:
    sealed = await seal_waiting(task.house)
    task.result = {"seals": sealed.seals, "rows": sealed.rows}


CORE_JOBS = (
    DELIVER,
    DELIVER_CODE,
    OFFER_WAITING,
    TELL,
    TELL_OF_CALLS,
    SEND_RESET_CODE,
    TELL_OF_GUESSES,
    JobKind(
        name="core.expire",
        names=Text("소멸 및 확인서 만료", "expire points and lapse certificates"),
        run=_expire,
        schedule=Schedule("5 0 * * *"),
        retries=DAILY,
    ),
    JobKind(
        name="core.fold",
        names=Text("시스템 계정 합산", "add up system accounts"),
        run=_fold,
        schedule=Schedule("*/10 * * * *"),
    ),
    JobKind(
        name="core.seal",
        names=Text("봉인", "seal what waits"),
        run=_seal,
        schedule=Schedule("* * * * *"),
    ),
    JobKind(
        name="core.tidy",
        names=Text("기한이 지난 서류와 올리다 만 파일 삭제", "remove documents past their date and loose files"),
        run=_tidy,
        schedule=Schedule("20 3 * * *"),
        retries=DAILY,
    ),
    JobKind(
        name="core.forget",
        names=Text("기한이 지난 자료 삭제", "forget what has served"),
        run=_forget,
        schedule=Schedule("40 3 * * *"),
        retries=DAILY,
    ),
)


def jobs_of(house: House) -> Mapping[str, JobKind]:
    """Every job of a house by its name: core's own, and those its plugins bring."""
    return {kind.name: kind for kind in CORE_JOBS} | dict(house.plugins.jobs)
