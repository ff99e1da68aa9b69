"""A run that stops and goes on equals one that did not stop, bit for bit."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers import children_obey_ctrl_c

import fastnet
from fastnet._training import fit, loop
from fastnet._training.stopping import Stopper
from fastnet.names import OPTIMIZERS


def problem(n=95):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    return (rng.standard_normal((3, 6)) * 2)[y] + rng.standard_normal((n, 6)), y


def network(dtype="float32"):
    return fastnet.Network([6, 5, 3], rng=1, dtype=dtype)


def assert_same(a, b):
    for u, v in zip([*a.weights, *a.biases], [*b.weights, *b.biases], strict=True):
        assert np.array_equal(u, v)
    assert a.rng.bit_generator.state == b.rng.bit_generator.state


def stop_after(epochs):
    return lambda end: end.epoch + 1 == epochs


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear"])
def test_resuming_in_place_and_from_a_file(optimizer, schedule, tmp_path):
    X, y = problem()
    settings = dict(epochs=9, optimizer=optimizer, schedule=schedule, batch_size=8, l2=1e-3)
    whole, stopped = network(), network()
    whole.fit(X, y, **settings)
    stopped.fit(X, y, **settings, callbacks=stop_after(4))
    assert stopped.history_.stopped == "callback"
    stopped.save(tmp_path / "run.fastnet", training=True)
    stopped.save(tmp_path / "run.safetensors", training=True)
    for run in (stopped, fastnet.load(tmp_path / "run.fastnet"), fastnet.load(tmp_path / "run.safetensors")):
        history = run.fit(X, y, resume=True)
        assert_same(run, whole)
        assert len(history) == 9 and history.stopped == "epochs"
        assert history.cost == whole.history_.cost and history.accuracy == whole.history_.accuracy
        assert history.learning_rate == whole.history_.learning_rate


def test_resuming_repeatedly_and_past_the_end():
    X, y = problem()
    whole, parts = network(), network()
    whole.fit(X, y, epochs=9, optimizer="adam")
    for epochs in (2, 3, 7, 9, 9):
        history = parts.fit(X, y, epochs=epochs, optimizer="adam", resume=epochs > 2)
        assert len(history) == epochs
    assert_same(whole, parts)


def test_resuming_sets_the_generator_back():
    X, y = problem()
    whole, stopped = network(), network()
    whole.fit(X, y, epochs=5)
    stopped.fit(X, y, epochs=5, callbacks=stop_after(2))
    stopped.rng.random(17)
    stopped.fit(X, y, resume=True)
    assert_same(whole, stopped)


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_generator_of_numpy_can_be_saved(bits, tmp_path):
    X, y = problem()

    def start():
        rng = np.random.Generator(getattr(np.random, bits)(3))
        rng.integers(0, 2, 3, dtype=np.int32)  # leaves half a word over in some of them
        return fastnet.Network([6, 5, 3], rng=rng)

    whole, stopped = start(), start()
    whole.fit(X, y, epochs=4)
    stopped.fit(X, y, epochs=4, callbacks=stop_after(2))
    stopped.save(tmp_path / "run", training=True)
    again = fastnet.load(tmp_path / "run")
    again.fit(X, y, resume=True)
    for u, v in zip(again.weights, whole.weights, strict=True):
        assert np.array_equal(u, v)
    assert np.array_equal(again.rng.random(5), whole.rng.random(5))


# --- Interrupted within an epoch --------------------------------------------------------------------


class Interrupting:
    """A trainer that is interrupted, as by Ctrl-C, after some of its mini-batches."""

    countdown = 0

    def __init__(self, trainer):
        self.trainer = trainer

    def __getattr__(self, name):
        return getattr(self.trainer, name)

    def run(self, seconds):
        type(self).countdown -= 1
        if type(self).countdown == 0:
            raise KeyboardInterrupt
        return self.trainer.run(0)


@pytest.fixture
def interrupting(monkeypatch):
    begin = loop.Loop.__init__

    def init(self, network, params, rng, trainer, **rest):
        begin(self, network, params, rng, Interrupting(trainer), **rest)

    monkeypatch.setattr(loop.Loop, "__init__", init)

    def after(mini_batches):
        Interrupting.countdown = mini_batches

    return after


@pytest.mark.parametrize("calls", [1, 2, 5, 13, 14, 20, 36])
@pytest.mark.parametrize("weighted", [False, True])
def test_an_interruption_anywhere_in_an_epoch_loses_nothing(interrupting, calls, weighted, tmp_path):
    X, y = problem()
    w = (np.random.default_rng(2).random(95) < 0.15).astype(float) if weighted else None
    settings = dict(epochs=3, optimizer="adam", schedule="linear", batch_size=8, sample_weight=w)
    whole, stopped = network("float64"), network("float64")
    interrupting(-1)
    whole.fit(X, y, **settings)
    interrupting(calls)
    try:
        stopped.fit(X, y, **settings)
    except KeyboardInterrupt:
        assert stopped.history_.stopped == "interrupted"
    stopped.save(tmp_path / "run", training=True)
    for run in (stopped, fastnet.load(tmp_path / "run")):
        interrupting(3)  # and once more, soon after
        try:
            run.fit(X, y, sample_weight=w, resume=True)
        except KeyboardInterrupt:
            pass
        interrupting(-1)
        history = run.fit(X, y, sample_weight=w, resume=True)
        assert_same(whole, run)
        assert len(history) == 3
        np.testing.assert_allclose(history.cost, whole.history_.cost, rtol=1e-12)
        np.testing.assert_allclose(history.accuracy, whole.history_.accuracy, rtol=1e-12)


@pytest.mark.parametrize("batch_size", [8, 700])
@pytest.mark.parametrize("calls", [2, 4])
def test_an_interruption_in_the_middle_of_a_long_epoch(interrupting, batch_size, calls):
    # wide enough for the compiled heart, too, to come up for air several times an epoch
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((1500, 40)) * (rng.random((1500, 40)) < 0.3), rng.integers(0, 3, 1500)
    settings = dict(epochs=2, optimizer="momentum", schedule="cosine", batch_size=batch_size)
    whole, stopped = (fastnet.Network([40, 600, 3], rng=1) for _ in range(2))
    interrupting(-1)
    whole.fit(X, y, **settings)
    interrupting(calls)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(X, y, **settings)
    place = stopped._state.place
    assert place.epoch == 0 and (batch_size > 8 or 0 < place.batches < 188)
    interrupting(-1)
    stopped.fit(X, y, resume=True)
    assert_same(whole, stopped)


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_an_interruption_while_validating_or_in_a_callback_loses_nothing(calls, monkeypatch):
    X, y = problem()
    settings = dict(epochs=3, optimizer="adam", early_stopping=dict(monitor="cost", patience=3))
    whole = network()
    whole.fit(X, y, validation_data=(X, y), **settings)
    measure = fit.measure
    count = []

    def interrupted(*args):
        count.append(1)
        if len(count) == calls:
            raise KeyboardInterrupt
        return measure(*args)

    def interrupting(end):
        if end.epoch + 1 == calls:
            raise KeyboardInterrupt

    update = Stopper.update

    def interrupted_update(stopper, epoch, figure):
        count.append(1)
        if len(count) == calls:
            raise KeyboardInterrupt
        update(stopper, epoch, figure)

    for interruption in ("validation", "callback", "bookkeeping"):
        count.clear()
        net = network()
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            if interruption == "validation":
                patched.setattr(fit, "measure", interrupted)
            if interruption == "bookkeeping":
                patched.setattr(Stopper, "update", interrupted_update)
            calling = [interrupting] if interruption == "callback" else []
            net.fit(X, y, validation_data=(X, y), callbacks=calling, **settings)
        assert net.history_.stopped == "interrupted"
        history = net.fit(X, y, validation_data=(X, y), resume=True)
        assert_same(net, whole)
        assert history.cost == whole.history_.cost and history.best_epoch == whole.history_.best_epoch
        assert history.validation_cost == whole.history_.validation_cost


def test_resume_refuses_another_run():
    X, y = problem()
    net = network()
    net.fit(X, y, epochs=5, optimizer="adam", callbacks=stop_after(2))
    before = net.copy()
    with pytest.raises(ValueError, match="optimizer must stay 'adam'"):
        net.fit(X, y, optimizer="sgd", resume=True)
    with pytest.raises(ValueError, match="95 samples"):
        net.fit(X[:50], y[:50], resume=True)
    assert_same(net, before)
    assert net.fit(X, y, epochs=5, resume=True).stopped == "epochs"


def test_resuming_a_schedule_that_was_a_function_asks_for_it(tmp_path):
    X, y = problem()
    whole, net = network(), network()
    whole.fit(X, y, epochs=4, schedule=lambda epoch: 0.5**epoch)
    net.fit(X, y, epochs=4, schedule=lambda epoch: 0.5**epoch, callbacks=stop_after(2))
    net.save(tmp_path / "run", training=True)
    again = fastnet.load(tmp_path / "run")
    with pytest.raises(ValueError, match="schedule was a function"):
        again.fit(X, y, resume=True)
    again.fit(X, y, resume=True, schedule=lambda epoch: 0.5**epoch)
    net.fit(X, y, resume=True)
    assert_same(again, whole)
    assert_same(net, whole)


def test_without_training_nothing_is_resumed(tmp_path):
    X, y = problem()
    net = network()
    net.fit(X, y, epochs=2)
    net.save(tmp_path / "run")
    with pytest.raises(ValueError, match="training=True"):
        fastnet.load(tmp_path / "run").fit(X, y, resume=True)


def test_checkpoints_written_by_a_callback_resume(tmp_path):
    X, y = problem()
    net = network()

    def checkpoint(end):
        end.network.save(tmp_path / f"{end.epoch}.fastnet", training=True)

    net.fit(X, y, epochs=4, optimizer="nesterov", callbacks=[checkpoint])
    for epoch in range(4):
        again = fastnet.load(tmp_path / f"{epoch}.fastnet")
        assert len(again.history_) == epoch + 1
        again.fit(X, y, resume=True)
        assert_same(again, net)


# --- Ctrl-C ------------------------------------------------------------------------------------------

SCRIPT = """
import numpy as np, fastnet, sys, time
rng = np.random.default_rng(0)
X, y = rng.random((20000, 50)), rng.integers(0, 5, 20000)
net = fastnet.Network([50, 20, 5], rng=1)
print("ready", flush=True)
try:
    net.fit(X, y, epochs=100000, batch_size=5, progress=False)
except KeyboardInterrupt:
    print("stopped", time.time(), net.history_.stopped, np.isfinite(net.forward(X[:5])).all(), flush=True)
    net.fit(X[:50], y[:50], epochs=1)
    sys.exit(7)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are sent otherwise there")
def test_ctrl_c_stops_leaves_a_usable_network_and_comes_out():
    env = {**os.environ, "PYTHONPATH": str(Path(fastnet.__file__).parents[1])}
    with children_obey_ctrl_c():
        process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout.readline().strip() == "ready"
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        words = process.stdout.readline().split()
        assert words[0] == "stopped" and words[2:] == ["interrupted", "True"]
        assert process.wait(timeout=60) == 7
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
