"""`fit` and `partial_fit`: everything is checked and converted here, once, before the loop begins."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnet._checks import flag
from fastnet._inputs.features import Features, as_features
from fastnet._inputs.targets import Targets, as_targets
from fastnet._inputs.weights import as_sample_weight
from fastnet._training.callbacks import as_callbacks
from fastnet._training.history import History
from fastnet._training.loop import Loop
from fastnet._training.measure import measure
from fastnet._training.options import Options, default_learning_rate, resolve
from fastnet._training.progress import Progress, as_progress
from fastnet._training.state import Place, TrainingState
from fastnet._training.stopping import Stopper
from fastnet.names import OPTIMIZERS

__all__ = ["Data", "fit", "partial_fit"]


class Data:
    """A checked data set.

    Parameters
    ----------
    network : Network
        What it has to fit.
    X, y, sample_weight
        As the caller gave them.
    names : tuple of str
        The caller's names for them.
    prepare : bool
        Whether X is going to be read many times.
    single : bool
        Whether one sample is allowed.
    threads : int
        Threads that may prepare X.
    """

    def __init__(
        self,
        network: Any,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        names: tuple[str, str, str] = ("X", "y", "sample_weight"),
        prepare: bool = False,
        single: bool = False,
        threads: int = 1,
    ) -> None:
        dtype, n_in, n_out = network.dtype, network.sizes[0], network.sizes[-1]
        output = network.activations[-1]
        self.features: Features = as_features(
            X, n_in, dtype, network.input_scale, names[0], single=single, prepare=prepare, threads=threads
        )
        n = self.features.n
        alone = single and np.ndim(X) == 1
        self.targets: Targets = as_targets(y, n, n_out, dtype, network.cost, output, names[1], single=alone)
        self.weight = as_sample_weight(sample_weight, n, dtype, names[2])
        self.n = n


def fit(
    network: Any,
    X: Any,
    y: Any,
    given: dict[str, Any],
    *,
    validation_data: Any,
    sample_weight: Any,
    callbacks: Any,
    progress: Any,
    resume: bool,
) -> History:
    """Train a network whose lock the caller holds; see `Network.fit`."""
    state = _resumable(network) if flag(resume, "resume") else None
    options = resolve(given, None if state is None else state.options)
    checked_callbacks = as_callbacks(callbacks)
    shown = as_progress(progress)
    if options.early_stopping is not None and validation_data is None:
        raise ValueError("early_stopping needs validation_data=(X, y) to watch")
    data = Data(network, X, y, sample_weight, prepare=True, threads=options.threads)
    validation = _validation(network, validation_data)
    settings = options.as_dict()
    _complete(options, network, data.n)
    stopper = None
    if options.early_stopping is not None:
        assert validation is not None
        stopper = Stopper(options.early_stopping, validation.targets.score != "none", network._params)
    if state is not None:
        _check_resumed(state, options, data.n)
        history = network.history_
    else:
        state, history = _fresh(network, options.optimizer), History()
    # Everything has been checked: from here on things change.
    state.options, state.n, state.resumable = settings, data.n, True
    if state.last is not None:
        np.copyto(network._params, state.last)
        state.last = None
    if stopper is not None and state.place.stopper is not None:
        stopper.memory, stopper.best = state.place.stopper, state.best
    if state.place.generator is not None:
        network.rng.bit_generator.state = state.place.generator
    network._state, network.history_ = state, history

    def validate() -> tuple[float, float | None]:
        assert validation is not None
        features, targets = validation.features, validation.targets
        return measure(network._engine, features, targets, None, network.n_parameters, options.threads)

    loop = _loop(
        network,
        data,
        options,
        state,
        history,
        validate=None if validation is None else validate,
        stopper=stopper,
        callbacks=checked_callbacks,
        progress=shown,
    )
    loop.run()
    _restore_best(network, state, stopper)
    return history


def partial_fit(network: Any, X: Any, y: Any, given: dict[str, Any], sample_weight: Any) -> History:
    """One pass, for a network whose lock the caller holds; see `Network.partial_fit`."""
    before: TrainingState | None = network._state
    streaming = before is not None and not before.resumable and before.options is not None
    options = resolve(
        {"epochs": 1, "early_stopping": None, "schedule": "constant", **given},
        before.options if before is not None else None,
    )
    data = Data(network, X, y, sample_weight, prepare=True)
    settings = options.as_dict()
    _complete(options, network, data.n)
    if before is None or before.optimizer != options.optimizer:
        state = _fresh(network, options.optimizer)
    else:
        state = before
    history = network.history_ if streaming else History()
    state.options, state.n, state.resumable = settings, data.n, False
    state.best = state.last = None
    network._state, network.history_ = state, history
    # The loop counts epochs: this pass is the one after all that the history has.
    state.place = Place(len(history))
    options.epochs = len(history) + 1
    _loop(network, data, options, state, history, progress=Progress()).run()
    return history


def _loop(
    network: Any, data: Data, options: Options, state: TrainingState, history: History, **rest: Any
) -> Loop:
    """Set up the heart's trainer and the loop around it."""
    trainer = network._core.Trainer(
        network._engine,
        data.features,
        data.targets,
        data.weight,
        batch_size=min(options.batch_size or data.n, data.n),
        optimizer=options.optimizer,
        moments=state.moments,
        l2=options.l2,
        momentum=options.momentum,
        beta1=options.beta1,
        beta2=options.beta2,
        epsilon=options.epsilon,
        threads=options.threads,
    )
    trainer.updates = state.updates
    return Loop(
        network,
        network._params,
        network.rng,
        trainer,
        n=data.n,
        sample_weight=data.weight,
        has_accuracy=data.targets.score != "none",
        options=options,
        state=state,
        history=history,
        **rest,
    )


def _validation(network: Any, validation_data: Any) -> Data | None:
    if validation_data is None:
        return None
    if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
        kind = type(validation_data).__name__
        raise TypeError(f"validation_data must be a pair (X, y), not {kind}")
    names = ("validation_data[0]", "validation_data[1]", "")
    return Data(network, *validation_data, names=names, prepare=True)


def _complete(options: Options, network: Any, n: int) -> None:
    """Put numbers in the place of None."""
    if options.learning_rate is None:
        options.learning_rate = default_learning_rate(options, network.activations, network.cost)
    if options.batch_size is None:
        options.batch_size = n


def _fresh(network: Any, optimizer: str) -> TrainingState:
    return TrainingState(optimizer, [network._layout.aligned_zeros() for _ in range(OPTIMIZERS[optimizer])])


def _resumable(network: Any) -> TrainingState:
    state: TrainingState | None = network._state
    if state is None or not state.resumable:
        raise ValueError(
            "resume=True needs a run to go on with: this network has none (it was not trained by fit, "
            "was trained by partial_fit since, diverged, or was saved without training=True)"
        )
    return state


def _check_resumed(state: TrainingState, options: Options, n: int) -> None:
    """Refuse what would not be the same run."""
    before = state.options
    assert before is not None
    if options.optimizer != state.optimizer:
        raise ValueError(
            f"optimizer must stay {state.optimizer!r} in a resumed run, whose moments are its own, "
            f"not {options.optimizer!r}"
        )
    if n != state.n:
        raise ValueError(f"X must have the {state.n} samples of the run that is resumed, not {n}")
    if options.batch_size != before["batch_size"] and state.place.batches:
        raise ValueError(
            f"batch_size must stay {before['batch_size']} in a run that was interrupted within an epoch, "
            f"not {options.batch_size}"
        )


def _restore_best(network: Any, state: TrainingState, stopper: Stopper | None) -> None:
    if stopper is not None and stopper.best is not None:
        state.last = network._params.copy()
        np.copyto(network._params, stopper.best)
