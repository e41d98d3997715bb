"""A token is good until it expires, is revoked, or its member is deactivated."""

from datetime import timedelta

import pytest

from core.actor import PUBLIC, SYSTEM, Role
from core.errors import NotAllowed, NotSignedIn
from core.house import House
from core.identity import actor_of_token, deactivate_member, sign_in, sign_out, sign_out_everywhere
from tests.core.identity.scene import PASSWORD, actor, enter, join, main_user, staff
from tests.support.clock import SetClock


async def test_a_token_says_who_acts(house: House) -> None:
    joined = await join(house)
    found = await actor(house, (await enter(house)).token)
    assert found is not None and found.token_id is not None
    assert (found.member_id, found.organization_id, found.role, found.main) == (
        joined.member_id, joined.organization_id, Role.MEMBER, True
    )  # fmt: skip


@pytest.mark.parametrize("token", ["", "nothing", "\x00", "\ud800"])
async def test_what_is_no_token_is_nobody(house: House, token: str) -> None:
    await join(house)
    assert await actor(house, token) is None


async def test_a_token_expires(house: House, clock: SetClock) -> None:
    await join(house)
    usual = await enter(house)
    brief = await sign_in(house, login_id="hanbit", password=PASSWORD, lifetime=timedelta(minutes=1))
    clock.forward(seconds=59)
    assert await actor(house, brief.token) is not None
    clock.forward(seconds=1)
    assert await actor(house, brief.token) is None
    clock.forward(hours=12)
    assert await actor(house, usual.token) is None


async def test_signing_out_ends_this_token_and_no_other(house: House) -> None:
    await join(house)
    here, there = await enter(house), await enter(house)
    found = await actor(house, here.token)
    assert found is not None
    async with house.work(found) as work:
        await sign_out(work)
    assert await actor(house, here.token) is None
    assert await actor(house, there.token) is not None


async def test_signing_out_everywhere_ends_them_all(house: House) -> None:
    found = await main_user(house)
    there = await enter(house)
    async with house.work(found) as work:
        assert await sign_out_everywhere(work) == 2
    assert await actor(house, there.token) is None


async def test_an_operator_signs_a_member_out_and_a_stranger_does_not(house: House) -> None:
    ours, theirs = await main_user(house), await main_user(house, 2, "saebit")
    with pytest.raises(NotAllowed):
        async with house.work(ours) as work:
            await sign_out_everywhere(work, theirs.member_id)
    async with house.work(await staff(house)) as work:
        assert await sign_out_everywhere(work, theirs.member_id) == 1


async def test_the_public_has_nothing_to_sign_out_of(house: House) -> None:
    for verb in (sign_out, sign_out_everywhere):
        with pytest.raises(NotSignedIn):
            async with house.work(PUBLIC) as work:
                await verb(work)


async def test_deactivation_ends_tokens(house: House) -> None:
    joined = await join(house)
    entered = await enter(house)
    async with house.work(SYSTEM) as work:
        await deactivate_member(work, joined.member_id)
    assert await actor(house, entered.token) is None


async def test_a_change_by_cookie_needs_the_csrf_token_too(house: House) -> None:
    await join(house)
    entered = await sign_in(house, login_id="hanbit", password=PASSWORD, cookie=True)
    bearer = await enter(house)
    assert entered.csrf is not None
    async with house.database.reading() as tx:
        now = house.clock()
        assert await actor_of_token(tx, entered.token, now) is not None
        assert await actor_of_token(tx, entered.token, now, csrf=entered.csrf) is not None
        assert await actor_of_token(tx, entered.token, now, csrf="") is None
        assert await actor_of_token(tx, entered.token, now, csrf=entered.token) is None
        assert await actor_of_token(tx, bearer.token, now, csrf="") is None
