"""`fastnet show MODEL --weights --out FILE.png`: pictures of a saved network."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet._metadata import classes_of
from fastnet.cli import _data, _models, _output, _parser
from fastnet.cli._problems import Refused

__all__ = ["add_parser", "run"]

EPILOG = """\
examples:
  fastnet show mnist.fastnet --weights --out weights.png
  fastnet show mnist.fastnet --network --sample 7 --dark --out seven.png
  fastnet show mnist.fastnet --mistakes --data mnist --out mistakes.svg
"""

# What can be shown: the option's help.
PICTURES = {
    "weights": "what each neuron of a layer looks for",
    "network": "the whole network, answering one sample",
    "mistakes": "the images it gets wrong, the most confident first",
    "confusion": "which class is taken for which",
    "confidence": "how sure it is, on real images, shuffled pixels and noise",
    "gradient": "which weights matter most now",
    "preferred": "what each neuron of a layer responds to most",
    "landscape": "the cost around the network",
    "history": "its last run, epoch by epoch",
    "digits": "the images of the data",
}
WITHOUT_DATA = ("weights", "preferred", "history")
WITHOUT_LABELS = ("network", "confidence")
KNOWN = {64: "digits", 784: "mnist"}  # inputs -> data that are likely meant
SOME = 5000  # samples are enough for a gradient


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "show", run, "draw a saved network (needs matplotlib)", EPILOG)
    parser.add_argument("model", metavar="MODEL", help="a saved network")
    which = parser.add_mutually_exclusive_group(required=True)
    for name, help_text in PICTURES.items():
        which.add_argument(f"--{name}", dest="picture", action="store_const", const=name, help=help_text)
    parser.add_argument("--out", required=True, metavar="FILE", help="where to: .png, .svg, .pdf or .jpg")
    parser.add_argument(
        "--data", metavar="DATA",
        help=f"{_data.KINDS} (default: digits for 64 inputs, mnist for 784)",
    )  # fmt: skip
    parser.add_argument("--label", metavar="COLUMN", help="the column of a .csv that is the label")
    parser.add_argument("--part", choices=_data.PARTS, help="which part of the data (default: test)")
    count: dict[str, Any] = {"type": _parser.seed, "default": 0, "metavar": "N"}
    parser.add_argument("--layer", **count, help="of --weights and --preferred, from 0 (default)")
    parser.add_argument("--sample", **count, help="the sample that --network answers, from 0 (default)")
    parser.add_argument("--number", type=_parser.whole, metavar="N", help="neurons or images at most")
    parser.add_argument("--dark", action="store_true", help="light on dark")
    parser.add_argument("--cmap", metavar="NAME", help="a colour map of matplotlib's")
    parser.add_argument("--dpi", type=_parser.whole, default=150, metavar="N", help="default: 150")


def run(args: argparse.Namespace) -> int:
    """Draw the picture and write it."""
    from fastnet import plot  # here: matplotlib is slow to import, and optional

    net = _models.load(args.model)
    X, y = (None, None) if args.picture in WITHOUT_DATA else _samples(net, args)
    options: dict[str, Any] = {"dark": args.dark}
    if args.picture != "history":
        options["cmap"] = args.cmap
    figure = getattr(_Draw(plot, net, args, options), args.picture)(X, y)
    figure.savefig(args.out, dpi=args.dpi)
    if args.json:
        _output.print_json({"model": args.model, "picture": args.picture, "out": args.out})
    else:
        print(f"{args.out}: {PICTURES[args.picture]}")
    return 0


def _samples(net: Any, args: argparse.Namespace) -> tuple[Any, Any]:
    spec = args.data or KNOWN.get(net.sizes[0])
    if spec is None:
        raise Refused(f"--{args.picture} needs data for {net.sizes[0]} inputs: give --data")
    labelled = args.picture not in WITHOUT_LABELS
    _, X, y = _data.for_model(net, spec, label=args.label, part=args.part, labelled=labelled)
    return X, y


class _Draw:
    """One method a picture: (X, y) -> figure."""

    def __init__(self, plot: Any, net: Any, args: argparse.Namespace, options: dict[str, Any]) -> None:
        self._plot, self._net, self._args, self._options = plot, net, args, options
        self._labels = classes_of(net)

    def _number(self, name: str) -> dict[str, Any]:
        return {} if self._args.number is None else {name: self._args.number}

    def weights(self, X: Any, y: Any) -> Any:
        return self._plot.weights(self._net, self._args.layer, **self._number("neurons"), **self._options)

    def preferred(self, X: Any, y: Any) -> Any:
        return self._plot.preferred(self._net, self._args.layer, **self._number("neurons"), **self._options)

    def network(self, X: Any, y: Any) -> Any:
        number = self._args.sample
        if number >= len(X):
            raise Refused(f"--sample {number}: there are {_output.count(len(X), 'sample')}, counted from 0")
        labels = self._labels if self._net.sizes[-1] > 1 else None  # one output stands for two classes
        return self._plot.network(
            self._net, X[number], labels=labels, **self._number("neurons"), **self._options
        )

    def mistakes(self, X: Any, y: Any) -> Any:
        return self._plot.mistakes(
            self._net, X, y, labels=self._labels, **self._number("n"), **self._options
        )

    def confusion(self, X: Any, y: Any) -> Any:
        return self._plot.confusion(self._net.evaluate(X, y), labels=self._labels, **self._options)

    def confidence(self, X: Any, y: Any) -> Any:
        return self._plot.confidence(
            self._net, X, labels=self._labels, **self._number("n"), **self._options
        )

    def gradient(self, X: Any, y: Any) -> Any:
        return self._plot.gradient(
            self._net, X[:SOME], y[:SOME], **self._number("neurons"), **self._options
        )

    def landscape(self, X: Any, y: Any) -> Any:
        return self._plot.landscape(self._net, X, y, **self._number("n"), **self._options)

    def history(self, X: Any, y: Any) -> Any:
        if self._net.history_ is None or not len(self._net.history_):
            raise Refused(f"{self._args.model} has no history: it was saved without its training")
        return self._plot.history(self._net.history_, **self._options)

    def digits(self, X: Any, y: Any) -> Any:
        labels = y if self._labels is None or y is None else [self._labels[int(k)] for k in y]
        return self._plot.digits(X, labels, **self._number("n"), **self._options)
