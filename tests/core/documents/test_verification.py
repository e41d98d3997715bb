"""The public page: the state in words, nothing that is not public, nothing from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from core.documents import VerificationState, VerificationView, verification_html
from core.language import Text

VIEW = VerificationView(
    number="MI-2024-7K3Q-000123",
    state=VerificationState.VALID,
    program=Text("경영혁신 마일리지", "Management Innovation Mileage"),
    company="주식회사 한빛조명산업",
    category=Text("R&D", "R&D"),
    benefit=Text("중소기업 기술개발지원사업", "SME Technology Development"),
    effect=Text("가점 3점", "3 bonus points"),
    issued_on=date(2024, 5, 7),
    valid_until=date(2025, 5, 6),
)


class Elements(HTMLParser):
    """The elements of a page, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (VerificationState.VALID, "유효"),
        (VerificationState.USED, "사용됨"),
        (VerificationState.RETURNED, "반환됨"),
        (VerificationState.LAPSED, "기간만료"),
    ],
)
def test_the_state_is_said_in_words(state: VerificationState, words: str) -> None:
    html = verification_html(replace(VIEW, state=state), VIEW.number)
    assert f"<title>{words} · " in html
    assert words in Elements(html).words


def test_a_verifier_sees_what_the_paper_must_agree_with() -> None:
    words = Elements(verification_html(VIEW, VIEW.number)).words
    for said in (VIEW.number, VIEW.company, VIEW.benefit.ko, "R&D", "가점 3점", "2024년 5월 7일", "2025년 5월 6일까지"):
        assert said in words


def test_an_unknown_number_is_named_and_nothing_else() -> None:
    html = verification_html(None, "MI-0000")
    words = Elements(html).words
    assert "확인되지 않는 번호" in words
    assert "MI-0000" in words
    assert "기업명" not in words


def test_what_people_type_is_escaped() -> None:
    typed = "<script>alert('x')</script>\"&amp; $word"
    view = replace(VIEW, company=typed, number=typed, benefit=Text(typed, typed))
    for html in (verification_html(view, typed), verification_html(None, typed)):
        page = Elements(html)
        assert "script" not in page.tags
        assert typed in page.words


@pytest.mark.parametrize("view", [VIEW, None])
def test_the_page_stands_alone_is_korean_and_is_not_indexed(view: VerificationView | None) -> None:
    html = verification_html(view, "MI-1")
    assert '<html lang="ko">' in html
    assert '<meta name="robots" content="noindex">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert not re.search(r"https?:|//|@import|url\(|<script|<img", html)


@pytest.mark.parametrize(
    ("status", "today", "state"),
    [
        ("issued", date(2025, 5, 6), VerificationState.VALID),
        ("issued", date(2025, 5, 7), VerificationState.LAPSED),
        ("used", date(2025, 5, 7), VerificationState.USED),
        ("returned", date(2024, 6, 1), VerificationState.RETURNED),
        ("lapsed", date(2025, 5, 7), VerificationState.LAPSED),
    ],
)
def test_an_issued_certificate_lapses_the_day_after_its_last(
    status: str, today: date, state: VerificationState
) -> None:
    assert VerificationState.on(today, status=status, valid_until=date(2025, 5, 6)) is state
