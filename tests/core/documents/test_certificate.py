"""The certificate as a reader gets it: a real PDF, read back."""

from __future__ import annotations

import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from core.documents import certificate_pdf, certificate_pdf_async, effect_words
from core.documents.certificate import business_number_words, page_data, won_words
from core.language import Text
from core.program import Effect
from tests.core.documents.pages import a_page, some_lots

A4 = (595.28, 841.89)  # points of 1/72 inch


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words_of(pdf: bytes) -> str:
    """All the words on all pages, spaces taken out: where a line breaks is not what these tests are about."""
    return "".join("".join(page.extract_text().split()) for page in read(pdf).pages)


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """Every font's name, its subset prefix off, and whether its outlines are in the file."""
    found = {}
    for page in read(pdf).pages:
        fonts: Any = page["/Resources"]
        for font in fonts["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            name = str(descriptor["/FontName"]).split("+")[-1]
            found[name] = "/FontFile2" in descriptor or "/FontFile3" in descriptor
    return found


def test_it_says_everything_it_was_given() -> None:
    words = words_of(certificate_pdf(a_page()))
    for said in (
        "제MI-2024-7K3Q-000123호",
        "경영혁신마일리지",
        "마일리지확인서",
        "주식회사한빛조명산업",
        "104-82-03590",
        "R&D",
        "중소기업기술개발지원사업",
        "2024년제2차",
        "가점3점",
        "1,500점",
        "기존가점3점+마일리지가점3점=합계6점",
        "2024년5월7일",
        "2025년5월6일까지",
        "2021-03-02",
        "2026-03-02",
        "경영혁신마일리지제도안내「마일리지의반환」",
        "https://mileage.example.kr/verify/MI-2024-7K3Q-000123",
        "경영혁신마일리지운영기관",
    ):
        assert said in words


def test_it_is_one_page_of_a4_with_a_title_and_a_language() -> None:
    reader = read(certificate_pdf(a_page()))
    (page,) = reader.pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(A4, abs=0.1)
    assert reader.metadata is not None
    assert reader.metadata.title == "경영혁신 마일리지 마일리지 확인서 MI-2024-7K3Q-000123"
    assert reader.root_object["/Lang"] == "ko-KR"


def test_only_the_packaged_typeface_is_used_and_it_is_embedded() -> None:
    assert fonts_of(certificate_pdf(a_page())) == {"NotoSansKR-Bold": True, "NotoSansKR-Regular": True}


def test_the_same_certificate_is_the_same_file_byte_for_byte() -> None:
    assert certificate_pdf(a_page()) == certificate_pdf(a_page())


def test_three_hundred_lots_flow_over_pages_each_with_the_header_and_the_address() -> None:
    pages = read(certificate_pdf(a_page(lots=some_lots(300), points=150_000))).pages
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        words = "".join(page.extract_text().split())
        assert "소멸예정일" in words
        assert "https://mileage.example.kr/verify/" in words
        assert f"{number}/{len(pages)}" in words
    assert "150,000점" in "".join(pages[-1].extract_text().split())
    assert "운영기관" in pages[-1].extract_text()


@pytest.mark.parametrize(
    "typed",
    [
        '#panic("no")',
        "$x^2$",
        "*굵게* _기울임_",
        "\\ \\u{41} \\",
        "@reference <label>",
        "= 제목",
        "// 주석 /* 주석",
        '`#eval("1+1")`',
        '"); #read("certificate.typ',
        "한국漢字",
    ],
)
def test_what_people_type_is_printed_as_typed(typed: str) -> None:
    page = a_page(company=typed, round=typed, issuer=Text(typed, typed), benefit=Text(typed, typed))
    assert words_of(certificate_pdf(page)).count("".join(typed.split())) >= 4


def test_points_that_never_expire_say_so() -> None:
    (lot,) = some_lots(1)
    assert "없음" in words_of(certificate_pdf(a_page(lots=(replace(lot, expires_on=None),))))


def test_without_existing_points_there_is_no_sum() -> None:
    assert "합계6점" not in words_of(certificate_pdf(a_page(existing_points=None)))


async def test_it_can_be_made_in_a_thread() -> None:
    assert await certificate_pdf_async(a_page()) == certificate_pdf(a_page())


@pytest.mark.parametrize(
    ("effect", "amount", "ko", "en"),
    [
        (Effect.bonus_points(1), "3", "가점 3점", "3 bonus points"),
        (Effect.bonus_points(5), "10.00", "가점 10점", "10 bonus points"),
        (
            Effect.loan_limit(from_won=500_000_000, to_won=1_000_000_000),
            "1",
            "융자한도 5억원 → 10억원",
            "Loan limit raised from KRW 500,000,000 to KRW 1,000,000,000",
        ),
        (
            Effect.fee_discount(Decimal("0.1")),
            "0.10",
            "보증료 0.1%p 우대",
            "Guarantee fee lowered by 0.1 percentage points",
        ),
        (Effect.entitlement("우선 선발", "Chosen first"), "1", "우선 선발", "Chosen first"),
    ],
)
def test_what_it_gives_is_said_in_words(effect: Effect, amount: str, ko: str, en: str) -> None:
    assert effect_words(effect, Decimal(amount)) == Text(ko, en)


@pytest.mark.parametrize(
    ("won", "words"),
    [
        (500_000_000, "5억원"),
        (1_250_000_000, "12억 5,000만원"),
        (30_000, "3만원"),
        (100_001_234, "1억 1,234원"),
        (0, "0원"),
    ],
)
def test_won_are_read_out_in_korean(won: int, words: str) -> None:
    assert won_words(won) == words


def test_a_business_number_is_printed_in_three_parts() -> None:
    assert business_number_words("1048203590") == "104-82-03590"


def test_the_template_is_given_words_and_no_numbers_to_format() -> None:
    data = page_data(a_page())
    assert data["points"] == {"ko": "1,500점", "en": "1,500 points"}
    assert data["lots_total"] == "1,500"
