"""The book's data, what it makes of it, and its modules under their bare names."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import nielsen_oracle as oracle
import numpy as np
import pytest

import fastnet.nielsen
from fastnet.datasets import write_idx
from fastnet.nielsen import average_darkness, baselines, expand_mnist, mnist_loader, network, network2, svm

ROOT = Path(fastnet.nielsen.__file__).parents[2]


@pytest.fixture
def idx_folder(tmp_path):
    rng = np.random.default_rng(0)
    for name, n in (("train", 60), ("t10k", 10)):
        write_idx(tmp_path / f"{name}-images-idx3-ubyte.gz", rng.integers(0, 256, (n, 28, 28), np.uint8))
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte.gz", (np.arange(n) % 10).astype(np.uint8))
    return tmp_path


def test_load_data_from_idx(idx_folder):
    (x, y), (xv, yv), (xt, yt) = mnist_loader.load_data(idx_folder)
    assert [a.shape for a in (x, xv, xt)] == [(50, 784), (10, 784), (10, 784)]
    assert all(a.dtype == np.float32 and 0 <= a.min() and a.max() == 255 / 256 for a in (x, xv, xt))
    assert all(a.dtype == np.int64 for a in (y, yv, yt)) and y[:12].tolist() == [*range(10), 0, 1]
    from fastnet.datasets import read_idx

    raw = read_idx(idx_folder / "train-images-idx3-ubyte.gz").reshape(60, 784)
    assert np.array_equal(np.vstack([x, xv]) * 256, raw)


def test_load_data_wrapper_gives_lists(idx_folder):
    pairs = mnist_loader.load_data(idx_folder)
    lists = mnist_loader.load_data_wrapper(idx_folder)
    for examples, (x, y) in zip(lists, pairs, strict=True):
        assert type(examples) is list and len(examples) == len(x)
        for (column, answer), row, digit in zip(examples, x, y, strict=True):
            assert column.shape == (784, 1) and np.array_equal(column[:, 0], row)
            if examples is lists[0]:
                assert np.array_equal(answer, mnist_loader.vectorized_result(digit))
            else:
                assert answer == digit
    training = lists[0]
    first = training[0]
    random.shuffle(training)
    assert any(example is first for example in training) and len(training[:5]) == 5
    # each example is its own: writing into one leaves the others alone
    before = training[1][1].copy()
    training[0][1][...] = 7
    assert np.array_equal(training[1][1], before)


def test_vectorized_result():
    for j in range(10):
        vector = mnist_loader.vectorized_result(j)
        assert vector.shape == (10, 1) and vector.dtype == np.float64
        assert vector[j] == 1 and vector.sum() == 1
    assert network2.vectorized_result is mnist_loader.vectorized_result


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        mnist_loader.load_data(tmp_path)
    with pytest.raises(FileNotFoundError, match="path"):
        mnist_loader.load_data(tmp_path / "missing.pkl.gz")


# --- More data ------------------------------------------------------------------------------------------


def moved(image, down, right):
    result = np.zeros_like(image)
    for row in range(len(image)):
        for column in range(len(image)):
            if 0 <= row + down < len(image) and 0 <= column + right < len(image):
                result[row + down, column + right] = image[row, column]
    return result


@pytest.mark.parametrize("n", [1, 7, 2001])
@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_expand_mnist(n, dtype):
    x = np.random.default_rng(n).integers(1, 200, (n, 16)).astype(dtype)
    y = np.arange(n)
    expected = [moved(image, *shift).ravel() for image in x.reshape(n, 4, 4)
                for shift in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    more, labels = expand_mnist((x, y), shuffle=False)
    assert more.dtype == dtype and np.array_equal(more, expected) and np.array_equal(labels, np.repeat(y, 5))

    random.seed(n)
    order = list(range(5 * n))
    random.shuffle(order)
    after = random.getstate()
    random.seed(n)
    shuffled, labels = expand_mnist((x.reshape(n, 4, 4), y))
    assert np.array_equal(shuffled, more[order]) and np.array_equal(labels, np.repeat(y, 5)[order])
    assert random.getstate() == after


@pytest.mark.parametrize("data", [None, 5, (np.zeros((3, 5)), np.zeros(3)), (np.zeros((3, 4)), np.zeros(2)),
                                  (np.zeros((3, 2, 4)), np.zeros(3)), (np.zeros((3, 0)), np.zeros(3))])
def test_expand_what_is_no_images(data):
    with pytest.raises((TypeError, ValueError), match="training_data"):
        expand_mnist(data)


# --- Baselines ------------------------------------------------------------------------------------------


def test_average_darkness():
    x = np.array([[1.0, 0], [3, 0], [10, 0], [12, 0]])
    y = np.array([4, 4, 7, 7])
    assert baselines.darkness_by_digit((x, y)) == {4: 2.0, 7: 11.0}
    test = np.array([[0.0, 0], [5, 1], [6, 1], [99, 0]])
    assert average_darkness((x, y), (test, np.array([4, 4, 7, 4]))) == 3


def test_svm():
    pytest.importorskip("sklearn")
    training, test = oracle.images(200, 1), oracle.images(50, 2)
    assert svm(training, test) > 40
    assert svm(training, test, C=1e-9) < 40


@pytest.mark.parametrize("function", [average_darkness, svm])
@pytest.mark.parametrize("bad", [None, (np.zeros((3, 2)), np.zeros(2)), (np.zeros((0, 2)), np.zeros(0))])
def test_baselines_refuse(function, bad):
    good = (np.zeros((3, 2)), np.array([0, 1, 0]))
    with pytest.raises((TypeError, ValueError), match="training_data"):
        function(bad, good)
    with pytest.raises((TypeError, ValueError), match="test_data"):
        average_darkness(good, bad)


# --- Bare names -----------------------------------------------------------------------------------------


def test_install_and_uninstall():
    names = ("network", "network2", "mnist_loader")
    own = type(sys)("network2")
    before = {name: sys.modules.get(name) for name in names}
    sys.modules["network2"] = own
    try:
        fastnet.nielsen.install()
        fastnet.nielsen.install()
        import network as bare
        import network2 as bare2

        assert bare is network and bare2 is network2 and sys.modules["mnist_loader"] is mnist_loader
        fastnet.nielsen.uninstall()
        assert sys.modules["network2"] is own and sys.modules.get("network") is before["network"]
        fastnet.nielsen.uninstall()
        assert sys.modules["network2"] is own
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


SCRIPT = """
import random
import numpy as np
import mnist_loader
import network
import network2

np.random.seed(1)
random.seed(1)
training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
net = network.Network([784, 5, 10])
net.SGD(training_data, 2, 10, 3.0, test_data=test_data)
net = network2.Network([784, 5, 10], cost=network2.CrossEntropyCost)
net.large_weight_initializer()
net.SGD(training_data[:20], 1, 10, 0.5, lmbda=0.1, evaluation_data=validation_data,
        monitor_evaluation_accuracy=True)
net.save("net.json")
print(network2.load("net.json").sizes)
"""


def test_a_script_with_bare_imports(idx_folder):
    (idx_folder / "script.py").write_text(SCRIPT)
    command = "import fastnet.nielsen; fastnet.nielsen.install(); import runpy; runpy.run_path('script.py')"
    environment = {**os.environ, "FASTNET_DATA": str(idx_folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-W", "error", "-c", command], cwd=idx_folder, env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Epoch 0: ") and lines[0].endswith(" / 10")
    assert lines[2] == "Epoch 0 training complete"
    assert lines[3].startswith("Accuracy on evaluation data: ") and lines[-1] == "[784, 5, 10]"


BESIDE_THE_BOOK = """
import fastnet.nielsen; fastnet.nielsen.install()

import network2
import network
import mnist_loader

training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
training_data = list(training_data)
net = network2.load("saved by the book.json")
assert net.cost is network2.CrossEntropyCost
print(net.feedforward(test_data[0][0]).ravel().tolist())
net.SGD(training_data, 1, 10, 0.5, lmbda=5.0, evaluation_data=validation_data,
        monitor_evaluation_accuracy=True, monitor_evaluation_cost=True,
        monitor_training_accuracy=True, monitor_training_cost=True)
network.Network([784, 30, 10]).SGD(training_data, 1, 10, 3.0, test_data=test_data)
"""


def test_a_script_that_lies_beside_the_book_s_own_files(idx_folder):
    for name in ("network", "network2", "mnist_loader"):
        (idx_folder / f"{name}.py").write_text("print 'Python 2'\n")
    np.random.seed(3)
    state = oracle.fresh([784, 6, 10], scaled=True)
    (idx_folder / "saved by the book.json").write_text(json.dumps({
        "sizes": [784, 6, 10], "weights": [w.tolist() for w in state["w"]],
        "biases": [b.tolist() for b in state["b"]], "cost": "CrossEntropyCost",
    }))  # fmt: skip
    (idx_folder / "script.py").write_text(BESIDE_THE_BOOK)
    environment = {**os.environ, "FASTNET_DATA": str(idx_folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-W", "error", "script.py"], cwd=idx_folder, env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    x = mnist_loader.load_data_wrapper(idx_folder)[2][0][0]
    np.testing.assert_allclose(json.loads(lines[0]), oracle.answer(state, x).ravel(), rtol=1e-12)
    assert [line.split(":")[0] for line in lines[1:]] == [
        "Epoch 0 training complete", "Cost on training data", "Accuracy on training data",
        "Cost on evaluation data", "Accuracy on evaluation data", "", "Epoch 0",
    ]  # fmt: skip
