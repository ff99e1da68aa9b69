"""fit and partial_fit: what they compute, what they record, what they refuse."""

import threading

import numpy as np
import pytest

import fastnet
from fastnet._training.schedules import epoch_rates


def problem(n=90, n_in=6, k=3, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((k, n_in)) * 2
    y = rng.integers(0, k, n)
    return centres[y] + rng.standard_normal((n, n_in)), y


def network(**more):
    return fastnet.Network([6, 5, 3], **{"rng": 1, "dtype": "float64", **more})


def same(a, b):
    pairs = zip([*a.weights, *a.biases], [*b.weights, *b.biases], strict=True)
    return all(np.array_equal(u, v) for u, v in pairs)


def test_full_batch_gradient_descent_follows_the_gradient():
    X, y = problem()
    net, by_hand = network(), network()
    net.fit(X, y, epochs=4, batch_size=None, learning_rate=0.7, l2=0.01)
    for _ in range(4):
        slope = by_hand.gradient(X, y, l2=0.01)
        for layer in range(2):
            by_hand.weights[layer] -= 0.7 * slope.weights[layer]
            by_hand.biases[layer] -= 0.7 * slope.biases[layer]
    for a, b in zip([*net.weights, *net.biases], [*by_hand.weights, *by_hand.biases], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 7, 90, 1000])
def test_mini_batches_are_averaged_and_the_last_one_is_short(batch_size):
    X, y = problem()
    net, by_hand = network(), network()
    w = np.random.default_rng(3).random(90)
    net.fit(X, y, epochs=1, batch_size=batch_size, learning_rate=0.5, shuffle=False, sample_weight=w)
    for start in range(0, 90, batch_size):
        part = slice(start, start + batch_size)
        slope = by_hand.gradient(X[part], y[part], sample_weight=w[part])
        for layer in range(2):
            by_hand.weights[layer] -= 0.5 * slope.weights[layer]
            by_hand.biases[layer] -= 0.5 * slope.biases[layer]
    for a, b in zip([*net.weights, *net.biases], [*by_hand.weights, *by_hand.biases], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "adam", "adamw"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_optimiser_learns(optimizer, dtype):
    X, y = problem(300)
    net = network(dtype=dtype, output="softmax", cost="cross_entropy")
    history = net.fit(X, y, epochs=30, optimizer=optimizer, l2=1e-4)
    assert history.cost[-1] < 0.6 * history.cost[0]
    assert net.evaluate(X, y).accuracy > 0.85


def test_the_order_is_the_generators_and_runs_repeat():
    X, y = problem()
    one, other, third = network(), network(), network(rng=2)
    third.weights, third.biases = one.weights, one.biases
    for net in (one, other, third):
        net.fit(X, y, epochs=3, batch_size=4)
    assert same(one, other) and not same(one, third)
    before = np.random.get_state()[1].copy()
    one.fit(X, y, epochs=1)
    assert np.array_equal(before, np.random.get_state()[1])


def test_a_second_fit_goes_on_from_the_weights_with_a_fresh_optimiser():
    X, y = problem()
    net, other = network(), network(rng=5)
    net.fit(X, y, epochs=2, optimizer="adam", shuffle=False)
    other.weights, other.biases = net.weights, net.biases
    first = net.history_
    for each in (net, other):
        each.fit(X, y, epochs=2, optimizer="adam", shuffle=False)
    assert same(net, other) and len(net.history_) == 2 and net.history_ is not first


def test_inputs_are_never_changed():
    X, y = problem()
    w = np.random.default_rng(0).random(90)
    kept = X.copy(), y.copy(), w.copy()
    network().fit(X, y, sample_weight=w, validation_data=(X, y), epochs=2, optimizer="adamw", l2=0.1)
    assert all(np.array_equal(a, b) for a, b in zip((X, y, w), kept, strict=True))


def test_regression_and_one_sigmoid_learn():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (400, 2))
    net = fastnet.Network([2, 16, 1], "tanh", "identity", rng=0)
    history = net.fit(X, X[:, 0] * X[:, 1], epochs=60, optimizer="adam", learning_rate=0.02)
    assert net.evaluate(X, X[:, 0] * X[:, 1]).r2 > 0.95
    assert history.accuracy == [] and history.validation_cost == []
    net = fastnet.Network([2, 8, 1], "tanh", "sigmoid", "cross_entropy", rng=0)
    labels = X[:, 0] > X[:, 1]
    history = net.fit(X, labels, epochs=30)
    assert net.evaluate(X, labels).accuracy > 0.95 and history.accuracy[-1] > 0.9


# --- History ------------------------------------------------------------------------------------------


def test_the_history_is_a_running_mean_before_each_update():
    X, y = problem()
    net, by_hand = network(), network()
    w = np.random.default_rng(3).random(90)
    history = net.fit(X, y, epochs=1, batch_size=20, learning_rate=0.5, shuffle=False, sample_weight=w)
    cost = correct = 0
    for start in range(0, 90, 20):
        part = slice(start, start + 20)
        found = by_hand.evaluate(X[part], y[part], w[part])
        cost += found.cost * w[part].sum()
        correct += found.accuracy * w[part].sum()
        slope = by_hand.gradient(X[part], y[part], sample_weight=w[part])
        for layer in range(2):
            by_hand.weights[layer] -= 0.5 * slope.weights[layer]
            by_hand.biases[layer] -= 0.5 * slope.biases[layer]
    assert history.cost == [pytest.approx(cost / w.sum(), rel=1e-10)]
    assert history.accuracy == [pytest.approx(correct / w.sum())]


def test_validation_is_measured_after_every_epoch():
    X, y = problem()
    net, seen = network(), []
    history = net.fit(
        X,
        y,
        epochs=3,
        validation_data=(X[:20], y[:20]),
        callbacks=[lambda end: seen.append(end.network.evaluate(X[:20], y[:20]))],
    )
    assert history.validation_cost == [pytest.approx(found.cost) for found in seen]
    assert history.validation_accuracy == [found.accuracy for found in seen]
    assert list(history.as_dict()) == [
        "cost", "accuracy", "validation_cost", "validation_accuracy", "learning_rate", "seconds",
    ]  # fmt: skip
    assert all(len(column) == 3 for column in history.as_dict().values())
    assert len(history) == 3 and history.stopped == "epochs" and net.history_ is history
    assert "val. cost" in str(history) and "3 epochs" in repr(history)
    assert history._repr_html_().count("<tr>") == 4
    history.as_dict()["cost"].append(0)
    assert len(history.cost) == 3


# --- Schedules ------------------------------------------------------------------------------------------


def rates(schedule, epochs=3, updates=4):
    return [epoch_rates(schedule, 2.0, epoch, epochs, updates) for epoch in range(epochs)]


def test_schedules_are_per_update_over_the_whole_run():
    t = np.arange(12) / 12
    np.testing.assert_allclose(np.concatenate(rates("linear")), 2 * (1 - t))
    np.testing.assert_allclose(np.concatenate(rates("cosine")), 1 + np.cos(np.pi * t))
    assert np.concatenate(rates("constant")).tolist() == [2, 2, 2]
    assert np.concatenate(rates(lambda epoch: 0.5**epoch)).tolist() == [2, 1, 0.5]


@pytest.mark.parametrize("schedule", ["linear", "cosine", lambda epoch: 1 / (1 + epoch)])
def test_the_schedule_reaches_the_updates(schedule):
    X, y = problem(20)
    net, by_hand = network(), network()
    history = net.fit(X, y, epochs=2, batch_size=10, learning_rate=0.5, schedule=schedule, shuffle=False)
    for epoch in range(2):
        for update in range(2):
            t = (2 * epoch + update) / 4
            factor = {"linear": 1 - t, "cosine": (1 + np.cos(np.pi * t)) / 2}.get(schedule, 1 / (1 + epoch))
            part = slice(10 * update, 10 * update + 10)
            slope = by_hand.gradient(X[part], y[part])
            for layer in range(2):
                by_hand.weights[layer] -= 0.5 * factor * slope.weights[layer]
                by_hand.biases[layer] -= 0.5 * factor * slope.biases[layer]
            if not update:
                assert history.learning_rate[epoch] == pytest.approx(0.5 * factor)
    np.testing.assert_allclose(net.weights[0], by_hand.weights[0], rtol=1e-12)


@pytest.mark.parametrize("factor", [-1, np.nan, np.inf, "a", None])
def test_a_schedule_must_give_a_factor(factor):
    X, y = problem(20)
    with pytest.raises((ValueError, TypeError), match="schedule.*epoch 0"):
        network().fit(X, y, epochs=1, schedule=lambda epoch: factor)


def test_the_default_rate_depends_on_optimiser_cost_and_activations():
    X, y = problem(20)

    def rate(more, **settings):
        return network(**more).fit(X, y, epochs=1, **settings).learning_rate[0]

    entropy = dict(output="softmax", cost="cross_entropy")
    assert rate({}) == 3.0 and rate(entropy) == 0.5 and rate(dict(activation="relu")) == 0.05
    assert rate(dict(output="identity")) == 0.05
    assert rate({}, optimizer="adam") == 0.001
    assert rate({}, optimizer="momentum", momentum=0.8) == pytest.approx(0.6)


# --- Streams ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_partial_fit_over_the_parts_equals_one_epoch(optimizer):
    X, y = problem(80)
    whole, parts = network(), network()
    settings = dict(batch_size=10, learning_rate=0.1, optimizer=optimizer, shuffle=False, l2=0.01)
    whole.fit(X, y, epochs=1, **settings)
    for start in range(0, 80, 40):
        history = parts.partial_fit(X[start : start + 40], y[start : start + 40], **settings)
    assert same(whole, parts) and len(history) == 2 and history is parts.history_


def test_partial_fit_keeps_what_is_left_out():
    X, y = problem(80)
    explicit, short = network(), network()
    for _ in range(3):
        explicit.partial_fit(X, y, optimizer="adam", learning_rate=0.02, batch_size=7)
    short.partial_fit(X, y, optimizer="adam", learning_rate=0.02, batch_size=7)
    short.partial_fit(X, y)
    short.partial_fit(X, y)
    assert same(explicit, short)


def test_partial_fit_goes_on_with_the_moments_of_fit_and_ends_its_run():
    X, y = problem(80)
    one, other = network(), network()
    settings = dict(optimizer="adam", learning_rate=0.02, shuffle=False)
    one.fit(X, y, epochs=2, **settings)
    other.fit(X, y, epochs=1, **settings)
    history = other.partial_fit(X, y)
    assert same(one, other) and len(history) == 1
    with pytest.raises(ValueError, match="resume=True needs a run"):
        other.fit(X, y, resume=True)
    other.partial_fit(X, y, optimizer="sgd")
    assert other._state.moments == []


# --- Callbacks, progress ---------------------------------------------------------------------------


def test_callbacks_get_the_numbers_and_may_stop():
    X, y = problem()
    net, ends = network(), []

    def note(end):
        ends.append((end.epoch, end.epochs, end.cost, end.validation_accuracy, end.learning_rate))
        assert end.network is net and len(end.history) == end.epoch + 1 and end.seconds > 0
        assert end.history.cost[end.epoch] == end.cost

    history = net.fit(X, y, epochs=9, callbacks=[note, lambda end: end.epoch == 2])
    assert [end[:2] for end in ends] == [(0, 9), (1, 9), (2, 9)]
    assert ends[0][3] is None and history.stopped == "callback"
    assert len(net.fit(X, y, epochs=9, callbacks=(lambda end: end.stop(),))) == 1
    assert len(net.fit(X, y, epochs=2, callbacks=(lambda end: [1],))) == 2
    assert len(net.fit(X, y, epochs=2, callbacks=(lambda end: np.True_,))) == 1


def test_an_exception_in_a_callback_comes_out_and_leaves_the_run():
    X, y = problem()
    whole, net = network(), network()
    whole.fit(X, y, epochs=3)

    def fail(end):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        net.fit(X, y, epochs=3, callbacks=[fail])
    assert len(net.history_) == 1
    net.fit(X, y, resume=True)
    assert same(net, whole)


def test_progress_is_silent_plain_or_a_bar(capsys, monkeypatch):
    X, y = problem()
    for progress in ("auto", False):
        network().fit(X, y, epochs=2, progress=progress)
        assert capsys.readouterr() == ("", "")
    network().fit(X, y, epochs=2, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[1].startswith("epoch 2/2  cost") and "accuracy" in err
    pytest.importorskip("tqdm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    network().fit(X, y, epochs=2, validation_data=(X, y))
    err = capsys.readouterr().err
    assert "epoch 2/2" in err and "samples" in err and "100%" in err and "val. cost" in err


# --- Errors -----------------------------------------------------------------------------------------


BAD = [
    (dict(epochs=0), ValueError, "epochs"),
    (dict(epochs=2.5), TypeError, "epochs"),
    (dict(batch_size=0), ValueError, "batch_size"),
    (dict(batch_size=-1), ValueError, "batch_size"),
    (dict(batch_size="10"), TypeError, "batch_size"),
    (dict(learning_rate=0), ValueError, "learning_rate"),
    (dict(learning_rate=np.nan), ValueError, "learning_rate"),
    (dict(learning_rate="fast"), TypeError, "learning_rate"),
    (dict(optimizer="rmsprop"), ValueError, "optimizer.*'adamw'"),
    (dict(l2=-0.1), ValueError, "l2"),
    (dict(schedule="step"), ValueError, "schedule.*'cosine'"),
    (dict(schedule=3), TypeError, "schedule"),
    (dict(momentum=1), ValueError, "momentum"),
    (dict(beta1=1.0), ValueError, "beta1"),
    (dict(beta2=-0.1), ValueError, "beta2"),
    (dict(epsilon=0), ValueError, "epsilon"),
    (dict(shuffle="yes"), TypeError, "shuffle"),
    (dict(threads=0), ValueError, "threads"),
    (dict(callbacks=[3]), TypeError, "callbacks"),
    (dict(callbacks=3), TypeError, "callbacks"),
    (dict(progress="bar"), ValueError, "progress"),
    (dict(resume=1), TypeError, "resume"),
    (dict(early_stopping=3), ValueError, "early_stopping.*validation_data"),
    (dict(early_stopping="yes"), TypeError, "early_stopping"),
    (dict(early_stopping=0), ValueError, "early_stopping"),
    (dict(early_stopping=dict(patients=3)), ValueError, "early_stopping.*did you mean 'patience'"),
    (dict(early_stopping=dict(monitor="loss")), ValueError, "monitor"),
    (dict(validation_data=(np.zeros((3, 5)), [0, 0, 0])), ValueError, r"validation_data\[0\]"),
    (dict(sample_weight=[1, 2]), ValueError, "sample_weight"),
    (dict(resume=True), ValueError, "resume=True needs a run"),
]


@pytest.mark.parametrize("given, error, message", BAD, ids=[str(bad[0]) for bad in BAD])
def test_a_bad_argument_is_named_before_anything_changes(given, error, message):
    X, y = problem(20)
    net = network()
    before = net.copy()
    with pytest.raises(error, match=message):
        net.fit(X, y, **given)
    assert same(net, before) and net.history_ is None and net._state is None
    assert net.rng.bit_generator.state == before.rng.bit_generator.state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_stops_with_the_last_good_weights(dtype):
    X, y = problem()
    net = network(activation="relu", output="identity", dtype=dtype)
    net.fit(X, y, epochs=1, learning_rate=1e-3)
    kept = []

    def explode(epoch):
        kept.append(net.copy())
        return 1.0 if epoch < 2 else 1e30

    # the NumPy twin, unlike the heart, warns on its way
    with pytest.raises(fastnet.DivergenceError, match="epoch 2.*learning_rate"), np.errstate(all="ignore"):
        net.fit(X, y, epochs=9, learning_rate=1e-3, schedule=explode)
    assert len(net.history_) == 2 and net.history_.stopped == "diverged"
    assert same(net, kept[2])
    with pytest.raises(ValueError, match="resume=True"):
        net.fit(X, y, resume=True)
    net.partial_fit(X, y, learning_rate=1e-3)
    assert np.isfinite(net.weights[0]).all()
    assert issubclass(fastnet.DivergenceError, ArithmeticError)


def test_training_from_two_threads_is_an_error():
    X, y = problem()
    net = network()
    found = []

    def disturb(end):
        for attempt in (net.fit, net.partial_fit):
            thread = threading.Thread(target=lambda a=attempt: found.append(error_of(a, X, y)))
            thread.start()
            thread.join()
        with pytest.raises(RuntimeError, match="being trained already"):
            net.fit(X, y)
        return True

    net.fit(X, y, epochs=2, callbacks=[disturb])
    assert [type(error) for error in found] == [RuntimeError, RuntimeError]
    net.fit(X, y, epochs=1)
    with pytest.raises(ValueError):
        net.fit(X, y, epochs=0)
    net.fit(X, y, epochs=1)


def error_of(call, *args):
    try:
        call(*args)
    except Exception as error:
        return error


def test_forward_may_be_called_from_many_threads():
    X, _ = problem(2000)
    net = network()
    wanted, found = net.forward(X), []
    threads = [
        threading.Thread(target=lambda: found.append((net.forward(X), net.forward(X[3])))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    for many, one in found:
        assert np.array_equal(many, wanted)
        np.testing.assert_allclose(one, wanted[3], rtol=1e-12)
