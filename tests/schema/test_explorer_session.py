"""The explorer in a real browser: it keeps a session by a cookie, ends it on the server, and stores no secret."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, Page, expect

from core.house import House
from tests.core.identity.scene import PASSWORD, join
from tests.support.browser import browsing
from tests.support.servers import running

STORED = """async () => JSON.stringify([
  {...localStorage}, {...sessionStorage}, location.href, history.state, document.cookie, (await indexedDB.databases()),
])"""
KEPT_BEFORE = {
    "graphiql:headers": '{"Authorization": "Bearer KEPT-BEFORE"}',
    "graphiql:queries": json.dumps(
        {"queries": [{"query": "{ __typename }", "headers": '{"Authorization": "Bearer KEPT-BEFORE"}'}]}
    ),
}
LONG = 60_000  # milliseconds: a loaded machine takes its time to start an editor


@pytest.fixture
async def context() -> AsyncIterator[BrowserContext]:
    async with browsing() as context:
        context.set_default_timeout(LONG)
        yield context


@pytest.fixture
async def address(house: House, database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    await join(house, 1, "hanbit")
    with running(database_url, tmp_path, DURE_WORKER="false") as (address, _, _):
        yield address


async def opened(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=LONG)
    return page


async def entered(page: Page) -> None:
    await page.get_by_label("아이디").fill("hanbit")
    await page.get_by_label("비밀번호").fill(PASSWORD)
    await page.get_by_role("button", name="로그인").click()
    await expect(page.get_by_role("status")).to_have_text("hanbit 로그인됨", timeout=LONG)


async def typed(page: Page, editor: str, text: str) -> None:
    """Replace what is in an editor."""
    await page.locator(f"{editor} .view-lines").first.click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text(text)
    await page.keyboard.press("ControlOrMeta+Shift+End")  # the brackets that the editor closed by itself
    await page.keyboard.press("Delete")


async def run(page: Page) -> None:
    async with page.expect_response(lambda response: response.url.endswith("/graphql")):
        await page.get_by_role("button", name="Execute query").click()


async def answered(page: Page, text: str) -> None:
    """Run until the answer has this text: the editor knows a little later which operation it holds."""
    for _ in range(20):
        await run(page)
        try:
            await expect(page.locator(".result-window")).to_contain_text(text, timeout=3_000)
        except AssertionError:
            continue
        return
    raise AssertionError(text)


async def token_of(context: BrowserContext) -> str:
    (cookie,) = [each for each in await context.cookies() if each["name"] == "dure_token"]
    assert cookie["httpOnly"]
    return cookie["value"]


async def test_signing_in_shows_and_stores_no_token_and_a_reload_keeps_the_session(
    context: BrowserContext, address: str
) -> None:
    page = await opened(context, address)
    await entered(page)
    token = await token_of(context)
    await typed(page, ".graphiql-query-editor", "{ viewer { member { loginId } } }")
    await answered(page, "hanbit")
    await page.get_by_role("button", name="Headers").click()
    for _ in range(2):
        stored = await page.evaluate(STORED)
        assert "__typename" in stored or "viewer" in stored  # tabs are kept
        assert token not in stored and PASSWORD not in stored
        shown = await page.content()
        assert token not in shown and "Authorization" not in shown
        await page.reload()
        await expect(page.get_by_role("status")).to_have_text("hanbit 로그인됨", timeout=LONG)


async def test_a_change_is_made_in_the_session(context: BrowserContext, address: str) -> None:
    page = await opened(context, address)
    await entered(page)
    change = 'mutation { updateOrganization(input: {address: "서울"}) { organization { address } errors { code } } }'
    await typed(page, ".graphiql-query-editor", change)
    await answered(page, "서울")


async def test_signing_out_ends_the_token_on_the_server_and_nothing_brings_it_back(
    context: BrowserContext, address: str
) -> None:
    page = await opened(context, address)
    await entered(page)
    token = await token_of(context)
    await typed(page, ".graphiql-query-editor", "{ viewer { signedIn } }")
    await answered(page, "true")
    await page.get_by_role("button", name="로그아웃").click()
    await expect(page.get_by_role("button", name="로그인")).to_be_visible(timeout=LONG)
    assert [each["name"] for each in await context.cookies()] == []
    for headers in ({"cookie": f"dure_token={token}"}, {"authorization": f"Bearer {token}"}):
        async with httpx.AsyncClient() as http:
            asked = await http.post(f"{address}/graphql", json={"query": "{ viewer { signedIn } }"}, headers=headers)
        assert '"signedIn":true' not in asked.text
    await page.reload()
    await expect(page.get_by_role("button", name="로그인")).to_be_visible(timeout=LONG)
    await page.get_by_role("button", name="Show History").click()
    await page.locator(".graphiql-history-item-label").first.click()
    await page.get_by_role("button", name="Headers").click()
    assert token not in await page.content() and "Authorization" not in await page.content()
    assert token not in await page.evaluate(STORED)


async def test_secrets_that_are_typed_by_hand_are_kept_nowhere(context: BrowserContext, address: str) -> None:
    page = await opened(context, address)
    await page.get_by_role("button", name="Headers").click()
    await typed(page, ".graphiql-editor-tool .graphiql-editor:not(.hidden)", '{"Authorization": "Bearer HAND-TYPED"}')
    await run(page)
    await page.get_by_role("button", name="Variables").click()
    await typed(page, ".graphiql-editor-tool .graphiql-editor:not(.hidden)", '{"pw": "BY-VARIABLE"}')
    by_variable = 'mutation A($pw: String!) { signIn(input: {loginId: "hanbit", password: $pw}) { token } }'
    in_document = 'mutation B { signIn(input: {loginId: "hanbit", password: "IN-DOCUMENT"}) { token } }'
    for document in (by_variable, in_document):
        await typed(page, ".graphiql-query-editor", document)
        await run(page)
    await page.wait_for_function("() => (localStorage.getItem('graphiql:tabState') ?? '').includes('mutation B')")
    await page.wait_for_function("() => (localStorage.getItem('graphiql:queries') ?? '').includes('mutation')")
    stored = await page.evaluate(STORED)
    for secret in ("HAND-TYPED", "BY-VARIABLE", "IN-DOCUMENT"):
        assert secret not in stored, secret
    await page.reload()
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_be_visible(timeout=LONG)
    shown = await page.content()
    assert not any(secret in shown for secret in ("HAND-TYPED", "BY-VARIABLE", "IN-DOCUMENT"))


async def test_what_an_earlier_version_kept_is_removed(context: BrowserContext, address: str) -> None:
    for name, value in KEPT_BEFORE.items():
        await context.add_init_script(
            f"if (!sessionStorage.getItem({name!r})) {{ sessionStorage.setItem({name!r}, 'set');"
            f" localStorage.setItem({name!r}, {json.dumps(value)}); }}"
        )
    page = await opened(context, address)
    stored = await page.evaluate(STORED)
    assert "KEPT-BEFORE" not in stored and "graphiql:queries" in stored
