"""Who takes part: the names in the table, in its order, and the module that each needs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

__all__ = ["CONTENDERS", "Contender", "missing"]


class Contender(NamedTuple):
    """A contender: its module here, what has to be installed, and what it can do."""

    title: str
    module: str
    needs: tuple[str, ...]
    trains: bool = True


CONTENDERS = {
    "fastnet": Contender("fastnet", "bench.fastnet_peer", ()),
    "numpy": Contender("NumPy float32", "bench.numpy_peer", ()),
    "sklearn": Contender("scikit-learn", "bench.sklearn_peer", ("sklearn",)),
    "torch": Contender("PyTorch", "bench.torch_peer", ("torch",)),
    "jax": Contender("JAX", "bench.jax_peer", ("jax",)),
    "onnx": Contender("ONNX Runtime", "bench.onnx_peer", ("onnx", "onnxruntime"), trains=False),
}


def missing(name: str) -> list[str]:
    """Return what `name` needs and is not installed."""
    return [module for module in CONTENDERS[name].needs if find_spec(module) is None]
