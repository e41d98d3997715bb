"""What commands print: every word as it is, harmless to the terminal, whole on a narrow one and in a pipe."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from schema.cli.screen import HIDDEN, Screen, bad, strong, visible
from tests.schema.test_commands import dure
from tests.support.servers import DURE, ROOT

HOSTILE = (
    "[/닫힘]", "[bold]굵게[/bold]", "[traces]", ":smile:", "한\n줄", "\x1b[31m빨강\x1b[0m", "\x1b]0;title\x07",
    "\u202eexe.gpj", "\u2066안\u2069", "\x9b31m", "탭\t여기", "\udc80", "가" * 300, "x" * 300, "\\x1b", "", "a\u200bb", "한글[링크](http://x)",
)  # fmt: skip
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
SAYS = {"print", "print_json", "echo", "secho"}


class Terminal(io.StringIO):
    """A stream that says it is a terminal of so many columns."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, columns: int | None, cells: Sequence[str]) -> str:
    """What a line and a table of these cells print, on a terminal of so many columns or into a pipe."""
    stream = io.StringIO() if columns is None else Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", str(columns or 80))
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Screen()
    screen.line("말 · said: ", bad(cells[0]), " ", cells[-1])
    screen.table(
        ["이름 · name", "값 · value", "사유 · reason"], [[cells[0], strong(cells[-1]), (*cells, "끝")]], title=cells[0]
    )
    return stream.getvalue()


@pytest.mark.parametrize("columns", [None, 40, 80])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_is_shown_whole_and_acts_on_nothing(
    monkeypatch: pytest.MonkeyPatch, columns: int | None, text: str
) -> None:
    said = shown(monkeypatch, columns, [text, "다른 것"])
    plain = ESCAPE.sub("", said)
    assert {letter for letter in plain if unicodedata.category(letter) in HIDDEN} <= {"\n"}
    if columns is None:
        assert ESCAPE.search(said) is None
        assert visible(text) in plain
        assert sum(visible(text) in line for line in plain.splitlines()) >= 2  # unbroken in the line and in the table
    else:  # folded: every letter is there
        letters = re.sub(r"[\s│┃┏┓┗┛━┳┻┡╇┩┃└┘─┴]", "", plain)
        assert re.sub(r"\s", "", visible(text)) in letters or columns == 80


@given(st.text(max_size=50))
def test_what_is_visible_is_one_line_and_plain_text_stays_as_it_is(text: str) -> None:
    seen = visible(text)
    assert len(seen.splitlines()) <= 1
    assert not any(unicodedata.category(letter) in HIDDEN for letter in seen)
    assert visible(seen) == seen


def test_a_narrow_terminal_cuts_no_letter_of_a_wide_table(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"기관이름{letter}" * 9 for letter in "가나다라마바"]
    stream = Terminal()
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setenv("COLUMNS", "40")
    Screen().table([f"항목{place}" for place in range(6)], [names])
    plain = ESCAPE.sub("", stream.getvalue())
    assert all(name in plain for name in names)


def printed_directly(source: str) -> list[str]:
    """What in a module of commands writes past the screen: `print`, typer's `echo`, rich, or the streams themselves."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in SAYS:
                found.append(called)
            case ast.ImportFrom(module=str(module)) if module.partition(".")[0] == "rich":
                found.append(module)
            case ast.Import(names=names):
                found += [each.name for each in names if each.name.partition(".")[0] == "rich"]
            case ast.Attribute(value=ast.Attribute(attr="stdout" | "stderr"), attr="write" | "writelines" as wrote):
                found.append(wrote)
    return found


def test_commands_write_to_the_screen_alone() -> None:
    modules = [each for each in (ROOT / "schema" / "cli").glob("*.py") if each.name != "screen.py"]
    modules += [each for each in (ROOT / "plugins").rglob("*.py") if "schema.cli" in each.read_text(encoding="utf-8")]
    assert len(modules) > 15
    found = {str(path.relative_to(ROOT)): printed_directly(path.read_text(encoding="utf-8")) for path in modules}
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("print(f'{name}')", "print"),
        ("typer.echo(name)", "echo"),
        ("console().print(name)", "print"),
        ("from rich.table import Table", "rich.table"),
        ("import rich", "rich"),
        ("sys.stdout.write(name)", "write"),
        ("def f():\n    from rich.console import Console", "rich.console"),
    ],
)
def test_what_writes_past_the_screen_is_found(source: str, found: str) -> None:
    assert printed_directly(source) == [found]


def test_settings_are_whole_in_a_pipe_and_keep_their_brackets() -> None:
    ended = dure("settings", DURE_PUBLIC_URL="http://[::1]:8000/[/닫힘]")
    assert ended.returncode == 0, ended.stderr
    assert "dure[traces]" in ended.stdout
    assert "http://[::1]:8000/[/닫힘]" in ended.stdout
    described = [field.description or "" for field in Settings.model_fields.values()]
    lines = ended.stdout.splitlines()
    assert all(any(each in line for line in lines) for each in described)


def test_version() -> None:
    ended = dure("--version")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.fullmatch(r"dure \d+\.\d+\.\d+\S*\n", ended.stdout)


def test_exit_codes_are_in_the_help_and_in_the_docs() -> None:
    said = dure("--help").stdout
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    for code in ("0", "1", "2", "3", "130", "143", "141"):
        assert re.search(rf"(?m)^\s*{code}\b|, {code} ", said), code
        assert re.search(rf"(?m)^\|.*\b{code}\b.*\|", page), code


def test_a_reader_that_stops_is_no_error() -> None:
    script = f'"{DURE}" schema | head -1; echo "${{PIPESTATUS[0]}}"'
    ended = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] == "141"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["restore", "\x1b[31m[/닫힘]"], r"\x1b[31m[/닫힘]"),
        (["nonsense\n[/x]"], r"nonsense\n[/x]"),
        (["import", "completions", "no-such-[bold].xlsx", "--provider", "1"], "no-such-[bold].xlsx"),
        (["check-proof", "/dev/null/[x]"], "/dev/null/[x]"),
    ],
)
def test_what_was_typed_wrong_is_told_as_it_is(words: list[str], says: str) -> None:
    ended = dure(*words)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "\x1b" not in ended.stderr


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"number": {}}', b"[" * 100_000, b"null"])
@pytest.mark.parametrize("option", ["proof", "head"])
def test_a_file_that_is_no_proof_or_head_is_told_in_a_line(tmp_path: Path, content: bytes, option: str) -> None:
    wrong, proof = tmp_path / "wrong[x].json", tmp_path / "proof.json"
    wrong.write_bytes(content)
    proof.write_text("{}")
    words = [str(wrong)] if option == "proof" else [str(proof), "--head", str(wrong)]
    ended = dure("check-proof", *words)
    assert ended.returncode in (1, 2), ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
