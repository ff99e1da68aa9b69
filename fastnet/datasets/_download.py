"""Fetch a file from one of several mirrors and keep it only if it is the right one."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ._reading import open_binary, pieces
from ._writing import whole_file

_TIMEOUT = 30  # seconds without a byte before the next mirror is tried


class Remote(NamedTuple):
    """A file to fetch, known by what it holds once uncompressed."""

    name: str
    size: int  # of the uncompressed bytes
    sha256: str  # of the uncompressed bytes: the same whoever compressed them


def fetch(remote: Remote, mirrors: Sequence[str], folder: Path, *, progress: bool) -> None:
    """Put `remote` into `folder`, from the first of `mirrors` that gives the right bytes.

    Parameters
    ----------
    remote : Remote
        What to fetch.
    mirrors : sequence of str
        Addresses that end in a slash; the name is appended.
    folder : Path
        An existing folder. It never holds a file that failed its check.
    progress : bool
        Show a progress bar on standard error; needs tqdm.

    Raises
    ------
    ImportError
        pooch is not installed.
    ConnectionError
        No mirror gave the file; the message says what each one did.
    OSError
        The folder cannot be written to.
    """
    import pooch

    # 64 KiB at a time: pooch flushes the file after every piece.
    download = pooch.HTTPDownloader(progressbar=progress, chunk_size=1 << 16, timeout=_TIMEOUT)
    failures = []
    for mirror in mirrors:
        address = mirror + remote.name
        try:
            with whole_file(folder / remote.name) as part:
                with open(part, "xb") as file:
                    _transfer(download, address, file)
                check(part, remote)
            return
        except (_MirrorError, ValueError) as error:
            failures.append(f"{address}: {error}")
    raise ConnectionError("; ".join(failures))


class _MirrorError(Exception):
    """This mirror did not deliver; another may."""


def _transfer(download: Any, address: str, file: Any) -> None:
    import requests  # pooch depends on it

    try:
        download(address, file, None)
    # Its errors are OSErrors like those of a full disk, where no other mirror would help.
    except requests.RequestException as error:
        raise _MirrorError(error) from None


def check(path: Path, remote: Remote) -> None:
    """Raise ValueError unless the file, uncompressed, has the size and SHA-256 of `remote`."""
    digest, size = hashlib.sha256(), 0
    with open_binary(path) as stream:
        for piece in pieces(stream, remote.size + 1):
            digest.update(piece)
            size += len(piece)
    if size != remote.size:
        more = "more" if size > remote.size else f"{size:,}"
        raise ValueError(f"wrong file: {remote.size:,} bytes expected once uncompressed, got {more}")
    if digest.hexdigest() != remote.sha256:
        raise ValueError(f"wrong file: SHA-256 once uncompressed is {digest.hexdigest()}, "
                         f"expected {remote.sha256}")


def wants_bar(progress: bool | str) -> bool:
    """Decide whether to show a bar: asked for (or "auto" and a terminal), and tqdm is installed."""
    if progress not in (True, False, "auto"):
        raise ValueError(f"progress: got {progress!r}, expected True, False or 'auto'")
    if progress == "auto":
        progress = sys.stderr is not None and sys.stderr.isatty()
    if not progress:
        return False
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True
