"""MNIST found where it should be looked for: argument, FASTNET_DATA, cache. The download has its own file."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from fastnet.datasets import load_mnist, mnist, write_idx
from fastnet.datasets._cache import cache_folder

NAMES = [remote.name for remote in mnist._FILES]


def write_mnist(folder, seed=0, suffix=".gz", shape=(4, 3)):
    """Write a small data set that looks like MNIST; give the training and the test labels."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    labels = []
    for part, n in (("train", 7), ("t10k", 5)):
        labels.append(rng.integers(0, 10, n).astype(np.uint8))
        write_idx(folder / f"{part}-images-idx3-ubyte{suffix}", rng.integers(0, 256, (n, *shape), np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte{suffix}", labels[-1])
    return labels


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """A machine without MNIST: an empty cache and no FASTNET_DATA."""
    monkeypatch.delenv("FASTNET_DATA", raising=False)
    monkeypatch.setenv("FASTNET_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("inside", ["", "mnist"])
def test_argument_names_a_folder(tmp_path, suffix, inside):
    labels = write_mnist(tmp_path / "data" / inside, suffix=suffix)
    (X, y), (X_test, y_test) = load_mnist(str(tmp_path / "data"), download=False)
    (images, y_raw), _ = load_mnist(tmp_path / "data", raw=True)
    assert X.shape == (7, 12) and X_test.shape == (5, 12) and X.dtype == X_test.dtype == np.float32
    assert y.dtype == y_test.dtype == y_raw.dtype == np.int64
    assert np.array_equal(y, labels[0]) and np.array_equal(y_test, labels[1]) and np.array_equal(y_raw, y)
    assert images.dtype == np.uint8 and images.shape == (7, 4, 3)
    assert np.array_equal(X, (images.reshape(7, 12) / np.float64(255)).astype(np.float32))


def test_order_of_the_places(places, monkeypatch):
    expected = {}
    for seed, folder in enumerate(("argument", "data/mnist", "cache/mnist")):
        expected[folder] = write_mnist(places / folder, seed)[0]
    monkeypatch.setenv("FASTNET_DATA", str(places / "data"))
    assert np.array_equal(load_mnist(places / "argument")[0][1], expected["argument"])
    assert np.array_equal(load_mnist()[0][1], expected["data/mnist"])
    shutil.rmtree(places / "data")  # FASTNET_DATA names nothing now
    assert np.array_equal(load_mnist(download=False)[0][1], expected["cache/mnist"])
    shutil.rmtree(places / "cache")
    with pytest.raises(FileNotFoundError, match="not on this machine.*download=False") as caught:
        load_mnist(download=False)
    for name in (*NAMES, str(places / "cache" / "mnist"), "FASTNET_DATA"):
        assert name in str(caught.value)


def test_an_argument_without_mnist_is_an_error_and_nothing_else_is_tried(places):
    write_mnist(places / "cache" / "mnist")
    write_mnist(places / "half")
    (places / "half" / NAMES[2]).unlink()
    for folder in ("half", "nowhere"):
        with pytest.raises(FileNotFoundError, match=f"path: no MNIST in .*{folder}.*{NAMES[2]}"):
            load_mnist(places / folder)


def test_names_with_a_point(tmp_path):
    write_mnist(tmp_path, suffix="")
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert load_mnist(tmp_path)[0][0].shape == (7, 12)


@pytest.mark.parametrize("name, array, message", [
    (NAMES[1], np.zeros(6, "u1"), r"expected whole numbers of shape \(7,\)"),
    (NAMES[1], np.zeros(7, "f4"), r"found float32"),
    (NAMES[0], np.zeros((7, 12), "u1"), r"expected uint8 images of shape \(n, height, width\)"),
    (NAMES[0], np.zeros((7, 4, 3), "i2"), r"found int16"),
    (NAMES[2], np.zeros((5, 3, 4), "u1"), r"differ in size"),
])
def test_files_that_do_not_fit_together(tmp_path, name, array, message):
    write_mnist(tmp_path)
    write_idx(tmp_path / name, array)
    with pytest.raises(ValueError, match=message):
        load_mnist(tmp_path)


def test_damaged_file_is_named(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / NAMES[3]).write_bytes(gzip.compress(b"\0\0\x08\1\0\0\0\5abc"))
    with pytest.raises(ValueError, match=f"{NAMES[3]}: truncated"):
        load_mnist(tmp_path)


def test_damaged_cache_without_download(places):
    write_mnist(places / "cache" / "mnist")
    (places / "cache" / "mnist" / NAMES[0]).write_bytes(b"rubbish")
    with pytest.raises(FileNotFoundError, match=f"damaged .*{NAMES[0]}"):
        load_mnist(download=False)


@pytest.mark.parametrize("progress", ["yes", None, 7])
def test_unknown_progress(tmp_path, progress):
    write_mnist(tmp_path)
    with pytest.raises(ValueError, match="progress: got .*expected True, False or 'auto'"):
        load_mnist(tmp_path, progress=progress)


def test_cache_folder_of_each_system(monkeypatch):
    home = Path(os.path.expanduser("~"))
    absolute = str(Path("/somewhere").absolute())
    monkeypatch.delenv("FASTNET_CACHE")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == home / ".cache" / "fastnet"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the specification
    assert cache_folder() == home / ".cache" / "fastnet"
    monkeypatch.setenv("XDG_CACHE_HOME", absolute)
    assert cache_folder() == Path(absolute) / "fastnet"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == home / "Library" / "Caches" / "fastnet"
    monkeypatch.setattr(sys, "platform", "win32")
    assert cache_folder() == home / "AppData" / "Local" / "fastnet" / "Cache"
    monkeypatch.setenv("LOCALAPPDATA", absolute)
    assert cache_folder() == Path(absolute) / "fastnet" / "Cache"
    monkeypatch.setenv("FASTNET_CACHE", "~/own")
    assert cache_folder() == home / "own"


REAL = os.environ.get("FASTNET_DATA", "")


@pytest.mark.skipif(not REAL or mnist.find_folder(Path(REAL)) is None,
                    reason="needs real MNIST: set FASTNET_DATA to the folder that holds mnist/")
def test_real_mnist(monkeypatch):
    monkeypatch.setenv("FASTNET_DATA", REAL)
    (X, y), (X_test, y_test) = load_mnist(download=False)
    assert X.shape == (60_000, 784) and X_test.shape == (10_000, 784)
    assert X.dtype == np.float32 and X.min() == 0 and X.max() == 1
    assert np.bincount(y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    (images, _), _ = load_mnist(raw=True, download=False)
    assert np.array_equal(images[::997].reshape(-1, 784) / np.float32(255), X[::997])
    # The sums that downloads are checked against are those of the original, published by their MD5.
    folder = mnist.find_folder(Path(REAL))
    published = ["6bbc9ace898e44ae57da46a324031adb", "a25bea736e30d166cdddb491f175f624",
                 "2646ac647ad5339dbf082846283269ea", "27ae3e4e09519cfbb04c329615203637"]
    for remote, md5 in zip(mnist._FILES, published, strict=True):
        path = mnist._find_file(folder, remote.name)
        mnist.check(path, remote)
        content = path.read_bytes()
        content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == md5
