"""The safetensors format, for exchange: needs the package of that name."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from fastnet._container import Damaged, parse_json

__all__ = ["dump", "parse"]


def _package() -> Any:
    try:
        import safetensors.numpy as package
    except ImportError:
        raise ImportError(
            "files with the suffix .safetensors need the package safetensors: pip install safetensors "
            "(or use the suffix .fastnet, which needs nothing)"
        ) from None
    return package


def dump(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Return the file's bytes for a header and packed arrays by name."""
    sizes = header["network"]["sizes"]
    tensors = {}
    for name, packed in arrays.items():
        prefix = "" if name == "parameters" else f"{name}."
        tensors.update({prefix + part: piece for part, piece in _split(packed, sizes)})
    metadata = {"fastnet": json.dumps({"version": 1, **header}, allow_nan=False)}
    content: bytes = _package().save(tensors, metadata)
    return content


def parse(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the packed arrays in a file's bytes.

    Raises
    ------
    Damaged
        If they are not a network in a whole safetensors file.
    """
    package = _package()
    try:
        tensors = package.load(content)
    except Exception as error:  # its own exception class
        raise Damaged(f"is not a whole safetensors file: {error}") from None
    # A safetensors file begins with the length of a JSON object; load has checked both.
    length = int.from_bytes(content[:8], "little")
    metadata = parse_json(content[8 : 8 + length]).get("__metadata__", {})
    if "fastnet" not in metadata:
        raise Damaged("is a safetensors file, but not one of a fastnet network")
    header = parse_json(metadata["fastnet"].encode())
    if header.get("version") != 1:
        raise Damaged(f"has version {header.get('version')!r} of the format; this fastnet reads version 1")
    prefixes = {name[: -len("weights.0")] for name in tensors if name.endswith("weights.0")}
    arrays = {}
    for prefix in sorted(prefixes):
        parts = []
        for layer in range(len(header["network"]["sizes"]) - 1):
            parts += [tensors[f"{prefix}{kind}.{layer}"].ravel() for kind in ("weights", "biases")]
        arrays[prefix.rstrip(".") or "parameters"] = np.concatenate(parts)
    return header, arrays


def _split(packed: np.ndarray, sizes: list[int]) -> list[tuple[str, np.ndarray]]:
    """Cut a packed array into the weights (n_out, n_in) and biases (n_out,) of every layer."""
    parts, start = [], 0
    for layer, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
        weights = packed[start : start + n_in * n_out].reshape(n_out, n_in)
        start += n_in * n_out
        parts += [(f"weights.{layer}", weights), (f"biases.{layer}", packed[start : start + n_out])]
        start += n_out
    return parts
