"""`fastnet predict MODEL DATA`: a saved network's answers, one line a sample."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet._metadata import classes_of
from fastnet.cli import _data, _models, _output, _parser, _pictures
from fastnet.cli._problems import Refused

__all__ = ["add_parser", "run"]

EPILOG = """\
Each line is the sample's number (from 0), the class and the activation of its output, with tabs between
them; or, where the network's answers are values, the sample's number and the values.

examples:
  fastnet predict digits.fastnet digits | head
  fastnet predict iris.fastnet flowers.csv --json
  fastnet predict mnist.fastnet photo.jpg --debug seen.png
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "predict", run, "answer for every sample of some data", EPILOG)
    _data.add_data_arguments(parser)
    parser.add_argument("--first", type=_parser.whole, metavar="N", help="only for the first N samples")
    parser.add_argument("--outputs", action="store_true", help="give the activation of every output too")
    parser.add_argument(
        "--debug", metavar="FILE", help="with a photo or scan of a digit as DATA: draw what the network saw"
    )
    parser.add_argument("--threads", type=_parser.whole, default=1, metavar="N", help="default: 1")


def run(args: argparse.Namespace) -> int:
    """Print the answers."""
    net = _models.load(args.model)
    if _pictures.is_picture(args.data):
        X = _pictures.read(net, args)
    elif args.debug is not None:
        raise Refused(f"--debug: {args.data} is no picture; expected a .png or .jpg, for instance")
    else:
        _, X, _ = _data.for_model(net, args.data, label=args.label, part=args.part, labelled=False)
    outputs = net.forward(X[: args.first], threads=args.threads)
    answers = _answers(net, outputs)
    if args.json:
        found: dict[str, Any] = {"model": args.model, "data": args.data, "n": len(outputs), **answers}
        if args.outputs:
            found["outputs"] = outputs
        _output.print_json(found)
        return 0
    columns = [[str(answer) for answer in answers["predictions"]]] if "classes" in answers else []
    if "confidence" in answers:
        columns.append([f"{number:.4f}" for number in answers["confidence"]])
    if args.outputs or not columns:
        columns += [[f"{number:.6g}" for number in column] for column in outputs.T.tolist()]
    for number, row in enumerate(zip(*columns, strict=True)):
        print(number, *row, sep="\t")
    return 0


def _answers(net: Any, outputs: Any) -> dict[str, Any]:
    """Return "predictions": names of classes with their "confidence" (an activation), or the values."""
    classes = classes_of(net)
    if classes is None:
        return {"predictions": outputs}
    if outputs.shape[1] == 1:
        brightest = (outputs[:, 0] > 0.5).astype(int)
        confidence = abs(outputs[:, 0] + brightest - 1)
    else:
        brightest = outputs.argmax(axis=1)
        confidence = outputs.max(axis=1)
    return {
        "predictions": [classes[i] for i in brightest.tolist()],
        "confidence": confidence,
        "classes": list(classes),
    }
