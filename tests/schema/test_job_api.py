"""Jobs over the API: one's own are watched, dead ones are listed and tried again by operators."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from core.actor import Role
from core.house import House
from core.jobs import JobFailed, JobKind, Task, queue_job
from core.language import Text
from schema.global_ids import to_global_id
from tests.support.api import Account, asks, codes, company, staff, sub_user, top_codes
from tests.support.jobs import run_due

JOB = "query ($id: ID!) { job(id: $id) { name state done total attempts result problems reasonKo reasonEn arguments } }"
DEAD = "{ jobs(where: {state: {eq: DEAD}}) { totalCount nodes { id name reasonKo arguments askedBy { loginId } } } }"
RETRY = "mutation ($id: ID!) { retryJob(input: {id: $id}) { job { state } errors { code path } } }"
FAILS = {"now": True}


async def _run(task: Task) -> None:
    task.progress(1, 3)
    if FAILS["now"]:
        raise JobFailed(Text("서버가 받지 않습니다", "the server does not take it"), for_good=True)
    task.result = {"answer": 42}


KIND = JobKind(name="test.job", names=Text("시험", "test"), run=_run)


@pytest.fixture
async def hanbit(house: House) -> Account:
    return await company(house, "hanbit")


@pytest.fixture
async def operator(house: House) -> Account:
    return await staff(house, Role.OPERATOR, "operator")


async def asked(house: House, who: Account) -> str:
    async with house.work(who.actor) as work:
        return to_global_id("Job", await queue_job(work, KIND, {"of": who.organization_id}))


async def watched(client: httpx.AsyncClient, who: Account, job: str) -> Any:
    return (await asks(client, who).ask(JOB, id=job))["job"]


async def test_who_asked_for_a_job_watches_it_and_nobody_else_of_the_company(
    house: House, client: httpx.AsyncClient, hanbit: Account
) -> None:
    FAILS["now"] = False
    job = await asked(house, hanbit)
    waiting = {"name": "test.job", "state": "QUEUED", "done": 0, "total": None, "attempts": 0, "result": None}
    nothing = {"problems": None, "reasonKo": None, "reasonEn": None, "arguments": None}
    assert await watched(client, hanbit, job) == waiting | nothing
    assert await watched(client, await sub_user(house, hanbit, "01"), job) is None
    assert (await asks(client).ask(JOB, id=job))["job"] is None
    await run_due(house, KIND)
    done = {"state": "DONE", "done": 3, "total": 3, "attempts": 1, "result": {"answer": 42}}
    assert await watched(client, hanbit, job) == waiting | nothing | done


async def test_operators_list_dead_jobs_with_their_reasons_and_have_them_tried_again(
    house: House, client: httpx.AsyncClient, hanbit: Account, operator: Account
) -> None:
    FAILS["now"] = True
    job = await asked(house, hanbit)
    await run_due(house, KIND)
    assert (await asks(client, operator).ask(DEAD))["jobs"] == {
        "totalCount": 1,
        "nodes": [
            {
                "id": job,
                "name": "test.job",
                "reasonKo": "서버가 받지 않습니다",
                "arguments": {"of": hanbit.organization_id},
                "askedBy": {"loginId": "hanbit"},
            }
        ],
    }
    FAILS["now"] = False
    assert top_codes(await asks(client, hanbit).send(RETRY, id=job)) == ["FORBIDDEN"]
    again = await asks(client, operator).change(RETRY, id=job)
    assert again["job"] == {"state": "QUEUED"}
    await run_due(house, KIND)
    assert (await watched(client, hanbit, job))["state"] == "DONE"
    assert codes(await asks(client, operator).objections(RETRY, id=job)) == ["JOB_NOT_DEAD"]


async def test_what_is_no_job_is_not_found(client: httpx.AsyncClient, operator: Account) -> None:
    unknown = to_global_id("Job", 999_999)
    assert (await asks(client, operator).ask(JOB, id=unknown))["job"] is None
    assert codes(await asks(client, operator).objections(RETRY, id=unknown)) == ["JOB_NOT_FOUND"]
    foreign = await asks(client, operator).send(JOB, id=to_global_id("Filing", 1))
    assert foreign["errors"]
