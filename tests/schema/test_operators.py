"""The first operator: made once, and let in although the first code was never seen."""

from __future__ import annotations

import pytest

from core.demo import PASSWORD
from core.errors import Refused
from core.house import House
from core.identity import reset_password, sign_in
from schema.cli.operators import make_operator

WHO = ("kim.operator", "[/김운영]", "마일리지운영원", "000-90-00016")


async def test_asked_for_again_before_there_is_a_password_there_is_a_new_code(house: House) -> None:
    first = await make_operator(house, *WHO)
    second = await make_operator(house, *WHO)
    assert (second.login_id, second.member_id) == (first.login_id, first.member_id)
    assert second.code not in (None, first.code)
    await reset_password(house, login_id=WHO[0], code=second.code or "", new=PASSWORD, confirm=PASSWORD)
    await sign_in(house, login_id=WHO[0], password=PASSWORD)
    with pytest.raises(Refused):
        await make_operator(house, *WHO)
