"""IDX files: what is written is read again, and files that lie are refused cheaply."""

from __future__ import annotations

import gzip
import re
import struct
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fastnet.datasets import read_idx, write_idx

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def idx_bytes(code, shape, values=b""):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + values


@pytest.fixture(params=["plain", "gzip"])
def make(request, tmp_path):
    """Write bytes to a file, as they are or compressed, and give its path."""

    def make_file(content):
        path = tmp_path / "some-file"  # the name says nothing: the content has to
        path.write_bytes(gzip.compress(content) if request.param == "gzip" else content)
        return path

    return make_file


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3), (3, 0, 2), (2, 3, 4, 5)])
def test_read_gives_what_was_written(tmp_path, dtype, suffix, shape):
    array = (np.random.default_rng(0).normal(size=shape) * 50).astype(dtype)
    before = array.copy()
    path = tmp_path / f"data-idx{suffix}"
    write_idx(path, array)
    again = read_idx(str(path))
    assert again.dtype == np.dtype(dtype) and again.dtype.isnative
    assert again.shape == shape
    assert np.array_equal(again, array) and np.array_equal(array, before)
    assert again.flags.writeable and again.flags.c_contiguous
    assert path.read_bytes()[:2] == (b"\x1f\x8b" if suffix else b"\0\0")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(st.sampled_from([np.dtype(order + kind) for kind in ("u1", "i1", "i2", "i4", "f4", "f8")
                                   for order in "<>"]),
                  hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)),
       st.booleans(), st.booleans())
def test_any_byte_order_memory_order_and_nan(tmp_path_factory, array, fortran, compress):
    array = np.asfortranarray(array).reshape(array.shape) if fortran else array[::-1] if array.ndim else array
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if compress else "a")
    write_idx(path, array)
    again = read_idx(path)
    assert again.dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(again, array)


@pytest.mark.parametrize("dtype, code", CODES.items())
def test_bytes_on_disk_are_the_format(tmp_path, dtype, code):
    path = tmp_path / "a"
    write_idx(path, np.array([[1, 2, 3]], dtype))
    big = np.dtype(dtype).newbyteorder(">")
    assert path.read_bytes() == idx_bytes(code, (1, 3), np.array([1, 2, 3], big).tobytes())


def test_same_array_makes_the_same_compressed_bytes(tmp_path, monkeypatch):
    write_idx(tmp_path / "a.gz", np.arange(100, dtype="i2"))
    monkeypatch.setattr(time, "time", lambda: 1e9)
    write_idx(tmp_path / "b.gz", np.arange(100, dtype="i2"))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize("array", [np.arange(3), np.zeros(2, "f2"), np.zeros(2, bool), np.array(["a"]),
                                   np.array([None]), np.zeros(2, "u2"), np.zeros(2, complex)])
def test_write_refuses_other_types_and_leaves_the_file(tmp_path, array):
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with pytest.raises(TypeError, match=rf"array: type {array.dtype} .*int32"):
        write_idx(path, array)
    assert path.read_bytes() == b"before"


def test_write_refuses_a_dimension_beyond_32_bits(tmp_path):
    with pytest.raises(ValueError, match="shape .4294967296"):
        write_idx(tmp_path / "a", np.broadcast_to(np.uint8(0), (1 << 32,)))
    assert not list(tmp_path.iterdir())


def test_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.gz"
    write_idx(path, np.arange(3, dtype="i4"))

    def broken(self, data):
        raise OSError("disk full")

    monkeypatch.setattr(gzip.GzipFile, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        write_idx(path, np.arange(4, dtype="i4"))
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["a.gz"]
    assert read_idx(path).tolist() == [0, 1, 2]


@pytest.mark.parametrize("content, message", [
    (b"", "truncated"),
    (b"\0\0\x08", "truncated"),
    (b"\x89PNG1234", "not an IDX file"),
    (b"\1\0\x08\1\0\0\0\1\0", "not an IDX file"),
    (b"\0\1\x08\1\0\0\0\1\0", "not an IDX file"),
    (idx_bytes(0x0A, (1,), b"\0"), "not an IDX file"),
    (idx_bytes(0x00, (1,), b"\0"), "not an IDX file"),
    (b"\0\0\x08\2\0\0\0\1\0\0", "truncated"),
    (idx_bytes(0x08, (3,), b"12"), "truncated"),
    (idx_bytes(0x0B, (2, 2), b"1234567"), "truncated"),
    (idx_bytes(0x08, (3,), b"1234"), "over-long"),
    (idx_bytes(0x08, (), b"12"), "over-long"),
    (idx_bytes(0x08, (0,), b"1"), "over-long"),
    (idx_bytes(0x08, (2**32 - 1,), b"12"), "truncated"),
    (idx_bytes(0x0E, (2**31, 2**31), b""), "absurd"),
    (idx_bytes(0x08, (2**32 - 1,) * 64), "absurd"),
    (idx_bytes(0x08, (2**32 - 1,) * 64 + (0,)), "absurd"),
    (idx_bytes(0x08, (0, 2**32 - 1, 2**32 - 1)), "absurd"),
    (idx_bytes(0x08, (1,) * 65, b"1"), "absurd"),
])
def test_bad_files_name_themselves_and_their_fault(make, content, message):
    path = make(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=f"{re.escape(str(path))}: {message}"):
            read_idx(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_every_truncation_is_refused(make):
    whole = idx_bytes(0x0B, (2, 3), bytes(12))
    for length in range(len(whole)):
        with pytest.raises(ValueError, match="truncated"):
            read_idx(make(whole[:length]))
    assert read_idx(make(whole)).shape == (2, 3)


def test_gzip_cut_short_damaged_or_followed_by_rubbish(tmp_path):
    rng = np.random.default_rng(0)
    content = idx_bytes(0x08, (5000,), rng.integers(0, 256, 5000, "u1").tobytes())
    whole = gzip.compress(content)
    path = tmp_path / "a.gz"
    for bad in (whole[:15], whole[:2000], whole[:-1], whole[:-8] + bytes(8), whole + b"rubbish",
                whole[:100] + b"\xff" * 50 + whole[150:]):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read_idx(path)
    path.write_bytes(gzip.compress(content[:300]) + gzip.compress(content[300:]))  # gzip allows members
    assert read_idx(path).tobytes() == content[8:]


def test_gzip_bomb_is_not_unpacked(tmp_path):
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=1) as file:
        file.write(idx_bytes(0x08, (10,)))
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="over-long"):
            read_idx(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")
    with pytest.raises(OSError):
        read_idx(tmp_path)
    with pytest.raises(FileNotFoundError):
        write_idx(tmp_path / "no" / "folder", np.zeros(1, "u1"))
