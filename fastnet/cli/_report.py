"""What `fastnet train` says while it works: results on stdout, a bar on stderr where somebody is looking."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from fastnet import Network, cpu
from fastnet._metadata import image_shape_of
from fastnet.cli._output import count, seconds
from fastnet.cli._parser import bold, is_terminal
from fastnet.cli._task import Task
from fastnet.cli.presets import Recipe

__all__ = ["Report"]


class Report:
    """The lines of one run; quiet: none.

    Attributes
    ----------
    progress : {"auto", False}
        For `Network.fit`: a bar where stderr is a terminal and tqdm is installed.
    """

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.progress: Any = False if quiet else "auto"
        self._tqdm: Any = None
        if not quiet and is_terminal(sys.stderr):
            try:
                from tqdm.auto import tqdm
            except ImportError:
                pass
            else:
                self._tqdm = tqdm

    def _say(self, line: str) -> None:
        if self.quiet:
            return
        if self._tqdm is not None:
            self._tqdm.write(line, file=sys.stdout)  # above the bar, not through it
        else:
            print(line)
        sys.stdout.flush()  # a pipe would keep the lines until the end

    def begin(self, net: Network, task: Task, chosen: Recipe, seed: int) -> None:
        """Tell what is going to be done."""
        data = task.data
        split = f"{len(task.X):,} samples to train on, {len(task.X_test):,} to test"
        self._say(f"{data.name}: {split}{' (held out)' if task.held_out else ''}")
        self._say(str(net))
        rate = "its default rate" if chosen.learning_rate is None else f"rate {chosen.learning_rate:g}"
        self._say(
            f"training: {count(chosen.epochs, 'epoch')}, {chosen.optimizer}, {rate} ({chosen.schedule}), "
            f"mini-batches of {chosen.batch_size}, l2 {chosen.l2:g}, seed {seed}, {cpu()}"
        )

    def epoch(self, end: Any) -> None:
        """Tell an epoch's figures: the running ones of the training samples, then the test samples'."""
        width = len(str(end.epochs))
        parts = [f"epoch {end.epoch + 1:>{width}}/{end.epochs}", f"cost {end.cost:<9.5g}"]
        if end.accuracy is not None:
            parts.append(f"accuracy {end.accuracy:7.2%}")
        parts.append(f"test cost {end.validation_cost:<9.5g}")
        if end.validation_accuracy is not None:
            parts.append(f"test accuracy {end.validation_accuracy:7.2%}")
        self._say("  ".join(parts).rstrip())

    def end(
        self, net: Network, found: Any, duration: float, out: str, args: argparse.Namespace, interrupted: bool
    ) -> None:
        """Tell the result and what to try next."""
        if self.quiet:
            return
        epochs = count(len(net.history_ or ()), "epoch")
        if interrupted:
            self._say(f"interrupted after {epochs}; what has been learned by then is kept")
        if found.accuracy is None:
            self._say(
                bold(f"test r2 {found.r2:.4f}") + f" on {count(found.n, 'sample')}, cost {found.cost:.5g}"
            )
        else:
            right = round(found.accuracy * found.n)
            self._say(bold(f"test accuracy {found.accuracy:.2%}") + f" ({right:,} of {found.n:,} right)")
        self._say(f"{epochs} in {seconds(duration)}")
        self._say(f"saved as {out}")
        self._say("next:")
        for line in _next(net, args, out):
            self._say(f"  {line}")


def _next(net: Network, args: argparse.Namespace, out: str) -> list[str]:
    label = f" --label {_quoted(args.label)}" if args.label else ""
    model, data = _quoted(out), _quoted(args.data)
    lines = [f"fastnet evaluate {model} {data}{label}", f"fastnet predict {model} {data}{label}"]
    if image_shape_of(net) is not None:
        lines.append(f"fastnet show {model} --weights --out weights.png")
    if args.data == "digits":
        lines.append("fastnet train mnist")
    if args.preset != "best":
        lines.append(f"fastnet train {data}{label} --preset best")
    return lines


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
