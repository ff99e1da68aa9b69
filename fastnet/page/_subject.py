"""What a page has to know of a network: its images' shape, its classes' names, its numbers as text."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

from fastnet._metadata import classes_of, image_shape_of
from fastnet._parameters import pack
from fastnet.inspect._checks import as_network

__all__ = ["as_network", "base64_of", "classes_of", "image_shape", "packed_parameters", "summary"]

SMALLEST = 8  # pixels a side, from which inputs that are a square number are taken for an image


def image_shape(net: Any) -> tuple[int, int] | None:
    """Return (height, width) of a network's images, or None where its inputs are no image.

    `Network.metadata` says so with "image_shape"; where it says nothing, inputs that make a square of at
    least 8 x 8 are an image.
    """
    shape = image_shape_of(net)
    if shape is not None or "image_shape" in net.metadata or net.metadata.get("feature_names"):
        return shape
    side = math.isqrt(net.sizes[0])
    return (side, side) if side >= SMALLEST and side * side == net.sizes[0] else None


def summary(net: Any) -> str:
    """Return a line about the network."""
    line = f"{'-'.join(map(str, net.sizes))}: {net.n_parameters:,} weights and biases"
    accuracy = net.metadata.get("test_accuracy")
    if isinstance(accuracy, float) and not isinstance(accuracy, bool):
        line += f", {accuracy:.1%} right on the test images"
    return line


def packed_parameters(net: Any) -> np.ndarray:
    """Return all parameters as files have them: layer by layer, the weights row by row, then the biases."""
    packed: np.ndarray = pack(net._layout, net._params)
    return packed


def base64_of(array: np.ndarray) -> str:
    """Return the numbers of an array, little-endian, as text."""
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()
