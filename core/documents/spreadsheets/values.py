"""One cell, read as what its column holds: the many spellings of one value in, the value out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.documents.spreadsheets import problems
from core.documents.spreadsheets.problems import Unreadable
from core.identity.business_numbers import check_business_number, normalized
from core.identity.problems import BUSINESS_NUMBER_FORM
from core.language import Text
from core.workbooks.cells import Raw, clean, is_blank
from core.workbooks.columns import Column, Kind, plain

ERROR_VALUES = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
DIGITS = frozenset("0123456789")
YES = frozenset(("예", "네", "yes", "y", "true", "o", "1"))
NO = frozenset(("아니오", "아니요", "no", "n", "false", "x", "0"))
DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{0,15})?|[+-]?\.\d{1,15}", re.ASCII)
WEEKDAY_OR_TIME = r"\.?\s*(?:\(?[월화수목금토일](?:요일)?\)?)?\s*(?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
DATES = tuple(
    re.compile(form + WEEKDAY_OR_TIME, re.ASCII)
    for form in (
        r"(\d+)\s*([-./])\s*(\d{1,2})\s*\2\s*(\d{1,2})",
        r"(\d+)\s*(년)\s*(\d{1,2})\s*월\s*(\d{1,2})\s*일",
        r"(\d{4})()(\d{2})(\d{2})",
    )
)


def seen(raw: Raw) -> str:
    """A cell as a complaint quotes it, at most 80 characters."""
    match raw:
        case bool():
            text = str(raw).upper()
        case float():
            text = format(raw, ".15g")
        case _:
            text = str(raw)
    return text if len(text) <= 80 else text[:79] + "…"


def read_value(column: Column, raw: Raw) -> object:
    """The value of a cell; None when it is blank and may be.

    Raises `Unreadable` with the reason a person can act on.
    """
    if is_blank(raw):
        if column.required:
            raise Unreadable(problems.REQUIRED.at())
        return None
    if isinstance(raw, str):
        if column.digits_only:
            _check_digits(column, raw)
        raw = clean(raw)
        if raw.upper() in ERROR_VALUES:
            raise Unreadable(problems.ERROR_VALUE.at())
    return READERS[column.kind](column, raw)


def _text(column: Column, raw: Raw) -> str:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Unreadable(problems.NOT_TEXT.at())
    text = raw if isinstance(raw, str) else format(_decimal_of(raw), "f")
    if len(text) > column.max_length:
        raise Unreadable(problems.TOO_LONG.at(limit=column.max_length))
    return text


def _decimal_of(raw: int | float) -> Decimal:
    """A number cell to the 15 digits Excel keeps, so that 0.1 × 30 is 3 and not a little more."""
    number = Decimal(format(raw, ".15g"))
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Unreadable(problems.NOT_A_NUMBER.at())
    return number


def _number(column: Column, raw: Raw) -> Decimal:
    if isinstance(raw, str):
        text = raw.translate(DASHES).casefold()
        for unit in column.units:
            if text.endswith(unit.casefold()):
                text = text.removesuffix(unit.casefold()).rstrip()
                break
        if not NUMBER.fullmatch(text):
            raise Unreadable(problems.NOT_A_NUMBER.at())
        return Decimal(text.replace(",", ""))
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Unreadable(problems.NOT_A_NUMBER.at())
    return _decimal_of(raw)


def _integer(column: Column, raw: Raw) -> int:
    number = _number(column, raw)
    if number != number.to_integral_value():
        raise Unreadable(problems.NOT_WHOLE.at())
    whole = int(number)
    _check_bounds(column, whole)
    if column.step is not None and whole % column.step:
        raise Unreadable(problems.NOT_A_STEP.at(step=str(column.step)))
    return whole


def _decimal(column: Column, raw: Raw) -> Decimal:
    number = _number(column, raw)
    _check_bounds(column, number)
    if column.step is not None and number % column.step:
        raise Unreadable(problems.NOT_A_STEP.at(step=str(column.step)))
    return Decimal(format(number.normalize(), "f"))


def _date(column: Column, raw: Raw) -> date:
    try:
        day = _day(raw)
    except Unreadable:
        if column.digits_only and isinstance(raw, str):
            raise Unreadable(problems.NOT_YYYYMMDD.at()) from None
        raise
    _check_bounds(column, day)
    return day


def _day(raw: Raw) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, float | int) and not isinstance(raw, bool):
        raw = format(raw, ".15g")  # 20260302 typed as a number
        if len(raw) != 8:
            raise Unreadable(problems.NOT_A_DATE.at())
    if isinstance(raw, str):
        for form in DATES:
            if found := form.fullmatch(raw.translate(DASHES)):
                year, _, month, day = found.groups()
                if len(year) == 2:
                    raise Unreadable(problems.SHORT_YEAR.at())
                if len(year) == 4:
                    try:
                        return date(int(year), int(month), int(day))
                    except ValueError:
                        break
    raise Unreadable(problems.NOT_A_DATE.at())


def _business_number(column: Column, raw: Raw) -> str:
    """Ten digits. A number cell of 8 or 9 has lost its leading zeros; the checksum decides whether that was all."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Unreadable(BUSINESS_NUMBER_FORM.at(number=seen(raw)))
    text = raw.translate(DASHES) if isinstance(raw, str) else format(_decimal_of(raw), "f")
    if not isinstance(raw, str) and len(text) in (8, 9):
        text = text.zfill(10)
    for violation in check_business_number(text):
        raise Unreadable(violation)
    return normalized(text)


def _flag(_column: Column, raw: Raw) -> bool:
    if isinstance(raw, bool):
        return raw
    word = plain(raw) if isinstance(raw, str) else seen(raw)
    if word not in YES and word not in NO:
        raise Unreadable(problems.NOT_YES_OR_NO.at())
    return word in YES


def _choice(column: Column, raw: Raw) -> object:
    word = plain(raw if isinstance(raw, str) else seen(raw))
    for value, words in column.choices:
        if word in map(plain, words):
            return value
    raise Unreadable(problems.NOT_A_CHOICE.at(choices=", ".join(words[0] for _, words in column.choices)))


def _check_digits(column: Column, raw: str) -> None:
    """특수기호·공백 없이 숫자만: objects to the first letter that is no digit. A decimal has one point within it."""
    point = column.kind is Kind.DECIMAL
    for place, letter in enumerate(raw):
        if letter in DIGITS:
            continue
        if point and letter == "." and 0 < place < len(raw) - 1:
            point = False
            continue
        raise Unreadable(problems.NOT_DIGITS.at(position=str(place + 1), letter=_named(letter)))


def _named(letter: str) -> Text:
    """A letter as a complaint calls it, so that one that looks like another, or like nothing, is known."""
    if letter in "\r\n":
        return Text("줄바꿈", "a line break")
    if letter.isspace():
        return Text("공백", "a space")
    if unicodedata.category(letter) == "Nd":
        return Text(f'전각 등 다른 숫자 "{letter}"', f'another kind of digit, "{letter}"')
    if not letter.isprintable():
        return Text(f"보이지 않는 글자(U+{ord(letter):04X})", f"an invisible character (U+{ord(letter):04X})")
    return Text(f'"{letter}"', f'"{letter}"')


def _check_bounds(column: Column, value: Any) -> None:
    """Objects to what lies outside the column's bounds, which are of the kind of its values."""
    low, high = column.minimum, column.maximum
    if low is not None and value < low:
        raise Unreadable(problems.TOO_SMALL.at(bound=low if isinstance(low, int) else str(low)))
    if high is not None and value > high:
        raise Unreadable(problems.TOO_GREAT.at(bound=high if isinstance(high, int) else str(high)))


READERS: dict[Kind, Callable[[Column, Raw], object]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.BUSINESS_NUMBER: _business_number,
    Kind.FLAG: _flag,
    Kind.CHOICE: _choice,
}
