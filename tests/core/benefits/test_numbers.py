"""A certificate's number: not to be guessed, read however it was typed, and told from a mistyped one."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.benefits import certificate_by_number, new_number, normal_number
from core.benefits.numbers import ALPHABET, check_letter, well_formed
from tests.core.benefits.conftest import Shop

BODIES = st.text(alphabet=ALPHABET, min_size=11, max_size=11)
YEARS = st.integers(min_value=2018, max_value=2999)


def number(year: int, body: str) -> str:
    return f"{year}{body}{check_letter(f'{year}{body}')}"


@given(YEARS, BODIES)
def test_every_single_wrong_letter_is_noticed(year: int, body: str) -> None:
    right = number(year, body)
    assert well_formed(right)
    for place, letter in enumerate(right):
        for other in ALPHABET:
            assert (other == letter) == well_formed(right[:place] + other + right[place + 1 :])


@given(YEARS, BODIES)
def test_any_two_letters_exchanged_are_noticed_neighbours_or_not(year: int, body: str) -> None:
    right = number(year, body)
    for one, other in combinations(range(len(right)), 2):
        letters = list(right)
        letters[one], letters[other] = letters[other], letters[one]
        assert well_formed("".join(letters)) == (letters[one] == letters[other])


@given(YEARS, BODIES, st.integers(min_value=0, max_value=15))
def test_a_letter_left_out_or_typed_twice_is_noticed(year: int, body: str, place: int) -> None:
    right = number(year, body)
    assert not well_formed(right[:place] + right[place + 1 :])
    assert not well_formed(right[:place] + right[place] + right[place:])


@given(st.text(max_size=40))
def test_anything_typed_is_read_without_an_error_and_reading_it_again_changes_nothing(typed: str) -> None:
    assume("\x00" not in typed)
    assert normal_number(normal_number(typed)) == normal_number(typed)
    well_formed(normal_number(typed))


@pytest.mark.parametrize("year", [2026, 2099])
def test_new_numbers_have_their_form_and_differ(year: int) -> None:
    made = [new_number(year) for _ in range(2_000)]
    assert len(set(made)) == 2_000
    for each in made:
        assert well_formed(each)
        assert normal_number(each) == each
        assert each.startswith(f"{year}-")
        assert len(each) == 19
    assert {letter for each in made for letter in each[5:] if letter != "-"} == set(ALPHABET)


async def test_a_certificate_is_found_however_its_number_was_typed_and_not_when_mistyped(shop: Shop) -> None:
    issued = await shop.issue()
    right = issued.number
    wide = right.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    misread = right.replace("0", "O").replace("1", "l").replace("2", "Z")
    async with shop.house.database.reading() as tx:
        for typed in (
            right,
            right.lower(),
            right.replace("-", ""),
            f" {right} ",
            right.replace("-", " "),
            wide,
            misread,
        ):
            found = await certificate_by_number(tx, typed)
            assert found is not None, typed
            assert found.id == issued.id
        other = ALPHABET[(ALPHABET.index(right[6]) + 1) % len(ALPHABET)]
        for typed in (right[:6] + other + right[7:], "", "2026", "없는 번호", new_number(2026), "'; --"):
            assert await certificate_by_number(tx, typed) is None
