"""Pages from templates: Typst sets them, in one packaged typeface, the same on every machine.

What a template is filled with reaches it as JSON it reads itself. A company's name is therefore never read as Typst
markup, whatever characters it is written in.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import DureError

if TYPE_CHECKING:
    import typst

SCRATCH = "dure-page-"
SAMPLE_QR = '<svg xmlns="http://www.w3.org/2000/svg" width="29" height="29"/>'  # where a sample page has no address
FAMILY = "Noto Sans KR"
FONTS = Path(__file__).parent / "fonts"
FACES = ("NotoSansKR-Regular.ttf", "NotoSansKR-Bold.ttf")


class FontsMissing(DureError):
    """The typeface is not in its folder: `make` fetches it, and a built wheel carries it."""

    def __init__(self, missing: Path) -> None:
        self.missing = missing
        super().__init__(f'{missing} is not there: run "make assets" once, which fetches it')


def render_pdf(template: Path, data: Mapping[str, object]) -> bytes:
    """The PDF that `template` makes of `data`: strings, whole numbers, lists and mappings.

    The template reads its data by `json(bytes(sys.inputs.data))`. Only the packaged typeface is offered to it, none
    of the machine's own. Raises FontsMissing.
    """
    import typst  # some 12 MB of compiler, which a server that sets no page does without

    return typst.compile(
        template,
        root=template.parent,
        font_paths=_fonts(FONTS),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        format="pdf",
    )


def set_page(files: Mapping[str, bytes], data: Mapping[str, object], kind: str) -> bytes:
    """What `main.typ` among these files makes of `data`: `pdf`, or `png`, its first page. Nothing else can be read.

    Raises FontsMissing, and `typst.TypstError` for what is wrong with the files.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix=SCRATCH) as nothing:  # where Typst looks for what is not among the files
        made: Any = typst.compile(
            dict(files),
            root=nothing,
            font_paths=_fonts(FONTS),
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            format=kind,  # type: ignore[call-overload]
            package_path=nothing,
        )
    page: bytes = made[0] if isinstance(made, list) else made
    return page


async def render_pdf_async(template: Path, data: Mapping[str, object]) -> bytes:
    """`render_pdf` in a thread, so that other requests go on meanwhile."""
    return await asyncio.to_thread(render_pdf, template, data)


def qr_svg(text: str) -> str:
    """A QR code that says `text`, as an SVG drawing with the quiet margin readers need around it."""
    import segno

    drawing = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawing, kind="svg", xmldecl=False, border=4)
    return drawing.getvalue().decode()


@lru_cache(maxsize=4)
def _fonts(folder: Path) -> typst.Fonts:
    import typst

    faces = [folder / name for name in FACES]
    for face in faces:
        if not face.is_file():
            raise FontsMissing(face)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def where(error: typst.TypstError) -> str:
    """`file:line:column: message`; the file as it is called in its folder."""
    place = re.search(r"┌─ \S*?/" + SCRATCH + r"[^/]*/(\S+:\d+:\d+)", error.diagnostic)
    return f"{place[1]}: {error.message}" if place else error.message
