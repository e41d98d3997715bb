"""서식: pages that plugins set, certificates, reports and forms, each a Typst template and a dataclass that fills it.

A template is set from a copy of its folder, taken when Dure starts: it can read what lies there and the house's own
`dure.typ`, and nothing else of the machine; packages from the network are refused.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from core.calendar import SEOUL
from core.documents.certificate import day_words
from core.documents.render import FontsMissing, set_page, where
from core.errors import DureError, Misdeclared
from core.language import Text
from core.parts import Form
from core.program import CODE, Choice

TRYING = "core.documents.trying"
MAIN = "main.typ"
HOUSE = "dure.typ"
LIBRARY = Path(__file__).parent / "templates" / HOUSE
MOST_BYTES = 20 * 1024 * 1024  # of a folder: it is kept in memory
FROM_THE_NETWORK = re.compile(r'"@[\w-]+/')


class FormBroken(DureError):
    """A template cannot be set. Says whose it is, the file and the line, as Typst has it."""

    def __init__(self, plugin: str, form: str, says: str) -> None:
        self.plugin, self.form, self.says = plugin, form, says
        super().__init__(f"plugin {plugin!r}: the form {form!r} cannot be set: {says}")


@dataclass(frozen=True, slots=True)
class PlacedForm:
    """A form as it was found: who brings it, and everything its template may read."""

    plugin: str
    form: Form[Any]
    files: Mapping[str, bytes]

    @property
    def code(self) -> str:
        return f"{self.plugin}.{self.form.code}"

    def pdf(self, values: object) -> bytes:
        """The page these values make. Raises `FormBroken`, and `FontsMissing`."""
        return self._set(values, "pdf")

    async def pdf_async(self, values: object) -> bytes:
        """`pdf` in a thread, so that other requests go on meanwhile."""
        return await asyncio.to_thread(self.pdf, values)

    def png(self, values: object) -> bytes:
        """Its first page as a picture, to look at while a template is written."""
        return self._set(values, "png")

    def _set(self, values: object, kind: str) -> bytes:
        import typst

        try:
            if not isinstance(values, type(self.form.sample)):
                raise TypeError(f"filled with {type(values).__name__}, not {type(self.form.sample).__name__}")
            return set_page(self.files, form_data(values), kind)
        except TypeError as error:
            raise FormBroken(self.plugin, self.form.code, str(error)) from error
        except typst.TypstError as error:
            raise FormBroken(self.plugin, self.form.code, where(error)) from error


def place_forms(brought: Iterable[tuple[str, Form[Any]]]) -> dict[str, PlacedForm]:
    """Every form by its plugin's name and its code. Raises `Misdeclared` for one that is not as it should be."""
    placed: dict[str, PlacedForm] = {}
    for plugin, form in brought:
        try:
            found = PlacedForm(plugin, form, _files(form))
            form_data(form.sample)
        except (TypeError, ValueError, OSError, AttributeError) as error:
            raise Misdeclared(f"plugin {plugin!r}: the form {getattr(form, 'code', '?')!r}: {error}") from error
        if found.code in placed:
            raise Misdeclared(f"plugin {plugin!r} brings the form {form.code!r} twice; rename one")
        placed[found.code] = found
    return placed


def try_forms(placed: Iterable[PlacedForm]) -> None:
    """Set every form with its sample. Raises `Misdeclared` with the plugin, file and line of the first fault."""
    tried = list(placed)
    faults = _faults_of([(each.files, form_data(each.form.sample)) for each in tried])
    for each, fault in zip(tried, faults, strict=True):
        if fault is not None:
            raise Misdeclared(str(FormBroken(each.plugin, each.form.code, fault)))


def form_data(values: object) -> Any:
    """A value as a template gets it. Days become `{iso, ko, year, month, day}`, decimals exact words, a `Text` or
    `Choice` its names. Raises `TypeError` for what no template can be given.
    """
    match values:
        case Choice():
            return {"code": values.value, "ko": values.names.ko, "en": values.names.en}
        case Enum():
            return form_data(values.value)
        case None | bool() | int() | str():
            return values
        case Decimal():
            return format(values, "f")
        case datetime():
            local = values.astimezone(SEOUL)
            return {**form_data(local.date()), "iso": local.isoformat(timespec="seconds"), "time": f"{local:%H:%M}"}
        case date():
            words = {"iso": values.isoformat(), "ko": day_words(values)}
            return {**words, "year": values.year, "month": values.month, "day": values.day}
        case Text():
            return {"ko": values.ko, "en": values.en}
        case Mapping():
            return {str(key): form_data(each) for key, each in values.items()}
        case list() | tuple():
            return [form_data(each) for each in values]
    if dataclasses.is_dataclass(values) and not isinstance(values, type):
        return {each.name: form_data(getattr(values, each.name)) for each in dataclasses.fields(values)}
    raise TypeError(f"a template cannot be given a {type(values).__name__}")


def _files(form: Form[Any]) -> dict[str, bytes]:
    if not CODE.fullmatch(form.code):
        raise ValueError(f"its code must match {CODE.pattern}")
    if not dataclasses.is_dataclass(form.sample) or isinstance(form.sample, type):
        raise TypeError("its sample must be a dataclass, filled as the template would be")
    folder = form.folder.resolve(strict=True)
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _below(folder)}
    if MAIN not in found:
        raise ValueError(f"there is no {MAIN} in its folder {form.folder}")
    if HOUSE in found:
        raise ValueError(f"{HOUSE} is Dure's own library; rename yours")
    for name, content in found.items():
        for number, line in enumerate(content.splitlines(), 1) if name.endswith(".typ") else ():
            if FROM_THE_NETWORK.search(line.decode(errors="replace")):
                raise ValueError(f"{name}, line {number}: packages are not fetched; put what you need into the folder")
    return {**found, HOUSE: LIBRARY.read_bytes()}


def _below(folder: Path) -> Iterator[Path]:
    """The files of a folder. What leads out of it, by a link, is refused."""
    size = 0
    for path in sorted(folder.rglob("*")):
        if not path.resolve().is_relative_to(folder):
            raise ValueError(f"{path.relative_to(folder)} leads out of the template's folder")
        if path.is_file():
            size += path.stat().st_size
            if size > MOST_BYTES:
                raise ValueError(f"its folder holds more than {MOST_BYTES:,} bytes; give the template one of its own")
            yield path


def _faults_of(pages: Sequence[tuple[Mapping[str, bytes], Any]]) -> list[str | None]:
    """What is wrong with each of these, by file and line; None when it can be set. Found out in a process of its own.

    Raises `FontsMissing`.
    """
    if not pages:
        return []
    asked = [sys.executable, "-m", TRYING]
    done = subprocess.run(
        asked, input=pickle.dumps([(dict(files), data) for files, data in pages]), stdout=subprocess.PIPE, check=True
    )
    told = json.loads(done.stdout)
    if isinstance(told, str):
        raise FontsMissing(Path(told))
    faults: list[str | None] = told
    return faults
