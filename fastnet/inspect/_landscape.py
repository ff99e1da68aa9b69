"""The cost around a network, along directions in the space of its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._architecture import as_generator
from fastnet._checks import real, shown, whole
from fastnet.inspect._checks import as_network, steps
from fastnet.inspect._path import Path, flat_parameters, set_flat_parameters

__all__ = ["Line", "Plane", "line", "plane"]


class Line:
    """The cost along one direction.

    Attributes
    ----------
    at : (m,) float64 array
        How far along the direction; 0 is the network as it is.
    cost : (m,) float64 array
    direction : (n_parameters,) float64 array
    """

    def __init__(self, at: np.ndarray, cost: np.ndarray, direction: np.ndarray) -> None:
        self.at, self.cost, self.direction = at, cost, direction

    def __repr__(self) -> str:
        return f"<Line: {len(self.at)} points, cost {self.cost.min():.4g} to {self.cost.max():.4g}>"


class Plane:
    """The cost on a plane through two directions.

    Attributes
    ----------
    first, second : (m,) float64 array
        How far along either direction; 0, 0 is the network as it is.
    cost : (m, m) float64 array
        `cost[j, i]` at `second[j]` and `first[i]`.
    directions : (2, n_parameters) float64 array
    path : (p, 2) float64 array or None
        The path, projected onto the plane.
    explained : float or None
        The share of the path's squared distances from the network that lies in the plane.
    """

    def __init__(
        self, first: np.ndarray, second: np.ndarray, cost: np.ndarray, directions: np.ndarray,
        path: np.ndarray | None, explained: float | None,
    ) -> None:  # fmt: skip
        self.first, self.second, self.cost, self.directions = first, second, cost, directions
        self.path, self.explained = path, explained

    def __repr__(self) -> str:
        path = "" if self.path is None else f", a path of {len(self.path)} points"
        return f"<Plane: {self.cost.shape}, cost {self.cost.min():.4g} to {self.cost.max():.4g}{path}>"


def line(
    net: Any,
    X: Any,
    y: Any,
    *,
    direction: Any = None,
    span: float = 1.0,
    points: int = 41,
    rng: Any = 0,
    progress: bool | str = "auto",
) -> Line:
    """Measure the cost along one direction through the network's parameters.

    Parameters
    ----------
    net : Network
        It is not changed.
    X, y : array-like
        As for `Network.evaluate`.
    direction : (n_parameters,) array-like, optional
        Layer by layer the weights row by row, then the biases. Default: a random one in which every
        neuron's part is as long as its own weights and bias (Li et al. 2018, "Visualizing the loss
        landscape of neural nets"), so that going 1 far means as much to each.
    span : float above 0, default 1
        From -span to +span along the direction.
    points : int, default 41
        At how many places, at least 3.
    rng : None, int or numpy.random.Generator, default 0
    progress : {"auto", True, False}
        As for `Network.fit`.

    Returns
    -------
    Line

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range.
    """
    net, span, points = as_network(net), real(span, "span", low=0, low_open=True), whole(points, "points", 3)
    if direction is None:
        along = random_direction(net, as_generator(rng))
    else:
        along = _direction(net, direction, "direction")
    at = np.linspace(-span, span, points)
    costs = _Costs(net, X, y)
    cost = np.array([costs.at(at[i] * along) for i in steps(points, "line", progress)])
    return Line(at, cost, along)


def plane(
    net: Any,
    X: Any,
    y: Any,
    *,
    directions: Any = None,
    path: Path | None = None,
    span: float = 1.0,
    points: int = 25,
    rng: Any = 0,
    progress: bool | str = "auto",
) -> Plane:
    """Measure the cost on a plane through the network's parameters.

    Parameters
    ----------
    net : Network
        It is not changed.
    X, y : array-like
        As for `Network.evaluate`.
    directions : two (n_parameters,) array-likes, optional
        Default: with a path of at least three points the two along which the path goes furthest (the
        principal components of its points about the network); otherwise two random ones as for `line`.
    path : Path, optional
        What a `Path` recorded; by default that of `net.history_`, where there is one.
    span : float above 0, default 1
        From -span to +span along random or given directions; with a path's own, the part of the plane that
        holds the path, widened by a quarter of this on every side.
    points : int, default 25
        Places along either direction, at least 3: the cost is measured points^2 times.
    rng : None, int or numpy.random.Generator, default 0
    progress : {"auto", True, False}
        As for `Network.fit`.

    Returns
    -------
    Plane

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range.
    """
    net, span, points = as_network(net), real(span, "span", low=0, low_open=True), whole(points, "points", 3)
    away = _away(net, path)
    axes, by_path = _axes(net, directions, away, as_generator(rng))
    projected = explained = None
    if away is not None:
        projected = np.linalg.lstsq(axes.T, away.T, rcond=None)[0].T
        left = ((away - projected @ axes) ** 2).sum()
        explained = float(1 - left / ((away**2).sum() or 1.0))
    first, second = (_range(projected[:, k] if by_path else None, span, points) for k in range(2))  # type: ignore[index]
    costs, cost = _Costs(net, X, y), np.empty((points, points))
    for place in steps(points * points, "plane", progress):
        j, i = divmod(place, points)
        cost[j, i] = costs.at(first[i] * axes[0] + second[j] * axes[1])
    return Plane(first, second, cost, axes, projected, explained)


def random_direction(net: Any, generator: np.random.Generator) -> np.ndarray:
    """Return a random direction in which each neuron's part is as long as its own parameters."""
    parts = []
    for weights, biases in zip(net.weights, net.biases, strict=True):
        own = np.concatenate([weights, biases[:, None]], axis=1).astype(np.float64)
        drawn = generator.normal(size=own.shape)
        drawn *= np.linalg.norm(own, axis=1, keepdims=True) / np.linalg.norm(drawn, axis=1, keepdims=True)
        parts += [drawn[:, :-1].ravel(), drawn[:, -1]]
    return np.concatenate(parts)


def _direction(net: Any, value: Any, argument: str) -> np.ndarray:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{argument} must be an array of numbers, not {shown(value)}") from None
    if array.shape != (net.n_parameters,):
        raise ValueError(f"{argument} must have the shape ({net.n_parameters},), not {array.shape}")
    if not np.isfinite(array).all() or not array.any():
        raise ValueError(f"{argument} must have finite numbers only, not all of them zero")
    return array


def _away(net: Any, path: Path | None) -> np.ndarray | None:
    """Return the path's points (p, n_parameters) as seen from the network, or None without a path."""
    if path is None:
        path = getattr(net.history_, "path", None)
        if path is None or not len(path) or len(path.points[0]) != net.n_parameters:
            return None
    if not isinstance(path, Path):
        raise TypeError(f"path must be a fastnet.inspect.Path, not {shown(path)}")
    if not len(path) or len(path.points[0]) != net.n_parameters:
        raise ValueError(f"path must have points of {net.n_parameters} parameters, as this network has")
    return np.array(path.points, np.float64) - flat_parameters(net).astype(np.float64)


def _axes(
    net: Any, directions: Any, away: np.ndarray | None, generator: np.random.Generator
) -> tuple[np.ndarray, bool]:
    """Return the plane's two directions (2, n_parameters), and whether they are the path's own."""
    if directions is not None:
        try:
            given = list(directions)
        except TypeError:
            raise TypeError(f"directions must be two arrays, not {shown(directions)}") from None
        if len(given) != 2:
            raise ValueError(f"directions must be two arrays, not {len(given)}")
        return np.array([_direction(net, d, f"directions[{k}]") for k, d in enumerate(given)]), False
    if away is not None and len(away) >= 3:
        # The right singular vectors, by way of the small p x p matrix of inner products.
        squares, vectors = np.linalg.eigh(away @ away.T)
        if squares[-2] > 1e-9 * squares[-1] > 0:
            axes = vectors[:, [-1, -2]].T @ away
            axes /= np.linalg.norm(axes, axis=1, keepdims=True)
            # Signs so that the path begins on the left, and below.
            return axes * np.where(axes @ away[0] > 0, -1.0, 1.0)[:, None], True
    return np.array([random_direction(net, generator) for _ in range(2)]), False


def _range(projected: np.ndarray | None, span: float, points: int) -> np.ndarray:
    if projected is None:
        return np.linspace(-span, span, points)
    low, high = min(projected.min(), 0.0), max(projected.max(), 0.0)
    wider = 0.25 * span * (high - low)
    return np.linspace(low - wider, high + wider, points)


class _Costs:
    """The cost at places around the network."""

    def __init__(self, net: Any, X: Any, y: Any) -> None:
        self._net, self._X, self._y = net.copy(), X, y
        self._start = flat_parameters(net).astype(np.float64)

    def at(self, displacement: np.ndarray) -> float:
        """Return the mean cost at the network's parameters plus `displacement`."""
        set_flat_parameters(self._net, self._start + displacement)
        return float(self._net.evaluate(self._X, self._y).cost)
