"""The command `fastnet`: one module a command, listed in COMMANDS.

Each of these modules has

- ``add_parser(subparsers)``: adds its `argparse` parser, made by `fastnet.cli._parser.add`;
- ``run(args) -> int``: does it, and returns the exit code.

Nothing heavy is imported at the top of them: `fastnet --help` imports them all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from fastnet.cli._parser import Parser, new_parser
from fastnet.cli._problems import FAILED, INTERRUPTED, as_line

__all__ = ["COMMANDS", "main"]

#: The modules of the commands, in the order that --help shows them.
COMMANDS: tuple[str, ...] = (
    "fastnet.cli.train",
    "fastnet.cli.evaluate",
    "fastnet.cli.predict",
    "fastnet.cli.info",
    "fastnet.cli.show",
    "fastnet.cli.export",
    "fastnet.cli.report",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; default: those of the process.

    Returns
    -------
    int
        The exit code: 0 done, 1 failed (a line on stderr says why), 2 misused, 130 interrupted by Ctrl-C.
    """
    try:
        return _run(argv)
    except SystemExit as end:  # argparse, after --help or a usage error
        return end.code if isinstance(end.code, int) else FAILED
    except KeyboardInterrupt:
        print("fastnet: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does: nothing is wrong, and there is nobody to tell.
        _forget_stdout()
        return 0
    except Exception as error:
        line = as_line(error)
        if line is None:
            raise  # a mistake in fastnet itself: its traceback is what a report needs
        print(f"fastnet: error: {line}", file=sys.stderr)
        return FAILED


def _run(argv: Sequence[str] | None) -> int:
    parser = _all_commands()
    args = parser.parse_args(argv)
    code = int(args.run(args))
    sys.stdout.flush()  # here, where a closed pipe is still dealt with
    return code


def _all_commands() -> Parser:
    parser, subparsers = new_parser()
    for name in COMMANDS:
        module = import_module(name)
        module.add_parser(subparsers)
    return parser


def _forget_stdout() -> None:
    """Let Python's own flush at exit go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
