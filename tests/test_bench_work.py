"""The benchmarks: the referee is right, the check of the work can fail, the stand-in is like MNIST."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent))  # last: fastnet itself may be an installed one

from bench import data, fastnet_peer, numpy_peer, rounds, verify  # noqa: E402
from bench.jobs import FORWARD, TRAINING  # noqa: E402


def small(job):
    return replace(job, sizes=(job.sizes[0], *(min(16, width) for width in job.sizes[1:])), n=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("data")
    images, labels = data.stand_in(300, seed=3)
    for name, array in {
        "images": images,
        "labels": labels,
        "test_images": images,
        "test_labels": labels,
    }.items():
        np.save(where / f"{name}.npy", array)
    (where / "name.txt").write_text("made up")
    return where


@pytest.mark.parametrize("job", TRAINING, ids=lambda job: job.key)
def test_fastnet_does_the_referees_work(job, folder):
    job = small(job)
    source, start = data.load(folder, job.data, job.n), verify.first_weights(job.sizes)
    training = fastnet_peer.Training(job, source.X, source.Y, start, source.labels)
    order = np.random.default_rng(0).permutation(min(job.n, 3 * job.batch_size // 2 + 1))
    found = verify.check_training(training, job, source.X, source.Y, start, order, 1e-4)
    assert found["updates_checked"] >= 1


def test_other_work_is_found_out(folder):
    job = small(TRAINING[0])
    source, start = data.load(folder, job.data, job.n), verify.first_weights(job.sizes)
    order = np.arange(60)
    faster = numpy_peer.Training(
        replace(job, learning_rate=job.learning_rate * 1.01), source.X, source.Y, start
    )
    with pytest.raises(AssertionError, match="of the way off"):
        verify.check_training(faster, job, source.X, source.Y, start, order)
    larger = numpy_peer.Training(replace(job, batch_size=20), source.X, source.Y, start)
    with pytest.raises(AssertionError, match="3 updates instead of 6"):
        verify.check_training(larger, job, source.X, source.Y, start, order)


def test_wrong_answers_are_found_out(folder):
    job = FORWARD[1]
    start, X = verify.first_weights(job.sizes), data.load(folder, "mnist", 50).X
    many = numpy_peer.Answering(job, start).many
    verify.check_forward(many, job, X, start)
    with pytest.raises(AssertionError, match="off the referee"):
        verify.check_forward(lambda X: many(X) + np.float32(1e-3), job, X, start)


def test_the_referees_gradient_is_that_of_the_cost(folder):
    for job in (small(job) for job in TRAINING):
        if job.optimizer != "sgd":
            continue
        source, start = data.load(folder, job.data, 20), verify.first_weights(job.sizes)
        one = replace(job, batch_size=20, learning_rate=1.0)
        training = numpy_peer.Training(one, source.X, source.Y, start, np.float64)
        training.epoch(np.arange(20))
        step = start[-1][1] - training.parameters()[-1][1]  # of the last biases
        for j in range(3):
            costs = []
            for sign in (1, -1):
                moved = [(W.astype(float), b.astype(float)) for W, b in start]
                moved[-1][1][j] += sign * 1e-4
                outputs = numpy_peer.Answering(job, moved, np.float64).many(source.X.astype(float))
                costs.append(np.square(outputs - source.Y).sum() / 40)
            assert step[j] == pytest.approx((costs[0] - costs[1]) / 2e-4, rel=1e-5)


def test_the_stand_in_is_as_sparse_as_mnist():
    images, labels = data.stand_in(1000, seed=1)
    assert images.shape == (1000, 784) and images.dtype == np.uint8
    assert 0.18 < np.count_nonzero(images) / images.size < 0.20
    assert set(labels) == set(range(10))
    runs = np.count_nonzero(np.diff((images > 0).astype(np.int8), axis=1) == 1) / 1000
    assert 20 < runs < 60  # short strokes, some 4 pixels each; MNIST has about 35
    again, _ = data.stand_in(1000, seed=1)
    assert np.array_equal(images, again)


class MadeUp:
    """A worker that notes who was asked for what; "broken" fails in its second round."""

    asked: list[tuple[str, str]] = []

    def __init__(self, task, contender, **what):
        self.name, self.ready, self.rounds = contender, {"note": contender}, 0

    def ask(self, what):
        self.asked.append((self.name, what))
        self.rounds += 1
        if self.name == "broken" and self.rounds == 2:
            raise RuntimeError("broken")
        return {"seconds": float(len(self.asked))}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.asked.append((self.name, "left"))


def test_contenders_take_turns(monkeypatch, folder):
    monkeypatch.setattr(rounds, "Worker", MadeUp)
    monkeypatch.setattr(MadeUp, "asked", [])
    found = rounds.contest("train", TRAINING[0], ["fastnet", "broken", "numpy"], folder, True, 3)
    asked = [name for name, what in MadeUp.asked if what == "round"]
    assert asked == ["fastnet", "broken", "numpy"] * 2 + ["fastnet", "numpy"]
    assert [name for name, what in MadeUp.asked if what == "end"] == ["fastnet", "numpy"]
    assert sorted(name for name, what in MadeUp.asked if what == "left") == ["broken", "fastnet", "numpy"]
    assert str(found["broken"].error) == "broken"
    assert found["numpy"].error is None and found["numpy"].seconds == [3.0, 6.0, 8.0]
    assert found["fastnet"].ready == {"note": "fastnet"} and "seconds" in found["fastnet"].check
