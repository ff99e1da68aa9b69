"""The .fastnet file: one network, no code, written as a whole or not at all.

Format, version 1; all numbers little-endian:

=============  ===================================================================================
bytes          meaning
=============  ===================================================================================
8              the magic 89 46 4e 45 54 0d 0a 1a (0x89 "FNET" CR LF SUB), which shows damage by a
               transfer as text
8              length of the header, an unsigned integer
header         JSON in UTF-8
0 to 63        zeros, up to a multiple of 64 bytes
arrays         each one raw in C order, followed by zeros up to a multiple of 64 bytes
32             SHA-256 of everything before
=============  ===================================================================================

The header is an object with

- "format": "fastnet" and "version": 1;
- "network": "sizes", "activations" (one a layer after the inputs), "cost", "init", "dtype", "input_scale";
- "history": the lists of `History` by name (null for nan), or null;
- "metadata": `Network.metadata`, an object (absent in older files);
- "training": null, or "optimizer", "updates", "options", "n", "place", "resumable", "moments" (how many);
- "generator": null, or the state of the NumPy bit generator;
- "arrays": a list of "name", "dtype" ("float32" or "float64"), "length" and "offset" from the file's start.

Every array has one number for each parameter, layer by layer: the weights (n_out, n_in) row by row, then
the biases. "parameters" is always there; "moment0" ... are the optimiser's, "best" and "last" early
stopping's.

With the suffix .safetensors the arrays go into a safetensors file (which needs that package) as
"weights.0" (n_out, n_in), "biases.0", ..., "moment0.weights.0", ..., and the rest of the header is the
metadata entry "fastnet".
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from fastnet import _container, _snapshot
from fastnet._checks import flag

__all__ = ["load", "save"]


def save(network: Any, path: Any, training: bool) -> None:
    """Write a network; see `Network.save`."""
    target = _path(path)
    header, arrays = _snapshot.take(network, flag(training, "training"))
    if target.lower().endswith(".safetensors"):
        from fastnet import _safetensors

        write_atomically(target, _safetensors.dump(header, arrays))
    else:
        write_atomically(target, _container.dump(header, arrays))


def load(path: Any) -> Any:
    """Read a network; see `fastnet.load`."""
    source = _path(path)
    with open(source, "rb") as file:
        content = file.read()
    try:
        # A file of our own is known by its first bytes, whatever it is called.
        if source.lower().endswith(".safetensors") and not content.startswith(_container.MAGIC):
            from fastnet import _safetensors

            return _snapshot.restore(*_safetensors.parse(content))
        return _snapshot.restore(*_container.parse(content))
    except ImportError:
        raise
    except _container.Damaged as error:
        raise ValueError(f"{source} {error}") from None
    except (KeyError, TypeError, ValueError, OverflowError, IndexError, AttributeError) as error:
        raise ValueError(f"{source} is damaged: its header makes no sense ({error})") from None


def _path(path: Any) -> str:
    try:
        return os.fsdecode(os.fspath(path))
    except TypeError:
        raise TypeError(f"path must be a string or a path, not {type(path).__name__}") from None


def write_atomically(path: str, content: bytes) -> None:
    """Write a file beside `path` and put it in its place when it is complete.

    Raises
    ------
    OSError
        If that fails; then `path` is what it was, and nothing else is left behind.
    """
    target = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(OSError):  # keep the permissions of what is replaced
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
