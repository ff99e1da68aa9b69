"""`fastnet evaluate MODEL DATA`: how well a saved network does."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet._metadata import classes_of
from fastnet.cli import _data, _models, _output, _parser
from fastnet.cli._parser import bold

__all__ = ["add_parser", "run"]

EPILOG = """\
examples:
  fastnet evaluate digits.fastnet digits
  fastnet evaluate mnist.fastnet mnist --json
  fastnet evaluate iris.fastnet iris.csv --label species
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "evaluate", run, "measure a saved network on data with labels", EPILOG)
    _data.add_data_arguments(parser)
    parser.add_argument("--threads", type=_parser.whole, default=1, metavar="N", help="default: 1")


def run(args: argparse.Namespace) -> int:
    """Print accuracy (or r2), cost and the confusion matrix."""
    net = _models.load(args.model)
    _, X, y = _data.for_model(net, args.data, label=args.label, part=args.part, labelled=True)
    found = net.evaluate(X, y, threads=args.threads)
    if args.json:
        figures = {"model": args.model, "data": args.data, **found.as_dict()}
        _output.print_json({**figures, "classes": classes_of(net)})
        return 0
    figure = f"r2 {found.r2:.4f}" if found.accuracy is None else f"accuracy {found.accuracy:.2%}"
    print(bold(f"{figure} on {_output.count(found.n, 'sample')}") + f", cost {found.cost:.5g}")
    if found.confusion is not None:
        for line in _output.table_of_confusion(found.confusion, classes_of(net) or ()):
            print(line)
    return 0
