"""`Network.metadata`: kept with the network, whatever way it goes."""

from __future__ import annotations

import pickle

import pytest

import fastnet

ABOUT = {"classes": ["cat", "dog"], "image_shape": [2, 3], "deep": {"x": [1, 2.5, None, True]}}


@pytest.fixture
def net():
    net = fastnet.Network([6, 2], rng=0)
    net.metadata.update(ABOUT)
    return net


def test_a_new_network_has_none():
    assert fastnet.Network([2, 1]).metadata == {}


@pytest.mark.parametrize("suffix", ["fastnet", "safetensors"])
def test_files_keep_it(net, tmp_path, suffix):
    if suffix == "safetensors":
        pytest.importorskip("safetensors.numpy")
    net.save(tmp_path / f"net.{suffix}")
    assert fastnet.load(tmp_path / f"net.{suffix}").metadata == ABOUT


@pytest.mark.parametrize("way", [lambda net: net.copy(), lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_keep_their_own(net, way):
    other = way(net)
    assert other.metadata == ABOUT
    other.metadata["deep"]["x"].append(3)
    assert net.metadata == ABOUT


@pytest.mark.parametrize(
    "metadata, exception",
    [({"x": {1, 2}}, TypeError), ({"x": float("nan")}, ValueError), ([1], TypeError)],
)
def test_what_no_file_can_hold_is_refused(net, tmp_path, metadata, exception):
    path = tmp_path / "net.fastnet"
    net.save(path)
    before = path.read_bytes()
    net.metadata = metadata
    with pytest.raises(exception, match="metadata must"):
        net.save(path)
    assert path.read_bytes() == before


def test_files_without_it_are_read(net, tmp_path):
    from fastnet import _container, _snapshot

    header, arrays = _snapshot.take(net, training=False)
    del header["metadata"]
    (tmp_path / "old.fastnet").write_bytes(_container.dump(header, arrays))
    assert fastnet.load(tmp_path / "old.fastnet").metadata == {}
