"""Read and write IDX files, the format of MNIST.

An IDX file is four bytes of magic (0, 0, type, number of dimensions), the dimensions as big-endian
unsigned 32-bit numbers, then the values, big-endian, last dimension fastest.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", section
"File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._reading import open_binary, pieces
from ._writing import whole_file

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: "i2", 0x0C: "i4", 0x0D: "f4", 0x0E: "f8"}
_CODES = {name: code for code, name in _TYPES.items()}
_NAMES = "uint8, int8, int16, int32, float32 or float64"
_MAX_DIMENSIONS = 64  # NumPy's own limit; the format could say 255


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an IDX file, gzip-compressed or not (its content decides, not its name).

    Memory grows with what the file really holds, never with what its header claims.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    ndarray
        A new, writable, C-contiguous array of the shape in the header, of type uint8, int8, int16,
        int32, float32 or float64 in the byte order of this machine.

    Raises
    ------
    ValueError
        The file is not IDX (bad magic, unknown type), is truncated, is longer than its header says,
        is a damaged gzip file, or has dimensions no array can have. The message names the file.
    OSError
        The file cannot be opened.

    Examples
    --------
    >>> images = read_idx("train-images-idx3-ubyte.gz")  # doctest: +SKIP
    """
    name = os.fspath(path)
    with open_binary(path) as stream:
        dtype, shape = _read_header(stream, name)
        promised = math.prod(shape) * dtype.itemsize
        values = bytearray()
        for piece in pieces(stream, promised):
            values += piece
        if len(values) < promised:
            raise ValueError(f"{name}: truncated: the header promises {promised:,} bytes of values "
                             f"(shape {shape}, {dtype.name}), the file holds {len(values):,}")
        # Reading on also makes gzip check the sum at its end.
        if stream.read(1):
            raise ValueError(f"{name}: over-long: bytes follow the {promised:,} that the header promises "
                             f"(shape {shape}, {dtype.name})")
    array = np.frombuffer(values, dtype).reshape(shape)
    if not array.dtype.isnative:
        array = array.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return array


def _read_header(stream: BinaryIO, name: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise ValueError(f"{name}: truncated: an IDX file begins with 4 bytes of magic, found {len(magic)}")
    if magic[:2] != b"\0\0" or magic[2] not in _TYPES:
        known = ", ".join(f"{code:#04x}" for code in _TYPES)
        raise ValueError(f"{name}: not an IDX file: its magic is {magic.hex(' ')}, expected 00 00, "
                         f"a type ({known}) and the number of dimensions")
    ndim = magic[3]
    if ndim > _MAX_DIMENSIONS:
        raise ValueError(f"{name}: absurd header: {ndim} dimensions, expected at most {_MAX_DIMENSIONS}")
    sizes = stream.read(4 * ndim)
    if len(sizes) < 4 * ndim:
        raise ValueError(f"{name}: truncated: the header should hold {ndim} dimensions and ends before")
    shape = struct.unpack(f">{ndim}I", sizes)
    dtype = np.dtype(">" + _TYPES[magic[2]])
    # NumPy wants the product of the sizes that are not zero to fit, even where the array is empty.
    if math.prod(size or 1 for size in shape) * dtype.itemsize > sys.maxsize:
        raise ValueError(f"{name}: absurd header: no array can have the shape {shape}")
    return dtype, shape


def write_idx(path: str | os.PathLike[str], array: ArrayLike) -> None:
    """Write an array as an IDX file, gzip-compressed if the name ends in ``.gz``.

    The file appears whole or not at all: it is written beside its place and then moved there. The
    same array makes the same bytes.

    Parameters
    ----------
    path : str or path-like
        The file; one that exists is replaced.
    array : array_like
        Of type uint8, int8, int16, int32, float32 or float64, in any byte order and memory order,
        with any number of dimensions.

    Raises
    ------
    TypeError
        The array's type is none of the six.
    ValueError
        A dimension does not fit into 32 bits.
    OSError
        The file cannot be written.

    Examples
    --------
    >>> write_idx("labels-idx1-ubyte.gz", np.array([3, 1, 4], dtype="uint8"))  # doctest: +SKIP
    """
    values = np.asarray(array)
    code = _CODES.get(values.dtype.str[1:])
    if code is None:
        raise TypeError(f"array: type {values.dtype} cannot be written as IDX, expected {_NAMES}; "
                        f"convert it first, for example with array.astype('int32')")
    if any(size >= 1 << 32 for size in values.shape):
        raise ValueError(f"array: shape {values.shape} cannot be written as IDX, "
                         f"expected every dimension below 2**32")
    header = bytes([0, 0, code, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    values = values.astype(values.dtype.newbyteorder(">"), order="C", copy=False)
    with whole_file(path) as part, open(part, "xb") as plain, _compressed(plain, path) as stream:
        stream.write(header)
        stream.write(values.reshape(-1).view("u1").data)


def _compressed(plain: BinaryIO, path: str | os.PathLike[str]) -> AbstractContextManager[BinaryIO]:
    if not os.fspath(path).endswith(".gz"):
        return nullcontext(plain)
    # No name and no time in the gzip header: the bytes depend on the array alone.
    stream = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=plain, mtime=0)
    return cast(AbstractContextManager[BinaryIO], stream)
