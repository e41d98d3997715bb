"""`dure import completions` on a roster whose cells are hostile: in a pipe, and on a terminal of forty columns."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata
from pathlib import Path

import pytest

from core.house import House
from tests.support import databases
from tests.support.numbers import business_number
from tests.support.rosters import CENTRE, centre, line, workbook
from tests.support.servers import DURE, ROOT
from tests.support.world import rows

CELLS = ("[/닫힘]", "[red]2[/red]", "\x1b[31m셋", "가나다라마바사아자차카타파하" * 5, ":smile:")
SHOWN = ("[/닫힘]", "[red]2[/red]", r"\x1b[31m셋", CELLS[3], ":smile:")
STYLE = re.compile(r"\x1b\[[0-9;]*m|\r")


def on_terminal(words: list[str], env: dict[str, str], columns: int) -> tuple[int, str]:
    """Run it on a terminal of so many columns: how it ended, and what it said."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    said = b""
    with subprocess.Popen(words, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            while piece := os.read(ours, 65_536):
                said += piece
        except OSError:  # nobody is on its other side any more
            pass
    os.close(ours)
    return process.returncode, STYLE.sub("", said.decode())


def in_pipe(words: list[str], env: dict[str, str]) -> tuple[int, str]:
    ended = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("columns", [None, 40])
async def test_every_bad_cell_is_listed_whole_as_it_is(house: House, tmp_path: Path, columns: int | None) -> None:
    await centre(house)
    path = tmp_path / "roster[x].xlsx"
    await asyncio.to_thread(path.write_bytes, workbook([line(n, hours=cell) for n, cell in enumerate(CELLS)]))
    words = [str(DURE), "import", "completions", str(path), "--provider", business_number(CENTRE)]
    assert house.settings.owner_url is not None
    given = {"DURE_DATA_DIR": str(house.settings.data_dir), "TERM": "xterm"}
    given |= databases.addresses(house.settings.owner_url)
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")} | given
    if columns is None:
        code, said = await asyncio.to_thread(in_pipe, words, env)
    else:
        code, said = await asyncio.to_thread(on_terminal, words, env, columns)
    assert code == 1, said
    assert "Traceback" not in said
    for shown in SHOWN:
        assert shown in said
    assert f"{len(CELLS)}건의 오류" in said
    if columns is None:
        assert not [each for each in said if unicodedata.category(each) == "Cc" and each != "\n"]
    assert await rows(house, "SELECT 1 FROM filing") == []
