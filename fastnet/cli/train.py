"""`fastnet train [DATA]`: build a network, train it, test it, save it."""

from __future__ import annotations

import argparse
from typing import Any

from fastnet.cli import _parser
from fastnet.cli._parser import batch, fraction, layers, non_negative, positive, seed, whole
from fastnet.cli.presets import PRESETS
from fastnet.names import ACTIVATIONS, COSTS, INITIALISERS, OPTIMIZERS, OUTPUT_ACTIVATIONS, SCHEDULES

__all__ = ["add_parser", "run"]

SUMMARY = "train a network on digits, MNIST or data of your own"
EPILOG = """\
presets: where an option is left out, the preset decides.
  classic   two hidden layers of 16 sigmoid neurons; about 96.3 % on MNIST in a few seconds
  best      one hidden layer of 128 relu neurons; about 98.2 % on MNIST in a few seconds
Small data are gone through more often: until 150,000 samples have been seen, in at most 300 epochs.

data: labels that are text or a few different whole numbers are classes, others are values. uint8 pixels are
divided by 255. The columns of tables, unless all lie between 0 and 1, are standardised while training, and
the scaling is put into the saved network, which takes the data as they are. Data without a test part are
split by the seed.

Ctrl-C ends the training; what has been learned by then is saved.

examples:
  fastnet train
  fastnet train mnist --preset best
  fastnet train mnist --hidden 16,16 --epochs 30 --optimizer sgd --learning-rate 3 --batch-size 10 \\
                --output sigmoid --cost quadratic --l2 0 --schedule constant
  fastnet train iris.csv --label species --hidden 8
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "train", run, SUMMARY, EPILOG)
    parser.add_argument(
        "data", nargs="?", default="digits", metavar="DATA",
        help="digits (default), mnist, a folder of IDX files, a .npz with X and y, or a .csv",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", help="where to save the network (default: DATA.fastnet)")
    parser.add_argument(
        "--preset", choices=tuple(PRESETS), help="the recipe to start from (default: classic)"
    )
    parser.add_argument(
        "--seed", type=seed, default=0, metavar="N", help="same seed, same network (default: 0)"
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    _add_network(parser.add_argument_group("the network"))
    _add_training(parser.add_argument_group("the training"))
    _add_data(parser.add_argument_group("the data"))


def _add_network(group: Any) -> None:
    group.add_argument("--hidden", type=layers, metavar="N,N,...", help="sizes of the hidden layers, or none")
    group.add_argument("--activation", choices=tuple(ACTIVATIONS), help="of the hidden layers")
    group.add_argument("--output", choices=tuple(OUTPUT_ACTIVATIONS), help="the output layer's activation")
    group.add_argument("--cost", choices=tuple(COSTS))
    group.add_argument("--init", choices=INITIALISERS, help="how weights and biases begin")
    group.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="default: float32")


def _add_training(group: Any) -> None:
    group.add_argument("--epochs", type=whole, metavar="N")
    group.add_argument("--batch-size", type=batch, metavar="N", help="samples a mini-batch, or all")
    group.add_argument("--optimizer", choices=tuple(OPTIMIZERS))
    group.add_argument("--learning-rate", type=positive, metavar="RATE")
    group.add_argument("--schedule", choices=SCHEDULES, help="the course of the learning rate")
    group.add_argument("--l2", type=non_negative, metavar="FACTOR", help="weight decay: (l2/2) sum w^2")
    group.add_argument("--threads", type=whole, default=1, metavar="N", help="default: 1")


def _add_data(group: Any) -> None:
    group.add_argument("--label", metavar="COLUMN", help="the column of a .csv that is the label")
    group.add_argument(
        "--target",
        choices=("auto", "classes", "values"),
        default="auto",
        help="what the labels are (default: see below)",
    )
    group.add_argument(
        "--test-share", type=fraction, metavar="SHARE", help="to hold out of undivided data (default: 0.2)"
    )
    group.add_argument(
        "--scale",
        action=argparse.BooleanOptionalAction,
        help="standardise the columns while training (default: see below)",
    )


def run(args: argparse.Namespace) -> int:
    """Train, test and save."""
    from fastnet.cli import _training

    return _training.train(args)
