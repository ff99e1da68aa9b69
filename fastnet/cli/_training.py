"""The work of `fastnet train`, step by step."""

from __future__ import annotations

import argparse
import os
from time import perf_counter
from typing import Any

from fastnet import Network, __version__, cpu
from fastnet.cli import _output, _report
from fastnet.cli._parser import ALL
from fastnet.cli._problems import INTERRUPTED, Refused
from fastnet.cli._scaling import fold_inputs, fold_outputs
from fastnet.cli._task import Task, as_metadata, prepare
from fastnet.cli.presets import Recipe, recipe

__all__ = ["train"]


def train(args: argparse.Namespace) -> int:
    """Do what `fastnet train` was asked to; return the exit code."""
    out = args.out or _default_name(args.data)
    _check_out(out)
    report = _report.Report(quiet=args.quiet or args.json)
    task = prepare(args)
    chosen = _recipe(args, task)
    net = _network(args, task, chosen)
    report.begin(net, task, chosen, args.seed)
    started = perf_counter()
    interrupted = _fit(net, task, chosen, args.threads, report)
    duration = perf_counter() - started
    if interrupted and not net.history_:
        raise KeyboardInterrupt  # nothing has been learned: nothing to save
    found = _finish(net, task, args)
    net.save(out)
    if args.json:
        _output.print_json(_as_dict(net, task, chosen, args, found, duration, out, interrupted))
    report.end(net, found, duration, out, args, interrupted)
    return INTERRUPTED if interrupted else 0


def _default_name(data: str) -> str:
    name = os.path.basename(os.path.normpath(data))
    for suffix in (".csv.gz", ".csv", ".npz"):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
            break
    return f"{name.strip('.') or 'model'}.fastnet"


def _check_out(out: str) -> None:
    """Refuse a place that cannot be written before the work is done, not after."""
    folder = os.path.dirname(os.path.realpath(out))
    if os.path.isdir(out):
        raise Refused(f"--out {out} is a folder; expected the name of a file")
    if not os.path.isdir(folder):
        raise Refused(f"--out {out}: there is no folder {folder}")
    if not os.access(folder, os.W_OK):
        raise Refused(f"--out {out}: the folder {folder} cannot be written to")
    if out.lower().endswith(".safetensors"):
        from fastnet import _safetensors

        _safetensors._package()


def _recipe(args: argparse.Namespace, task: Task) -> Recipe:
    fields = ("hidden", "activation", "output", "cost", "epochs", "batch_size", "learning_rate", "optimizer")
    given = {field: getattr(args, field) for field in (*fields, "l2", "schedule", "init")}
    if given["batch_size"] == ALL:
        given["batch_size"] = len(task.X)
    return recipe(args.preset, len(task.X), task.values, given)


def _network(args: argparse.Namespace, task: Task, chosen: Recipe) -> Network:
    return Network(
        [task.X.shape[1], *chosen.hidden, task.n_out],
        activation=chosen.activation,
        output=chosen.output,
        cost=chosen.cost,
        init=chosen.init,
        dtype=args.dtype,
        rng=args.seed,
    )


def _fit(net: Network, task: Task, chosen: Recipe, threads: int, report: _report.Report) -> bool:
    """Train; return whether Ctrl-C ended it."""
    try:
        net.fit(
            task.X,
            task.y,
            epochs=chosen.epochs,
            batch_size=chosen.batch_size,
            learning_rate=chosen.learning_rate,
            optimizer=chosen.optimizer,
            l2=chosen.l2,
            schedule=chosen.schedule,
            validation_data=(task.X_test, task.y_test),
            callbacks=[report.epoch],
            progress=report.progress,
            threads=threads,
        )
    except KeyboardInterrupt:
        return True
    return False


def _finish(net: Network, task: Task, args: argparse.Namespace) -> Any:
    """Put the scaling into the network, measure it on the test part as it comes, and note what it is."""
    X, y = task.X_test, task.y_test
    if task.input_scale is not None:
        fold_inputs(net, task.input_scale)
        X = X.astype("float64") * task.input_scale.deviation + task.input_scale.mean
    if task.output_scale is not None:
        fold_outputs(net, task.output_scale)
        y = y * task.output_scale.deviation + task.output_scale.mean
    found = net.evaluate(X, y, threads=args.threads)
    net.metadata = {
        **as_metadata(task, args),
        "epochs": len(net.history_ or ()),
        "test_cost": found.cost,
        "test_accuracy": found.accuracy,
        "test_r2": found.r2,
        "fastnet": __version__,
    }
    return found


def _as_dict(
    net: Network, task: Task, chosen: Recipe, args: argparse.Namespace, found: Any, duration: float, out: str,
    interrupted: bool,
) -> dict[str, Any]:  # fmt: skip
    assert net.history_ is not None
    return {
        "data": args.data,
        "n_train": len(task.X),
        "n_test": len(task.X_test),
        "classes": task.data.classes,
        "sizes": net.sizes,
        "activations": net.activations,
        "n_parameters": net.n_parameters,
        "preset": args.preset,
        "recipe": chosen.as_dict(),
        "seed": args.seed,
        "dtype": net.dtype.name,
        "threads": args.threads,
        "cpu": cpu(),
        "history": net.history_.as_dict(),
        "interrupted": interrupted,
        "test_cost": found.cost,
        "test_accuracy": found.accuracy,
        "test_r2": found.r2,
        "confusion": found.confusion,
        "seconds": duration,
        "model": out,
    }
