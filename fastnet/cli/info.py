"""`fastnet info MODEL`: what is in a saved network."""

from __future__ import annotations

import argparse
import os
from typing import Any

from fastnet.cli import _models, _output, _parser

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = _parser.add(subparsers, "info", run, "tell what is in a saved network")
    parser.add_argument("model", metavar="MODEL", help="a saved network, for instance digits.fastnet")


def run(args: argparse.Namespace) -> int:
    """Print a table of the layers, and what is known about where the network comes from."""
    import numpy as np

    net = _models.load(args.model)
    about = {
        "model": args.model,
        "bytes": os.path.getsize(args.model),
        "sizes": list(net.sizes),
        "activations": list(net.activations),
        "cost": net.cost,
        "init": net.init,
        "dtype": net.dtype.name,
        "input_scale": net.input_scale,
        "n_parameters": net.n_parameters,
        "metadata": net.metadata,
        "epochs": 0 if net.history_ is None else len(net.history_),
        "can_resume": net._state is not None and net._state.resumable,
    }
    if args.json:
        history = None if net.history_ is None else net.history_.as_dict()
        _output.print_json({**about, "history": history})
        return 0
    print(net)
    for layer, (weights, biases) in enumerate(zip(net.weights, net.biases, strict=True), 1):
        length = float(np.sqrt(np.mean(weights.astype(np.float64) ** 2)))
        w, b = (f"{array.min():.3g} to {array.max():.3g}" for array in (weights, biases))
        print(f"  layer {layer}: weights {w}, root mean square {length:.3g}; biases {b}")
    for line in _models.describe(net):
        print(line)
    if net.history_ is not None and len(net.history_):
        last = net.history_._last()
        figures = ", ".join(f"{name} {text}" for name, text in last.items() if name != "seconds")
        print(f"trained for {_output.count(len(net.history_), 'epoch')}: {figures}")
    print(f"{args.model}: {about['bytes']:,} bytes")
    return 0
