"""What `fastnet.sklearn` has beyond scikit-learn; all of it keyword-only."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import neural_network as theirs
from sklearn.datasets import load_iris
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance
from sklearn.preprocessing import scale

from fastnet import sklearn as ours
from fastnet.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
X = scale(X)
RNG = np.random.default_rng(0)
TARGET = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)


def classifier(**parameters):
    return MLPClassifier(**dict(hidden_layer_sizes=(8, 6), max_iter=10, random_state=0) | parameters)


def regressor(loss="squared_error", **parameters):
    return MLPRegressor(loss, **dict(hidden_layer_sizes=(8, 6), max_iter=10, random_state=0) | parameters)


def assert_same(one, other):
    for a, b in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.loss_curve_ == other.loss_curve_


def differ(one, other):
    return any((a != b).any() for a, b in zip(one.coefs_, other.coefs_, strict=True))


# --- Validation sets and callbacks -------------------------------------------------------------------


def test_validation_set():
    X_val, y_val, w = X[::3], y[::3], np.linspace(0.5, 2, 50)
    plain = classifier().fit(X, y)
    estimator = classifier().fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=w)
    assert_same(plain, estimator)
    assert plain.validation_scores_ is None and plain.validation_loss_curve_ is None
    assert len(estimator.validation_scores_) == len(estimator.validation_loss_curve_) == 10
    want = log_loss(y_val, estimator.predict_proba(X_val), sample_weight=w)
    assert estimator.validation_loss_curve_[-1] == pytest.approx(want, rel=1e-10)
    assert estimator.validation_scores_[-1] == pytest.approx(estimator.score(X_val, y_val, w), rel=1e-12)


def test_validation_loss_of_the_regressor():
    estimator = regressor().fit(X, TARGET, X_val=X[:40], y_val=TARGET[:40])
    error = estimator.predict(X[:40]) - TARGET[:40]
    assert estimator.validation_loss_curve_[-1] == pytest.approx((error**2).mean() / 2, rel=1e-10)
    assert estimator.validation_scores_[-1] == pytest.approx(estimator.score(X[:40], TARGET[:40]))


def test_early_stopping_with_a_given_set_trains_on_everything():
    estimator = classifier(early_stopping=True, max_iter=200, n_iter_no_change=5, learning_rate_init=0.01)
    estimator.fit(X, y, X_val=X[::4], y_val=y[::4])
    assert estimator.t_ == 150 * estimator.n_iter_ and estimator.n_iter_ < 200
    assert estimator.score(X[::4], y[::4]) == max(estimator.validation_scores_)
    assert estimator.best_validation_score_ == max(estimator.validation_scores_)


def test_bad_validation_sets():
    for given, error, message in [
        (dict(X_val=X), ValueError, "X_val and y_val"),
        (dict(y_val=y), ValueError, "X_val and y_val"),
        (dict(sample_weight_val=y), ValueError, "sample_weight_val needs"),
        (dict(X_val=X[:, :2], y_val=y), ValueError, "features"),
        (dict(X_val=X, y_val=y + 1), ValueError, "y_val has classes"),
        (dict(X_val=X, y_val=y[:3]), ValueError, "inconsistent"),
        (dict(callbacks=3), TypeError, "callbacks"),
    ]:
        with pytest.raises(error, match=message):
            classifier().fit(X, y, **given)
        with pytest.raises(ValueError, match="needs solver"):
            classifier(solver="lbfgs").fit(X, y, callbacks=print)


def test_callbacks():
    seen = []
    estimator = classifier(callbacks=[lambda end: seen.append(("first", end.epoch))])

    def second(end):
        assert end.estimator is estimator and end.epochs == 10
        assert end.loss == estimator.loss_curve_[-1] and end.learning_rate > 0
        assert end.validation_score == estimator.validation_scores_[-1]
        seen.append(("second", end.epoch))
        return end.epoch == 3

    estimator.fit(X, y, X_val=X, y_val=y, callbacks=second)
    assert seen == [(who, epoch) for epoch in range(4) for who in ("first", "second")]
    assert estimator.n_iter_ == 4
    estimator = classifier().fit(X, y, callbacks=lambda end: end.stop())
    assert estimator.n_iter_ == 1


# --- Losses ------------------------------------------------------------------------------------------


def losses(loss, estimator, predicted, wanted):
    e = predicted - wanted
    if loss == "absolute_error":
        return np.abs(e).mean()
    if loss == "quantile":
        return mean_pinball_loss(wanted, predicted, alpha=estimator.quantile)
    d = estimator.huber_delta
    return np.where(np.abs(e) <= d, e * e / 2, d * (np.abs(e) - d / 2)).mean()


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize(
    "loss, parameters",
    [("absolute_error", {}), ("huber", dict(huber_delta=0.3)), ("quantile", dict(quantile=0.8))],
)
def test_losses(loss, parameters, outputs):
    target = TARGET[:, :outputs]
    target = target[:, 0] if outputs == 1 else target
    start = regressor(loss, alpha=0, max_iter=1, batch_size=150, **parameters)
    # one step of plain descent: the loss before it, and its derivative by central differences
    start.set_params(solver="sgd", momentum=0, learning_rate_init=1e-3)
    before = regressor(
        loss, alpha=0, max_iter=1, solver="sgd", learning_rate_init=1e-300, momentum=0, **parameters
    )
    before.fit(X, target)
    start.fit(X, target)
    assert start.loss_ == pytest.approx(losses(loss, start, before.predict(X), target), rel=1e-9)
    weights = before.coefs_[1]
    step = (weights - start.coefs_[1]) / 1e-3
    for place in [(0, 0), (3, 2), (7, 5)]:
        kept, values = weights[place], []
        for change in (1e-6, -1e-6):
            weights[place] = kept + change
            values.append(losses(loss, start, before.predict(X), target))
        weights[place] = kept
        assert step[place] == pytest.approx((values[0] - values[1]) / 2e-6, rel=1e-3, abs=1e-6)


def test_quantiles_are_quantiles():
    noisy = RNG.exponential(size=4000)
    flat = np.zeros((4000, 1))
    estimator = regressor("quantile", quantile=0.9, max_iter=60, learning_rate_init=0.01, tol=0)
    estimator.fit(flat, noisy)
    assert np.mean(noisy <= estimator.predict(flat[:1])) == pytest.approx(0.9, abs=0.02)


def test_poisson_loss_is_half_the_deviance():
    counts = RNG.poisson(2, 150).astype(float)
    estimator = regressor("poisson", max_iter=5, alpha=0).fit(X, counts, X_val=X, y_val=counts)
    assert (estimator.predict(X) > 0).all()
    want = mean_poisson_deviance(counts, estimator.predict(X)) / 2
    assert estimator.validation_loss_curve_[-1] == pytest.approx(want, rel=1e-9)
    with pytest.raises(ValueError, match="at least 0"):
        regressor("poisson").fit(X, counts - 5)


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_true_gradient(solver):
    # with one target twice, k = 2, the mean over the outputs has half the gradient of the sum
    k = 2
    parameters = dict(
        solver=solver, momentum=0, learning_rate_init=1e-3, batch_size=150, max_iter=1, alpha=0.5
    )
    start = regressor(**parameters | dict(solver="sgd", learning_rate_init=1e-300)).fit(X, TARGET)
    plain = regressor(**parameters).fit(X, TARGET)
    true = regressor(true_gradient=True, **parameters).fit(X, TARGET)
    if solver == "sgd":
        penalty = 1e-3 * 0.5 / 150 * start.coefs_[0]
        steps = [start.coefs_[0] - each.coefs_[0] - penalty for each in (plain, true)]
        np.testing.assert_allclose(steps[0], k * steps[1], rtol=1e-6, atol=1e-12)
    assert differ(plain, true)
    one = [regressor(true_gradient=t, **parameters).fit(X, TARGET[:, 0]) for t in (False, True)]
    np.testing.assert_array_equal(one[0].coefs_[0], one[1].coefs_[0])
    if solver == "lbfgs":
        # from where the other gradient has ended, descent along the derivative of loss_ can only improve it
        ended = regressor(solver=solver, max_iter=300).fit(X, TARGET)
        start = dict(coefs_init=ended.coefs_, intercepts_init=ended.intercepts_)
        polished = regressor(true_gradient=True, solver=solver, max_iter=300, **start).fit(X, TARGET)
        assert polished.loss_ <= ended.loss_ * (1 + 1e-12)


# --- Classes, layers, regularisation -------------------------------------------------------------------


def test_class_weight():
    weights = {0: 1.0, 1: 5.0, 2: 0.5}
    by_class = classifier(class_weight=weights).fit(X, y)
    by_sample = classifier().fit(X, y, sample_weight=np.array([1.0, 5.0, 0.5])[y])
    assert_same(by_class, by_sample)
    uneven = np.r_[0:50, 50:60, 100:130]
    balanced = classifier(class_weight="balanced").fit(X[uneven], y[uneven])
    counts = np.bincount(y[uneven])
    other = classifier().fit(X[uneven], y[uneven], sample_weight=(len(uneven) / (3 * counts))[y[uneven]])
    for a, b in zip(balanced.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    named = classifier(class_weight={"a": 2.0, "b": 1.0}).fit(X, np.where(y == 1, "a", "b"))
    assert named.score(X, np.where(y == 1, "a", "b")) > 0
    with pytest.raises(ValueError, match="balanced"):
        classifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="class_weight"):
        classifier(class_weight="equal").fit(X, y)


@pytest.mark.parametrize("name", ["leaky_relu", "gelu", "elu", "softplus"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_activations_learn(name, solver):
    estimator = classifier(activation=name, solver=solver, max_iter=80, learning_rate_init=0.02).fit(X, y)
    assert estimator.score(X, y) > 0.95


def test_one_activation_a_layer():
    mixed = classifier(activation=["tanh", "relu"]).fit(X, y)
    h = np.tanh(X @ mixed.coefs_[0] + mixed.intercepts_[0])
    h = np.maximum(h @ mixed.coefs_[1] + mixed.intercepts_[1], 0)
    z = h @ mixed.coefs_[2] + mixed.intercepts_[2]
    p = np.exp(z - z.max(axis=1, keepdims=True))
    np.testing.assert_allclose(mixed.predict_proba(X), p / p.sum(axis=1, keepdims=True), rtol=1e-9)
    assert_same(classifier(activation=["relu", "relu"]).fit(X, y), classifier().fit(X, y))
    for bad in (["tanh"], ["tanh"] * 3, ["tanh", "nonsense"], ["tanh", 3]):
        with pytest.raises(ValueError, match="activation"):
            classifier(activation=bad).fit(X, y)
    with pytest.raises(ValueError, match="activation"):
        classifier(activation="sigmoid").fit(X, y)


def test_dropout():
    plain = classifier().fit(X, y)
    one, same = (classifier(dropout=0.4).fit(X, y) for _ in range(2))
    assert_same(one, same)
    assert differ(one, plain)
    assert differ(one, classifier(dropout=[0.4, 0.0]).fit(X, y))
    assert_same(plain, classifier(dropout=[0.0, 0.0]).fit(X, y))
    np.testing.assert_array_equal(one.predict_proba(X), one.predict_proba(X))
    good = classifier(dropout=0.2, max_iter=300, learning_rate_init=0.01, hidden_layer_sizes=(30,)).fit(X, y)
    assert good.score(X, y) > 0.93
    for bad in (1.0, -0.1, [0.1], [0.1, 1.0]):
        with pytest.raises(ValueError, match="dropout"):
            classifier(dropout=bad).fit(X, y)
    with pytest.raises(ValueError, match="dropout needs solver"):
        classifier(dropout=0.1, solver="lbfgs").fit(X, y)


def test_clipping():
    parameters = dict(solver="sgd", momentum=0, learning_rate_init=1.0, max_iter=1, batch_size=150)
    start = classifier(**parameters | dict(learning_rate_init=1e-300)).fit(X, y)
    for limit in (1e-3, 0.05):
        clipped = classifier(clip_norm=limit, **parameters).fit(X, y)
        pairs = zip(start.coefs_ + start.intercepts_, clipped.coefs_ + clipped.intercepts_, strict=True)
        assert np.sqrt(sum(((a - b) ** 2).sum() for a, b in pairs)) == pytest.approx(limit, rel=1e-9)
    loose = classifier(clip_norm=1e9, **parameters).fit(X, y)
    for a, b in zip(loose.coefs_, classifier(**parameters).fit(X, y).coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    with pytest.raises(ValueError, match="clip_norm"):
        classifier(clip_norm=0).fit(X, y)


def test_adamw():
    # without decay it is Adam; with it, weights shrink beside the step
    parameters = dict(max_iter=1, batch_size=150, learning_rate_init=0.01)
    adam, bare = (classifier(solver=s, alpha=0, **parameters).fit(X, y) for s in ("adam", "adamw"))
    decayed = classifier(solver="adamw", alpha=0.5, **parameters).fit(X, y)
    assert_same(adam, bare)
    start = classifier(solver="sgd", momentum=0, **parameters | dict(learning_rate_init=1e-300)).fit(X, y)
    for first, without, with_decay in zip(start.coefs_, bare.coefs_, decayed.coefs_, strict=True):
        np.testing.assert_allclose(without - with_decay, 0.01 * 0.5 * first, rtol=1e-6, atol=1e-14)
    np.testing.assert_array_equal(bare.intercepts_[0], decayed.intercepts_[0])
    assert decayed.loss_ == pytest.approx(adam.loss_, rel=1e-12)  # the decay is no part of the loss


def test_refused_parameters_change_nothing():
    estimator = classifier().fit(X, y)
    before = {name: np.copy(value) for name, value in enumerate(estimator.coefs_)}
    for bad in (dict(dropout=[0.1]), dict(activation=["relu"]), dict(solver="lbfgs", clip_norm=1.0)):
        estimator.set_params(**bad)
        with pytest.raises(ValueError):
            estimator.fit(X, y)
        estimator.set_params(dropout=0.0, activation="relu", solver="adam", clip_norm=None)
        for name, value in before.items():
            np.testing.assert_array_equal(estimator.coefs_[name], value)
        assert len(estimator.loss_curve_) == 10


# --- Precision, threads, first weights, resuming ---------------------------------------------------------


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_dtype(solver):
    for dtype, X_in in [("float32", X), ("float64", X.astype(np.float32)), (np.float32, X)]:
        estimator = classifier(dtype=dtype, solver=solver).fit(X_in, y)
        assert all(a.dtype == np.dtype(dtype) for a in estimator.coefs_ + estimator.intercepts_)
        assert np.isfinite(estimator.loss_)
    same = classifier(solver=solver).fit(X.astype(np.float32), y)
    other = classifier(dtype="float32", solver=solver).fit(X, y)
    np.testing.assert_allclose(same.predict_proba(X), other.predict_proba(X), atol=1e-3)
    with pytest.raises(ValueError, match="dtype"):
        classifier(dtype="float16").fit(X, y)


def test_threads_change_nothing():
    big = RNG.normal(size=(3000, 20))
    labels = (big[:, 0] > 0).astype(int)
    one, two = (classifier(threads=n, batch_size=500, max_iter=3).fit(big, labels) for n in (1, 2))
    assert_same(one, two)
    np.testing.assert_array_equal(one.predict_proba(big), two.predict_proba(big))


def test_first_weights():
    reference = classifier(max_iter=3).fit(X, y)
    start = classifier(solver="sgd", learning_rate_init=1e-300, max_iter=1).fit(X, y)
    given = classifier(max_iter=3, coefs_init=start.coefs_, intercepts_init=start.intercepts_)
    assert_same(reference, given.fit(X, y))
    only = classifier(
        max_iter=1, solver="sgd", learning_rate_init=1e-300, intercepts_init=[[1] * 8, [2] * 6, [3] * 3]
    )
    only.fit(X, y)
    np.testing.assert_array_equal(only.intercepts_[1], np.full(6, 2.0))
    np.testing.assert_array_equal(only.coefs_[0], start.coefs_[0])
    for bad, message in [
        (dict(coefs_init=start.coefs_[:2]), "coefs_init must have 3 arrays"),
        (dict(coefs_init=[c.T for c in start.coefs_]), r"coefs_init\[0\] must have the shape \(4, 8\)"),
        (dict(intercepts_init=[[np.nan] * 8, [0] * 6, [0] * 3]), r"intercepts_init\[0\] must have finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            classifier(**bad).fit(X, y)


@pytest.mark.parametrize(
    "parameters",
    [
        dict(),
        dict(solver="sgd", learning_rate="invscaling", learning_rate_init=0.1),
        dict(solver="sgd", learning_rate="adaptive", learning_rate_init=0.1, tol=0.01, n_iter_no_change=2),
        dict(dropout=0.3, batch_size=32),
        dict(solver="adamw", alpha=0.1),
        dict(early_stopping=True, tol=0, n_iter_no_change=50, learning_rate_init=0.02),
        dict(random_state=None, shuffle=False, coefs_init="own"),
    ],
    ids=str,
)
def test_exact_resume(parameters):
    if parameters.get("coefs_init") == "own":
        start = classifier(max_iter=1).fit(X, y)
        parameters = parameters | dict(coefs_init=start.coefs_, intercepts_init=start.intercepts_)
    whole = classifier(max_iter=20, **parameters).fit(X, y)
    parts = classifier(max_iter=5, warm_start=True, resume=True, **parameters)
    for _ in range(4):
        parts.fit(X, y)
    assert_same(whole, parts)
    assert parts.t_ == whole.t_ and parts.n_iter_ == 5
    assert parts.validation_scores_ == whole.validation_scores_
    if parameters.get("solver", "adam") == "adam":
        warm = classifier(max_iter=5, warm_start=True, **parameters)
        for _ in range(4):
            warm.fit(X, y)
        assert differ(warm, whole)  # scikit-learn's warm start begins a new optimiser


def test_what_they_share_is_keyword_only_beyond():
    for name in ("MLPClassifier", "MLPRegressor"):
        known = set(getattr(theirs, name)().get_params())
        extra = set(getattr(ours, name)().get_params()) - known
        assert {"dropout", "clip_norm", "dtype", "threads", "coefs_init", "intercepts_init"} <= extra
        text = getattr(ours, name).__doc__
        assert all(f"\n{p}" in text or f", {p} :" in text for p in extra)
