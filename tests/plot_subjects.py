"""What the tests of pictures draw: one network, of the same bits everywhere, and its data."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np

import fastnet
from fastnet import inspect, plot

__all__ = ["PICTURES", "data", "net"]

STORED = Path(__file__).with_name("baseline")


@cache
def data():
    return fastnet.datasets.load_digits()


@cache
def net():
    """A network 64-12-12-10 that has seen the digits 20 times, with the path it took.

    It is stored beside the pictures: another build of the heart may round otherwise, and what a picture shows
    of a network would no longer be the same.
    """
    if os.environ.get("FASTNET_BASELINE") == "new":
        net = fastnet.Network([64, 12, 12, 10], rng=6)
        net.fit(*data()[0], epochs=20, validation_data=data()[1], callbacks=[inspect.Path(net)])
        net.save(STORED / "subject.fastnet")
        np.savez_compressed(STORED / "subject_path.npz", points=net.history_.path.points)
        return net
    net = fastnet.load(STORED / "subject.fastnet")
    path = inspect.Path()
    with np.load(STORED / "subject_path.npz", allow_pickle=False) as file:
        path.points = list(file["points"])
    path.epochs = list(range(len(path.points)))
    net.history_.path = path
    return net


def _histories():
    other = fastnet.Network([64, 12, 10], rng=2)
    other.fit(*data()[0], epochs=12, optimizer="adam", learning_rate=0.01)
    return {"sgd": net().history_, "adam": other.history_}


#: name -> a function (dark, options) that draws the picture; it takes the other arguments of its function.
PICTURES = {
    "weights": lambda **o: plot.weights(net(), **o),
    "weights_signs": lambda **o: plot.weights(net(), 0, neurons=6, signs=True, **o),
    "weights_later": lambda **o: plot.weights(net(), 1, shape=(3, 4), **o),
    "preferred": lambda **o: plot.preferred(net(), 2, **o),
    "preferred_weights": lambda **o: plot.preferred(net(), 1, method="weights", **o),
    "network": lambda **o: plot.network(net(), data()[1][0][0], **o),
    "network_elided": lambda **o: plot.network(net(), data()[1][0][3], neurons=6, **o),
    "gradient": lambda **o: plot.gradient(net(), *data()[0], **o),
    "history": lambda **o: plot.history(net(), **{k: v for k, v in o.items() if k != "cmap"}),
    "histories": lambda **o: plot.history(_histories(), **{k: v for k, v in o.items() if k != "cmap"}),
    "confusion": lambda **o: plot.confusion(net().evaluate(*data()[1]), **o),
    "mistakes": lambda **o: plot.mistakes(net(), *data()[1], n=12, **o),
    "digits": lambda **o: plot.digits(*data()[0], n=20, **o),
    "confidence": lambda **o: plot.confidence(net(), data()[1][0], **o),
    "landscape": lambda **o: plot.landscape(net(), *data()[0], points=9, n=200, **o),
}
