"""`fastnet report MODEL DATA --out report.html`: everything about a saved network, on one page."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet.cli import _data, _models, _output, _parser
from fastnet.cli._parser import bold

__all__ = ["add_parser", "run"]

EPILOG = """\
The report is one file: accuracy, curves, weights, confusion matrix, mistakes, the noise experiment.

examples:
  fastnet report digits.fastnet digits --out report.html
  fastnet report mnist.fastnet mnist --out report.html
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "report", run, "write a report of a saved network on data", EPILOG)
    _data.add_data_arguments(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="where to write the page")
    parser.add_argument("--title", metavar="TEXT", help="the page's title")
    parser.add_argument("--threads", type=_parser.whole, default=1, metavar="N", help="default: 1")


def run(args: argparse.Namespace) -> int:
    """Write the report."""
    from fastnet.page import report_html

    net = _models.load(args.model)
    data, X, y = _data.for_model(net, args.data, label=args.label, part=args.part, labelled=True)
    name = data.name if data.X_test is None else f"{data.name} ({args.part or 'test'})"
    found = report_html(net, X, y, args.out, title=args.title, data=name, threads=args.threads)
    if args.json:
        figures = {"n": found.n, "cost": found.cost, "accuracy": found.accuracy, "r2": found.r2}
        _output.print_json({"model": args.model, "data": args.data, "out": args.out, **figures})
        return 0
    figure = f"r2 {found.r2:.4f}" if found.accuracy is None else f"accuracy {found.accuracy:.2%}"
    print(bold(f"{figure} on {_output.count(found.n, 'sample')}"))
    print(f"saved as {args.out}")
    return 0
