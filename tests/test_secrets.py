"""Secrets at rest: sealed under the newest key, opened by any, and never by nobody's key."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaplugin import secrets
from slaplugin.errors import ConfigurationError, SecretError
from slaplugin.secrets import SecretBox

OLD = secrets.generate_key()
NEW = secrets.generate_key()
TOKEN = b"ghp_canary"


def test_what_is_sealed_comes_back() -> None:
    box = SecretBox([OLD])
    assert box.open(box.seal(TOKEN)) == TOKEN


def test_a_sealed_secret_does_not_show() -> None:
    assert TOKEN not in SecretBox([OLD]).seal(TOKEN)


def test_an_older_key_still_opens() -> None:
    assert SecretBox([NEW, OLD]).open(SecretBox([OLD]).seal(TOKEN)) == TOKEN


def test_resealing_needs_the_newest_key_only_from_then_on() -> None:
    moved = SecretBox([NEW, OLD]).reseal(SecretBox([OLD]).seal(TOKEN))
    assert SecretBox([NEW]).open(moved) == TOKEN


@pytest.mark.parametrize(
    "sealed", [b"", b"nonsense", SecretBox([OLD]).seal(TOKEN)[:-2]], ids=["empty", "nonsense", "foreign"]
)
def test_what_no_key_opens_is_a_secret_error(sealed: bytes) -> None:
    with pytest.raises(SecretError):
        SecretBox([NEW]).open(sealed)


def test_another_key_does_not_open() -> None:
    with pytest.raises(SecretError):
        SecretBox([NEW]).open(SecretBox([OLD]).seal(TOKEN))


@pytest.mark.parametrize(
    "text", ["correct-horse-battery-staple-and-more-0123456789", "words with blanks and ümlauts are fine as well"]
)
def test_any_long_random_text_is_a_key(text: str) -> None:
    assert SecretBox([text]).open(SecretBox([text]).seal(TOKEN)) == TOKEN


@pytest.mark.parametrize("key", ["", "short", "a" * 44, "abcabcabc" * 6, "0123456789abcdef"])
def test_a_short_or_simple_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigurationError):
        SecretBox([key])


def test_no_key_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        SecretBox([])


def test_a_refused_key_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as error:
        SecretBox([NEW, "tooshort-canary"])
    assert "canary" not in str(error.value)


def test_keys_differ_each_time() -> None:
    assert secrets.generate_key() != secrets.generate_key()


def test_a_key_file_is_for_its_owner_only(tmp_path: Path) -> None:
    secrets.write_key_file(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_holds_the_key_that_was_returned(tmp_path: Path) -> None:
    assert secrets.write_key_file(tmp_path / "key") == secrets.read_key_file(tmp_path / "key")


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    secrets.write_key_file(tmp_path / "key")
    with pytest.raises(FileExistsError):
        secrets.write_key_file(tmp_path / "key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    secrets.write_key_file(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        secrets.read_key_file(tmp_path / "key")


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        secrets.read_key_file(tmp_path / "none")


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        secrets.check_private(tmp_path)
