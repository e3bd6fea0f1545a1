"""Bytes as they come from files and pipes: gzip unpacked, sizes capped, lines counted."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Any

from slaplugin.errors import DocumentError, Problem

MAX_DOCUMENT_BYTES = 1_000_000
MAX_LINE_BYTES = 1_000_000

_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 16


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """The stream itself, or what it holds when its first bytes say gzip. Names and endings do not matter."""
    raw: Any = stream  # any readable binary stream will do; the types of io ask for one with all of a file's methods
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(raw)
    if buffered.peek(len(_GZIP_MAGIC))[: len(_GZIP_MAGIC)] != _GZIP_MAGIC:
        return buffered
    return io.BufferedReader(gzip.GzipFile(fileobj=buffered), _CHUNK_BYTES)


def read_document(stream: IO[bytes], name: str) -> bytes:
    """The whole of a small document. Raises DocumentError when it is over MAX_DOCUMENT_BYTES, unpacked, or broken."""
    try:
        content = unpacked(stream).read(MAX_DOCUMENT_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(name, [Problem("", broken(error))]) from error
    check_size(content, name)
    return content


def check_size(content: bytes, name: str) -> None:
    """Raise DocumentError for a document over MAX_DOCUMENT_BYTES."""
    if len(content) > MAX_DOCUMENT_BYTES:
        megabytes = MAX_DOCUMENT_BYTES // 1_000_000
        raise DocumentError(name, [Problem("", f"is larger than {megabytes} MB, the limit of a document; split it")])


def lines(source: IO[bytes] | Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Every line with its number from 1; None instead of a line over MAX_LINE_BYTES, which is skipped, not kept.

    Raises what reading raises: OSError, and EOFError or zlib.error for a broken gzip.
    """
    if isinstance(source, io.IOBase):
        stream: Any = source
        yield from enumerate(_read(unpacked(stream)), 1)
    else:
        for number, line in enumerate(source, 1):
            yield number, line if len(line) <= MAX_LINE_BYTES else None


def broken(error: Exception) -> str:
    """Say why reading failed, as a problem's message."""
    if isinstance(error, gzip.BadGzipFile | EOFError | zlib.error):
        return "is a damaged gzip file; pack it again or give it unpacked"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return f"cannot be read: {reason}"


def _read(stream: IO[bytes]) -> Iterator[bytes | None]:
    while line := stream.readline(MAX_LINE_BYTES + 1):
        if len(line) <= MAX_LINE_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_CHUNK_BYTES)
        yield None
