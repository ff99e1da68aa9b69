"""Several threads: the same bits, and errors that come out."""

import _thread
from threading import Event, get_ident
from time import sleep

import numpy as np
import pytest

import fastnet
from fastnet._inputs import arrays
from fastnet._threads import each
from fastnet._training import measure


def test_each_keeps_the_order_and_does_everything():
    for threads in (1, 2, 3, 50):
        assert each(lambda part: part**2, range(20), threads) == [part**2 for part in range(20)]
    assert each(str, [], 3) == []


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_an_exception_comes_out_of_each(threads):
    def work(part):
        if part == 7:
            raise LookupError(part)

    with pytest.raises(LookupError, match="7"):
        each(work, range(20), threads)


def test_a_helper_that_never_begins_is_not_waited_for(monkeypatch):
    begun = []
    monkeypatch.setattr(_thread, "start_new_thread", lambda work, arguments: begun.append(work))
    assert each(lambda part: part**2, range(20), 3) == [part**2 for part in range(20)]
    for late in begun:
        late()  # finds nothing left to do
    assert len(begun) == 2


def test_a_system_without_threads_to_give_gets_the_work_done(monkeypatch):
    def refuse(work, arguments):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert each(lambda part: part**2, range(20), 3) == [part**2 for part in range(20)]
    X, y = np.random.default_rng(0).random((300, 12)), np.arange(300) % 3
    one, three = (fastnet.Network([12, 7, 3], rng=0) for _ in range(2))
    one.fit(X, y, epochs=2, batch_size=100, progress=False)
    three.fit(X, y, epochs=2, batch_size=100, progress=False, threads=3)
    assert np.array_equal(one.weights[0], three.weights[0])


def test_a_part_that_a_helper_holds_is_waited_for():
    caller, taken, rest_done = get_ident(), Event(), Event()

    def work(part):
        if get_ident() == caller:
            taken.wait()
            if part == 9:
                rest_done.set()
        elif not taken.is_set():
            taken.set()
            rest_done.wait()
            sleep(0.05)  # the caller is through by now
        elif part == 9:
            rest_done.set()
        return part

    assert each(work, range(10), 2) == list(range(10))


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "strided", "sparse"])
def test_the_number_of_threads_changes_no_bit(kind, monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK", 12 * 30)
    rng = np.random.default_rng(0)
    X = rng.integers(0, 3, (1000, 12)).astype(
        "uint8" if kind == "uint8" else kind[:7] if "f" in kind else "f4"
    )
    if kind == "strided":
        X = np.asfortranarray(X)
    if kind == "sparse":
        X = pytest.importorskip("scipy.sparse").csr_array(X)
    y, w = rng.integers(0, 3, 1000), rng.random(1000)
    net = fastnet.Network([12, 7, 3], rng=0, input_scale=0.7)
    monkeypatch.setattr(measure, "WORK", 50 * net.n_parameters)
    one = net.forward(X)
    evaluation = net.evaluate(X, y, w)
    for threads in (2, 3, 8):
        assert np.array_equal(net.forward(X, threads=threads), one)
        assert np.array_equal(net.predict(X, threads=threads), one.argmax(axis=1))
        assert np.array_equal(net.layer_activations(X, threads=threads)[-1], one)
        found = net.evaluate(X, y, w, threads=threads)
        assert (found.cost, found.accuracy) == (evaluation.cost, evaluation.accuracy)
        assert np.array_equal(found.confusion, evaluation.confusion)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", None, True])
def test_threads_are_checked(threads):
    net = fastnet.Network([2, 2], rng=0)
    X, y = np.zeros((3, 2)), [0, 1, 0]
    for call in (net.forward, net.predict, net.layer_activations):
        with pytest.raises((TypeError, ValueError), match="threads"):
            call(X, threads=threads)
    with pytest.raises((TypeError, ValueError), match="threads"):
        net.evaluate(X, y, threads=threads)
