"""Settings: read from the environment and the host, all problems named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaplugin import config
from slaplugin.errors import ConfigurationError


def test_defaults_need_no_setting() -> None:
    loaded = config.load({})
    assert loaded.pull_interval == 300
    assert loaded.resolved_database_url.endswith("instance/slaplugin.sqlite3")


def test_the_environment_wins_over_the_host() -> None:
    loaded = config.load({"SLAPLUGIN_PULL_INTERVAL": "60"}, {"SLAPLUGIN_PULL_INTERVAL": 90, "SLAPLUGIN_DEMO": True})
    assert loaded.pull_interval == 60
    assert loaded.demo is True


def test_an_unknown_key_names_the_nearest_one() -> None:
    with pytest.raises(ConfigurationError, match="SLAPLUGIN_PULL_INTERVALL is not a setting; did you mean"):
        config.load({"SLAPLUGIN_PULL_INTERVALL": "60"})


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        config.load({
            "SLAPLUGIN_PULL_INTERVAL": "soon",
            "SLAPLUGIN_TIME_ZONE": "Berlin",
            "SLAPLUGIN_ALLOW_NETWORKS": "10.0.0.0/8, home",
            "SLAPLUGIN_DEMO": "yes",
            "SLAPLUGIN_PUBLIC_URL": "sla.example.com",
        })  # fmt: skip
    named = {line.split(":")[0] for line in str(caught.value).splitlines()}
    assert named == {
        "SLAPLUGIN_PULL_INTERVAL", "SLAPLUGIN_TIME_ZONE", "SLAPLUGIN_ALLOW_NETWORKS", "SLAPLUGIN_DEMO",
        "SLAPLUGIN_PUBLIC_URL",
    }  # fmt: skip


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql+psycopg://sla@db/sla\n")
    assert config.load({"SLAPLUGIN_DATABASE_URL_FILE": str(path)}).database_url == "postgresql+psycopg://sla@db/sla"


def test_a_secret_file_that_is_missing_is_a_problem() -> None:
    with pytest.raises(ConfigurationError, match="SLAPLUGIN_DATABASE_URL: the file cannot be read"):
        config.load({"SLAPLUGIN_DATABASE_URL_FILE": "/nowhere/url"})


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        config.load({"SLAPLUGIN_SECRET_KEYS": "x", "SLAPLUGIN_SECRET_KEYS_FILE": str(tmp_path)})


def test_keys_of_the_test_suite_are_not_judged() -> None:
    config.load({"SLAPLUGIN_TEST_SHARED": "x"}, {"SLAPLUGIN_API_TITLE": "x"})


def test_the_prefix_of_a_standalone_app_is_empty() -> None:
    assert config.load({"SLAPLUGIN_URL_PREFIX": "/"}).url_prefix == ""
    assert config.load({"SLAPLUGIN_URL_PREFIX": "/help/sla/"}).url_prefix == "/help/sla"


def test_every_setting_is_documented() -> None:
    assert all(setting.doc.endswith(".") for setting in config.SETTINGS)
