"""A network as a header of plain values and a few flat arrays, and back: what files contain."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fastnet import _architecture
from fastnet._checks import flag, real, whole
from fastnet._layout import Layout
from fastnet._parameters import pack, unpack
from fastnet._training.history import History
from fastnet._training.options import Options
from fastnet._training.state import Place, TrainingState
from fastnet._training.stopping import EarlyStopping
from fastnet.names import OPTIMIZERS, choose

__all__ = ["restore", "take"]

BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def take(network: Any, training: bool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header, without format and arrays, and the packed arrays of a network."""
    plan, history = network._plan, network.history_
    header: dict[str, Any] = {
        "network": {
            "sizes": list(plan.sizes),
            "activations": list(plan.activations),
            "cost": plan.cost,
            "init": plan.init,
            "dtype": plan.dtype.name,
            "input_scale": plan.input_scale,
        },
        "history": None if history is None else _history_header(history),
        "metadata": _metadata(network.metadata),
        "training": None,
        "generator": None,
    }
    arrays = {"parameters": pack(network._layout, network._params)}
    if training:
        header["generator"] = _generator_header(network.rng.bit_generator.state)
        if network._state is not None:
            header["training"], more = _state_header(network._state)
            arrays.update({name: pack(network._layout, flat) for name, flat in more.items()})
    return header, arrays


def restore(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Any:
    """Build the network again; any damage raises what the checks of its parts raise."""
    from fastnet.network import Network  # here: it imports what is below it, this is called from above

    given = header["network"]
    plan = _architecture.checked(
        given["sizes"], given["activations"], None, given["cost"], given["init"], given["dtype"],
        given["input_scale"],
    )  # fmt: skip
    # Before anything is allocated: the sizes must be those of the numbers that are there.
    pairs = zip(plan.sizes[:-1], plan.sizes[1:], strict=True)
    n_parameters = sum((n_in + 1) * n_out for n_in, n_out in pairs)
    for name, array in arrays.items():
        if array.size != n_parameters or array.dtype != plan.dtype:
            raise ValueError(f"array {name!r} must be {n_parameters} numbers of {plan.dtype}")
    layout = Layout(plan.sizes, plan.dtype)
    flats = {name: unpack(layout, array) for name, array in arrays.items()}
    network: Any = Network.__new__(Network)
    rng = np.random.default_rng() if header["generator"] is None else _generator(header["generator"])
    network._assemble(plan, layout, flats["parameters"], rng)
    if header["history"] is not None:
        network.history_ = History.from_dict(header["history"])
    network.metadata = _metadata(header.get("metadata", {}))
    if header["training"] is not None:
        network._state = _state(header["training"], flats)
    return network


def _metadata(metadata: Any) -> dict[str, Any]:
    """Return the metadata as a file has them."""
    if not isinstance(metadata, dict):
        raise TypeError(f"metadata must be a dict, not {type(metadata).__name__}")
    try:
        plain: dict[str, Any] = json.loads(json.dumps(metadata, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        kinds = "strings, finite numbers, booleans, None, lists and dicts"
        raise type(error)(f"metadata must hold nothing but {kinds}: {error}") from None
    return plain


def _history_header(history: History) -> dict[str, Any]:
    columns = {
        name: [None if math.isnan(number) else number for number in column]
        for name, column in history.as_dict().items()
    }
    return {**columns, "stopped": history.stopped, "best_epoch": history.best_epoch}


# --- The state of training ------------------------------------------------------------------------


def _state_header(state: TrainingState) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    state = state.copy(state.moments)
    state.forget_functions()
    options = dict(state.options or {})
    stopping = options.get("early_stopping")
    options["early_stopping"] = None if stopping is None else stopping.as_dict()
    place = state.place._asdict()
    place["generator"] = None if state.place.generator is None else _generator_header(state.place.generator)
    if state.place.stopper is not None:
        best, epoch, waited = state.place.stopper
        place["stopper"] = [None if math.isinf(best) else best, epoch, waited]
    header = {
        "optimizer": state.optimizer,
        "updates": state.updates,
        "options": options,
        "n": state.n,
        "place": place,
        "resumable": state.resumable,
        "moments": len(state.moments),
    }
    arrays = {f"moment{i}": moment for i, moment in enumerate(state.moments)}
    arrays.update({n: a for n, a in (("best", state.best), ("last", state.last)) if a is not None})
    return header, arrays


def _state(header: dict[str, Any], flats: dict[str, np.ndarray]) -> TrainingState:
    optimizer = choose(header["optimizer"], OPTIMIZERS, "optimizer")
    state = TrainingState(optimizer, [flats[f"moment{i}"] for i in range(OPTIMIZERS[optimizer])])
    state.updates, state.n = whole(header["updates"], "updates", 0), whole(header["n"], "n", 0)
    state.resumable = flag(header["resumable"], "resumable")
    options = dict(header["options"])
    if options["early_stopping"] is not None:
        options["early_stopping"] = EarlyStopping(**options["early_stopping"])
    Options({**options, "schedule": "constant"})  # only checked: the schedule may be a marker
    state.options = options
    place = header["place"]
    cost, weight, correct = (real(number, "sums") for number in place["sums"])
    stopper = None
    if place["stopper"] is not None:
        best, epoch, waited = place["stopper"]
        best = -math.inf if best is None else real(best, "stopper")
        stopper = (best, whole(epoch, "stopper", -1), whole(waited, "stopper", 0))
    generator = None
    if place["generator"] is not None:
        generator = _generator(place["generator"]).bit_generator.state
    state.place = Place(
        whole(place["epoch"], "epoch", 0),
        whole(place["batches"], "batches", 0),
        generator,
        (cost, weight, correct),
        stopper,
    )
    state.best, state.last = flats.get("best"), flats.get("last")
    return state


# --- Generators: dicts of whole numbers, some of them in arrays -----------------------------------


def _generator_header(state: Mapping[str, Any]) -> dict[str, Any]:
    if state["bit_generator"] not in BIT_GENERATORS:
        raise ValueError(
            f"training=True cannot save the generator {state['bit_generator']}: only NumPy's own "
            f"({', '.join(BIT_GENERATORS)}) can be restored"
        )
    plain: dict[str, Any] = _plain(state)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return {"uint": value.dtype.itemsize, "values": value.tolist()}
    return value if isinstance(value, str) else int(value)


def _generator(header: dict[str, Any]) -> np.random.Generator:
    name = choose(header["bit_generator"], BIT_GENERATORS, "generator")
    bit_generator = getattr(np.random, name)(0)
    bit_generator.state = _unplain(header)
    return np.random.Generator(bit_generator)


def _unplain(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"uint", "values"}:
        return np.array(value["values"], f"u{whole(value['uint'], 'uint')}")
    if isinstance(value, dict):
        return {key: _unplain(entry) for key, entry in value.items()}
    return value
