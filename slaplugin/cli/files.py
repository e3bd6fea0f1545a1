"""What the file commands share: `-` for standard input and output, and messages for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from slaplugin.documents.loading import read_document
from slaplugin.errors import DocumentError, Problem

STANDARD = "-"
EXISTING = click.Path(exists=True, dir_okay=False, allow_dash=True)


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The file, or standard input for `-`; raises DocumentError when it cannot be opened."""
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - what fails later, in reading, has its own message
    except OSError as error:
        raise DocumentError(path, [Problem("", f"cannot be opened: {error.strerror}")]) from error
    with stream:
        yield stream


def document(path: str) -> bytes:
    """The content of a small file, unpacked; raises DocumentError."""
    with opened(path) as stream:
        return read_document(stream, shown_name(path))


def shown_name(path: str) -> str:
    """What messages call the file."""
    return "standard input" if path == STANDARD else path
