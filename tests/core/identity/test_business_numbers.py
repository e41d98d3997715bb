"""Business numbers, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.house import House
from core.identity import (
    business_number_printed,
    check_business_number,
    corporate_number_printed,
    parse_business_number,
    parse_corporate_number,
)
from tests.support.numbers import business_number


@pytest.mark.parametrize(
    "written",
    [
        "1048203590",
        "104-82-03590",
        " 104 - 82 - 03590 ",
        "１０４８２０３５９０",
        "１０４－８２－０３５９０",
        "104–82–03590",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert parse_business_number(written) == "1048203590"


def test_a_last_digit_that_does_not_check_is_said_to_be_wrong() -> None:
    (violation,) = check_business_number("1048203900", "businessNumber")
    assert violation.code == "IDENTITY_BUSINESS_NUMBER_CHECKSUM"
    assert violation.path == ("businessNumber",)
    assert "104-82-03900" in violation.message.ko


@pytest.mark.parametrize(
    "written", ["", "104820359", "10482035900", "10482O3590", "104/82/03590", "١٠٤٨٢٠٣٥٩٠", "\x00"]
)
def test_what_is_not_ten_digits_has_the_wrong_form(written: str) -> None:
    assert [violation.code for violation in check_business_number(written)] == ["IDENTITY_BUSINESS_NUMBER_FORM"]


@given(st.integers(0, 999_999), st.integers(1, 9))
def test_any_other_last_digit_does_not_check(serial: int, shift: int) -> None:
    number = business_number(serial)
    other = number[:9] + str((int(number[9]) + shift) % 10)
    assert not check_business_number(number)
    assert [violation.code for violation in check_business_number(other)] == ["IDENTITY_BUSINESS_NUMBER_CHECKSUM"]


@given(st.text(max_size=20))
def test_any_text_at_all_is_either_ten_digits_or_refused(written: str) -> None:
    try:
        number = parse_business_number(written)
    except Refused:
        return
    assert number.isascii() and number.isdigit() and len(number) == 10


async def test_the_database_checks_as_python_does(house: House) -> None:
    numbers = ["1048203590", "1048203900", *(f"10482{tail:05d}" for tail in range(300))]
    async with house.database.reading() as tx:
        rows = await tx.connection.fetch("SELECT n, is_business_number(n) AS valid FROM unnest($1::text[]) n", numbers)
    assert {row["n"]: row["valid"] for row in rows} == {number: not check_business_number(number) for number in numbers}


def test_numbers_are_printed_with_their_hyphens() -> None:
    assert business_number_printed("1048203590") == "104-82-03590"
    assert corporate_number_printed("1101110000001") == "110111-0000001"


def test_a_corporate_number_has_thirteen_digits() -> None:
    assert parse_corporate_number("１１０１１１-0000001") == "1101110000001"
    with pytest.raises(Refused, match="IDENTITY_CORPORATE_NUMBER_FORM"):
        parse_corporate_number("110111-000001")
