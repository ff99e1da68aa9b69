"""The book's mnist.pkl.gz: a Python 2 pickle of NumPy arrays, read without running anything in it.

A pickle is a program for a stack machine that may import any name and call it. The machine here knows
the few opcodes that tuples, lists and arrays are written with, and the names are no objects: the three
that NumPy's arrays need stand for themselves and lead to the code below, any other name is refused.
Nothing is imported, looked up or called on a pickle's behalf, so a hostile one has nothing to misuse.
"""

from __future__ import annotations

import gzip
import io
import os
import pickletools
import zlib
from typing import Any

import numpy as np

__all__ = ["load_arrays"]

MAX_BYTES = 1 << 30  # of an unpacked file: the book's has 220 MB, its expanded one 850 MB
MAX_OPCODES = 100_000  # the book's has a few hundred
MAX_DIMENSIONS = 8
MAX_DEPTH = 3  # of tuples and lists around the arrays; the book's are in pairs in a triple
MAX_ITEMS = 100  # in each of them
TYPES = frozenset("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split())

# The names a pickled array mentions, in each module NumPy has kept them in.
_NAMES = {
    "numpy.core.multiarray _reconstruct": "reconstruct",
    "numpy._core.multiarray _reconstruct": "reconstruct",
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    # Python 3 writes bytes so in the protocols that Python 2 reads.
    "_codecs encode": "encode",
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_LITERALS = frozenset(
    "INT LONG BININT BININT1 BININT2 LONG1 "
    "STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 "
    "BINBYTES SHORT_BINBYTES BINBYTES8".split()
)
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


def load_arrays(path: str | os.PathLike[str]) -> Any:
    """Read a pickle, gzip or not, of arrays in tuples and lists.

    Parameters
    ----------
    path : path

    Returns
    -------
    ndarray, tuple or list
        Arrays of bool, whole or floating-point numbers, nested in tuples and lists as they were saved.

    Raises
    ------
    ValueError
        If the file holds anything else, is damaged, or is longer than 1 GiB unpacked.
    """
    try:
        return _Machine().run(_unpacked(path))
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: refused, no pickle of arrays only: {error}") from None


def _unpacked(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            with gzip.GzipFile(fileobj=file) if packed else file as source:
                content = source.read(MAX_BYTES + 1)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"the gzip file is damaged ({error})") from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES} bytes unpacked")
    return content


class _Name:
    """One of the known names, in place of the object it names."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning


class _Type:
    """A dtype in the making: a code of `TYPES` and the byte order."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.order = "|"

    def dtype(self) -> np.dtype:
        size = int(self.code[1:])
        if size > 1 and self.order == "|":
            raise ValueError("an array's dtype has no byte order")
        return np.dtype(self.order + self.code)


class _Array:
    """An array in the making: empty until its state comes."""

    def __init__(self) -> None:
        self.array: np.ndarray | None = None


class _Machine:
    """The stack machine, as far as it is needed (opcodes: see `pickletools` in the standard library)."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, program: bytes) -> Any:
        """Return what the pickle builds."""
        opcodes = pickletools.genops(io.BytesIO(program))
        for _ in range(MAX_OPCODES):
            try:
                opcode, argument, position = next(opcodes)
            except StopIteration:
                raise ValueError("it does not end") from None
            except (ValueError, OverflowError, UnicodeError, MemoryError) as error:
                raise ValueError(f"it is damaged ({error})") from None
            if opcode.name == "STOP":
                return _finished(self._pop())
            try:
                self._step(opcode.name, argument)
            except (IndexError, KeyError):
                raise ValueError(f"it is damaged at byte {position} ({opcode.name})") from None
        raise ValueError(f"it has more than {MAX_OPCODES} steps")

    def _step(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self._push(argument)
        elif name in _CONSTANTS:
            self._push(_CONSTANTS[name])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self._stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self._push(self._memo[argument])
        elif name == "MARK":
            self._push(_MARK)
        elif name == "TUPLE":
            self._push(tuple(self._pop_to_mark()))
        elif name in _TUPLES:
            items = [self._pop() for _ in range(_TUPLES[name])]
            self._push(tuple(items[::-1]))
        elif name in ("EMPTY_LIST", "LIST"):
            self._push([] if name == "EMPTY_LIST" else self._pop_to_mark())
        elif name in ("APPEND", "APPENDS"):
            items = [self._pop()] if name == "APPEND" else self._pop_to_mark()
            if type(self._stack[-1]) is not list:
                raise ValueError("it appends to something that is no list")
            self._stack[-1].extend(items)
        elif name == "GLOBAL":
            self._push(_known(argument))
        elif name == "STACK_GLOBAL":
            attribute, module = self._pop(), self._pop()
            self._push(_known(f"{module} {attribute}"))
        elif name == "REDUCE":
            arguments, function = self._pop(), self._pop()
            self._push(_made(function, arguments))
        elif name == "BUILD":
            state = self._pop()
            _fill(self._stack[-1], state)
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"an array needs no {name}")

    def _push(self, item: Any) -> None:
        self._stack.append(item)

    def _pop(self) -> Any:
        item = self._stack.pop()
        if item is _MARK:
            raise ValueError("a mark stands where a value should")
        return item

    def _pop_to_mark(self) -> list[Any]:
        items: list[Any] = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]


def _known(name: str) -> _Name:
    if name not in _NAMES:
        raise ValueError(f"it asks for {name.replace(' ', '.')!r:.80}")
    return _Name(_NAMES[name])


def _made(function: Any, arguments: Any) -> Any:
    """What a call of one of the known names gives."""
    if not isinstance(function, _Name) or type(arguments) is not tuple:
        raise ValueError("it calls something that is no function for arrays")
    if function.meaning == "reconstruct" and len(arguments) == 3:
        if isinstance(arguments[0], _Name) and arguments[0].meaning == "ndarray":
            return _Array()
    elif function.meaning == "dtype" and 1 <= len(arguments) <= 3:
        code = arguments[0].decode("latin1") if type(arguments[0]) is bytes else arguments[0]
        if type(code) is str and code in TYPES:
            return _Type(code)
        raise ValueError(f"arrays of the dtype {code!r:.40} are not allowed, only plain numbers")
    elif function.meaning == "encode" and len(arguments) == 2 and arguments[1] == "latin1":
        if type(arguments[0]) is str:
            return arguments[0].encode("latin1")
    raise ValueError(f"it calls {function.meaning} with unusual arguments")


def _fill(item: Any, state: Any) -> None:
    """Give a dtype or an array in the making its state."""
    if isinstance(item, _Type) and type(state) is tuple and len(state) >= 2:
        # (version, byte order, ...): the rest is for records and the like, and None or -1 for numbers
        order = state[1].decode("latin1") if type(state[1]) is bytes else state[1]
        plain = all(part is None for part in state[2:5])
        if type(order) is not str or order not in ("<", ">", "|") or not plain:
            raise ValueError("a dtype has an unusual state")
        item.order = order
    elif isinstance(item, _Array) and item.array is None and type(state) is tuple and len(state) == 5:
        _, shape, kind, fortran, data = state
        item.array = _array(shape, kind, fortran, data)
    else:
        raise ValueError("it sets the state of something that is no new array")


def _array(shape: Any, kind: Any, fortran: Any, data: Any) -> np.ndarray:
    lengths = type(shape) is tuple and all(type(n) is int and 0 <= n <= MAX_BYTES for n in shape)
    if not lengths or len(shape) > MAX_DIMENSIONS:
        raise ValueError(f"an array has the shape {str(shape):.80}")
    if not isinstance(kind, _Type) or type(fortran) not in (bool, int):
        raise ValueError("an array has an unusual state")
    if type(data) is str:  # bytes of Python 2, which pickletools reads as Latin-1
        try:
            data = data.encode("latin1")
        except UnicodeEncodeError:
            raise ValueError("an array's data are no bytes") from None
    dtype = kind.dtype()
    n_bytes = dtype.itemsize
    for length in shape:
        n_bytes *= length
    if type(data) is not bytes or len(data) != n_bytes:
        raise ValueError(f"the data of an array of shape {shape} and {dtype} are not {n_bytes} bytes")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")
    return array.astype(dtype.newbyteorder("="))


def _finished(item: Any, depth: int = 0) -> Any:
    """Return the result with its arrays in place of those in the making; refuse anything else in it."""
    if isinstance(item, _Array) and item.array is not None:
        return item.array
    if type(item) not in (tuple, list):
        raise ValueError(f"it builds something else, {type(item).__name__.strip('_')}")
    # Few of few: a list that holds itself would never end.
    if depth == MAX_DEPTH or len(item) > MAX_ITEMS:
        raise ValueError("it nests its arrays too deep, or holds too many")
    return type(item)(_finished(part, depth + 1) for part in item)
