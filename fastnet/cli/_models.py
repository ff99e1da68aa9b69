"""Saved networks at the command line."""

from __future__ import annotations

import fastnet
from fastnet import Network
from fastnet._metadata import classes_of, image_shape_of, names_of
from fastnet.cli._problems import Refused

__all__ = ["describe", "load", "require_inputs"]


def load(path: str) -> Network:
    """Read a network; errors are one line."""
    return fastnet.load(path)


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
