"""Keys: from the settings or a file for its owner alone, changed while everything goes on, and never the wrong ones."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.house import House
from core.masking import PersonalKind
from core.personal import KeysUnusable, Vault, new_key, opened_facts, rotate_keys
from core.personal.keys import KeyRing
from core.settings import Settings
from tests.core.personal.conftest import HONG, Campus

NAME = PersonalKind.NAME


def with_keys(house: House, *keys: str) -> House:
    settings = house.settings.model_copy(update={"personal_keys": SecretStr(",".join(keys))})
    return replace(house, settings=settings, vault=Vault())


def file_key(house: House) -> str:
    return (house.settings.data_dir / "personal.key").read_text().strip()


async def opened(house: House) -> None:
    async with house.work():
        pass


async def test_without_a_key_one_is_made_for_its_owner_alone_and_stays(house: House) -> None:
    await opened(house)
    path = house.settings.data_dir / "personal.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_text()
    await opened(replace(house, vault=Vault()))
    assert path.read_text() == first
    assert [each.name for each in house.settings.data_dir.iterdir()] == ["personal.key"]


async def test_many_that_start_at_once_make_one_key_and_one_set_of_secrets(house: House) -> None:
    houses = [replace(house, vault=Vault()) for _ in range(8)]
    await asyncio.gather(*(opened(each) for each in houses))
    assert len({each.vault.lookup(NAME, "홍길동") for each in houses}) == 1


async def test_a_key_file_that_others_can_read_is_refused(house: House) -> None:
    await opened(house)
    (house.settings.data_dir / "personal.key").chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        await opened(replace(house, vault=Vault()))


@pytest.mark.parametrize("written", ["short", "", " , ", "x" * 43, "한글"])
def test_what_is_no_key_is_refused(written: str, tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable, match="dure new-key"):
        KeyRing.of(Settings(data_dir=tmp_path, personal_keys=SecretStr(written)))


async def test_the_wrong_key_opens_nothing_and_says_where_keys_come_from(house: House) -> None:
    await opened(house)
    with pytest.raises(KeysUnusable, match="encrypted with other keys than these"):
        await opened(with_keys(house, new_key()))


def test_no_setting_shows_its_keys() -> None:
    key = new_key()
    settings = Settings(personal_keys=SecretStr(key))
    assert key not in repr(settings) and key not in repr(KeyRing.of(settings))


async def test_keys_change_in_slices_while_old_and_new_are_both_read(campus: Campus) -> None:
    await campus.filed(*(replace(HONG, student_number=f"2023{place:04}") for place in range(9)))
    old, new = file_key(campus.house), new_key()
    both = with_keys(campus.house, new, old)
    seen: list[int] = []
    done = await rotate_keys(both, seen.append, at_once=10)
    assert (done.secrets, done.facts, seen) == (2, 27, [10, 20, 27])

    only_new = with_keys(campus.house, new)
    async with only_new.work() as work:
        ids = [row["id"] for row in await campus.rows("SELECT id FROM activity ORDER BY id")]
        facts = await opened_facts(work, ids)
    assert {each["student"] for each in facts.values()} == {"홍길동"}
    assert only_new.vault.lookup(NAME, "홍길동") == campus.house.vault.lookup(NAME, "홍길동")
    assert (await rotate_keys(only_new)).facts == 0
    with pytest.raises(KeysUnusable):
        await opened(with_keys(campus.house, old))


async def test_what_is_filed_and_read_meanwhile_is_not_disturbed(campus: Campus) -> None:
    await campus.filed(*(replace(HONG, student_number=f"2023{place:04}") for place in range(20)))
    old, new = file_key(campus.house), new_key()
    both = with_keys(campus.house, new, old)
    serving = replace(campus, house=with_keys(campus.house, old, new))

    async def file(place: int) -> None:
        await serving.filed(replace(HONG, student_number=f"2024{place:04}"))

    await asyncio.gather(rotate_keys(both, at_once=7), *(file(place) for place in range(6)))
    await rotate_keys(both)
    count = "SELECT count(*) FILTER (WHERE key_id <> $1) AS old, count(*) AS n FROM personal_fact"
    (left,) = await campus.rows(count, both.vault.ring.current)
    assert left == {"old": 0, "n": 78}
    async with both.work() as work:
        ids = [row["id"] for row in await campus.rows("SELECT id FROM activity")]
        assert {each["student"] for each in (await opened_facts(work, ids)).values()} == {"홍길동"}


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        (NAME, "홍길동", "홍*동"), (NAME, "홍동", "홍*"), (NAME, "홍", "*"), (NAME, "남궁길동", "남**동"),
        (NAME, "John Smith", "J*** ****h"), (PersonalKind.NUMBER, "20231234", "20******"),
        (PersonalKind.NUMBER, "1234", "****"), (PersonalKind.PHONE, "010-1234-5678", "010-****-5678"),
        (PersonalKind.PHONE, "02-123-4567", "0*-***-4567"), (PersonalKind.PHONE, "1234", "****"),
        (PersonalKind.BIRTH, "1999-03-02", "1999-**-**"), (PersonalKind.EMAIL, "hong@example.org", "h***@example.org"),
        (PersonalKind.EMAIL, "hong", "***"), (PersonalKind.OTHER, "무엇이든", "***"), (NAME, "", "*"),
    ],
)  # fmt: skip
def test_each_kind_has_its_mask(kind: PersonalKind, text: str, masked: str) -> None:
    assert kind.masked(text) == masked
