"""What can go wrong at the command line, in one line each, and the exit codes."""

from __future__ import annotations

import os

from fastnet._errors import DivergenceError

__all__ = ["FAILED", "INTERRUPTED", "MISUSED", "Refused", "as_line"]

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


class Refused(Exception):
    """A command cannot do what it is asked to; its message is the line to show."""


def as_line(error: Exception) -> str | None:
    """Return the one line that tells a user what is wrong, or None for an error that is fastnet's own."""
    if isinstance(error, OSError) and error.strerror:
        where = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        return where + _small(error.strerror)
    if isinstance(error, MemoryError):
        return f"not enough memory{f': {error}' if str(error) else ''}"
    if isinstance(error, Refused | ValueError | TypeError | OSError | ImportError | DivergenceError):
        return " ".join(str(error).split())
    return None


def _small(message: str) -> str:
    return message[:1].lower() + message[1:]
