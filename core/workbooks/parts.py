"""The parts of an .xlsx around its sheets: which sheets there are, what their texts and number formats are."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from core.workbooks.package import Package, resolved
from core.workbooks.refusal import Reason, Refusal, corrupt
from core.workbooks.xml import Attributes, Elements, Walker

WORKBOOK = "xl/workbook.xml"  # where it is when the package does not say
MAX_SHEETS = 1_000
MAX_FORMATS = 66_000  # Excel takes 65,490 styles of cells
MAX_FORMAT_LETTERS = 1_000
TRUE = frozenset(("1", "true"))


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet of the workbook's list: its name, its part, whether it is hidden."""

    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Workbook:
    """What `workbook.xml` and its relationships say: the worksheets in order; sheets of other kinds are left out."""

    sheets: list[SheetEntry] = field(default_factory=list)
    since_1904: bool = False
    texts: str | None = None
    styles: str | None = None


@dataclass(slots=True)
class Formats:
    """Number formats (표시 형식): the codes declared, and for each style of cells the number of its format."""

    codes: dict[int, str] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    part: str


def read_workbook(package: Package) -> Workbook:
    """Raises `Refusal` when the package holds no workbook of sheets."""
    path = _main_part(package)
    book = Workbook()
    relations = _relations(package, path)
    for relation in relations.values():
        if relation.kind == "sharedStrings":
            book.texts = relation.part
        elif relation.kind == "styles":
            book.styles = relation.part
    folder = posixpath.dirname(path)
    book.texts = book.texts or _present(package, f"{folder}/sharedstrings.xml")
    book.styles = book.styles or _present(package, f"{folder}/styles.xml")
    roots: list[str] = []

    def properties(attributes: Attributes) -> None:
        book.since_1904 = attributes.get("date1904") in TRUE

    def sheet(attributes: Attributes) -> None:
        by = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        relation = relations.get(by)
        if relation is None or len(book.sheets) >= MAX_SHEETS:
            raise corrupt()
        if relation.kind == "worksheet":
            hidden = attributes.get("state", "visible") != "visible"
            book.sheets.append(SheetEntry(attributes.get("name", ""), relation.part, hidden))

    Elements(
        {
            "workbook": lambda _: roots.append("workbook"),
            "workbook/workbookPr": properties,
            "workbook/sheets/sheet": sheet,
        }
    ).walk(package.part(path))
    if not roots:
        raise Refusal(Reason.NOT_A_SPREADSHEET)
    return book


def read_formats(package: Package, part: str | None) -> Formats:
    """None of them when there is no such part."""
    formats = Formats()
    if part is None or part not in package:
        return formats

    def number_format(attributes: Attributes) -> None:
        code = attributes.get("formatCode", "")
        if len(code) <= MAX_FORMAT_LETTERS and len(formats.codes) < MAX_FORMATS:
            formats.codes[whole(attributes.get("numFmtId", "0"))] = code

    def style(attributes: Attributes) -> None:
        if len(formats.styles) >= MAX_FORMATS:
            raise corrupt()
        formats.styles.append(whole(attributes.get("numFmtId", "0")))

    Elements({"styleSheet/numFmts/numFmt": number_format, "styleSheet/cellXfs/xf": style}).walk(package.part(part))
    return formats


def read_texts(package: Package, part: str | None) -> list[str]:
    """The shared strings that are there, whatever number of them the part says it has."""
    if part is None or part not in package:
        return []
    strings = _SharedStrings()
    strings.walk(package.part(part))
    return strings.texts


def whole(text: str) -> int:
    """A small number that is no less than nothing, as XML writes it."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise corrupt()
    return int(text)


class _SharedStrings(Walker):
    """`sst/si/t` and `sst/si/r/t`; what a text sounds like (`rPh`) is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if self.depth == 2:
            if name == "si":
                self._pieces = []
            else:
                self.ignore()
        elif self.depth > 2:
            if name == "t":
                self.begin_text()
            elif name != "r":
                self.ignore()

    def end(self, name: str) -> None:
        if name == "t" and self.depth > 2:
            self._pieces.append(self.take_text())
        elif name == "si" and self.depth == 2:
            self.texts.append("".join(self._pieces))


def _main_part(package: Package) -> str:
    """Where the workbook is: by the package's own relationships, else at its usual place."""
    if "_rels/.rels" in package:
        for relation in _relations(package, "").values():
            if relation.kind == "officeDocument" and relation.part in package and relation.part.endswith(".xml"):
                return relation.part
    if WORKBOOK not in package:
        raise Refusal(Reason.NOT_A_SPREADSHEET)
    return WORKBOOK


def _relations(package: Package, base: str) -> dict[str, _Relation]:
    """The relationships of one part, or of the package (`base` empty), by their ids; what is outside is left out."""
    folder, name = posixpath.split(base)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, _Relation] = {}
    if path not in package:
        return found

    def relation(attributes: Attributes) -> None:
        if attributes.get("TargetMode") == "External":
            return
        if attributes.get("Id", "") in found:
            raise corrupt()
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes.get("Id", "")] = _Relation(kind, resolved(attributes.get("Target", ""), base))

    Elements({"Relationships/Relationship": relation}).walk(package.part(path))
    return found


def _present(package: Package, part: str) -> str | None:
    return part if part in package else None
