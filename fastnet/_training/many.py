"""Many independent networks on the same data, on several cores, with one prepared copy of X."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

import numpy as np

from fastnet._checks import shown, whole
from fastnet._errors import DivergenceError
from fastnet._inputs.features import Features, as_features
from fastnet._threads import each
from fastnet._training.history import History
from fastnet._training.progress import Progress, as_progress

__all__ = ["fit_many"]


def fit_many(
    networks: Sequence[Any],
    X: Any,
    y: Any,
    *,
    settings: Sequence[Mapping[str, Any]] | None = None,
    threads: int | None = None,
    validation_data: tuple[Any, Any] | None = None,
    progress: bool | str = "auto",
    **common: Any,
) -> list[History]:
    """Train independent networks on the same data, several at once.

    Every network gets exactly what `network.fit(X, y, ...)` would give it, bit for bit. X is checked and
    prepared once for all networks of one dtype and input scale, which share it.

    Parameters
    ----------
    networks : sequence of Network
        All different; of any sizes that fit the data.
    X, y
        As for `Network.fit`.
    settings : sequence of dicts, optional
        For each network, arguments of `fit` that are its own, such as ``{"learning_rate": 0.1}``; they
        override those given for all.
    threads : int, optional
        Networks trained at once, each on one core. Default: all cores that this process may use.
    validation_data : (X, y), optional
        Shared by all, as X and y are.
    progress : {"auto", True, False}
        As for `fit`, over all networks: networks done take the place of epochs.
    **common
        Arguments of `fit` for all networks.

    Returns
    -------
    list of History
        One a network, in their order.

    Raises
    ------
    TypeError, ValueError
        If `networks` or `settings` is not as described; or as `fit` does, whose message names the network.
    DivergenceError
        If a network diverged; the others have been trained to their end all the same.
    KeyboardInterrupt
        After Ctrl-C. Every network has the weights it had reached.
    """
    networks = _checked(networks)
    own = _settings(settings, len(networks))
    for options in (common, *own):
        for name in ("resume", "validation_data", "progress", "threads"):
            if name in options:
                raise TypeError(f"{name} cannot be given for a network of its own in fit_many")
    cores = _cores() if threads is None else whole(threads, "threads")
    board = _Board(as_progress(progress), len(networks))
    prepared = _Prepared(X, "X", cores)
    prepared_validation = (
        None if validation_data is None else _Prepared(validation_data[0], "validation_data[0]", cores)
    )
    for network in networks:  # before the threads begin, so that each form of X is made once
        prepared.features(network)
        if prepared_validation is not None:
            prepared_validation.features(network)

    def train(number: int) -> History | DivergenceError:
        network = networks[number]
        validation = None
        if prepared_validation is not None and validation_data is not None:
            validation = (prepared_validation.features(network), validation_data[1])
        options = {**common, **own[number], "validation_data": validation}
        try:
            history: History = network.fit(prepared.features(network), y, progress=_Watch(board), **options)
        except DivergenceError as error:
            history_or_error: History | DivergenceError = error
            return history_or_error
        except BaseException as error:
            board.stop.set()
            if isinstance(error, TypeError | ValueError):
                error.add_note(f"in network {number} of fit_many")
            raise
        board.done()
        return history

    board.begin()
    try:
        results = each(train, range(len(networks)), cores)
    except BaseException:
        board.stop.set()
        raise
    finally:
        board.end()
    for number, result in enumerate(results):
        if isinstance(result, DivergenceError):
            raise DivergenceError(f"network {number}: {result}") from result
    return [result for result in results if isinstance(result, History)]


class _Prepared:
    """X in the forms that the networks need."""

    def __init__(self, X: Any, argument: str, threads: int) -> None:
        self._X, self._argument, self._threads = X, argument, threads
        self._forms: dict[tuple[int, np.dtype, float], Features] = {}

    def features(self, network: Any) -> Features:
        key = (network.sizes[0], network.dtype, network.input_scale)
        if key not in self._forms:
            self._forms[key] = as_features(
                self._X, *key, self._argument, prepare=True, threads=self._threads
            )
        return self._forms[key]


class _Board:
    """What all runs have in common: the progress over networks, and the word to stop."""

    def __init__(self, progress: Progress, networks: int) -> None:
        self.stop = Event()
        self._progress, self._networks, self._done = progress, networks, 0

    def begin(self) -> None:
        self._progress.begin(0, self._networks, 1)

    def done(self) -> None:
        self._done += 1
        self._progress.within(self._done)

    def end(self) -> None:
        self._progress.end()


class _Watch(Progress):
    """The progress of one run: shows nothing, and ends the run when another one was interrupted."""

    def __init__(self, board: _Board) -> None:
        self._board = board

    def within(self, done: int) -> None:
        if self._board.stop.is_set():
            raise KeyboardInterrupt

    def epoch(self, epoch: int, history: History) -> None:
        self.within(0)


def _checked(networks: Any) -> list[Any]:
    from fastnet.network import Network  # here: the network imports training

    if isinstance(networks, Network) or not hasattr(networks, "__iter__"):
        raise TypeError(f"networks must be a sequence of Network, not {shown(networks)}")
    checked = list(networks)
    if not checked:
        raise ValueError("networks must have at least one Network")
    for number, network in enumerate(checked):
        if not isinstance(network, Network):
            raise TypeError(f"networks[{number}] must be a Network, not {shown(network)}")
    if len({id(network) for network in checked}) < len(checked):
        raise ValueError("networks must all be different; one of them is given twice")
    return checked


def _settings(settings: Any, n: int) -> list[dict[str, Any]]:
    if settings is None:
        return [{} for _ in range(n)]
    own = list(settings)
    if len(own) != n or not all(isinstance(options, Mapping) for options in own):
        raise ValueError(f"settings must be {n} dicts, one for each network")
    return [dict(options) for options in own]


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1
