"""Saved networks at the command line, and what is known about them.

`fastnet train` leaves in `Network.metadata`

- "classes": the name of every class in the outputs' order, None for values;
- "image_shape": [height, width] where the inputs are images, else None;
- "feature_names": the columns of a table, else None; "label": its label's column, else None;
- "data": the data's name; "seed"; "epochs"; "test_cost"; "test_accuracy" or "test_r2"; "fastnet".

None of it has to be there: a network that was saved by other means answers too.
"""

from __future__ import annotations

import fastnet
from fastnet import Network
from fastnet.cli._problems import Refused

__all__ = ["classes_of", "describe", "image_shape_of", "load", "names_of"]


def load(path: str) -> Network:
    """Read a network; errors are one line."""
    return fastnet.load(path)


def names_of(net: Network, key: str) -> tuple[str, ...] | None:
    """Return a list of names from the metadata, or None where there is none or it is none."""
    found = net.metadata.get(key)
    if not isinstance(found, list | tuple) or not all(isinstance(name, str) for name in found):
        return None
    return tuple(found)


def classes_of(net: Network) -> tuple[str, ...] | None:
    """Return the name of every class, or None where the network's answers are values.

    Without names in the metadata the classes are called by their numbers.
    """
    n_out, output = net.sizes[-1], net.activations[-1]
    k = 2 if n_out == 1 and output == "sigmoid" else n_out
    names = names_of(net, "classes")
    if names is not None and len(names) == k:
        return names
    if output == "softmax" or output == "sigmoid":
        return tuple(str(number) for number in range(k))
    return None


def image_shape_of(net: Network) -> tuple[int, int] | None:
    """Return (height, width) if the inputs are images, or None."""
    shape = net.metadata.get("image_shape")
    if (
        isinstance(shape, list | tuple)
        and len(shape) == 2
        and all(isinstance(n, int) and n > 0 for n in shape)
        and shape[0] * shape[1] == net.sizes[0]
    ):
        return shape[0], shape[1]
    return None


def require_inputs(net: Network, n_features: int, what: str) -> None:
    """Refuse data that the network cannot read."""
    if n_features != net.sizes[0]:
        shape = image_shape_of(net)
        pixels = "" if shape is None else f" (images of {shape[0]} x {shape[1]})"
        raise Refused(f"{what} has {n_features} features a sample, the model takes {net.sizes[0]}{pixels}")


def describe(net: Network) -> list[str]:
    """Return what the metadata tell, in lines."""
    about, lines = net.metadata, []
    if isinstance(about.get("data"), str):
        seed = "" if about.get("seed") is None else f", seed {about['seed']}"
        lines.append(f"trained on {about['data']}{seed}")
    shape, classes, features = image_shape_of(net), classes_of(net), names_of(net, "feature_names")
    if shape is not None:
        lines.append(f"inputs: images of {shape[0]} x {shape[1]} pixels")
    elif features is not None:
        lines.append(f"inputs: {_listed(features)}")
    lines.append("answers: values" if classes is None else f"classes: {_listed(classes)}")
    for key, name, form in (("test_accuracy", "accuracy", ".2%"), ("test_r2", "r2", ".4f")):
        if isinstance(about.get(key), float):
            lines.append(f"test {name} {about[key]:{form}}")
    return lines


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
