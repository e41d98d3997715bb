"""What anybody may look up without an account: answered alike, and limited by address."""

from __future__ import annotations

import json
from typing import Any

import httpx

from core.house import House
from tests.support.api import asks, company, organization
from tests.support.numbers import business_number

FREE = "query ($id: String!) { loginIdAvailable(loginId: $id) }"
SIGN_UP = """mutation ($number: String!, $password: String!, $code: String) {
  signUp(input: {businessNumber: $number, name: "새회사", loginId: "newcomer", password: $password, claimCode: $code,
    person: {name: "이담당", email: "lee@hanbit.example.kr", phone: "02-1234-5678"}}) {
      organization { id } errors { code path message } } }"""
RESET = """mutation ($id: String!, $email: String!) {
  requestPasswordReset(input: {loginId: $id, email: $email}) { errors { code } }
}"""


async def test_a_bad_password_says_only_that_of_whichever_number(client: httpx.AsyncClient, house: House) -> None:
    claimed = await company(house, "hanbit")
    async with house.work() as work:
        _, on_record = await organization(work)
    answers: list[Any] = []
    for number in (claimed.business_number, on_record, business_number(77)):
        body = {"query": SIGN_UP, "variables": {"number": number, "password": "short"}}
        response = await client.post("/graphql", json=body)
        answers.append((response.status_code, response.text))
    assert answers[0] == answers[1] == answers[2]
    codes = [each["code"] for each in json.loads(answers[0][1])["data"]["signUp"]["errors"]]
    assert set(codes) == {"IDENTITY_PASSWORD_LENGTH", "IDENTITY_PASSWORD_DIGIT", "IDENTITY_PASSWORD_SPECIAL"}


async def test_with_a_wrong_code_and_without_one_what_exists_is_refused_alike(
    client: httpx.AsyncClient, house: House
) -> None:
    claimed = await company(house, "hanbit")
    async with house.work() as work:
        _, on_record = await organization(work)
    for code in (None, "0000-0000-0000-0000"):
        texts = set()
        for number in (claimed.business_number, on_record):
            variables = {"number": number, "password": "Sunrise-2026", "code": code}
            texts.add((await client.post("/graphql", json={"query": SIGN_UP, "variables": variables})).text)
        (text,) = texts
        assert ("IDENTITY_CLAIM_CODE_NEEDED" if code is None else "IDENTITY_CODE_WRONG") in text


async def test_a_reset_is_answered_alike_for_everybody_and_limited(client: httpx.AsyncClient, house: House) -> None:
    await company(house, "hanbit")
    public = asks(client)
    for login_id, email in (("hanbit", "lee@hanbit.example.kr"), ("hanbit", "x@y.kr"), ("nobody", "x@y.kr")):
        assert await public.ask(RESET, id=login_id, email=email) == {"requestPasswordReset": {"errors": []}}
    for login_id in ("nobody", "hanbit"):
        for _ in range(6):
            answer = await public.ask(RESET, id=login_id, email="x@y.kr")
        assert answer == {"requestPasswordReset": {"errors": [{"code": "IDENTITY_TOO_MANY_FAILURES"}]}}


async def test_login_ids_are_looked_up_thirty_times_from_an_address(client: httpx.AsyncClient) -> None:
    public = asks(client)
    for place in range(30):
        assert (await public.ask(FREE, id=f"name{place}"))["loginIdAvailable"] is True
    answer = await public.send(FREE, id="another")
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["IDENTITY_TOO_MANY_FAILURES"]


async def test_numbers_of_documents_cannot_be_tried_out(client: httpx.AsyncClient) -> None:
    statuses = [(await client.get(f"/verify/2026-0000-0000-{place:04d}")).status_code for place in range(33)]
    assert statuses == [404] * 30 + [429] * 3
