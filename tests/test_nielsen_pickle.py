"""The reader of the book's pickle: genuine files of both Pythons load, hostile ones run nothing."""

from __future__ import annotations

import gzip
import os
import pickle
import struct

import nielsen_oracle as oracle
import numpy as np
import pytest

from fastnet.nielsen import mnist_loader
from fastnet.nielsen._mnist_pickle import load_arrays


def int_op(n):
    return b"J" + struct.pack("<i", n)


def py2_array(array, module=b"numpy.core.multiarray", code=None, order=None, shape=None, data=None):
    """The opcodes Python 2's pickle (protocol 2) writes for an array, byte by byte."""
    code = code or array.dtype.str[1:].encode()
    order = order or (b"<" if array.dtype.itemsize > 1 else b"|")
    data = array.tobytes() if data is None else data
    dims = b"".join(int_op(n) for n in (array.shape if shape is None else shape))
    return b"".join((
        b"c" + module + b"\n_reconstruct\ncnumpy\nndarray\n", b"K\x00\x85", b"U\x01b", b"\x87R",
        b"(K\x01", b"(" + dims + b"t",
        b"cnumpy\ndtype\n", b"U" + bytes([len(code)]) + code, b"K\x00K\x01\x87R",
        b"(K\x03U\x01" + order + b"NNN" + int_op(-1) + int_op(-1) + b"K\x00tb",
        b"\x89", b"T" + struct.pack("<i", len(data)) + data, b"tb",
    ))  # fmt: skip


def py2_pickle(pairs, **how):
    parts = b"".join(py2_array(x, **how) + py2_array(y, **how) + b"\x86" for x, y in pairs)
    return b"\x80\x02" + parts + b"\x87."


def three_pairs():
    return [oracle.images(n, n) for n in (6, 3, 2)]


def written(folder, content, name="mnist.pkl.gz"):
    path = folder / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def assert_same(got, pairs):
    assert len(got) == 3
    for (x, y), (x_expected, y_expected) in zip(got, pairs, strict=True):
        assert np.array_equal(x, x_expected) and x.dtype == np.float32 and x.flags.writeable
        assert np.array_equal(y, y_expected) and y.dtype == np.int64


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
@pytest.mark.parametrize("name", ["mnist.pkl.gz", "mnist.pkl"])
def test_a_pickle_of_python_2(tmp_path, module, name):
    pairs = three_pairs()
    path = written(tmp_path, py2_pickle(pairs, module=module), name)
    # the standard reader agrees that it is one
    assert_same(pickle.loads(py2_pickle(pairs, module=b"numpy._core.multiarray"), encoding="latin1"), pairs)
    assert_same(mnist_loader.load_data(path), pairs)
    if name.endswith(".gz"):
        assert_same(mnist_loader.load_data(tmp_path), pairs)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_a_pickle_of_python_3(tmp_path, protocol):
    pairs = three_pairs()
    assert_same(mnist_loader.load_data(written(tmp_path, pickle.dumps(tuple(pairs), protocol))), pairs)


def test_orders_of_memory_and_of_bytes(tmp_path):
    arrays = (np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(3, dtype=">i2"), np.array(2.5),
              np.array([True, False]))  # fmt: skip
    got = load_arrays(written(tmp_path, pickle.dumps(arrays, 2)))
    assert type(got) is tuple
    for a, b in zip(got, arrays, strict=True):
        assert np.array_equal(a, b) and a.shape == b.shape and a.dtype == b.dtype.newbyteorder("=")


def test_found_where_the_book_keeps_it(tmp_path, monkeypatch):
    pairs = three_pairs()
    (tmp_path / "data").mkdir()
    (tmp_path / "src").mkdir()
    written(tmp_path / "data", py2_pickle(pairs))
    monkeypatch.chdir(tmp_path / "src")
    assert_same(mnist_loader.load_data(), pairs)


# --- Hostile ones ---------------------------------------------------------------------------------------


class Calls:
    """Pickles as a call of anything with anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


GOOD = np.arange(4, dtype=np.float32)
SYSTEM = b"cposix\nsystem\n" if os.name == "posix" else b"cnt\nsystem\n"
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
DTYPE, NDARRAY = b"cnumpy\ndtype\n", b"cnumpy\nndarray\n"
EMPTY = RECONSTRUCT + NDARRAY + b"K\x00\x85U\x01b\x87R"
F4 = DTYPE + b"U\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
CYCLE = b"]q\x00(" + b"h\x00" * 90 + b"e."
STATE = b"(K\x01K\x04\x85" + F4 + b"\x89U\x10" + b"a" * 16 + b"tb"
SHORTEST = b"(K\x01\x8a\xc8" + b"\x7f" * 200 + b"\x85" + F4 + b"\x89U\x00tb"
EVAL = "__import__('os').system({!r})"

HOSTILE = {
    "os.system": lambda run: pickle.dumps(Calls(os.system, run)),
    "os.system in protocol 0": lambda run: pickle.dumps(Calls(os.system, run), 0),
    "os.system in protocol 4": lambda run: pickle.dumps(Calls(os.system, run), 4),
    "builtins.eval": lambda run: pickle.dumps(Calls(eval, EVAL.format(run)), 2),
    "python 2's eval": lambda run: b"c__builtin__\neval\n(V" + EVAL.format(run).encode() + b"\ntR.",
    "behind an array": lambda run: py2_array(GOOD) + SYSTEM + b"(V" + run.encode() + b"\ntR\x86.",
    "a nested name": lambda run: b"\x80\x04\x8c\x05numpy\x8c\x15ndarray.__class__.mro\x93.",
    "a dotted module": lambda run: b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.",
    "a function of numpy": lambda run: b"cnumpy\nload\n(Vx\ntR.",
    "numpy's exec": lambda run: b"cnumpy.testing\nrundocs\n(Vx\ntR.",
    "getattr": lambda run: b"c__builtin__\ngetattr\n(cnumpy\ndtype\nV__class__\ntR.",
    "an instance by INST": lambda run: b"(V" + run.encode() + b"\niposix\nsystem\n.",
    "an instance by OBJ": lambda run: b"(" + SYSTEM + b"V" + run.encode() + b"\no.",
    "an instance by NEWOBJ": lambda run: NDARRAY + b"K\x04\x85\x81.",
    "an extension code": lambda run: b"\x82\x01.",
    "a persistent id": lambda run: b"P1\n.",
    "a buffer": lambda run: b"\x80\x05\x97.",
    "an object array": lambda run: pickle.dumps(np.array([Calls(os.system, run)], object), 2),
    "an object array by hand": lambda run: py2_array(GOOD, code=b"O8", order=b"|"),
    "a record array": lambda run: pickle.dumps(np.zeros(2, "i4,f8"), 2),
    "a string array": lambda run: pickle.dumps(np.array(["a"]), 2),
    "a date array": lambda run: pickle.dumps(np.zeros(2, "M8[s]"), 2),
    "a dtype only": lambda run: pickle.dumps(np.dtype("f4"), 2),
    "a dtype with fields": lambda run: EMPTY + b"(K\x01K\x04\x85" + F4[:-2] + b"tb\x89U\x04abcdtb.",
    "a name only": lambda run: NDARRAY + b".",
    "an array without state": lambda run: EMPTY + b".",
    "a state set twice": lambda run: py2_array(GOOD) + STATE + b".",
    "the state of a function": lambda run: RECONSTRUCT + b"}b.",
    "the state of a list": lambda run: b"]" + STATE + b".",
    "a call of an array": lambda run: EMPTY + b")R.",
    "ndarray called": lambda run: NDARRAY + int_op(2**31 - 1) + b"\x85\x85R.",
    "reconstruct of a dtype": lambda run: RECONSTRUCT + DTYPE + b"K\x00\x85U\x01b\x87R.",
    "an absurd size": lambda run: py2_array(GOOD, shape=(2**31 - 1, 2**31 - 1)),
    "a size beyond all": lambda run: EMPTY + SHORTEST + b".",
    "a negative size": lambda run: py2_array(GOOD, shape=(-4,)),
    "too little data": lambda run: py2_array(GOOD, shape=(5,)),
    "too much data": lambda run: py2_array(GOOD, shape=(3,)),
    "many dimensions": lambda run: py2_array(GOOD, shape=(1,) * 60 + (4,)),
    "no order of bytes": lambda run: py2_array(GOOD, order=b"|"),
    "a place far out in the memo": lambda run: b"Nr\xff\xff\xff\x7f.",
    "a length of two gigabytes": lambda run: b"T\xff\xff\xff\x7fabc.",
    "a length beyond all": lambda run: b"\x8e" + b"\xff" * 8 + b"abc.",
    "a list that holds itself": lambda run: CYCLE,
    "steps without end": lambda run: b"N0" * 60_000 + b"N" * 50_000 + b".",
    "a dictionary": lambda run: pickle.dumps({}, 2),
    "a number": lambda run: b"K\x01.",
    "a text": lambda run: pickle.dumps("text", 2),
    "too many arrays": lambda run: pickle.dumps([GOOD] * 500, 2),
    "a mark as a value": lambda run: b"(.",
    "a mark in a tuple": lambda run: b"((\x85t.",
    "nothing on the stack": lambda run: b"0.",
    "nothing at all": lambda run: b"",
    "no end": lambda run: b"N",
    "noise": lambda run: bytes(range(255, 0, -1)),
    "not in the memo": lambda run: b"h\x05.",
}


def ended(content):
    return content if content.endswith(b".") or len(content) < 2 else content + b"."


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pickle_runs_nothing(name, packed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = ended(HOSTILE[name]("touch ran"))
    path = written(tmp_path, content, "mnist.pkl.gz" if packed else "mnist.pkl")
    with pytest.raises(ValueError, match=r"mnist\.pkl"):
        mnist_loader.load_data(path)
    assert not (tmp_path / "ran").exists()


def test_the_hostile_ones_would_run_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(HOSTILE["os.system"]("touch ran"))
    assert (tmp_path / "ran").exists()


def test_the_pieces_of_the_hostile_ones_are_sound(tmp_path):
    # without what makes each of them hostile, they load: it is that which is refused
    assert np.array_equal(load_arrays(written(tmp_path, py2_array(GOOD) + b".")), GOOD)
    whole = EMPTY + b"(K\x01K\x04\x85" + F4 + b"\x89U\x10" + GOOD.tobytes() + b"tb."
    assert np.array_equal(load_arrays(written(tmp_path, whole)), GOOD)


@pytest.mark.parametrize("cut", [3, 40, 200])
def test_a_truncated_file(tmp_path, cut):
    content = gzip.compress(py2_pickle(three_pairs()))
    for name, short in (("a.gz", content[:cut]), ("b.pkl", py2_pickle(three_pairs())[:cut])):
        (tmp_path / name).write_bytes(short)
        with pytest.raises(ValueError, match=name):
            mnist_loader.load_data(tmp_path / name)


def test_a_file_that_grows_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("fastnet.nielsen._mnist_pickle.MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="longer"):
        mnist_loader.load_data(written(tmp_path, b"N" * 1001))


@pytest.mark.parametrize(
    "content",
    [
        (GOOD, GOOD),
        ((GOOD, GOOD),) * 3,
        ((np.zeros((2, 784)), np.array([0, 10])),) * 3,
        ((np.zeros((2, 784)), np.array([0, 1, 2])),) * 3,
        ((np.zeros((2, 784), int), np.array([0, 1])),) * 3,
        (np.zeros((2, 784)),) * 3,
    ],
)
def test_arrays_that_are_no_mnist(tmp_path, content):
    with pytest.raises(ValueError, match="expected|between"):
        mnist_loader.load_data(written(tmp_path, pickle.dumps(content, 2)))
