"""From and to `fastnet.Network`, from and to scikit-learn."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import neural_network as theirs
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

import fastnet
from fastnet import sklearn as ours
from fastnet.sklearn import MLPClassifier, MLPRegressor, from_sklearn

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
TARGETS = {
    "classes": y * 10,
    "binary": np.where(y == 1, "b", "a"),
    "labels": np.stack([y == 0, y != 1], axis=1).astype(int),
    "value": y + 0.5,
    "values": np.stack([y, -y], axis=1).astype(float),
    "counts": y.astype(float),
}
SOLVERS = {
    "adam": dict(solver="adam"),
    "nesterov": dict(solver="sgd"),
    "momentum": dict(solver="sgd", nesterovs_momentum=False),
    "plain": dict(solver="sgd", momentum=0),
    "adaptive": dict(solver="sgd", learning_rate="adaptive", tol=1.0, n_iter_no_change=1),
    "lbfgs": dict(solver="lbfgs"),
    "early": dict(early_stopping=True),
}


def make(module, kind, **parameters):
    parameters = dict(hidden_layer_sizes=(6, 5), max_iter=6, random_state=1) | parameters
    if kind == "counts":
        parameters["loss"] = "poisson"
    name = "MLPRegressor" if kind in ("value", "values", "counts") else "MLPClassifier"
    return getattr(module, name)(**parameters)


def outputs(estimator, X=X):
    """The last layer's activations."""
    if hasattr(estimator, "predict_proba"):
        p = estimator.predict_proba(X)
        return p[:, 1:] if estimator.n_outputs_ == 1 else p
    return estimator.predict(X).reshape(len(X), -1)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", TARGETS)
def test_scikit_learn_and_back(kind, solver):
    target = TARGETS[kind]
    fitted = make(theirs, kind, **SOLVERS[solver]).fit(X, target)
    mine = from_sklearn(fitted)
    back = mine.to_sklearn()
    assert type(mine) is getattr(ours, type(fitted).__name__) and type(back) is type(fitted)
    assert back.get_params() == fitted.get_params()
    np.testing.assert_allclose(outputs(mine), outputs(fitted), rtol=1e-12)
    np.testing.assert_array_equal(outputs(back), outputs(fitted))
    np.testing.assert_array_equal(mine.predict(X), fitted.predict(X)) if kind in (
        "classes",
        "binary",
    ) else None
    if solver in ("lbfgs", "early"):
        return
    for _ in range(3):
        for estimator in (fitted, mine, back):
            estimator.partial_fit(X, target)
        for want, got, same in zip(fitted.coefs_, mine.coefs_, back.coefs_, strict=True):
            assert np.abs(got - want).max() <= 1e-9 * np.abs(want).max()
            np.testing.assert_array_equal(same, want)
    assert back._optimizer.learning_rate == fitted._optimizer.learning_rate
    assert mine._optimizer.learning_rate == pytest.approx(fitted._optimizer.learning_rate, rel=1e-12)
    np.testing.assert_allclose(mine.loss_curve_, fitted.loss_curve_, rtol=1e-9)


def test_nothing_is_shared():
    fitted = make(theirs, "classes").fit(X, y)
    mine = MLPClassifier.from_sklearn(fitted)
    back = mine.to_sklearn()
    before = outputs(fitted)
    mine.coefs_[0][...] = 0
    mine.loss_curve_.clear()
    np.testing.assert_array_equal(outputs(fitted), before)
    np.testing.assert_array_equal(outputs(back), before)
    assert fitted.loss_curve_ and back.loss_curve_


def test_unfitted_estimators_convert_too():
    mine = from_sklearn(theirs.MLPRegressor(alpha=3.0))
    assert isinstance(mine, MLPRegressor) and mine.alpha == 3.0 and not hasattr(mine, "coefs_")
    assert mine.to_sklearn().alpha == 3.0


def test_what_scikit_learn_does_not_have():
    for estimator, what in [
        (MLPClassifier(activation="gelu"), "activation='gelu'"),
        (MLPClassifier(activation=["relu"]), "activation=\\['relu'\\]"),
        (MLPRegressor("huber"), "loss='huber'"),
        (MLPRegressor(solver="adamw"), "solver='adamw'"),
    ]:
        with pytest.raises(ValueError, match=what):
            estimator.to_sklearn()
    with pytest.raises(TypeError, match="MLPClassifier, not a MLPRegressor"):
        MLPClassifier.from_sklearn(theirs.MLPRegressor())
    with pytest.raises(TypeError, match="not a Perceptron"):
        from sklearn.linear_model import Perceptron

        from_sklearn(Perceptron())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", TARGETS)
def test_network_and_back(kind, dtype):
    estimator = make(ours, kind, activation=["gelu", "tanh"]).fit(X.astype(dtype), TARGETS[kind])
    network = estimator.to_network()
    assert isinstance(network, fastnet.Network) and network.dtype == dtype
    assert network.activations[:2] == ("gelu", "tanh")
    np.testing.assert_array_equal(network.forward(X.astype(dtype)), outputs(estimator, X.astype(dtype)))
    network.weights[0][...] = 0  # a copy
    assert np.any(estimator.coefs_[0])
    if kind == "labels":
        return  # the network does not say that its outputs are labels
    known = {"classes": estimator.classes_} if hasattr(estimator, "classes_") else {}
    again = type(estimator).from_network(estimator.to_network(), **known, random_state=0)
    np.testing.assert_array_equal(again.predict(X.astype(dtype)), estimator.predict(X.astype(dtype)))
    again.partial_fit(X.astype(dtype), TARGETS[kind])
    assert len(again.loss_curve_) == 1 and again.coefs_[0].dtype == dtype


def test_a_network_with_sigmoids_becomes_a_classifier():
    network = fastnet.Network([4, 6, 3], rng=0, dtype="float64", input_scale=0.25)
    network.fit(X, y, epochs=3)
    estimator = MLPClassifier.from_network(network, classes=["x", "y", "z"], alpha=1.0)
    assert estimator.alpha == 1.0 and estimator.hidden_layer_sizes == (6,) and estimator.n_features_in_ == 4
    np.testing.assert_allclose(estimator.predict_proba(X), network.forward(X), rtol=1e-12)
    np.testing.assert_array_equal(estimator.predict(X), np.array(["x", "y", "z"])[network.predict(X)])
    assert 0 <= estimator.score(X, np.array(["x", "y", "z"])[y]) <= 1


def test_networks_that_do_not_fit():
    values = fastnet.Network([4, 3, 2], output="identity", rng=0)
    softmax = fastnet.Network([4, 3, 3], output="softmax", rng=0)
    for call, error, message in [
        (lambda: MLPClassifier.from_network(values), ValueError, "classifier needs"),
        (lambda: MLPRegressor.from_network(softmax), ValueError, "softmax outputs"),
        (lambda: MLPClassifier.from_network(softmax, classes=[1, 2]), ValueError, "3 different labels"),
        (lambda: MLPClassifier.from_network(softmax, classes=[3, 1, 2]), ValueError, "ascending"),
        (lambda: MLPRegressor.from_network(values, classes=[1, 2]), ValueError, "for a classifier"),
        (lambda: MLPRegressor.from_network("net"), TypeError, "fastnet.Network, not a str"),
        (lambda: MLPClassifier().to_network(), NotFittedError, "not fitted"),
    ]:
        with pytest.raises(error, match=message):
            call()
