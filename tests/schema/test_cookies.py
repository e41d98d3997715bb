"""Signing in by cookie: out of scripts' reach, and of no use to a page of another site."""

from __future__ import annotations

from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
import pytest

from core.house import House
from tests.support.api import asks, company, sign_in, sign_up

VIEWER = "{ viewer { signedIn member { loginId } } }"
SIGN_OUT = "mutation { signOut { errors { code } } }"
ADDRESS = """mutation { updateOrganization(input: {address: "서울"}) {
  organization { address } errors { code }
} }"""
SIGN_IN = 'mutation { signIn(input: {loginId: "hanbit", password: "Sunrise-2026", cookie: true}) { csrfToken token } }'


async def sent(
    client: httpx.AsyncClient, document: str, csrf: str | None = None, **headers: str
) -> tuple[dict[str, Any], httpx.Response]:
    named = headers | ({} if csrf is None else {"x-csrf-token": csrf})
    response = await client.post("/graphql", json={"query": document}, headers=named)
    return response.json(), response


def cookies_of(response: httpx.Response) -> dict[str, Morsel[str]]:
    found: SimpleCookie = SimpleCookie()
    for each in response.headers.get_list("set-cookie"):
        found.load(each)
    return dict(found)


@pytest.fixture
async def csrf(client: httpx.AsyncClient) -> str:
    """The CSRF token of the company's main user, who is signed in by cookie; the client keeps the cookies."""
    await sign_up(asks(client), 1, "hanbit")
    answer, _ = await sent(client, SIGN_IN)
    found: str = answer["data"]["signIn"]["csrfToken"]
    return found


async def test_the_token_is_in_a_cookie_that_no_script_reads_and_not_in_the_answer(client: httpx.AsyncClient) -> None:
    await sign_up(asks(client), 1, "hanbit")
    answer, response = await sent(client, SIGN_IN)
    payload = answer["data"]["signIn"]
    cookies = cookies_of(response)
    assert set(cookies) == {"dure_token", "dure_csrf"}
    token, csrf = cookies["dure_token"], cookies["dure_csrf"]
    assert payload["token"] is None
    assert token.value not in response.text
    assert payload["csrfToken"] == csrf.value
    assert (token["httponly"], csrf["httponly"]) == (True, "")
    for cookie in (token, csrf):
        assert cookie["samesite"].lower() == "strict"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["max-age"] == str(12 * 3600)
        assert not cookie["secure"]


async def test_without_asking_for_a_cookie_none_is_set(client: httpx.AsyncClient) -> None:
    await sign_up(asks(client), 1, "hanbit")
    payload = await sign_in(asks(client), "hanbit")
    assert payload["token"]
    assert payload["csrfToken"] is None
    assert not client.cookies


async def test_a_wrong_password_sets_no_cookie(client: httpx.AsyncClient) -> None:
    _, response = await sent(client, SIGN_IN)
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("given", [None, "", "x", "토큰"])
async def test_a_change_without_the_right_header_is_nobodys(
    client: httpx.AsyncClient, csrf: str, given: str | None
) -> None:
    headers = {} if given is None else {"x-csrf-token": given.encode()}
    response = await client.post("/graphql", json={"query": ADDRESS}, headers=headers)  # type: ignore[arg-type]
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_the_csrf_token_of_another_sign_in_does_not_do(client: httpx.AsyncClient, csrf: str) -> None:
    other, _ = await sent(client, SIGN_IN)  # the cookies are the second sign-in's now
    assert other["data"]["signIn"]["csrfToken"] != csrf
    answer, _ = await sent(client, ADDRESS, csrf)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_change_with_the_right_header_is_done(client: httpx.AsyncClient, csrf: str) -> None:
    answer, _ = await sent(client, ADDRESS, csrf)
    assert answer == {"data": {"updateOrganization": {"organization": {"address": "서울"}, "errors": []}}}


async def test_queries_need_the_cookie_only(client: httpx.AsyncClient, csrf: str) -> None:
    response = await client.get("/graphql", params={"query": VIEWER})
    assert response.json()["data"]["viewer"] == {"signedIn": True, "member": {"loginId": "hanbit"}}
    answer, _ = await sent(client, VIEWER, csrf)
    assert answer["data"]["viewer"]["signedIn"]


async def test_a_bearer_token_goes_before_the_cookie_and_needs_no_header(
    client: httpx.AsyncClient, house: House, csrf: str
) -> None:
    other = await company(house, "daesung")
    answer, _ = await sent(client, VIEWER, authorization=f"Bearer {other.token}")
    assert answer["data"]["viewer"]["member"] == {"loginId": "daesung"}
    answer, _ = await sent(client, ADDRESS, authorization=f"Bearer {other.token}")
    assert answer["data"]["updateOrganization"]["errors"] == []


async def test_a_token_made_for_a_header_changes_nothing_as_a_cookie(client: httpx.AsyncClient, house: House) -> None:
    who = await company(house, "hanbit")
    client.cookies.set("dure_token", who.token)
    for csrf in ("", who.token):
        answer, _ = await sent(client, ADDRESS, csrf)
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_old_cookie_is_nobodys_and_does_not_keep_anybody_from_signing_in(client: httpx.AsyncClient) -> None:
    await sign_up(asks(client), 1, "hanbit")
    client.cookies.set("dure_token", "gone")
    answer, _ = await sent(client, VIEWER)
    assert answer["data"]["viewer"]["signedIn"] is False
    answer, _ = await sent(client, SIGN_IN)
    assert answer["data"]["signIn"]["csrfToken"]


@pytest.mark.parametrize("mutation", ["signOut", "signOutEverywhere(input: {})"])
async def test_signing_out_takes_the_cookies_and_ends_the_token(
    client: httpx.AsyncClient, csrf: str, mutation: str
) -> None:
    token = client.cookies["dure_token"]
    answer, response = await sent(client, f"mutation {{ {mutation} {{ errors {{ code }} }} }}", csrf)
    assert "errors" not in answer
    assert {name: cookie["max-age"] for name, cookie in cookies_of(response).items()} == {
        "dure_token": "0",
        "dure_csrf": "0",
    }
    assert not client.cookies
    response = await client.get("/graphql", params={"query": VIEWER}, headers={"cookie": f"dure_token={token}"})
    assert response.json()["data"]["viewer"]["signedIn"] is False


async def test_a_page_of_another_site_can_sign_nobody_out(client: httpx.AsyncClient, csrf: str) -> None:
    answer, response = await sent(client, SIGN_OUT)
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert "set-cookie" not in response.headers
    form = {"operations": f'{{"query": "{SIGN_OUT}"}}', "map": "{}"}
    response = await client.post("/graphql", data=form, files={"0": b""})
    assert response.status_code == 400


async def test_behind_tls_the_cookies_are_secure(house: House, client: httpx.AsyncClient) -> None:
    from dataclasses import replace

    from schema.http.app import application

    await sign_up(asks(client), 1, "hanbit")
    secure = replace(house, settings=house.settings.model_copy(update={"secure_cookies": True}))
    transport = httpx.ASGITransport(app=application(secure))
    async with httpx.AsyncClient(transport=transport, base_url="https://dure.test") as http:
        _, response = await sent(http, SIGN_IN)
    assert all(cookie["secure"] for cookie in cookies_of(response).values())
