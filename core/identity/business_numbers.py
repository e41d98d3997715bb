"""Numbers organizations are known by: 사업자등록번호 (ten digits, checked) and 법인등록번호 (thirteen digits)."""

from __future__ import annotations

import unicodedata

from core.errors import Violation, refuse_any
from core.identity.problems import BUSINESS_NUMBER_CHECKSUM, BUSINESS_NUMBER_FORM, CORPORATE_NUMBER_FORM


def check_digit(head: str) -> int:
    """The tenth digit of a business number, from the nine before it: weighed 1 3 7 1 3 7 1 3 5, tens of the last.

    Raises `ValueError` for more letters or fewer. Written out, since every look-up by number asks for it.
    """
    a, b, c, d, e, f, g, h, i = head.encode()  # each 48 more than its digit, which the weights make 31 times
    return -(a + d + g + 3 * (b + e + h) + 7 * (c + f) + 5 * i - 48 * 31 + (i - 48) * 5 // 10) % 10


def normalized(written: str) -> str:
    """Full-width digits and dashes as ASCII, separators and spaces dropped."""
    if written.isascii() and written.isdigit():
        return written
    from stdnum.kr import brn

    return brn.compact(unicodedata.normalize("NFKC", written))


def check_business_number(written: str, *path: str | int) -> list[Violation]:
    """What is wrong with a 사업자등록번호 as somebody wrote it: its form, or its last digit."""
    return _wrong_with(normalized(written), written, path)


def parse_business_number(written: str, *path: str | int) -> str:
    """The ten digits, whichever way they were written. Raises `Refused`, with `businessNumber` as the default path."""
    number = normalized(written)
    refuse_any(_wrong_with(number, written, path or ("businessNumber",)))
    return number


def parse_corporate_number(written: str, *path: str | int) -> str:
    """The thirteen digits of a 법인등록번호; only its form is checked. Raises `Refused`."""
    number = normalized(written)
    if len(number) != 13 or not (number.isascii() and number.isdigit()):
        raise CORPORATE_NUMBER_FORM.refuse(*(path or ("corporateNumber",)), number=written)
    return number


def business_number_printed(number: str) -> str:
    """`1048203590` as `104-82-03590`."""
    return f"{number[:3]}-{number[3:5]}-{number[5:]}"


def corporate_number_printed(number: str) -> str:
    """`1101110000001` as `110111-0000001`."""
    return f"{number[:6]}-{number[6:]}"


def _wrong_with(number: str, written: str, path: tuple[str | int, ...]) -> list[Violation]:
    if not _has_the_form(number):
        return [BUSINESS_NUMBER_FORM.at(*path, number=written)]
    if check_digit(number[:9]) != int(number[9]) or not int(number):
        return [BUSINESS_NUMBER_CHECKSUM.at(*path, number=business_number_printed(number))]
    return []


def _has_the_form(number: str) -> bool:
    """Ten digits. Ranges that are never issued have it too: examples and tests live there."""
    return len(number) == 10 and number.isascii() and number.isdigit()
