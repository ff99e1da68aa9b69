"""Parsers of the command line: their looks, their one-line errors, the types of their arguments."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from fastnet._version import __version__
from fastnet.cli._problems import MISUSED

__all__ = [
    "ALL",
    "Parser",
    "add",
    "batch",
    "bold",
    "fraction",
    "is_terminal",
    "layers",
    "new_parser",
    "non_negative",
    "positive",
    "seed",
    "whole",
]

#: Stands for a batch of all samples.
ALL = -1

EPILOG = """\
exit codes: 0 done, 1 failed (one line on stderr says why), 2 misused, 130 interrupted by Ctrl-C

`fastnet train` alone trains on the digits inside the package; `fastnet COMMAND --help` tells more.
"""


class Parser(argparse.ArgumentParser):
    """An `argparse` parser whose errors are one line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        self.exit(MISUSED, f"{self.prog}: error: {' '.join(message.split())} (see {self.prog} --help)\n")


def new_parser() -> tuple[Parser, Any]:
    """Return the parser of the whole command, and where its commands are added."""
    parser = Parser(
        prog="fastnet",
        description="Train and run small fully-connected neural networks on the CPU.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"fastnet {__version__}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    return parser, subparsers


def add(
    subparsers: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    epilog: str | None = None,
    *,
    json: bool = True,
) -> Parser:
    """Add a command.

    Parameters
    ----------
    subparsers : object
        What a command's `add_parser` is called with.
    name : str
        What the user types.
    run : callable
        Called with the arguments; returns the exit code.
    summary : str
        One line.
    epilog : str, optional
        Shown at the end of the command's help: examples.
    json : bool
        Whether the command has --json.

    Returns
    -------
    Parser
        To add arguments to.
    """
    parser: Parser = subparsers.add_parser(name, help=summary, description=summary, epilog=epilog)
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run)
    return parser


# --- Types of arguments: argparse turns their ValueError into a usage error -------------------------------


def whole(text: str) -> int:
    """Return a whole number of at least 1."""
    return _checked(_int(text), text, lambda number: number >= 1, "a whole number of at least 1")


def seed(text: str) -> int:
    """Return a whole number of at least 0."""
    return _checked(_int(text), text, lambda number: number >= 0, "a whole number of at least 0")


def batch(text: str) -> int:
    """Return the samples a mini-batch; ALL for "all"."""
    return ALL if text.strip().lower() == "all" else whole(text)


def positive(text: str) -> float:
    """Return a finite number above 0."""
    return _checked(_float(text), text, lambda number: 0 < number < float("inf"), "a number above 0")


def non_negative(text: str) -> float:
    """Return a finite number of at least 0."""
    return _checked(_float(text), text, lambda number: 0 <= number < float("inf"), "a number of at least 0")


def fraction(text: str) -> float:
    """Return a number between 0 and 1, both excluded."""
    return _checked(_float(text), text, lambda number: 0 < number < 1, "a number between 0 and 1")


def layers(text: str) -> tuple[int, ...]:
    """Return the sizes of hidden layers, "16,16"; "none" or "" for none."""
    if text.strip().lower() in ("", "none"):
        return ()
    sizes = tuple(_int(part) for part in text.split(","))
    if any(size is None or size < 1 for size in sizes):
        raise argparse.ArgumentTypeError(f"expected layer sizes like 16,16 (or none), not {text!r}")
    return sizes  # type: ignore[return-value]


def _int(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _checked(number: Any, text: str, fits: Callable[[Any], bool], expected: str) -> Any:
    if number is None or not fits(number):
        raise argparse.ArgumentTypeError(f"expected {expected}, not {text!r}")
    return number


def is_terminal(stream: Any) -> bool:
    """Tell whether somebody is looking at a stream."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def bold(text: str) -> str:
    """Return text that stands out in a terminal, and plain text elsewhere."""
    plain = not is_terminal(sys.stdout) or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\033[1m{text}\033[0m"
