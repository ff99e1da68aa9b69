"""Files: equal answers after loading, whole files or none, and clear errors for anything else."""

import json
import os
import struct

import numpy as np
import pytest

import fastnet
from fastnet import _container, _files


def trained(dtype="float32", **more):
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 6)), rng.integers(0, 3, 40)
    net = fastnet.Network([6, 5, 3], "leaky_relu", "softmax", "cross_entropy", rng=1, dtype=dtype, **more)
    net.fit(X, y, epochs=3, optimizer="adam", validation_data=(X, y), early_stopping=2)
    return net, X


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("suffix", ["fastnet", "safetensors", "SafeTensors", "bin"])
@pytest.mark.parametrize("training", [False, True])
def test_a_loaded_network_is_the_one_that_was_saved(tmp_path, dtype, suffix, training):
    net, X = trained(dtype, input_scale=0.3)
    path = tmp_path / f"net.{suffix}"
    net.save(path, training=training)
    again = fastnet.load(str(path))
    assert np.array_equal(again.forward(X), net.forward(X))
    for a, b in zip([*net.weights, *net.biases], [*again.weights, *again.biases], strict=True):
        assert np.array_equal(a, b) and a.dtype == b.dtype
    assert again._plan == net._plan
    assert again.history_.as_dict() == net.history_.as_dict()
    assert (again.history_.stopped, again.history_.best_epoch) == (
        net.history_.stopped,
        net.history_.best_epoch,
    )
    again.fit(X, np.zeros(40, int), epochs=1)
    assert os.listdir(tmp_path) == [path.name]
    # what is saved twice is the same file
    copy = tmp_path / f"copy.{suffix}"
    net.save(copy, training=training)
    assert copy.read_bytes() == path.read_bytes()


def test_an_untrained_network_and_a_stream_are_saved(tmp_path):
    net = fastnet.Network([2, 2], rng=0)
    net.save(tmp_path / "net", training=True)
    again = fastnet.load(tmp_path / "net")
    assert again.history_ is None and again.rng.bit_generator.state == net.rng.bit_generator.state
    X, y = np.eye(2), [0, 1]
    net.partial_fit(X, y, optimizer="momentum")
    net.save(tmp_path / "net", training=True)
    again = fastnet.load(tmp_path / "net")
    for each in (net, again):
        each.partial_fit(X, y)
    assert np.array_equal(net.weights[0], again.weights[0])


def test_the_format_is_as_documented(tmp_path):
    net, _ = trained()
    net.save(tmp_path / "net.fastnet")
    content = (tmp_path / "net.fastnet").read_bytes()
    assert content[:8] == b"\x89FNET\r\n\x1a"
    (length,) = struct.unpack("<Q", content[8:16])
    header = json.loads(content[16 : 16 + length])
    assert header["format"] == "fastnet" and header["version"] == 1 and header["training"] is None
    (entry,) = header["arrays"]
    assert entry["name"] == "parameters" and entry["offset"] % 64 == 0
    numbers = np.frombuffer(content, "<f4", entry["length"], entry["offset"])
    assert np.array_equal(numbers[:30].reshape(5, 6), net.weights[0])
    assert np.array_equal(numbers[30:35], net.biases[0])
    assert len(numbers) == net.n_parameters


def test_safetensors_files_have_the_tensors_by_name(tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    net, _ = trained()
    net.save(tmp_path / "net.safetensors")
    tensors = package.load_file(tmp_path / "net.safetensors")
    assert set(tensors) == {"weights.0", "biases.0", "weights.1", "biases.1"}
    assert np.array_equal(tensors["weights.1"], net.weights[1])


@pytest.mark.parametrize("suffix", ["fastnet", "safetensors"])
def test_every_truncation_and_every_flipped_byte_is_noticed(tmp_path, suffix):
    net = fastnet.Network([3, 2], rng=0)
    path = tmp_path / f"net.{suffix}"
    net.save(path, training=True)
    content = path.read_bytes()
    for length in [*range(0, 40), *range(40, len(content), 97), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="net.*(truncated|not a|empty|damaged)"):
            fastnet.load(path)
    if suffix == "fastnet":  # safetensors has no checksum
        for place in [*range(0, 40), *range(40, len(content), 97), len(content) - 1]:
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
            with pytest.raises(ValueError, match="net"):
                fastnet.load(path)
        path.write_bytes(content + b"x")
        with pytest.raises(ValueError, match="net"):
            fastnet.load(path)


@pytest.mark.parametrize("suffix", ["fastnet", "safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x80\x04\x95" + bytes(99), b"PK\x03\x04" + bytes(99), bytes(999)]
)
def test_foreign_files_are_refused(tmp_path, suffix, content):
    path = tmp_path / f"other.{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="other"):
        fastnet.load(path)


def test_a_file_of_our_own_is_known_by_its_first_bytes(tmp_path):
    fastnet.Network([3, 2], rng=0).save(tmp_path / "net.fastnet")
    os.rename(tmp_path / "net.fastnet", tmp_path / "net.safetensors")
    assert fastnet.load(tmp_path / "net.safetensors").sizes == (3, 2)


def test_a_safetensors_file_of_something_else_is_refused(tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    package.save_file({"a": np.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="not one of a fastnet network"):
        fastnet.load(tmp_path / "other.safetensors")


def forged(path, **changes):
    """Write a file with a right checksum and a wrong header."""
    net = fastnet.Network([3, 2], rng=0)
    net.save(path, training=True)
    assert path.read_bytes()[4096 - 64 : 4096] == bytes(64)
    header, arrays = _container.parse(path.read_bytes())
    for place, value in changes.items():
        target = header
        *parents, last = place.split("__")
        for name in parents:
            target = target[name]
        target[last] = value
    text = json.dumps(header).encode()
    start = 1 << 12  # where the array lies that was written
    body = _container.MAGIC + struct.pack("<Q", len(text)) + text
    body += bytes(start - len(body)) + arrays["parameters"].tobytes()
    import hashlib

    path.write_bytes(body + hashlib.sha256(body).digest())


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(version=2), "version 2"),
        (dict(format="other"), "another format"),
        (dict(network__sizes=[10**9, 10**9]), "damaged"),
        (dict(network__sizes=[3, -2]), "damaged"),
        (dict(network__sizes="32"), "damaged"),
        (dict(network__activations=["os.system"]), "damaged"),
        (dict(network__cost=None), "damaged"),
        (dict(network__dtype="object"), "damaged"),
        (dict(network__dtype="float64"), "damaged"),
        (dict(network__input_scale="x"), "damaged"),
        (dict(network={}), "damaged"),
        (dict(arrays=[]), "damaged"),
        (dict(arrays=3), "damaged"),
        (dict(arrays=[dict(name="parameters", dtype="float32", length=10**15, offset=0)]), "damaged"),
        (dict(arrays=[dict(name="parameters", dtype="float32", length=8, offset=-64)]), "damaged"),
        (dict(arrays=[dict(name="parameters", dtype="object", length=8, offset=0)]), "damaged"),
        (dict(arrays=[dict(name="parameters", dtype="float32", length="8", offset=0)]), "damaged"),
        (dict(generator__bit_generator="Evil"), "damaged"),
        (dict(generator__state={}), "damaged"),
        (dict(generator=3), "damaged"),
        (dict(history=3), "damaged"),
        (dict(training={}), "damaged"),
        (dict(training=dict(optimizer="adam")), "damaged"),
    ],
    ids=str,
)
def test_a_forged_header_is_refused_without_a_huge_allocation(tmp_path, changes, message):
    path = tmp_path / "forged.fastnet"
    forged(path)
    assert fastnet.load(path).sizes == (3, 2)
    forged(path, **changes)
    with pytest.raises(ValueError, match=f"forged.fastnet.*{message}"):
        fastnet.load(path)


def test_a_header_nested_too_deeply_is_refused(tmp_path):
    import hashlib

    text = b"[" * 200_000
    body = _container.MAGIC + struct.pack("<Q", len(text)) + text
    (tmp_path / "deep").write_bytes(body + hashlib.sha256(body).digest())
    with pytest.raises(ValueError, match="deep.*damaged"):
        fastnet.load(tmp_path / "deep")


def test_a_header_longer_than_the_file_is_refused(tmp_path):
    (tmp_path / "long").write_bytes(_container.MAGIC + struct.pack("<Q", 2**63) + bytes(100))
    with pytest.raises(ValueError, match="long.*truncated"):
        fastnet.load(tmp_path / "long")


def test_files_are_written_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    net = fastnet.Network([3, 2], rng=0)
    path = tmp_path / "net.fastnet"
    net.save(path)
    path.chmod(0o640)
    kept = path.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(_files.os, "fsync", fail)
        with pytest.raises(OSError, match="disk full"):
            fastnet.Network([3, 2], rng=1).save(path)
    assert path.read_bytes() == kept and os.listdir(tmp_path) == ["net.fastnet"]
    fastnet.Network([3, 2], rng=1).save(path)
    assert path.read_bytes() != kept and path.stat().st_mode & 0o777 == 0o640
    link = tmp_path / "link"
    link.symlink_to(path)
    net.save(link)
    assert link.is_symlink() and path.read_bytes() == kept


def test_paths_are_checked(tmp_path):
    net = fastnet.Network([3, 2], rng=0)
    with pytest.raises(FileNotFoundError):
        fastnet.load(tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        net.save(tmp_path / "no" / "folder")
    with pytest.raises(OSError):
        fastnet.load(tmp_path)
    for wrong in (3, None, net):
        with pytest.raises(TypeError, match="path"):
            net.save(wrong)
        with pytest.raises(TypeError, match="path"):
            fastnet.load(wrong)
    with pytest.raises(TypeError, match="training"):
        net.save(tmp_path / "net", training="yes")


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match="pip install safetensors"):
        fastnet.Network([3, 2], rng=0).save(tmp_path / "net.safetensors")
    assert os.listdir(tmp_path) == []
