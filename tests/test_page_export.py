"""The file that `export_html` and `fastnet export` write."""

from __future__ import annotations

import base64
import json
import os
import re

import numpy as np
import pytest

import fastnet
from fastnet import cli
from fastnet.page import export_html


@pytest.fixture
def classic():
    return fastnet.Network([784, 16, 16, 10], rng=0)


def model_of(path):
    element = r'<script type="application/json" id="model">(.*?)</script>'
    found = re.search(element, path.read_text("utf-8"), re.S)
    return json.loads(found[1])


def test_the_classic_page_is_light_and_asks_for_nothing(classic, tmp_path):
    path = tmp_path / "page.html"
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (200, 784)) / 255
    assert export_html(classic, path, examples=(X, rng.integers(0, 10, 200))) is None
    assert path.stat().st_size < 250_000
    page = path.read_text("utf-8")
    assert "{{" not in page
    assert re.findall(r"""(?:src|href)=["'](?!data:)""", page) == []
    # the only addresses are names of vocabularies
    assert set(re.findall(r"https?://[\w./]+", page)) <= {"http://www.w3.org/2000/svg"}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in policy.replace("&#x27;", "'") and "unsafe" not in policy


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_weights_are_those_of_the_network(dtype, tmp_path):
    net = fastnet.Network([64, 7, 3], dtype=dtype, rng=1)
    export_html(net, tmp_path / "p.html")
    stored = base64.b64decode(model_of(tmp_path / "p.html")["parameters"])
    numbers = np.frombuffer(stored, np.dtype(dtype).newbyteorder("<"))
    parts = [part.ravel() for pair in zip(net.weights, net.biases, strict=True) for part in pair]
    assert (numbers == np.concatenate(parts)).all()


def test_the_same_network_gives_the_same_page(classic, tmp_path):
    for name in ("a", "b"):
        export_html(classic, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_examples_come_two_a_class_and_ink_from_their_range(tmp_path):
    (X, y), _ = fastnet.datasets.load_digits(raw=True)
    net = fastnet.Network([64, 10], rng=0)
    export_html(net, tmp_path / "p.html", examples=(X, y))
    model = model_of(tmp_path / "p.html")
    labels = [example["label"] for example in model["examples"]]
    assert labels == [str(k) for k in range(10) for _ in range(2)]
    assert model["ink"] == [0, 16]
    export_html(net, tmp_path / "p.html", examples=X[:3], ink=(0, 15))
    model = model_of(tmp_path / "p.html")
    assert [example["label"] for example in model["examples"]] == [None] * 3 and model["ink"] == [0, 15]


def test_ink_is_in_the_numbers_of_an_input_scale(tmp_path):
    export_html(fastnet.Network([64, 10], rng=0, input_scale=1 / 255), tmp_path / "p.html")
    assert model_of(tmp_path / "p.html")["ink"] == pytest.approx([0, 255])


@pytest.mark.parametrize("sizes, metadata", [
    ([4, 3], {}),
    ([63, 3], {}),
    ([64, 3], {"feature_names": [f"f{i}" for i in range(64)]}),
    ([64, 3], {"image_shape": None}),
])  # fmt: skip
def test_a_network_without_images_is_refused(tmp_path, sizes, metadata):
    net = fastnet.Network(sizes, rng=0)
    net.metadata = metadata
    with pytest.raises(ValueError, match=r"net must take images.*image_shape"):
        export_html(net, tmp_path / "p.html")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments, kind, message", [
    ({"examples": np.zeros((2, 63))}, ValueError, "examples must have the shape"),
    ({"examples": (np.zeros((2, 64)), [1])}, ValueError, "examples must have 2 labels"),
    ({"examples": (np.zeros((2, 64)), [1, 10])}, ValueError, "labels from 0 to 9"),
    ({"examples": (np.zeros((2, 64)), [0.5, 1])}, TypeError, "class indices"),
    ({"title": 3}, TypeError, "title must be a string"),
    ({"ink": 3}, TypeError, "ink must be two numbers"),
    ({"ink": (1, 1)}, ValueError, "two different"),
])  # fmt: skip
def test_bad_arguments_are_named(tmp_path, arguments, kind, message):
    with pytest.raises(kind, match=message):
        export_html(fastnet.Network([64, 10], rng=0), tmp_path / "p.html", **arguments)
    assert os.listdir(tmp_path) == []


def test_other_things_than_networks_and_paths_are_refused(tmp_path):
    with pytest.raises(TypeError, match="net must be a fastnet.Network"):
        export_html([64, 10], tmp_path / "p.html")
    with pytest.raises(TypeError, match="path must be"):
        export_html(fastnet.Network([64, 10], rng=0), 3)
    with pytest.raises(FileNotFoundError):
        export_html(fastnet.Network([64, 10], rng=0), tmp_path / "no" / "p.html")


def test_the_command(tmp_path, capsys):
    net = fastnet.Network([64, 8, 10], rng=0)
    net.save(tmp_path / "m.fastnet")
    out = tmp_path / "p.html"
    arguments = ["export", str(tmp_path / "m.fastnet"), "--html", str(out)]
    assert cli.main([*arguments, "--examples", "digits", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == out.stat().st_size and len(model_of(out)["examples"]) == 20
    assert cli.main([*arguments, "--title", "Mine"]) == 0
    assert "<title>Mine</title>" in out.read_text("utf-8")
    assert "saved as" in capsys.readouterr().out
    fastnet.Network([4, 3], rng=0).save(tmp_path / "m.fastnet")
    assert cli.main(arguments) == 1
    assert capsys.readouterr().err.startswith("fastnet: error: net must take images")
