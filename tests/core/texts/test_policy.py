"""The policy for texts: what each kind refuses, whatever else the text says."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from core.texts import TextKind, check_text, composed, is_email

CHECKED = [kind for kind in TextKind if kind is not TextKind.SHEET]  # the cells of a sheet are checked one by one
REFUSED = {
    "a control character": "\u0007",
    "NUL": "\x00",
    "a C1 control character": "\u0085",
    "a line separator": "\u2028",
    "a paragraph separator": "\u2029",
    "a right-to-left override": "\u202e",
    "a left-to-right embedding": "\u202a",
    "an isolate": "\u2066",
    "an Arabic letter mark": "\u061c",
    "a deprecated format character": "\u206a",
    "a tag": "\U000e0041",
    "an interlinear annotation": "\ufff9",
    "a surrogate": "\ud800",
    "a private character": "\ue000",
    "a private character of plane 16": "\U00100000",
    "an unassigned code point": "\u0378",
    "a noncharacter": "\uffff",
    "a noncharacter among Arabic forms": "\ufdd0",
}


@pytest.mark.parametrize("sign", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("kind", CHECKED)
def test_what_every_kind_of_text_refuses(kind: TextKind, sign: str) -> None:
    for text in (sign, f"한빛{sign}조명", f"{sign}한빛", f"a{sign}"):
        found = check_text(text, kind, "title")
        assert found is not None and found.code == "TEXT_CONTROL_SIGNS" and found.path == ("title",)


@pytest.mark.parametrize("kind", CHECKED)
def test_of_all_characters_no_format_control_private_or_unassigned_one_is_taken_but_those_named(kind: TextKind) -> None:
    taken = {
        sign
        for sign in map(chr, (*range(0x30000), *range(0xE0000, 0xE0200), 0xF0000, sys.maxunicode))
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        and check_text(f"가{sign}", kind) is None
    }
    assert taken == set(kind.permitted)


@pytest.mark.parametrize(
    "blank", ["\u3164", "\u115f", "\u1160", "\uffa0", "\ufe0f", "\u2800", "\u034f", "\u0301", "\U000e0100"]
)
@pytest.mark.parametrize("kind", CHECKED)
def test_a_text_that_shows_nothing_is_refused(kind: TextKind, blank: str) -> None:
    for text in (blank, blank * 3, f" {blank} "):
        assert check_text(text, kind) is not None


@pytest.mark.parametrize(
    "text", ["", " ", "한빛조명", "O'Brien & Söhne", "(주)한빛 1공장", unicodedata.normalize("NFD", "한빛"), "王 明"]
)
@pytest.mark.parametrize("kind", TextKind)
def test_what_every_kind_of_text_takes(kind: TextKind, text: str) -> None:
    assert check_text(text, kind) is None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("한 줄\n두 줄", {TextKind.PROSE, TextKind.SHEET}),
        ("한\t줄", {TextKind.PROSE, TextKind.SHEET}),
        ("한\u200b빛\u202e\x00", {TextKind.SHEET}),
        ("👩‍🔬", {TextKind.LINE, TextKind.PROSE, TextKind.SHEET}),
        ("한\u3000빛", {TextKind.LINE, TextKind.PROSE, TextKind.SHEET}),
        ("한\u3164빛", {TextKind.LINE, TextKind.PROSE, TextKind.SHEET}),
    ],
)
def test_what_some_kinds_of_text_take(text: str, kinds: set[TextKind]) -> None:
    assert {kind for kind in TextKind if check_text(text, kind) is None} == kinds


def test_a_text_is_stored_composed() -> None:
    assert composed(unicodedata.normalize("NFD", "한빛 café")) == "한빛 café"


@pytest.mark.parametrize(
    "written",
    ["a@x.kr", "lee@hanbit.example.kr", "first.last+tag@x.co.kr", "o'brien@x.kr", "홍길동@한글.kr", "a@b.test"],
)
def test_an_address(written: str) -> None:
    assert is_email(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "<a@x.kr>",
        "a,b@x.kr",
        "a@x.kr,b@x.kr",
        "a@x.kr;b@x.kr",
        "이담당 <a@x.kr>",
        "a@x.kr (comment)",
        '"a b"@x.kr',
        "a b@x.kr",
        "a@b@x.kr",
        "a@x",
        "a@localhost",
        "a@[127.0.0.1]",
        "a@x..kr",
        ".a@x.kr",
        "a.@x.kr",
        "a@-x.kr",
        "a@x.kr\n",
        "a@x.kr\u202e",
        "a\u200b@x.kr",
        "\u3164@x.kr",
        "a\ufe0f@x.kr",
        "a@x_y.kr",
        "mailto:a@x.kr",
        f"{'a' * 65}@x.kr",
        f"a@{'x' * 250}.kr",
    ],
)
def test_what_is_no_address(written: str) -> None:
    assert not is_email(written)
