"""The epoch loop: the heart trains in short runs, and in between Python listens."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from fastnet._errors import DivergenceError
from fastnet._kernels._order import shuffle
from fastnet._training.callbacks import Callback, EpochEnd, call
from fastnet._training.history import History
from fastnet._training.options import Options
from fastnet._training.progress import Progress
from fastnet._training.schedules import epoch_rates
from fastnet._training.state import Place, TrainingState
from fastnet._training.stopping import Stopper

__all__ = ["SLICE", "Loop"]

SLICE = 0.05  # seconds the heart trains at a stretch, what Ctrl-C waits for at most; each starts threads anew


class Loop:
    """A run over its epochs.

    Parameters
    ----------
    network : Network
        For the callbacks.
    params : flat array
        The parameters that `trainer` changes.
    rng : numpy.random.Generator
        Draws the order of every epoch.
    trainer : Trainer
    n : int
        Samples.
    sample_weight : (n,) array or None
    has_accuracy : bool
        Whether the targets are classes.
    options : Options
        Complete: with a batch size and a learning rate.
    state : TrainingState
        Kept up to date at every step, so that the run can go on from wherever it stops.
    history : History
    validate : callable or None
        Returns the validation cost and accuracy (None for values).
    stopper : Stopper or None
    callbacks : tuple of callables
    progress : Progress
    """

    def __init__(
        self,
        network: Any,
        params: np.ndarray,
        rng: np.random.Generator,
        trainer: Any,
        *,
        n: int,
        sample_weight: np.ndarray | None,
        has_accuracy: bool,
        options: Options,
        state: TrainingState,
        history: History,
        validate: Callable[[], tuple[float, float | None]] | None = None,
        stopper: Stopper | None = None,
        callbacks: tuple[Callback, ...] = (),
        progress: Progress,
    ) -> None:
        self.network, self.params, self.rng, self.trainer = network, params, rng, trainer
        self.n, self.sample_weight, self.has_accuracy = n, sample_weight, has_accuracy
        self.options, self.state, self.history = options, state, history
        self.validate, self.stopper = validate, stopper
        self.callbacks, self.progress = callbacks, progress
        assert options.batch_size is not None and options.learning_rate is not None
        self.batch_size = min(options.batch_size, n)
        self.learning_rate = options.learning_rate
        self.batches = -(-n // self.batch_size)
        self._good = np.empty_like(params)  # the weights at the end of the last good epoch

    def run(self) -> None:
        """Train until the epochs are done, early stopping or a callback ends it, or an exception does."""
        epochs = self.options.epochs
        self.history._truncate(self.state.place.epoch)
        self.history.stopped = ""
        first = self.state.place.epoch
        try:
            if first < epochs and not self._patience_is_over():
                self.progress.begin(first, epochs, self.n)
            for epoch in range(first, epochs):
                if self._patience_is_over():
                    self.history.stopped = "early stopping"
                    break
                self._epoch(epoch)
                if call(self.callbacks, EpochEnd(epoch, epochs, self.network, self.history)):
                    self.history.stopped = "callback"
                    break
            self.history.stopped = self.history.stopped or self._reason()
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
            raise
        finally:
            self.progress.end()

    def _patience_is_over(self) -> bool:
        return self.stopper is not None and self.stopper.done

    def _reason(self) -> str:
        return "early stopping" if self._patience_is_over() else "epochs"

    def _epoch(self, epoch: int) -> None:
        started = perf_counter()
        place = self.state.place
        if not place.batches:
            place = place._replace(generator=self.rng.bit_generator.state)
            self.state.place = place
        order = self._order()
        rates = epoch_rates(
            self.options.schedule, self.learning_rate, epoch, self.options.epochs, self.batches
        )
        np.copyto(self._good, self.params)
        updates = self.trainer.updates
        try:
            if place.batches < self.batches:  # a run may also have been interrupted after the last one
                left = rates[place.batches :] if len(rates) > 1 else rates
                self.trainer.start_epoch(order[place.batches * self.batch_size :], left)
                self._train(epoch, place)
            self._finish(epoch, place, float(rates[0]), started)
        except DivergenceError:
            raise
        except BaseException:
            if self.state.place is place:  # the epoch is not complete
                self._remember(place, order, self.trainer.updates - updates)
            raise

    def _order(self) -> np.ndarray:
        """Return this epoch's order of samples; a full batch needs none, and keeps its sums' order."""
        order = np.arange(self.n, dtype=np.intp)
        if self.options.shuffle and self.batches > 1:
            shuffle(self.rng.bit_generator, order)
        return order

    def _train(self, epoch: int, place: Place) -> None:
        trainer = self.trainer
        first = place.batches * self.batch_size
        begun = trainer.updates
        while not trainer.run(SLICE):
            if not np.isfinite(trainer.cost_sum):
                break
            self.progress.within(min(self.n, first + (trainer.updates - begun) * self.batch_size))
        if not (np.isfinite(trainer.cost_sum) and np.isfinite(self.params).all()):
            self._diverged(epoch)

    def _finish(self, epoch: int, place: Place, rate: float, started: float) -> None:
        """Measure, write the history, and move to the next epoch's place: from here on this one is done."""
        cost, weight, correct = self._sums(place)
        figures: dict[str, float | None] = {"cost": cost / weight}
        figures["accuracy"] = correct / weight if self.has_accuracy else None
        if self.validate is not None:
            figures["validation_cost"], figures["validation_accuracy"] = self.validate()
        figures.update(learning_rate=rate, seconds=perf_counter() - started)
        self.history._append(**figures)
        memory = None
        if self.stopper is not None:
            self.stopper.update(epoch, getattr(self.history, self.stopper.figure)[-1])
            self.history.best_epoch = self.stopper.best_epoch
            self.state.best = self.stopper.best
            memory = self.stopper.memory
        self.state.updates = self.trainer.updates
        generator = self.rng.bit_generator.state
        self.state.place = Place(epoch + 1, 0, generator, (0.0, 0.0, 0.0), memory)
        self.progress.epoch(epoch, self.history)

    def _sums(self, place: Place) -> tuple[float, float, float]:
        trainer = self.trainer
        sums = (trainer.cost_sum, trainer.weight_sum, trainer.correct_sum)
        return tuple(before + now for before, now in zip(place.sums, sums, strict=True))  # type: ignore

    def _remember(self, place: Place, order: np.ndarray, updates: int) -> None:
        """Write down where in an epoch the run was interrupted, from the updates that were made."""
        done = place.batches + updates
        if self.sample_weight is not None:
            # A mini-batch whose weights are all zero makes no update: count those among the others.
            starts = np.arange(place.batches * self.batch_size, self.n, self.batch_size)
            effective = np.add.reduceat(self.sample_weight[order] > 0, starts, dtype=np.intp) > 0
            passed = np.cumsum(effective)
            done = place.batches + (int(np.searchsorted(passed, updates)) + 1 if updates else 0)
        self.state.updates = self.trainer.updates
        self.state.place = place._replace(batches=done, sums=self._sums(place))

    def _diverged(self, epoch: int) -> None:
        np.copyto(self.params, self._good)
        self.network._state = None  # the moments are not finite either
        self.history.stopped = "diverged"
        where = f"at the end of epoch {epoch - 1}" if epoch else "before the run"
        raise DivergenceError(
            f"training diverged in epoch {epoch} (counted from 0): the cost or a weight is no longer "
            f"finite. A smaller learning_rate than {self.learning_rate:g} usually helps. The network has the "
            f"weights it had {where}; net.history_ has the figures up to there."
        )
