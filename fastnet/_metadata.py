"""What a network's metadata say of the data that it was trained on.

`fastnet train` leaves in `Network.metadata`

- "classes": the name of every class in the outputs' order, None for values;
- "image_shape": [height, width] where the inputs are images, else None;
- "feature_names": the columns of a table, else None; "label": its label's column, else None;
- "data": the data's name; "seed"; "epochs"; "test_cost"; "test_accuracy" or "test_r2"; "fastnet".

None of it has to be there: a network that was saved by other means answers too.
"""

from __future__ import annotations

from fastnet.network import Network

__all__ = ["classes_of", "image_shape_of", "names_of"]


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
