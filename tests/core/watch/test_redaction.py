"""What is taken out of a text before it is shown."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from core.settings import Settings
from core.watch import Observation, begin, end
from core.watch.logs import Logs
from core.watch.redaction import MASK, Redaction, secrets_of, without_passwords


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the process logs to while the test runs."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    Logs(stream, json=True, level="debug", redaction=Redaction(["hunter2-hunter2"])).take_over()
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def told(lines: io.StringIO) -> dict[str, object]:
    (line,) = lines.getvalue().splitlines()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://dure:s3cret@host/dure", f"postgresql://dure:{MASK}@host/dure"),
        ("no way to smtp://me:a%40b@mail:25 today", f"no way to smtp://me:{MASK}@mail:25 today"),
        ("s3://bucket/?secret_access_key=abc&region=kr", f"s3://bucket/?secret_access_key={MASK}&region=kr"),
        ("postgresql://postgres:@/dure?host=/run", "postgresql://postgres:@/dure?host=/run"),
        ("it is 10:30 at http://host/a", "it is 10:30 at http://host/a"),
    ],
)
def test_addresses_are_shown_without_their_passwords(text: str, shown: str) -> None:
    assert without_passwords(text) == shown


def test_the_secrets_of_the_settings_are_those_that_let_somebody_in() -> None:
    settings = Settings(
        database_url="postgresql://dure:p%40ssword@host/dure?sslmode=require", metrics_token="a-token-of-the-metrics"
    )
    assert secrets_of(settings) == {"p%40ssword", "p@ssword", "a-token-of-the-metrics"}
    assert not any(secret in repr(settings) for secret in secrets_of(settings))


def test_what_python_logs_becomes_one_line_with_its_request_and_no_secret(lines: io.StringIO) -> None:
    held = begin(Observation(request_id="r-1", actor_id=7, operation="Mine"))
    logging.getLogger("core.somewhere").warning("it said %s", "hunter2-hunter2", extra={"tries": 3})
    end(held)
    line = told(lines)
    assert line.pop("time")
    assert line == {
        "event": f"it said {MASK}", "level": "warning", "logger": "core.somewhere", "tries": 3, "request": "r-1",
        "actor": 7, "operation": "Mine",
    }  # fmt: skip


def test_an_error_is_told_with_its_place_but_not_with_the_row_that_was_refused(lines: io.StringIO) -> None:
    says = "duplicate key\nDETAIL:  Key (email)=(lee@hanbit.example.kr) already exists."
    try:
        raise ValueError(says)
    except ValueError:
        logging.getLogger("core.somewhere").exception("unexpected")
    line = told(lines)
    assert "duplicate key" in str(line["exception"])
    assert "test_redaction.py" in str(line["exception"])
    assert "lee@hanbit" not in lines.getvalue()


@pytest.mark.parametrize("json_lines", [True, False])
def test_an_exception_is_told_whole_and_without_a_secret(json_lines: bool) -> None:
    stream = io.StringIO()
    logs = Logs(stream, json=json_lines, redaction=Redaction(["hunter2-hunter2"]))
    try:
        raise ValueError("no way in with hunter2-hunter2")
    except ValueError as error:
        told = (type(error), error, error.__traceback__)
    record = logging.LogRecord("core.somewhere", logging.ERROR, __file__, 1, "it failed", (), told)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    handler.handle(record)
    first, *below = stream.getvalue().splitlines()
    shown = json.loads(first)["exception"].splitlines() if json_lines else below
    assert shown[0] == "Traceback (most recent call last):"
    assert shown[-1] == f"ValueError: no way in with {MASK}"
    assert "it failed" in first and "core.somewhere" in first
