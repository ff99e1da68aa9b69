"""Early stopping: when it stops, and which weights it leaves."""

import numpy as np
import pytest

import fastnet
from fastnet._training.stopping import EarlyStopping, Stopper, as_early_stopping


def feed(rule, figures, has_accuracy=True):
    params = np.zeros(1)
    stopper = Stopper(rule, has_accuracy, params)
    for epoch, figure in enumerate(figures):
        params[0] = epoch
        stopper.update(epoch, figure)
        if stopper.done:
            break
    return epoch, stopper.best_epoch, None if stopper.best is None else stopper.best[0]


@pytest.mark.parametrize(
    "rule, figures, wanted",
    [
        (EarlyStopping("cost", 2), [3, 2, 2, 2, 1], (3, 1, 1)),
        (EarlyStopping("cost", 3), [3, 2, 2, 2, 1, 1], (5, 4, 4)),
        (EarlyStopping("accuracy", 2), [0.1, 0.3, 0.2, 0.1, 0.9], (3, 1, 1)),
        (EarlyStopping("cost", 2, min_delta=0.5), [3, 2.6, 2.4, 2.3, 2.2], (4, 2, 2)),
        (EarlyStopping("cost", 1), [np.nan, 1, 1], (0, None, None)),
        (EarlyStopping("cost", 2), [np.nan, 1, 2, 2], (3, 1, 1)),
        (EarlyStopping("cost", 2, restore_best=False), [3, 2, 2, 2], (3, 1, None)),
        (EarlyStopping(None, 2), [0.1, 0.3, 0.2, 0.1], (3, 1, 1)),
    ],
)
def test_patience_and_what_counts_as_better(rule, figures, wanted):
    assert feed(rule, figures) == wanted


def test_without_accuracy_the_cost_is_watched():
    assert Stopper(EarlyStopping(), False, np.zeros(1)).figure == "validation_cost"
    with pytest.raises(ValueError, match="accuracy"):
        Stopper(EarlyStopping("accuracy"), False, np.zeros(1))


def test_a_rule_may_be_given_in_three_ways():
    assert as_early_stopping(3) == EarlyStopping(patience=3) == as_early_stopping(np.int64(3))
    assert as_early_stopping(dict(monitor="cost", min_delta=1)) == EarlyStopping("cost", min_delta=1.0)
    rule = EarlyStopping("cost")
    assert as_early_stopping(rule) is rule and as_early_stopping(None) is None
    assert "patience=5" in repr(rule) and hash(rule) == hash(EarlyStopping("cost"))
    for bad in (dict(patience=0), dict(patience=1.5), dict(min_delta=-1), dict(restore_best=1)):
        with pytest.raises((ValueError, TypeError), match=next(iter(bad))):
            EarlyStopping(**bad)


def problem():
    # few noisy samples: training goes on getting better, validation does not
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 8))
    y = (X[:, 0] + 2 * rng.standard_normal(60) > 0).astype(int)
    return (X[:30], y[:30]), (X[30:], y[30:])


def run(rule, epochs=60, **more):
    training, validation = problem()
    net = fastnet.Network([8, 10, 2], "tanh", rng=1)
    costs = {}

    def note(end):
        costs[end.epoch] = end.network.copy()

    history = net.fit(
        *training, epochs=epochs, validation_data=validation, early_stopping=rule, callbacks=[note], **more
    )
    return net, history, costs


def equal(a, b):
    return all(np.array_equal(u, v) for u, v in zip(a.weights, b.weights, strict=True))


def test_the_run_ends_early_with_the_best_weights():
    net, history, after = run(dict(monitor="cost", patience=4))
    best = int(np.argmin(history.validation_cost))
    assert history.stopped == "early stopping" and len(history) == best + 5 < 60
    assert history.best_epoch == best and equal(net, after[best]) and not equal(net, after[best + 1])
    assert net.evaluate(*problem()[1]).cost == pytest.approx(min(history.validation_cost))
    last, history, after = run(dict(monitor="cost", patience=4, restore_best=False))
    assert equal(last, after[len(history) - 1])


def test_the_best_weights_are_put_back_after_the_last_epoch_too():
    _, history, _ = run(dict(monitor="cost", patience=4))
    epochs = history.best_epoch + 3
    net, history, after = run(dict(monitor="cost", patience=4), epochs=epochs)
    assert history.stopped == "epochs" and equal(net, after[history.best_epoch])


@pytest.mark.parametrize("through_a_file", [False, True])
def test_a_stopped_run_with_early_stopping_resumes_from_its_last_weights(through_a_file, tmp_path):
    rule = dict(monitor="cost", patience=4)
    whole, wanted, _ = run(rule, optimizer="adam", learning_rate=0.01)
    training, validation = problem()
    for stop in (2, wanted.best_epoch + 2):
        net = fastnet.Network([8, 10, 2], "tanh", rng=1)
        net.fit(
            *training,
            epochs=60,
            validation_data=validation,
            early_stopping=rule,
            optimizer="adam",
            learning_rate=0.01,
            callbacks=[lambda end, stop=stop: end.epoch == stop],
        )
        if through_a_file:
            net.save(tmp_path / "run", training=True)
            net = fastnet.load(tmp_path / "run")
        history = net.fit(*training, validation_data=validation, resume=True)
        assert equal(net, whole) and history.validation_cost == wanted.validation_cost
        assert history.best_epoch == wanted.best_epoch
    again = net.fit(*training, validation_data=validation, resume=True)
    assert len(again) == len(wanted) and equal(net, whole)
    longer = net.fit(
        *training, validation_data=validation, early_stopping=dict(rule, patience=6), resume=True
    )
    assert len(longer) > len(wanted)
