"""The order of the examples: `random.shuffle` on Python's own generator, without its price."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _shuffle

__all__ = ["next_order", "reorder"]

_STATE_VERSION = 3  # of random.getstate(): MT19937, 624 words and an index


def next_order(n: int) -> np.ndarray:
    """Shuffle 0..n-1 as `random.shuffle` would; the global generator moves on as far as it would.

    Returns
    -------
    (n,) intp array
        Where each example stood before: the shuffled list is `[items[i] for i in order]`.
    """
    generator = _plain_generator(random.shuffle)
    if generator is not None:
        version, words, gauss_next = generator.getstate()
        if version == _STATE_VERSION and len(words) == 625:
            order = np.arange(n, dtype=np.intp)
            generator.setstate((version, _shuffle.shuffle(words, order), gauss_next))
            return order
    # Another generator, or another shuffle put in its place: ask it.
    positions = list(range(n))
    random.shuffle(positions)
    return np.array(positions, dtype=np.intp)


def _plain_generator(shuffle: Callable[..., Any]) -> random.Random | None:
    """Return the Mersenne Twister behind `random.shuffle`, None if it is not exactly that."""
    owner = getattr(shuffle, "__self__", None)
    if type(owner) is random.Random and getattr(shuffle, "__func__", None) is random.Random.shuffle:
        return owner
    return None


def reorder(items: list[Any], order: np.ndarray) -> None:
    """Put the list into a new order in place: afterwards `items[i]` is what `items[order[i]]` was."""
    if type(items) is list:
        _shuffle.permute(items, order)
    else:  # a class of the caller's own, which may want to know what is put where
        items[:] = [items[i] for i in order.tolist()]
