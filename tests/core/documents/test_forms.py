"""Plugins' forms: values are data, a template reads its own folder, and a broken one says whose, where and what."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from core import Choice, Form, Misdeclared, Text
from core.calendar import SEOUL
from core.documents import FormBroken, PlacedForm, form_data, try_forms
from core.plugins import Plugins
from core.settings import Settings
from schema.http.app import serving
from tests.support.plugins import plugged, plugin

WORDS = '#import "dure.typ": data, comma, paper\n#show: paper\n'


class Tree(Choice):
    """나무."""

    OAK = "oak", "참나무", "oak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the template is filled with."""

    name: str = "홍길동"
    points: int = 1_234_567
    share: Decimal = Decimal("0.10")
    on: date = date(2026, 3, 2)
    lines: tuple[str, ...] = ("하나", "둘")


Folder = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A template's folder with these files; dots in names stand as double underscores."""

    def made(main: str, **files: str) -> Path:
        (tmp_path / "letter").mkdir(exist_ok=True)
        for name, content in {"main__typ": main, **files}.items():
            (tmp_path / "letter" / name.replace("__", ".")).write_text(content, encoding="utf-8")
        return tmp_path / "letter"

    return made


def brought(folder: Path, **changes: Any) -> Plugins:
    declared: dict[str, Any] = {"code": "letter", "names": Text("편지", "Letter"), "folder": folder, "sample": Letter()}
    return plugged(post=plugin(register_forms=lambda: [Form(**declared | changes)]))


def placed(folder: Path, **changes: Any) -> PlacedForm:
    return brought(folder, **changes).forms["post.letter"]


def words_of(pdf: bytes) -> str:
    return PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_values_reach_the_page_as_data_in_the_packaged_typeface(folder: Folder) -> None:
    form = placed(folder(WORDS + "#data.name / #comma(data.points) / #data.share / #data.on.ko / #data.lines.last()"))
    pdf = form.pdf(Letter(name="#panic() $x$ *별*"))
    assert words_of(pdf).strip() == "#panic() $x$ *별* / 1,234,567 / 0.10 / 2026년 3월 2일 / 둘"
    assert b"NotoSansKR" in pdf


async def test_the_one_off_the_event_loop_makes_the_same_page(folder: Folder) -> None:
    form = placed(folder(WORDS + "#data.name"))
    assert words_of(await form.pdf_async(Letter())) == words_of(form.pdf(Letter()))


def test_a_template_reads_what_lies_in_its_folder(folder: Folder) -> None:
    main = WORDS + '#import "parts.typ": greeting\n#greeting #read("note.txt")'
    form = placed(folder(main, parts__typ="#let greeting = [안녕]", note__txt="쪽지"))
    assert words_of(form.pdf(Letter())).split() == ["안녕", "쪽지"]


@pytest.mark.parametrize("path", ["/etc/hostname", "../secret.txt", "../../../etc/hostname"])
def test_it_reads_nothing_else(folder: Folder, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("비밀")
    form = placed(folder(WORDS + f'#read("{path}")'))
    with pytest.raises(FormBroken, match=r"not found|escape"):
        form.pdf(Letter())


def test_a_link_out_of_its_folder_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("비밀")
    where = folder(WORDS)
    (where / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(Misdeclared, match=r"plugin 'post': the form 'letter': link\.txt leads out"):
        brought(where)


def test_a_package_from_the_network_is_refused_with_its_line(folder: Folder) -> None:
    with pytest.raises(Misdeclared, match=r"main\.typ, line 4: packages are not fetched"):
        brought(folder(WORDS + '\n#import "@preview/cetz:0.3.1"'))


def test_what_is_not_there_or_has_no_name_is_refused(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(Misdeclared, match="No such file"):
        brought(tmp_path / "nowhere")
    with pytest.raises(Misdeclared, match=r"there is no main\.typ"):
        brought(tmp_path)
    with pytest.raises(Misdeclared, match="code must match"):
        brought(folder(WORDS), code="No Code")
    with pytest.raises(Misdeclared, match="cannot be given a set"):
        brought(folder(WORDS), sample=Letter(lines={"a"}))  # type: ignore[arg-type]
    with pytest.raises(Misdeclared, match=r"dure\.typ is Dure's own"):
        brought(folder(WORDS, dure__typ=""))


@pytest.mark.parametrize(
    ("template", "says"),
    [
        (WORDS + "#data.nmae", r"main\.typ:3:6: dictionary does not contain key \"nmae\""),
        (WORDS + "#let x = ", r"main\.typ:3:8: expected expression"),
    ],
)
def test_a_broken_template_stops_the_start_and_says_whose_and_where(
    folder: Folder, template: str, says: str, tmp_path: Path
) -> None:
    plugins = brought(folder(template))
    with pytest.raises(Misdeclared, match=rf"plugin 'post': the form 'letter' cannot be set: {says}"):
        serving(Settings(data_dir=tmp_path), plugins)


def test_a_page_filled_with_something_else_is_refused(folder: Folder) -> None:
    form = placed(folder(WORDS))
    try_forms([form])
    with pytest.raises(FormBroken, match="filled with int, not Letter"):
        form.pdf(3)


def test_every_kind_of_value_has_its_words() -> None:
    at = datetime(2026, 3, 2, 9, 5, tzinfo=SEOUL)
    day = {"year": 2026, "month": 3, "day": 2}
    given = {"tree": Tree.OAK, "text": Text("가", "a"), "at": at, "none": None, "yes": True}
    assert form_data(given) == {
        "tree": {"code": "oak", "ko": "참나무", "en": "oak"},
        "text": {"ko": "가", "en": "a"},
        "at": {"iso": "2026-03-02T09:05:00+09:00", "time": "09:05", "ko": "2026년 3월 2일"} | day,
        "none": None,
        "yes": True,
    }
