"""PyTorch: modules, autograd and its own fused optimisers, on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

__all__ = ["Answering", "Training", "versions"]

ACTIVATIONS = {
    "sigmoid": torch.nn.Sigmoid,
    "relu": torch.nn.ReLU,
    "identity": torch.nn.Identity,
    "softmax": torch.nn.Identity,
}  # softmax is inside torch's cross-entropy


def versions() -> dict[str, str]:
    """Return what takes part."""
    return {"PyTorch": torch.__version__}


def _network(job: Any, start: list) -> torch.nn.Sequential:
    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for index, (W, b) in enumerate(start):
        linear = torch.nn.Linear(W.shape[1], W.shape[0])
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.copy()))
            linear.bias.copy_(torch.from_numpy(b.copy()))
        name = job.hidden if index < len(start) - 1 else job.output
        layers += [linear, ACTIVATIONS[name]()]
    return torch.nn.Sequential(*layers)


class Training:
    """Mini-batch training of one job."""

    def __init__(
        self, job: Any, X: np.ndarray, Y: np.ndarray, start: list, labels: np.ndarray | None = None
    ) -> None:
        self.job, self.net = job, _network(job, start)
        self.X = torch.from_numpy(X)
        classes = job.cost == "cross_entropy"
        self.Y = torch.from_numpy(labels.astype(np.int64) if classes else Y)
        kind = torch.optim.Adam if job.optimizer == "adam" else torch.optim.SGD
        self.optimizer = kind(self.net.parameters(), lr=job.learning_rate, fused=True)
        self.cost = torch.nn.functional.cross_entropy if classes else self._quadratic
        self.updates = 0

    @staticmethod
    def _quadratic(a: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (a - y).square().sum() / (2 * len(a))

    def epoch(self, order: np.ndarray) -> None:
        """Go once through the samples `order`."""
        for which in torch.from_numpy(order).split(self.job.batch_size):
            self.optimizer.zero_grad(set_to_none=True)
            self.cost(self.net(self.X[which]), self.Y[which]).backward()
            self.optimizer.step()
            self.updates += 1

    def parameters(self) -> list:
        """Return the list of (W (n_out, n_in), b (n_out,))."""
        linear = [layer for layer in self.net if isinstance(layer, torch.nn.Linear)]
        return [(p.weight.detach().numpy().copy(), p.bias.detach().numpy().copy()) for p in linear]


class Answering:
    """The forward pass, from a NumPy array to a NumPy array, as an application needs it."""

    def __init__(self, job: Any, start: list) -> None:
        self.net = _network(job, start).eval()
        self.one = self.many

    def many(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs."""
        with torch.inference_mode():
            return self.net(torch.from_numpy(X)).numpy()
