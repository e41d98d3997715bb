"""The built explorer works on a closed network: everything it loads lies beside it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import schema

DIST = Path(schema.__file__).parent / "explorer" / "dist"
WORKERS = ("editor.worker", "graphql.worker", "json.worker")


class Loads(HTMLParser):
    """Every address a page loads by itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = "href" if tag == "link" else "src"
        self.addresses += [value for key, value in attrs if key == name and value]


def built(suffix: str) -> list[Path]:
    found = sorted((DIST / "assets").glob(f"*{suffix}"))
    assert found, 'nothing is built: run "make assets"'
    return found


def test_the_page_loads_only_files_beside_it() -> None:
    addresses = Loads((DIST / "index.html").read_text(encoding="utf-8")).addresses
    files = [address for address in addresses if not address.startswith("data:")]
    assert any(address.endswith(".js") for address in files)
    assert any(address.endswith(".css") for address in files)
    for address in files:
        assert address.startswith("./assets/")
        assert (DIST / address).is_file()


def test_styles_load_only_files_beside_them() -> None:
    for sheet in built(".css"):
        style = sheet.read_text(encoding="utf-8")
        assert not re.search(r"@import\s", style)
        for address in re.findall(r"url\(\s*[\"']?([^\"')]*)", style):
            assert address.startswith(("data:", "#")) or (sheet.parent / address).is_file(), address[:80]


def test_scripts_import_nothing_from_elsewhere() -> None:
    elsewhere = re.compile(r"""(?:import|from|importScripts)\s*\(?\s*["'`](?:https?:)?//""")
    for script in built(".js"):
        assert not elsewhere.search(script.read_text(encoding="utf-8")), script.name


@pytest.mark.parametrize("worker", WORKERS)
def test_the_editors_workers_are_bundled(worker: str) -> None:
    (file,) = (script for script in built(".js") if script.name.startswith(worker))
    callers = [script.name for script in built(".js") if file.name in script.read_text(encoding="utf-8")]
    assert callers, f"{file.name} is built and nothing starts it"


def test_the_page_asks_the_server_that_served_it_and_takes_its_examples() -> None:
    scripts = "".join(script.read_text(encoding="utf-8") for script in built(".js"))
    assert "/graphql" in scripts
    assert "__DURE_EXAMPLES__" in scripts
    assert "로그인" in scripts
