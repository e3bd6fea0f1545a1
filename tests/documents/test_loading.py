from __future__ import annotations

import gzip
import io
import tracemalloc

import pytest

from slaplugin.documents import loading
from slaplugin.errors import DocumentError


class Endless(io.RawIOBase):
    """A file of one long line, made as it is read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        count = min(len(buffer), self.left)
        buffer[:count] = b"x" * count
        self.left -= count
        return count


def test_gzip_is_known_by_its_first_bytes() -> None:
    assert loading.unpacked(io.BytesIO(gzip.compress(b"a\nb\n"))).read() == b"a\nb\n"


def test_plain_bytes_stay_as_they_are() -> None:
    assert loading.unpacked(io.BytesIO(b"\x1f is no gzip")).read() == b"\x1f is no gzip"


def test_lines_are_numbered_from_one() -> None:
    assert list(loading.lines(io.BytesIO(b"a\nb"))) == [(1, b"a\n"), (2, b"b")]


def test_lines_may_come_from_any_iterable() -> None:
    assert list(loading.lines([b"a", b"x" * (loading.MAX_LINE_BYTES + 1)])) == [(1, b"a"), (2, None)]


def test_a_line_of_the_largest_size_is_kept() -> None:
    line = b"x" * (loading.MAX_LINE_BYTES - 1) + b"\n"
    assert list(loading.lines(io.BytesIO(line + b"y"))) == [(1, line), (2, b"y")]


def test_a_line_over_the_limit_is_skipped_and_the_next_one_read() -> None:
    long = b"x" * (3 * loading.MAX_LINE_BYTES)
    assert list(loading.lines(io.BytesIO(b"a\n" + long + b"\nb\n"))) == [(1, b"a\n"), (2, None), (3, b"b\n")]


def test_a_huge_line_is_never_held_in_memory() -> None:
    source = Endless(30_000_000)
    tracemalloc.start()
    try:
        found = list(loading.lines(source))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found, peak < 5 * loading.MAX_LINE_BYTES) == ([(1, None)], True)


def test_a_document_may_be_packed() -> None:
    assert loading.read_document(io.BytesIO(gzip.compress(b"a: 1")), "p") == b"a: 1"


def test_a_document_is_capped_after_unpacking() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    with pytest.raises(DocumentError, match="larger than 1 MB"):
        loading.read_document(io.BytesIO(bomb), "p.yaml.gz")


@pytest.mark.parametrize(
    "content", [gzip.compress(b"a: 1")[:-9], b"\x1f\x8b\x08 nothing of the kind"], ids=["cut", "no gzip"]
)
def test_a_damaged_gzip_is_a_sentence(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"p\.gz: is a damaged gzip file"):
        loading.read_document(io.BytesIO(content), "p.gz")


def test_a_read_error_is_named() -> None:
    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            raise OSError(5, "Input/output error")

    with pytest.raises(DocumentError, match="p: cannot be read: Input/output error"):
        loading.read_document(Failing(), "p")
