"""fastnet: small fully-connected networks, trained and run on the CPU by a compiled heart.

>>> import fastnet
>>> (X, y), (X_test, y_test) = fastnet.datasets.load_digits()
>>> net = fastnet.Network([64, 32, 10], rng=0)
>>> history = net.fit(X, y, epochs=5)
>>> evaluation = net.evaluate(X_test, y_test)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastnet._errors import DivergenceError
from fastnet._heart import cpu
from fastnet._training.history import History
from fastnet._training.stopping import EarlyStopping
from fastnet._version import __version__
from fastnet.network import Network

if TYPE_CHECKING:
    from os import PathLike

    from fastnet import datasets, inspect, nielsen, plot, sklearn
    from fastnet._evaluation import Evaluation, Gradient
    from fastnet._training.callbacks import EpochEnd
    from fastnet._training.many import fit_many

__all__ = [
    "DivergenceError",
    "EarlyStopping",
    "EpochEnd",
    "Evaluation",
    "Gradient",
    "History",
    "Network",
    "__version__",
    "cpu",
    "datasets",
    "fit_many",
    "inspect",
    "load",
    "nielsen",
    "plot",
    "sklearn",
]

# Imported when first used: modules, and classes by the modules that have them.
_LAZY = ("datasets", "inspect", "nielsen", "plot", "sklearn")
_LAZY_CLASSES = {
    "EpochEnd": "fastnet._training.callbacks",
    "Evaluation": "fastnet._evaluation",
    "fit_many": "fastnet._training.many",
    "Gradient": "fastnet._evaluation",
}


def load(path: str | PathLike[str]) -> Network:
    """Read a network that `Network.save` wrote.

    Parameters
    ----------
    path : str or path-like
        A file in fastnet's own format or, with the suffix .safetensors, in that one. Nothing in it is
        executed.

    Returns
    -------
    Network
        Its answers are bit for bit those of the network that was saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is truncated, damaged, of a newer version, or not a network at all.
    """
    from fastnet import _files  # here: json and hashlib cost import time

    return _files.load(path)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"fastnet.{name}")
    if name in _LAZY_CLASSES:
        return getattr(import_module(_LAZY_CLASSES[name]), name)
    raise AttributeError(f"module 'fastnet' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
