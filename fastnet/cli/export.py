"""`fastnet export MODEL --html page.html`: a page that one can draw on."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet.cli import _models, _output, _parser

__all__ = ["add_parser", "run"]

EPILOG = """\
The page is one file that works without a server and without a network; its forward pass is the network's.

examples:
  fastnet export mnist.fastnet --html draw.html
  fastnet export digits.fastnet --html draw.html --examples digits
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "export", run, "write a page that one can draw on", EPILOG)
    parser.add_argument("model", metavar="MODEL", help="a saved network that takes images")
    parser.add_argument("--html", metavar="FILE", required=True, help="where to write the page")
    parser.add_argument(
        "--examples", metavar="DATA", help="data with test images to click: digits, mnist, a folder or a file"
    )
    parser.add_argument("--title", metavar="TEXT", help="the page's title")


def run(args: argparse.Namespace) -> int:
    """Write the page."""
    import os

    from fastnet.cli import _data
    from fastnet.page import export_html

    net = _models.load(args.model)
    examples: Any = None
    if args.examples is not None:
        _, X, y = _data.for_model(net, args.examples, label=None, part=None, labelled=True)
        examples = (X, y)
    export_html(net, args.html, examples=examples, title=args.title)
    n_bytes = os.path.getsize(args.html)
    if args.json:
        _output.print_json({"model": args.model, "html": args.html, "bytes": n_bytes})
    else:
        print(f"saved as {args.html} ({n_bytes / 1000:,.0f} kB): open it in a browser and draw")
    return 0
