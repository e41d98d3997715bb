"""The screen that commands write to: what they say, line by line, with nothing in it that acts on the terminal.

Every word is shown as it is: brackets are no markup, and control characters, line breaks and characters that change the
direction of text are written as escapes, wherever the words come from. Style is given by `Styled` alone. On a terminal
nothing is cut off; into a file or a pipe nothing is wrapped.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import TextIOWrapper
from typing import TYPE_CHECKING, TypeAlias

import typer

if TYPE_CHECKING:
    from rich.console import Console

CLOSED = 141  # what a process ends with that SIGPIPE ended
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
NARROW = 14  # cells a column needs for a table to be read; with fewer there are lines instead
PIECE = 8192  # letters written at once
Progress: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Styled:
    """Words in a color, or bold, where the screen is a terminal."""

    text: str
    color: str | None = None
    bold: bool = False


Words: TypeAlias = str | Styled
Cell: TypeAlias = str | Styled | Sequence[str]  # several are lines


def good(text: str) -> Styled:
    return Styled(text, typer.colors.GREEN)


def bad(text: str) -> Styled:
    return Styled(text, typer.colors.RED)


def strong(text: str) -> Styled:
    return Styled(text, bold=True)


def visible(text: str) -> str:
    """The text on one line, with what a terminal would act on or hide written as Python escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(letter) if unicodedata.category(letter) in HIDDEN else letter for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape", "backslashreplace").decode()


class Screen:
    """Standard output, or standard error."""

    def __init__(self, *, stderr: bool = False) -> None:
        self._stderr = stderr

    @property
    def stream(self) -> TextIOWrapper:
        stream = sys.stderr if self._stderr else sys.stdout
        assert isinstance(stream, TextIOWrapper) or hasattr(stream, "write")
        return stream  # type: ignore[return-value]

    @property
    def is_terminal(self) -> bool:
        return self.stream.isatty()

    def line(self, *words: Words) -> None:
        """One line, of these words beside each other."""
        self._write("".join(self._styled(each) for each in words) + "\n")

    def data(self, text: str) -> None:
        """A document for another program, as it is: nobody's words but Dure's belong in it unescaped."""
        self._write(text + "\n")

    def _styled(self, words: Words) -> str:
        if isinstance(words, str):
            return visible(words)
        shown = visible(words.text)
        return typer.style(shown, fg=words.color, bold=words.bold or None) if self.is_terminal else shown

    def _write(self, text: str) -> None:
        """In pieces, for a pipe that is closed takes part of one without a word where Python does not buffer."""
        with _heard(self.stream):
            for place in range(0, len(text), PIECE):
                self.stream.write(text[place : place + PIECE])
                self.stream.flush()

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str | None = None) -> None:
        """A table. On a terminal cells are folded, and where it is too narrow for that each is a line of its own."""
        console = self._console()
        if self.is_terminal and console.width < NARROW * len(headings):
            self._as_lines(headings, rows, title)
        else:
            self._as_table(console, headings, rows, title)

    def _as_table(
        self, console: Console, headings: Sequence[str], rows: Sequence[Sequence[Cell]], title: str | None
    ) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table(title=None if title is None else Text(visible(title)))
        for heading in headings:
            table.add_column(Text(visible(heading)), overflow="fold", no_wrap=not self.is_terminal)
        for row in rows:
            cells = [Text("\n".join(visible(line) for line in _lines(cell)), style=_style(cell)) for cell in row]
            table.add_row(*cells)
        if not self.is_terminal:
            console.width = max(console.measure(table, options=console.options.update(width=2**31)).maximum, 1)
        with console.capture() as shown:
            console.print(table)
        self._write(shown.get())

    def _as_lines(self, headings: Sequence[str], rows: Sequence[Sequence[Cell]], title: str | None) -> None:
        if title is not None:
            self.line(strong(title))
        for row in rows:
            for heading, cell in zip(headings, row, strict=True):
                for line in _lines(cell):
                    self.line(strong(heading), ": ", strong(line) if _style(cell) == "bold" else line)
            self.line()

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Bars on a terminal, each with its name, what is done and what there is to do; nothing anywhere else."""
        if not self.is_terminal:
            yield lambda _name, _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        with Bars(*columns, console=self._console(), transient=True) as bars:
            tasks: dict[str, TaskID] = {}

            def tell(name: str, done: int, total: int) -> None:
                if name not in tasks:
                    tasks[name] = bars.add_task(visible(name))
                bars.update(tasks[name], completed=done, total=total)

            yield tell

    def _console(self) -> Console:
        from rich.console import Console

        return Console(file=self.stream, markup=False, highlight=False, emoji=False, soft_wrap=False)


@cache
def screen(*, stderr: bool = False) -> Screen:
    """Where commands say what they did, or (`stderr`) what went wrong."""
    return Screen(stderr=stderr)


def _lines(cell: Cell) -> Sequence[str]:
    if isinstance(cell, Styled):
        return (cell.text,)
    return (cell,) if isinstance(cell, str) else cell


def _style(cell: Cell) -> str:
    if not isinstance(cell, Styled):
        return ""
    return "bold" if cell.bold else cell.color or ""


@contextmanager
def _heard(stream: TextIOWrapper) -> Iterator[None]:
    """Whoever reads may stop, as `head` does: the command then ends, and says nothing more."""
    try:
        yield
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # nor does Python when it flushes at its end
        os.close(nowhere)
        raise SystemExit(CLOSED) from None
