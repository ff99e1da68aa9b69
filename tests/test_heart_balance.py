"""Whether several threads are worth it: what the heart makes of machines as quick as this or that."""

import _thread
from itertools import count
from threading import Thread

import numpy as np
import pytest
from helpers import make_problem, same_bits, train

from fastnet import _heart as heart

CALL = 15  # slices of time: about what a call of `run` has
SECOND = 500  # slices
KINDS = count(1)  # of training


def ways(alone, together, kind=0, now=0):
    """Which slices several threads work in; paces are samples a second, for each slice or for all."""
    paces = np.stack(np.broadcast_arrays(np.asarray(alone, float), np.asarray(together, float)), axis=1)
    return heart.core("float32").rehearse(np.ascontiguousarray(paces), CALL, kind or next(KINDS), now)


def constant(pace, seconds=4):
    return np.full(seconds * SECOND, float(pace))


def test_two_idle_cores_go_together():
    assert ways(constant(1), 1.7).mean() > 0.97
    assert ways(constant(1), 1.2).mean() > 0.93  # it takes longer to tell


@pytest.mark.parametrize("together", [0.85, 1.0])
def test_beside_a_busy_process_one_goes_alone(together):
    way = ways(constant(1), together)
    assert way.mean() < 0.15
    assert way[:SECOND].mean() < 0.3


def test_a_neighbour_comes_and_goes():
    way = ways(constant(1, 18), np.concatenate([constant(1.7, 4), constant(0.8, 4), constant(1.7, 10)]))
    assert way[: 4 * SECOND].mean() > 0.93
    assert way[6 * SECOND : 8 * SECOND].mean() < 0.15
    assert way[-4 * SECOND :].mean() > 0.93


@pytest.mark.parametrize("seed", range(5))
def test_a_moody_machine_is_judged_by_the_same_moments(seed):
    """Both ways' paces double and halve together, every tenth of a second: that says nothing of them."""
    moods = np.repeat(np.random.default_rng(seed).choice([1.0, 2.0], 80), SECOND // 10)
    assert ways(moods, 1.5 * moods).mean() > 0.9
    assert ways(moods, 0.85 * moods).mean() < 0.25


@pytest.mark.parametrize("together", [0.8, 1.7])
def test_what_came_out_holds_for_the_next_training_of_the_kind(together):
    def begins(kind, now):
        return ways(constant(1, 1)[: 2 * CALL], together, kind, now)

    kind, other = next(KINDS), next(KINDS)
    assert set(begins(kind, 100)) == {0, 1}  # a trial
    assert begins(kind, 101).mean() == (together > 1)
    assert set(begins(other, 101)) == {0, 1}
    assert set(begins(other, 112)) == {0, 1}  # too long ago


def test_a_helper_that_comes_late_finds_the_call_closed(monkeypatch):
    """Helpers that no core was free for begin when the call of `run` they were meant for is over, or during
    another one."""
    problem = make_problem((160, 70, 3), ("relu", "softmax"), "cross_entropy", n=300, zeros=0.8)
    options = {"optimizer": "adam", "batch_size": 100, "rate": 0.01, "epochs": 3}
    expected = train(heart.core("float64"), problem, **options)
    late = []

    def begin(work, arguments):
        for earlier, number in late:  # of the calls before, while this one is open
            thread = Thread(target=earlier, args=number, daemon=True)
            thread.start()
            thread.join(10)
            assert not thread.is_alive()
        late.append((work, arguments))

    monkeypatch.setattr(_thread, "start_new_thread", begin)
    found = train(heart.core("float64"), problem, threads=2, **options)
    assert len(late) >= 3
    for work, arguments in late:
        work(*arguments)
    same_bits(found, expected)
