"""`fastnet train`, as a process."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import time

import numpy as np
import pytest
from cli_helpers import COMMAND, environment, error, run, run_json
from helpers import children_obey_ctrl_c

import fastnet
from fastnet.datasets import load_digits, write_idx

MNIST = os.environ.get("FASTNET_DATA")
needs_mnist = pytest.mark.skipif(not MNIST, reason="FASTNET_DATA does not name a folder with MNIST")


def test_digits_by_default(tmp_path):
    out, err = run("train", cwd=tmp_path)
    assert err == ""  # no bar in a pipe
    assert "\033" not in out and "\r" not in out
    epochs = re.findall(r"^epoch +(\d+)/(\d+)  cost [\d.]+ .*accuracy +[\d.]+%", out, re.M)
    assert [int(epoch) for epoch, _ in epochs] == list(range(1, int(epochs[0][1]) + 1))
    accuracy = float(re.search(r"^test accuracy ([\d.]+)% \(\d+ of 360 right\)$", out, re.M)[1])
    assert accuracy > 94
    assert re.search(r"epochs in [\d.]+ s$", out, re.M)
    assert "saved as digits.fastnet" in out and "fastnet evaluate digits.fastnet digits" in out
    (_, _), (X, y) = load_digits()
    net = fastnet.load(tmp_path / "digits.fastnet")
    assert net.evaluate(X, y).accuracy == pytest.approx(accuracy / 100, abs=6e-5)
    assert net.metadata["classes"] == list("0123456789")
    assert net.metadata["image_shape"] == [8, 8]


def test_json_is_one_object_and_the_file_is_what_it_says(tmp_path):
    found = run_json(
        "train", "--epochs", 3, "--hidden", "12,7", "--out", "net.fastnet", "--seed", 4, cwd=tmp_path
    )
    assert found["sizes"] == [64, 12, 7, 10]
    assert found["seed"] == 4 and found["model"] == "net.fastnet"
    assert {len(found["history"][name]) for name in ("cost", "accuracy", "seconds")} == {3}
    (_, _), (X, y) = load_digits()
    evaluation = fastnet.load(tmp_path / "net.fastnet").evaluate(X, y)
    assert found["test_accuracy"] == evaluation.accuracy
    assert found["confusion"] == evaluation.confusion.tolist()
    assert os.listdir(tmp_path) == ["net.fastnet"]


def test_options_reach_the_network_and_the_training(tmp_path):
    found = run_json(
        "train", "digits", "--hidden", "9", "--activation", "tanh", "--output", "sigmoid",
        "--cost", "quadratic",
        "--optimizer", "momentum", "--learning-rate", "0.25", "--batch-size", "50", "--epochs", "2",
        "--l2", "0.01",
        "--schedule", "linear", "--dtype", "float64", "--init", "glorot", "--threads", "2", cwd=tmp_path,
    )  # fmt: skip
    net = fastnet.load(tmp_path / "digits.fastnet")
    assert (net.sizes, net.activations, net.cost) == ((64, 9, 10), ("tanh", "sigmoid"), "quadratic")
    assert (net.dtype.name, net.init) == ("float64", "glorot")
    assert found["history"]["learning_rate"] == [0.25, 0.125]
    (X, y), test = load_digits()
    twin = fastnet.Network([64, 9, 10], "tanh", "sigmoid", "quadratic", "glorot", "float64", rng=0)
    twin.fit(
        X, y, epochs=2, batch_size=50, optimizer="momentum", learning_rate=0.25, l2=0.01, schedule="linear",
        progress=False,
    )  # fmt: skip
    assert np.array_equal(twin.forward(test[0]), net.forward(test[0]))


def test_seed(tmp_path):
    costs = [
        run_json("train", "--epochs", 2, "--seed", seed, "--out", f"{i}.fastnet", cwd=tmp_path)["history"][
            "cost"
        ]
        for i, seed in enumerate((3, 3, 5))
    ]
    assert costs[0] == costs[1] != costs[2]


def test_hidden_none_and_whole_batches(tmp_path):
    found = run_json(
        "train", "--hidden", "none", "--batch-size", "all", "--epochs", "2", "--optimizer", "sgd",
        "--schedule", "constant", cwd=tmp_path,
    )  # fmt: skip
    assert found["sizes"] == [64, 10]
    assert found["recipe"]["batch_size"] == 1437


def test_quiet(tmp_path):
    assert run("train", "--quiet", "--epochs", 1, cwd=tmp_path) == ("", "")
    assert (tmp_path / "digits.fastnet").exists()


def test_csv_of_classes_with_a_named_label(tmp_path):
    rng = np.random.default_rng(0)
    rows = ["width,species,height"]
    for i in range(150):
        kind = i % 3
        rows.append(f"{1000 * kind + rng.normal(0, 100)},{'abc'[kind]}-flower,{rng.normal()}")
    (tmp_path / "flowers.csv").write_text("\n".join(rows))
    out, _ = run("train", "flowers.csv", "--label", "species", cwd=tmp_path)
    assert "120 samples to train on, 30 to test (held out)" in out
    assert "--label species" in out.split("next:")[1]
    net = fastnet.load(tmp_path / "flowers.fastnet")
    assert net.sizes[0] == 2 and net.metadata["classes"] == ["a-flower", "b-flower", "c-flower"]
    # the scaling is in the network: it takes the columns as they are
    assert net.predict([[0.0, 0], [1000, 0], [2000, 0]]).tolist() == [0, 1, 2]
    found = run_json("evaluate", "flowers.fastnet", "flowers.csv", cwd=tmp_path)  # knows its label
    assert found["n"] == 150 and found["accuracy"] > 0.98


def test_csv_of_values(tmp_path):
    rng = np.random.default_rng(1)
    X = rng.uniform(0, 100, (300, 2))
    y = 500 + 3 * X[:, 0] - 2 * X[:, 1]
    lines = ["u,v,target", *(f"{a},{b},{c}" for (a, b), c in zip(X, y, strict=True))]
    (tmp_path / "plane.csv").write_text("\n".join(lines))
    out, _ = run("train", "plane.csv", cwd=tmp_path)
    assert float(re.search(r"^test r2 ([\d.]+)", out, re.M)[1]) > 0.99
    found = run_json("predict", "plane.fastnet", "plane.csv", "--first", 2, cwd=tmp_path)
    assert np.allclose(np.ravel(found["predictions"]), y[:2], atol=15)


@pytest.mark.parametrize(
    "factor, option, scaled",
    [(1, [], False), (9, [], True), (1, ["--scale"], True), (9, ["--no-scale"], False)],
)
def test_columns_are_standardised_where_it_helps(tmp_path, factor, option, scaled):
    """What an epoch of full-batch descent costs tells what the network saw."""
    rng = np.random.default_rng(2)
    X, y = rng.uniform(0, factor, (80, 3)).astype(np.float32), rng.integers(0, 2, 80)
    np.savez(tmp_path / "x.npz", X_train=X, y_train=y, X_test=X, y_test=y)
    found = run_json(
        "train", "x.npz", "--epochs", 1, "--batch-size", "all", "--hidden", 4, *option, cwd=tmp_path
    )
    seen = (X - X.mean(axis=0)) / X.std(axis=0) if scaled else X
    twin = fastnet.Network([3, 4, 2], "sigmoid", "softmax", "cross_entropy", rng=0)
    assert found["history"]["cost"][0] == pytest.approx(twin.evaluate(seen, y).cost, rel=1e-5)


def test_many_whole_numbers_are_values(tmp_path):
    rows = "\n".join(f"{i / 7},{i}" for i in range(100))
    (tmp_path / "ages.csv").write_text(f"x,y\n{rows}")
    assert run_json("train", "ages.csv", "--epochs", 1, cwd=tmp_path)["classes"] is None
    (tmp_path / "few.csv").write_text(f"x,y\n{rows}")
    found = run_json("train", "few.csv", "--epochs", 1, "--target", "classes", cwd=tmp_path)
    assert len(found["classes"]) == 100


def test_npz_of_images(tmp_path):
    (X, y), (X_test, y_test) = load_digits(raw=True)
    np.savez(tmp_path / "own.npz", X=X * 15, y=y)
    assert run_json("train", "own.npz", "--epochs", 2, cwd=tmp_path)["n_test"] == 287
    assert fastnet.load(tmp_path / "own.fastnet").metadata["image_shape"] == [8, 8]
    np.savez(tmp_path / "parts.npz", X_train=X * 15, y_train=y, X_test=X_test * 15, y_test=y_test)
    assert run_json("train", "parts.npz", "--epochs", 2, cwd=tmp_path)["n_test"] == 360


def test_folder_of_idx_files(tmp_path):
    (X, y), (X_test, y_test) = load_digits(raw=True)
    folder = tmp_path / "idx"
    folder.mkdir()
    parts = {"train-images-idx3-ubyte": X, "train-labels-idx1-ubyte": y.astype(np.uint8),
             "t10k-images-idx3-ubyte": X_test, "t10k-labels-idx1-ubyte": y_test.astype(np.uint8)}  # fmt: skip
    for name, array in parts.items():
        write_idx(folder / name, array)
    packed = folder / "t10k-labels-idx1-ubyte"
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    found = run_json("train", "idx/", "--epochs", 2, cwd=tmp_path)
    assert (found["n_train"], found["n_test"], found["model"]) == (1437, 360, "idx.fastnet")


def test_held_out_part_has_its_share_of_every_class():
    from fastnet.cli._task import _split

    y = np.repeat([0, 1, 2], [50, 30, 21])
    X = np.arange(101.0)[:, None]
    X_train, y_train, X_test, y_test = _split(X, y, 0.2, 0, "x")
    assert np.bincount(y_test).tolist() == [10, 6, 4]
    assert np.array_equal(np.sort(np.concatenate([X_train, X_test]), axis=0), X)
    assert np.array_equal(y[X_test[:, 0].astype(int)], y_test)
    assert not np.array_equal(X_test, _split(X, y, 0.2, 1, "x")[2])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["train", "nothing-here"], "nothing-here: no such file or folder"),
        (["train", "--out", "no/where/x.fastnet"], "there is no folder"),
        (["train", "--out", "."], "is a folder"),
        (["train", "--label", "x"], "only a .csv has a column to name"),
        (["train", "--test-share", "0.5"], "digits has a test part of its own"),
        (["train", "--output", "relu", "--cost", "cross_entropy"], "sigmoid or softmax"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(tmp_path, arguments, message):
    assert message in error(*arguments, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--epochs", "0"], "--epochs: expected a whole number of at least 1, not '0'"),
        (["--epochs", "many"], "not 'many'"),
        (["--hidden", "16,x"], "--hidden: expected layer sizes like 16,16"),
        (["--hidden", "16,-2"], "--hidden"),
        (["--learning-rate", "nan"], "--learning-rate"),
        (["--l2", "-1"], "--l2"),
        (["--seed", "-1"], "--seed"),
        (["--optimizer", "magic"], "adamw"),
        (["--activation", "softmax"], "leaky_relu"),
        (["--epoch", "3"], "unrecognized arguments"),
        (["digits", "mnist"], "unrecognized arguments"),
    ],
)
def test_misuse_has_exit_code_2(tmp_path, arguments, message):
    line = error("train", *arguments, cwd=tmp_path, code=2)
    assert message in line and "--help" in line


def test_divergence_is_one_line_and_saves_nothing(tmp_path):
    _, err = run(
        "train", "--hidden", "8", "--activation", "identity", "--output", "identity", "--optimizer", "sgd",
        "--learning-rate", "1e6", "--epochs", "3", cwd=tmp_path, code=1,
    )  # fmt: skip
    assert err.startswith("fastnet: error: training diverged") and err.count("\n") == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_keeps_what_has_been_learned(tmp_path):
    with children_obey_ctrl_c():
        process = subprocess.Popen(
            [*COMMAND, "train", "--epochs", "1000000"], cwd=tmp_path, env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    seen = [process.stdout.readline() for _ in range(40)]
    assert any(line.startswith("epoch") for line in seen)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err
    assert "interrupted after" in out and "saved as digits.fastnet" in out
    assert fastnet.load(tmp_path / "digits.fastnet").history_.stopped == "interrupted"


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_bar_and_colour_in_a_terminal(tmp_path):
    pytest.importorskip("tqdm")
    import pty
    import termios

    shown = b""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (30, 120))
    process = subprocess.Popen(
        [*COMMAND, "train", "--epochs", "300"], cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave,
        env=environment(TERM="xterm"),
    )  # fmt: skip
    os.close(slave)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end has been closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert "samples" in text and "%|" in text  # the bar
    assert "\033[1mtest accuracy" in text
    assert re.search(r"epoch 300/300  cost", text)


@needs_mnist
@pytest.mark.slow
@pytest.mark.parametrize("preset, least, seeds", [("classic", 0.960, 5), ("best", 0.980, 2)])
def test_presets_reach_their_accuracy_on_mnist(tmp_path, preset, least, seeds, capsys):
    found = [
        run_json("train", "mnist", "--preset", preset, "--seed", seed, cwd=tmp_path) for seed in range(seeds)
    ]
    accuracies = [one["test_accuracy"] for one in found]
    with capsys.disabled():
        times = [one["seconds"] for one in found]
        print(f"\n{preset}: test accuracy by seed {accuracies}, median {np.median(accuracies):.4f}, "
              f"seconds {[round(t, 2) for t in times]}")  # fmt: skip
    assert found[0]["n_parameters"] == {"classic": 13_002, "best": 101_770}[preset]
    assert np.median(accuracies) >= least
