"""The heart's words: accuracy everywhere, scratch, memory, subnormals, equal bits on every build."""

import ctypes
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from helpers import simple_features, simple_targets

import fastnet
from fastnet import _heart

EXACT = {
    "sigmoid": lambda x: np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x))),
    "tanh": np.tanh,
}


def whole_range(dtype):
    end = 110 if dtype == np.float32 else 760
    rng = np.random.default_rng(0)
    return np.concatenate(
        [
            np.linspace(-end, end, 20_001),
            np.linspace(-1, 1, 20_001),
            rng.uniform(-20, 20, 20_000),
            np.geomspace(1e-30, 1e-3, 300),
            -np.geomspace(1e-30, 1e-3, 300),
            [0.0, 1e4, -1e4],
        ]
    ).astype(dtype)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_within_two_units_in_the_last_place(name, dtype):
    better = np.float64 if dtype == np.float32 else np.longdouble
    if np.finfo(better).eps >= np.finfo(dtype).eps:
        pytest.skip("no wider type to compare with on this machine")
    x = whole_range(dtype)
    ours = _heart.core(np.dtype(dtype).name).apply(name, x)
    with np.errstate(under="ignore"):
        exact = EXACT[name](x.astype(better))
    unit = np.spacing(np.abs(exact).astype(dtype)).astype(better)
    error = np.abs(ours.astype(better) - exact) / unit
    assert error.max() <= 2, f"{error.max():.2f} at {x[error.argmax()]!r}"
    assert error.max() > 0.3  # a comparison that can fail


def train(dtype="float32", optimizer="adam", scratch_byte=0, threads=1, dense=False, epochs=2):
    rng = np.random.default_rng(1)
    X = (rng.random((700, 90)) * (rng.random((700, 90)) < (1 if dense else 0.2))).astype(dtype)
    y = rng.integers(0, 5, 700)
    net = fastnet.Network(
        [90, 37, 20, 5],
        activation=["tanh", "relu"],
        output="softmax",
        cost="cross_entropy",
        dtype=dtype,
        rng=2,
    )
    net._engine.scratch_byte = scratch_byte
    net.fit(
        X, y, epochs=epochs, batch_size=70, optimizer=optimizer, learning_rate=0.01, l2=1e-3, threads=threads
    )
    return net._params.tobytes() + net.forward(X).tobytes() + net.gradient(X, y).flat().tobytes()


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_junk_in_the_scratch_changes_no_bit(dtype, optimizer, dense):
    clean = train(dtype, optimizer, 0x00, dense=dense)
    assert clean == train(dtype, optimizer, 0xFF, dense=dense)
    assert clean == train(dtype, optimizer, 0x7F, threads=2, dense=dense)


PROGRAM = """
import sys, hashlib
sys.path.insert(0, {tests!r})
from test_heart_words import train
for dtype in ("float32", "float64"):
    for optimizer in ("sgd", "momentum", "nesterov", "adam", "adamw"):
        for dense in (False, True):
            print(hashlib.sha256(train(dtype, optimizer, dense=dense)).hexdigest())
"""


def bits_of(level):
    program = PROGRAM.format(tests=os.path.dirname(__file__))
    paths = [os.path.dirname(os.path.dirname(fastnet.__file__)), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "FASTNET_CPU": level, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_avx2_and_avx512_give_the_same_bits():
    if not {"avx2", "avx512"} <= set(_heart._available()):
        pytest.skip("this processor or installation has only " + ", ".join(_heart._available()))
    assert bits_of("avx2") == bits_of("avx512")


def test_an_unknown_build_is_refused_with_the_known_ones():
    environment = {**os.environ, "FASTNET_CPU": "avx1024"}
    run = subprocess.run(
        [sys.executable, "-c", "import fastnet"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=os.getcwd(),
    )
    assert run.returncode and "'avx1024'" in run.stderr and "'baseline'" in run.stderr


def test_flushing_subnormals_does_not_leak_out():
    tiny = np.float32(1e-39)
    for threads in (1, 2):
        train(threads=threads, epochs=1)
        assert tiny != 0 and np.float32(2e-39) - tiny > 0 and tiny * np.float32(0.5) != 0


class Mallinfo(ctypes.Structure):
    """What glibc's mallinfo2 returns."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


try:
    MALLINFO2 = ctypes.CDLL(None).mallinfo2
    MALLINFO2.restype = Mallinfo
except (AttributeError, OSError, TypeError):
    MALLINFO2 = None


def heap_in_use():
    if MALLINFO2 is None:
        pytest.skip("no mallinfo2 in this C library")
    info = MALLINFO2()
    return info.uordblks + info.hblkhd


@pytest.mark.parametrize("optimizer, batch_size", [("sgd", 10), ("adam", 64), ("adam", 500)])
def test_an_epoch_allocates_nothing(optimizer, batch_size):
    rng = np.random.default_rng(0)
    net = fastnet.Network([80, 33, 4], rng=0)
    X, labels = rng.random((500, 80), np.float32), rng.integers(0, 4, 500)
    moments = [net._layout.aligned_zeros() for _ in range(2 if optimizer == "adam" else 0)]
    trainer = _heart.core("float32").Trainer(
        net._engine, simple_features(X), simple_targets(labels), None,
        batch_size=batch_size, optimizer=optimizer, moments=moments,
    )  # fmt: skip
    order, rates = np.arange(500), np.array([0.1])
    for _ in range(3):
        trainer.start_epoch(order, rates)
        while not trainer.run(10.0):
            pass
    grown = []
    for _ in range(5):
        trainer.start_epoch(order, rates)
        before = heap_in_use()
        trainer.run(10.0)
        grown.append(heap_in_use() - before)
    assert min(grown) <= 0  # the interpreter itself may keep something once, not every time
    trainer.start_epoch(order, rates)
    tracemalloc.start()
    try:
        trainer.run(10.0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000
