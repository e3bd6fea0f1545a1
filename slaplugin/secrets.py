"""Encryption at rest for helpdesk tokens and webhook secrets, and the file that holds its key.

Keys come from SLAPLUGIN_SECRET_KEYS, newest first: the first seals, all of them open, so a key is rotated by putting
a new one in front and sealing everything again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from slaplugin.errors import ConfigurationError, SecretError

KEY_BYTES = 32
LEAST_DISTINCT = 10
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretBox:
    """Seals and opens secrets. Raises ConfigurationError for a missing, short or guessable key."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ConfigurationError("no secret key is configured; run `slaplugin init` or set SLAPLUGIN_SECRET_KEYS")
        self._fernet = MultiFernet([Fernet(_key(text, position)) for position, text in enumerate(keys, start=1)])

    def seal(self, secret: bytes) -> bytes:
        """Encrypt under the newest key."""
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with whichever key fits; raises SecretError when none does."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise SecretError(
                "a stored secret cannot be read with the configured keys; put the key it was stored with back into "
                "SLAPLUGIN_SECRET_KEYS, behind the newest one, or enter the secret again"
            ) from None

    def reseal(self, sealed: bytes) -> bytes:
        """The same secret under the newest key; raises SecretError like `open`."""
        return self.seal(self.open(sealed))


def generate_key() -> str:
    """A new key as text, fit for SLAPLUGIN_SECRET_KEYS."""
    return Fernet.generate_key().decode()


def write_key_file(path: Path) -> str:
    """Create a key file that only its owner may read, and return the key; raises FileExistsError if it is there."""
    key = generate_key()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key + "\n")
    return key


def read_key_file(path: Path) -> str:
    """The text of a key file; raises ConfigurationError when others may read it or it cannot be read."""
    check_private(path)
    return path.read_text(encoding="ascii").strip()


def check_private(path: Path) -> None:
    """Raise ConfigurationError unless `path` is a readable file of which group and others may do nothing."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}); check its path") from None
    if not stat.S_ISREG(mode):
        raise ConfigurationError(f"{path} is not a file; name the file that holds the key")
    if mode & OTHERS:
        raise ConfigurationError(f"{path} can be read by others; run chmod 600 {path}")


def _key(text: str, position: int) -> bytes:
    """A Fernet key: the text itself if it is one, else a hash of a text that is long and varied enough."""
    if len(set(text)) < LEAST_DISTINCT or len(text) < KEY_BYTES:
        raise ConfigurationError(
            f"secret key {position} is too short or too simple; make one with `slaplugin init` or use at least "
            f"{KEY_BYTES} random characters"
        )
    try:
        if len(base64.b64decode(text, altchars=b"-_", validate=True)) == KEY_BYTES:
            return text.encode()
    except (binascii.Error, ValueError):
        pass  # not a key of ours: any long random text will do
    return base64.urlsafe_b64encode(hashlib.sha256(b"slaplugin secret key 1:" + text.encode()).digest())
