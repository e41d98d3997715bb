"""Pages from templates: the typeface must be there, data stays data, a QR code says its text."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import segno
from pypdf import PdfReader

from core.documents import FontsMissing, qr_svg, render, render_pdf, render_pdf_async

TEMPLATE = '#set text(font: "Noto Sans KR")\n#let data = json(bytes(sys.inputs.data))\n#data.words\n'


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.typ"
    path.write_text(TEMPLATE, encoding="utf-8")
    return path


def modules_drawn(svg: str) -> set[tuple[int, int]]:
    """The dark squares (row, column) of a QR drawing: its one path is a run of horizontal strokes."""
    (path,) = re.findall(r' d="([^"]+)"', svg)
    column, row, dark = 0.0, 0.0, set()
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in re.findall(r"-?(?:\d+\.\d+|\d+|\.\d+)", numbers)]
        if command == "M":
            column, row = values
        elif command == "m":
            column, row = column + values[0], row + values[1]
        else:
            dark |= {(int(row - 0.5), int(column) + step) for step in range(int(values[0]))}
            column += values[0]
    return dark


def test_words_reach_the_page_as_they_are(page: Path) -> None:
    pdf = render_pdf(page, {"words": "#panic() 한글 0123456789 $*_@\\"})
    assert PdfReader(io.BytesIO(pdf)).pages[0].extract_text().strip() == "#panic() 한글 0123456789 $*_@\\"


async def test_the_threaded_one_makes_the_same_page(page: Path) -> None:
    assert await render_pdf_async(page, {"words": "가"}) == render_pdf(page, {"words": "가"})


def test_missing_fonts_are_said_plainly(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "FONTS", tmp_path)
    with pytest.raises(FontsMissing, match=r"NotoSansKR-Regular\.ttf is not there: run \"make assets\""):
        render_pdf(page, {"words": "가"})


def test_a_qr_code_draws_exactly_the_squares_of_its_text() -> None:
    address = "https://mileage.example.kr/verify/MI-2024-7K3Q-000123"
    matrix = segno.make(address, error="m", micro=False).matrix
    expected = {(row + 4, column + 4) for row, line in enumerate(matrix) for column, dark in enumerate(line) if dark}
    assert modules_drawn(qr_svg(address)) == expected


def test_another_address_is_another_code() -> None:
    assert modules_drawn(qr_svg("https://a.kr/1")) != modules_drawn(qr_svg("https://a.kr/2"))
