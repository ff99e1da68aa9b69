"""The bytes of a .fastnet file: a JSON header and raw arrays; `_files` tells the format."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

__all__ = ["MAGIC", "Damaged", "dump", "parse", "parse_json"]

MAGIC = b"\x89FNET\r\n\x1a"
VERSION = 1
ALIGNMENT = 64
DIGEST = 32  # bytes of a SHA-256


class Damaged(Exception):
    """A file is not what it should be; the message goes on from the file's name."""


def _padded(length: int) -> int:
    return -(-length // ALIGNMENT) * ALIGNMENT


def dump(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Return the file's bytes for a header and flat arrays by name."""
    # Offsets stand in the header, whose length they change: count them from the end of the header's block.
    listed: list[dict[str, Any]] = []
    offset = 0
    for name, array in arrays.items():
        listed.append({"name": name, "dtype": array.dtype.name, "length": array.size, "offset": offset})
        offset += _padded(array.nbytes)
    size = 1 << 12
    while True:  # the block is as long as it has to be; its length is part of the offsets
        shifted = [{**entry, "offset": entry["offset"] + size} for entry in listed]
        full = {"format": "fastnet", "version": VERSION, **header, "arrays": shifted}
        text = json.dumps(full, allow_nan=False, separators=(",", ":")).encode()
        needed = _padded(len(MAGIC) + 8 + len(text))
        if needed <= size:
            break
        size = needed + ALIGNMENT
    parts = [MAGIC, len(text).to_bytes(8, "little"), text, bytes(size - len(MAGIC) - 8 - len(text))]
    for array in arrays.values():
        raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        parts += [raw, bytes(_padded(len(raw)) - len(raw))]
    body = b"".join(parts)
    return body + hashlib.sha256(body).digest()


def parse(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return the header and the arrays in a file's bytes.

    Raises
    ------
    Damaged
        If they are not a whole, undamaged .fastnet file.
    """
    if content[: len(MAGIC)] != MAGIC:
        what = "is empty" if not content else "is not a fastnet file"
        raise Damaged(f"{what}: it does not begin as one")
    start = len(MAGIC) + 8
    length = int.from_bytes(content[len(MAGIC) : start], "little")
    if len(content) < start + DIGEST or length > len(content) - start - DIGEST:
        raise Damaged(f"is truncated: it ends after {len(content)} bytes, within its header")
    body = memoryview(content)[:-DIGEST]
    if hashlib.sha256(body).digest() != content[-DIGEST:]:
        raise Damaged("is truncated or damaged: its checksum does not fit")
    header = parse_json(content[start : start + length])
    if header.get("format") != "fastnet":
        raise Damaged("is not a fastnet file: its header is of another format")
    if header.get("version") != VERSION:
        raise Damaged(
            f"has version {header.get('version')!r} of the format; this fastnet reads version {VERSION}"
        )
    return header, {entry["name"]: _array(entry, body) for entry in header["arrays"]}


def parse_json(text: bytes) -> dict[str, Any]:
    """Return the object in a header."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"is damaged: its header cannot be read ({error})") from None
    if not isinstance(header, dict):
        raise Damaged("is damaged: its header is not an object")
    return header


def _array(entry: dict[str, Any], body: memoryview) -> np.ndarray:
    """Return one array, after holding its place against the file's length."""
    name, length, offset = entry["name"], entry["length"], entry["offset"]
    if entry["dtype"] not in ("float32", "float64") or type(length) is not int or type(offset) is not int:
        raise Damaged(f"is damaged: its array {name!r} is of an unknown kind")
    dtype = np.dtype(entry["dtype"]).newbyteorder("<")
    if length < 0 or offset < 0 or offset + length * dtype.itemsize > len(body):
        raise Damaged(f"is damaged: its array {name!r} lies outside the file")
    return np.frombuffer(body, dtype, length, offset).astype(dtype.newbyteorder("="))
