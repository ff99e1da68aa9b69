"""What a run shows while it goes on."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

from fastnet._checks import shown
from fastnet._training.history import History

__all__ = ["Progress", "as_progress"]

EVERY = 0.1  # seconds between two refreshes of a bar


class Progress:
    """Shows nothing; the base of the two that do."""

    def begin(self, epoch: int, epochs: int, samples: int) -> None:
        """A run of `epochs` epochs of `samples` samples each begins, or goes on, with `epoch`."""

    def within(self, done: int) -> None:
        """About `done` samples of the present epoch have been seen."""

    def epoch(self, epoch: int, history: History) -> None:
        """`epoch` has ended."""

    def end(self) -> None:
        """The run is over, however it ended."""


class Lines(Progress):
    """One plain line an epoch, on stderr."""

    def begin(self, epoch: int, epochs: int, samples: int) -> None:
        self._epochs = epochs

    def epoch(self, epoch: int, history: History) -> None:
        figures = "  ".join(f"{name} {text}" for name, text in history._last().items())
        width = len(str(self._epochs))
        print(f"epoch {epoch + 1:>{width}}/{self._epochs}  {figures}", file=sys.stderr, flush=True)


class Bar(Progress):
    """A bar over all samples of the run: its rate is samples a second, its estimate the whole time left."""

    def __init__(self, tqdm: Any) -> None:
        self._tqdm = tqdm
        self._bar: Any = None

    def begin(self, epoch: int, epochs: int, samples: int) -> None:
        self._samples, self._epochs = samples, epochs
        self._next = 0.0
        self._bar = self._tqdm(
            total=epochs * samples,
            initial=epoch * samples,
            unit=" samples",
            unit_scale=True,
            file=sys.stderr,
            leave=True,
            desc=self._title(epoch),
            dynamic_ncols=True,
        )
        self._start = epoch * samples

    def _title(self, epoch: int) -> str:
        return f"epoch {min(epoch + 1, self._epochs)}/{self._epochs}"

    def within(self, done: int) -> None:
        if perf_counter() >= self._next:
            self._advance(self._start + done)

    def _advance(self, position: int) -> None:
        self._bar.update(max(0, position - self._bar.n))
        self._next = perf_counter() + EVERY

    def epoch(self, epoch: int, history: History) -> None:
        self._start = (epoch + 1) * self._samples
        if perf_counter() < self._next and epoch + 1 < self._epochs:
            return
        self._bar.set_description_str(self._title(epoch + 1), refresh=False)
        figures = history._last()
        wanted = ("cost", "accuracy", "val. cost", "val. acc.")
        self._bar.set_postfix({name: figures[name] for name in wanted if name in figures}, refresh=False)
        self._advance(self._start)
        self._bar.refresh()

    def end(self) -> None:
        if self._bar is not None:
            self._bar.close()


def as_progress(value: Any) -> Progress:
    """Return what shows the progress that a caller asked for.

    Parameters
    ----------
    value : {"auto", True, False}
        "auto": a bar where stderr is a terminal (or in a notebook) and tqdm is installed, else nothing.
        True: the bar, or plain lines where there is no terminal or no tqdm. False: nothing.

    Raises
    ------
    ValueError
        For anything else.
    """
    if isinstance(value, Progress):
        return value
    if value is False:
        return Progress()
    if value is not True and not (isinstance(value, str) and value == "auto"):
        raise ValueError(f'progress must be "auto", True or False, not {shown(value)}')
    if _interactive():
        try:
            from tqdm.auto import tqdm  # here: optional, and slow to import
        except ImportError:
            pass
        else:
            return Bar(tqdm)
    return Lines() if value is True else Progress()


def _interactive() -> bool:
    if "ipykernel" in sys.modules:
        return True
    try:
        return bool(sys.stderr.isatty())
    except (AttributeError, ValueError):  # no stderr, or a closed one
        return False
