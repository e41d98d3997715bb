"""Masks: how much of a name, an address or a number is shown, whatever stands between its letters."""

from __future__ import annotations

import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from core.masking import HIDDEN, PersonalKind

HANGUL = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
CHINESE = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
LATIN = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZàéîõüçñşřž")
LETTER = st.one_of(HANGUL, CHINESE, LATIN)
SPACES = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202e\u2060\u2066"
    "\u2069\u2800\u3164\ufe00\ufe0e\ufe0f\ufeff\uffa0\U000e0041\U000e0100"
)
SEPARATORS = "\u00b7\u2027\u30fb\u318d-\u2010\u2011\u2013\u2014.'\u2019_,/"
BETWEEN = st.text(alphabet=st.sampled_from(SPACES + UNSEEN + SEPARATORS), max_size=4)
NAME = st.lists(LETTER, min_size=1, max_size=30)


def shown(masked: str) -> list[str]:
    """The letters of a masked text that are shown."""
    return [each for each in regex.findall(r"\X", masked) if unicodedata.category(each[0])[0] in "LN" and each != "ㆍ"]


@given(NAME, st.data())
def test_of_a_name_two_letters_are_shown_at_most_whatever_stands_between(
    letters: list[str], data: st.DataObject
) -> None:
    text = data.draw(BETWEEN) + "".join(letter + data.draw(BETWEEN) for letter in letters)
    for form in ("NFC", "NFD"):
        masked = PersonalKind.NAME.masked(unicodedata.normalize(form, text))
        composed = [unicodedata.normalize("NFC", letter) for letter in letters]
        expected = {1: [], 2: composed[:1]}.get(len(composed), [composed[0], composed[-1]])
        assert shown(masked) == expected
        assert masked.count(HIDDEN) == len(composed) - len(expected)
        assert not set(masked) & set(UNSEEN)


@given(st.lists(HANGUL, min_size=1, max_size=30))
def test_a_decomposed_name_has_the_mask_of_the_composed_one(letters: list[str]) -> None:
    name = "".join(letters)
    assert PersonalKind.NAME.masked(unicodedata.normalize("NFD", name)) == PersonalKind.NAME.masked(name)


@given(st.text(alphabet=st.characters(), max_size=30), st.sampled_from(PersonalKind))
def test_of_any_text_less_than_all_letters_are_shown(text: str, kind: PersonalKind) -> None:
    letters = shown(unicodedata.normalize("NFKC", text))
    masked = kind.masked(text)
    assert HIDDEN in masked
    if kind is not PersonalKind.EMAIL and letters:
        assert len(shown(unicodedata.normalize("NFKC", masked))) < len(letters)


@given(st.lists(st.sampled_from("0123456789"), min_size=8, max_size=13), st.data())
def test_of_a_telephone_number_the_four_digits_before_the_last_are_hidden(
    digits: list[str], data: st.DataObject
) -> None:
    between = st.text(alphabet=st.sampled_from(SPACES + UNSEEN + "-.()"), max_size=3)
    text = "".join(digit + data.draw(between) for digit in digits)
    kept = [digit for digit in PersonalKind.PHONE.masked(text) if digit.isdigit()]
    assert kept == digits[:-8] + digits[-4:]


@given(st.lists(st.sampled_from("0123456789ABCxyz가나"), min_size=1, max_size=20), st.data())
def test_of_a_number_two_signs_are_shown_and_of_a_short_one_none(signs: list[str], data: st.DataObject) -> None:
    text = "".join(sign + data.draw(BETWEEN) for sign in signs)
    assert shown(PersonalKind.NUMBER.masked(text)) == (signs[:2] if len(signs) > 4 else [])


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        (PersonalKind.NAME, "홍길동", "홍*동"),
        (PersonalKind.NAME, "김 구", "김 *"),
        (PersonalKind.NAME, "이  황", "이  *"),
        (PersonalKind.NAME, unicodedata.normalize("NFD", "김구"), "김*"),
        (PersonalKind.NAME, "김\u3164구", "김*"),
        (PersonalKind.NAME, "김ㆍ구", "김ㆍ*"),
        (PersonalKind.NAME, "\u1100\u200b\u116e", "*"),  # 구 in parts, with something between them
        (PersonalKind.NAME, "남궁 민수", "남* *수"),
        (PersonalKind.NAME, "佐々木", "佐*木"),
        (PersonalKind.NAME, "김😀구", "김**"),
        (PersonalKind.NAME, "★★", "*"),
        (PersonalKind.NAME, "", "*"),
        (PersonalKind.NUMBER, "20190001", "20******"),
        (PersonalKind.NUMBER, "12 34", "** **"),
        (PersonalKind.BIRTH, "1999-03-02", "1999-**-**"),
        (PersonalKind.BIRTH, "１９９９－０３－０２", "1999-**-**"),
        (PersonalKind.BIRTH, "19990302", "1999****"),
        (PersonalKind.BIRTH, "990302-1234567", "******-*******"),
        (PersonalKind.PHONE, "010-1234-5678", "010-****-5678"),
        (PersonalKind.PHONE, "+82 10 1234 5678", "+82 10 **** 5678"),
        (PersonalKind.PHONE, "１２３４", "****"),
        (PersonalKind.PHONE, "010-1234-5678, 010-9999-8888", "***-****-****, ***-****-****"),
        (PersonalKind.PHONE, "공일공-1234-5678", "***-****-****"),
        (PersonalKind.EMAIL, "hong@example.org", "h***@example.org"),
        (PersonalKind.EMAIL, "h@example.org", "***@example.org"),
        (PersonalKind.EMAIL, '"hong@gildong"@example.org', "h***@example.org"),
        (PersonalKind.EMAIL, "hong@example.org 010-1234-5678", "***"),
        (PersonalKind.OTHER, "무엇이든", "***"),
    ],
)
def test_a_mask(kind: PersonalKind, text: str, masked: str) -> None:
    assert kind.masked(text) == masked
