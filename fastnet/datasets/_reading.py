"""Open a file that may be gzip-compressed, and read it without trusting what it says about itself."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20


@contextmanager
def open_binary(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open `path` for reading, through gzip if its first two bytes say so.

    Raises
    ------
    OSError
        The file cannot be opened.
    ValueError
        The gzip stream turns out to be damaged or cut short while it is read inside the ``with`` block.
    """
    with open(path, "rb") as plain:
        compressed = plain.read(2) == _GZIP_MAGIC
        plain.seek(0)
        if not compressed:
            yield plain
            return
        try:
            with gzip.GzipFile(fileobj=plain, mode="rb") as stream:
                yield cast(BinaryIO, stream)
        except EOFError:
            raise ValueError(f"{os.fspath(path)}: truncated: the gzip stream ends too early") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{os.fspath(path)}: damaged gzip file: {error}") from None


def pieces(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield up to `limit` bytes of `stream`, at most 1 MiB at a time; fewer if it ends before."""
    while limit > 0 and (piece := stream.read(min(limit, _PIECE))):
        limit -= len(piece)
        yield piece
