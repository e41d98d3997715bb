"""One XML part, walked by expat element by element. Declarations of types and entities are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from xml.parsers import expat

from core.workbooks.refusal import corrupt

MAX_DEPTH = 32
Attributes = Mapping[str, str]


class Walker:
    """Calls `start` and `end` with each element's local name and depth (1: the root), and gathers text when asked.

    `ignore()` from within `start` passes over the element with all that is in it.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._ignored = 0
        self._text: list[str] | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        raise NotImplementedError

    def end(self, name: str) -> None:
        raise NotImplementedError

    def ignore(self) -> None:
        self._ignored = self.depth

    def begin_text(self) -> None:
        self._text = []

    def take_text(self) -> str:
        """What stood between here and `begin_text`."""
        text = "".join(self._text or ())
        self._text = None
        return text

    def walk(self, content: bytes) -> None:
        """Raises `Refusal` for what is not well-formed XML, declares anything, or is nested too deep."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        try:
            parser.Parse(content, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise corrupt() from error

    def _start(self, tag: str, attributes: Attributes) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise corrupt()
        if not self._ignored:
            self.start(tag.rpartition(":")[2] if ":" in tag else tag, attributes)

    def _end(self, tag: str) -> None:
        if not self._ignored:
            self.end(tag.rpartition(":")[2] if ":" in tag else tag)
        elif self._ignored == self.depth:
            self._ignored = 0
        self.depth -= 1

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._ignored:
            self._text.append(text)


class Elements(Walker):
    """The elements at the paths asked for, such as `workbook/sheets/sheet`: each is given its attributes."""

    def __init__(self, found: Mapping[str, Callable[[Attributes], None]]) -> None:
        super().__init__()
        self._found = found
        self._path: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        self._path.append(name)
        call = self._found.get("/".join(self._path))
        if call is not None:
            call(attributes)

    def end(self, name: str) -> None:
        self._path.pop()


def _refuse(*_: object) -> None:
    raise corrupt()
