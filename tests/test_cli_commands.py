"""The other commands, as processes."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from cli_helpers import COMMAND, environment, error, run, run_json

import fastnet
from fastnet.datasets import load_digits


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a network of digits that knows its classes, and one that knows nothing."""
    place = tmp_path_factory.mktemp("models")
    run("train", "--epochs", 30, "--quiet", cwd=place)
    fastnet.Network([64, 5, 10], rng=0).save(place / "plain.fastnet")
    return place


def test_help_names_every_command(tmp_path):
    from importlib import import_module

    from fastnet.cli import COMMANDS

    out, err = run("--help", cwd=tmp_path)
    assert err == ""
    for name in COMMANDS:
        command = name.rpartition(".")[2]
        assert command in out
        own, _ = run(command, "--help", cwd=tmp_path)
        assert own.startswith(f"usage: fastnet {command}") and "Traceback" not in own
        assert callable(import_module(name).run)


def test_version(tmp_path):
    assert run("--version", cwd=tmp_path)[0] == f"fastnet {fastnet.__version__}\n"


def test_without_a_command_it_is_misused(tmp_path):
    assert "COMMAND" in error(cwd=tmp_path, code=2)
    assert "'dance'" in error("dance", cwd=tmp_path, code=2)


def test_evaluate(folder):
    (_, _), (X, y) = load_digits()
    expected = fastnet.load(folder / "digits.fastnet").evaluate(X, y)
    out, err = run("evaluate", "digits.fastnet", "digits", cwd=folder)
    assert err == "" and f"accuracy {expected.accuracy:.2%} on 360 samples" in out
    found = run_json("evaluate", "digits.fastnet", "digits", cwd=folder)
    assert found["accuracy"] == expected.accuracy and found["cost"] == expected.cost
    assert found["confusion"] == expected.confusion.tolist()
    assert run_json("evaluate", "plain.fastnet", "digits", cwd=folder)["n"] == 360


@pytest.mark.parametrize("part, n", [("test", 360), ("train", 1437), ("all", 1797)])
def test_parts(folder, part, n):
    assert run_json("evaluate", "digits.fastnet", "digits", "--part", part, cwd=folder)["n"] == n


def test_predict(folder):
    (_, _), (X, _) = load_digits()
    net = fastnet.load(folder / "digits.fastnet")
    outputs = net.forward(X)
    out, err = run("predict", "digits.fastnet", "digits", cwd=folder)
    rows = [line.split("\t") for line in out.splitlines()]
    assert err == "" and len(rows) == 360
    assert [int(row[0]) for row in rows] == list(range(360))
    assert [int(row[1]) for row in rows] == net.predict(X).tolist()
    assert np.allclose([float(row[2]) for row in rows], outputs.max(axis=1), atol=1e-4)
    found = run_json("predict", "digits.fastnet", "digits", "--first", 3, "--outputs", cwd=folder)
    assert found["predictions"] == [str(label) for label in net.predict(X[:3])]
    assert np.allclose(found["outputs"], outputs[:3])


def test_predict_needs_no_labels(folder, tmp_path):
    (_, _), (X, y) = load_digits()
    np.savez(tmp_path / "unknown.npz", X=X[:4])
    found = run_json("predict", folder / "digits.fastnet", "unknown.npz", cwd=tmp_path)
    assert found["n"] == 4


def test_one_sigmoid_tells_two_classes(tmp_path):
    net = fastnet.Network([1, 1], rng=0)
    net.weights[0], net.biases[0] = [[4.0]], [0.0]
    net.metadata["classes"] = ["low", "high"]
    net.save(tmp_path / "sign.fastnet")
    (tmp_path / "x.csv").write_text("x,label\n-1,low\n1,high\n0.5,low\n")
    found = run_json("predict", "sign.fastnet", "x.csv", cwd=tmp_path)
    assert found["predictions"] == ["low", "high", "high"]
    assert np.allclose(found["confidence"], 1 / (1 + np.exp([-4, -4, -2])), atol=1e-6)
    assert run_json("evaluate", "sign.fastnet", "x.csv", cwd=tmp_path)["accuracy"] == pytest.approx(2 / 3)


def test_columns_are_found_by_name(tmp_path):
    net = fastnet.Network([2, 1], output="identity", rng=0)
    net.weights[0], net.biases[0] = [[10.0, 1.0]], [0.0]
    net.metadata.update(feature_names=["tens", "ones"], label="n")
    net.save(tmp_path / "n.fastnet")
    (tmp_path / "data.csv").write_text("ones,more,n,tens\n3,0,43,4\n1,0,21,2\n")
    found = run_json("predict", "n.fastnet", "data.csv", cwd=tmp_path)
    assert found["predictions"] == [[43.0], [21.0]]
    assert run_json("evaluate", "n.fastnet", "data.csv", cwd=tmp_path)["cost"] == 0
    (tmp_path / "less.csv").write_text("ones,n\n3,43\n")
    assert "no column 'tens'" in error("predict", "n.fastnet", "less.csv", cwd=tmp_path)


def test_info(folder):
    out, err = run("info", "digits.fastnet", cwd=folder)
    assert err == ""
    assert "64-16-16-10" in out and "8 x 8" in out and "trained on digits" in out
    found = run_json("info", "digits.fastnet", cwd=folder)
    assert found["sizes"] == [64, 16, 16, 10] and found["metadata"]["data"] == "digits"
    assert found["bytes"] == (folder / "digits.fastnet").stat().st_size
    assert run_json("info", "plain.fastnet", cwd=folder)["epochs"] == 0


@pytest.mark.parametrize("command", ["evaluate", "predict", "info"])
def test_models_that_are_none(folder, tmp_path, command):
    data = [] if command == "info" else ["digits"]
    assert "none.fastnet: no such file" in error(command, "none.fastnet", *data, cwd=tmp_path)
    (tmp_path / "text.fastnet").write_text("hello")
    assert "not a fastnet file" in error(command, "text.fastnet", *data, cwd=tmp_path)
    content = (folder / "digits.fastnet").read_bytes()
    (tmp_path / "half.fastnet").write_bytes(content[: len(content) // 2])
    assert "truncated" in error(command, "half.fastnet", *data, cwd=tmp_path)


def test_data_that_do_not_fit(folder, tmp_path):
    np.savez(tmp_path / "wide.npz", X=np.zeros((3, 65), np.float32), y=np.zeros(3, int))
    for command in ("evaluate", "predict"):
        line = error(command, folder / "digits.fastnet", "wide.npz", cwd=tmp_path)
        assert "65" in line and "64" in line and "8 x 8" in line
    np.savez(tmp_path / "labels.npz", X=np.zeros((3, 64), np.float32), y=np.array([0, 10, 1]))
    assert "unknown class '10'" in error("evaluate", folder / "digits.fastnet", "labels.npz", cwd=tmp_path)


def test_a_reader_that_goes_away(folder):
    process = subprocess.Popen(
        [*COMMAND, "predict", "digits.fastnet", "digits", "--part", "all", "--outputs"], cwd=folder,
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline().startswith("0\t")
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_the_installed_command_is_the_same_function():
    import tomllib

    from cli_helpers import ROOT

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["fastnet"].partition(":")
    assert getattr(sys.modules.get(module) or __import__(module, fromlist=[name]), name)(["--version"]) == 0


def test_json_has_no_nan(tmp_path):
    from fastnet.cli import _output

    out = json.dumps(_output._plain({"a": float("nan"), "b": [np.float32(1.5), np.int64(2)], "c": (np.inf,)}))
    assert json.loads(out) == {"a": None, "b": [1.5, 2], "c": [None]}
