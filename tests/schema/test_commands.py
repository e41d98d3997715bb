"""The command line: what ends it with one line, and what it refuses to begin."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest
import typer

from core.plugins import Plugins
from core.settings import Settings
from schema.cli import serving
from schema.cli.new_program import write_program
from schema.http.app import serving as application_serving
from tests.support.servers import DURE, ROOT, free_port


def dure(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DURE, *words], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_taken_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = str(listening.getsockname()[1])
        ended = dure("serve", "--port", port, DURE_DATA_DIR=str(tmp_path / "data"))
    assert ended.returncode == 3
    assert f"127.0.0.1:{port}" in ended.stdout
    assert len(ended.stdout.splitlines()) == 1
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_free_port_is_left_free() -> None:
    settings = Settings(port=free_port())
    serving.require_free_port(settings)
    serving.require_free_port(settings)


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"DURE_PORT": "many"}, "DURE_PORT: "),
        ({"DURE_POOL_SIZE": "0"}, "DURE_POOL_SIZE: "),
        ({"DURE_DATABASE_URL": "postgresql://dure_owner:secret@127.0.0.1:1/dure"}, "database: "),
        ({"DURE_DATABASE_URL": "no address"}, "database: "),
        ({"DURE_DATA_DIR": "/dev/null/data"}, "/dev/null"),
    ],
)
def test_what_can_be_mended_outside_ends_a_command_with_one_line(env: dict[str, str], says: str) -> None:
    ended = dure("migrate", **env)
    assert ended.returncode == 2, ended.stderr
    assert says in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert "secret" not in ended.stderr


def test_a_database_that_is_not_there_ends_a_command_with_one_line(server_url: str) -> None:
    head, _, query = server_url.partition("?")
    url = f"{head.rpartition('/')[0]}/never_made" + (f"?{query}" if query else "")
    ended = dure("verify", DURE_DATABASE_URL=url)
    assert ended.returncode == 2, ended.stderr
    assert '"never_made" does not exist' in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


@pytest.mark.parametrize(("proxies", "believed"), [(None, False), ("", False), ("10.0.0.1, 10.0.0.2", True)])
def test_only_named_proxies_say_where_a_client_is(
    monkeypatch: pytest.MonkeyPatch, installed: Plugins, proxies: str | None, believed: bool
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    app = application_serving(Settings(trusted_proxies=proxies), installed)
    config = serving.configuration(app, Settings(trusted_proxies=proxies))
    assert config.proxy_headers is believed
    assert config.forwarded_allow_ips == (proxies or "")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("class", "a word of Python"),
        ("core", "a package of Dure"),
        ("schema", "a package of Dure"),
        ("plugins", "a package of Dure"),
        ("mileage_innovation", "is installed already"),
        ("Green", "matches"),
    ],
)
def test_a_new_program_takes_no_code_that_is_taken(tmp_path: Path, installed: Plugins, code: str, says: str) -> None:
    with pytest.raises(typer.BadParameter, match=says):
        write_program(code, tmp_path, installed.programs)
    assert list(tmp_path.iterdir()) == []


def test_the_command_knows_what_is_installed(tmp_path: Path) -> None:
    ended = dure("new-program", "mileage_innovation", "--folder", str(tmp_path))
    assert ended.returncode == 2
    assert list(tmp_path.iterdir()) == []
