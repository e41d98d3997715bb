"""`dure settings`: every setting, where it comes from, no secret; and what is set in vain."""

from __future__ import annotations

from core.settings import Settings
from schema.cli.settings import settings_told, unknown_variables
from tests.schema.test_commands import dure


def test_every_setting_is_shown_with_where_it_comes_from() -> None:
    shown = {each.variable: each for each in settings_told(Settings(port=9), {"dure_port": "9", "PATH": "/bin"})}
    assert len(shown) == len(Settings.model_fields)
    assert all(each.description for each in shown.values())
    assert (shown["DURE_PORT"].value, shown["DURE_PORT"].source) == ("9", "environment")
    assert (shown["DURE_HOST"].value, shown["DURE_HOST"].source) == ("127.0.0.1", "default")


def test_the_command_shows_no_secret_and_warns_of_what_is_no_setting() -> None:
    ended = dure(
        "settings",
        COLUMNS="200",
        DURE_DATABASE_URL="postgresql://dure_owner:s3cret-word@db.example/dure",
        DURE_METRICS_TOKEN="a-token-of-the-metrics",
        DURE_METRIC_TOKEN="a-token-that-was-misspelt",
    )
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout + ended.stderr
    assert "dure_owner:********@db.example" in said
    assert "DURE_METRIC_TOKEN" in ended.stderr
    assert "DURE_METRICS_TOKEN?" in ended.stderr
    for secret in ("s3cret-word", "a-token-of-the-metrics", "a-token-that-was-misspelt"):
        assert secret not in said


def test_the_setting_that_was_meant_is_named_when_one_is_near() -> None:
    found = dict(unknown_variables({"DURE_POOLSIZE": "5", "DURE_ZZZZZ": "", "DURE_PORT": "1", "DUREX": ""}))
    assert found == {"DURE_POOLSIZE": "DURE_POOL_SIZE", "DURE_ZZZZZ": None}


def test_a_setting_that_will_not_do_is_refused_without_saying_what_was_given() -> None:
    ended = dure("settings", DURE_METRICS_TOKEN="short-s3cret")
    assert ended.returncode == 2
    assert "DURE_METRICS_TOKEN" in ended.stderr
    assert "short-s3cret" not in ended.stderr
