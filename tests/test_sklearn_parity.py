"""`fastnet.sklearn` against scikit-learn's own classes: the same numbers for the same `random_state`."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn import neural_network as theirs
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from fastnet import sklearn as ours

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size`"),
]

SOLVERS = [("sgd", schedule) for schedule in ("constant", "invscaling", "adaptive")] + [("adam", "constant")]
ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]


def problem(kind):
    """X, y and the name of the class for one of the kinds of target."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(83, 7))
    signal = np.sin(X @ rng.normal(size=(7, 3)))
    if kind == "binary":
        return X, np.where(signal[:, 0] > 0, "yes", "no"), "MLPClassifier"
    if kind == "classes":
        return X, signal.argmax(axis=1) + 4, "MLPClassifier"
    if kind == "labels":
        return X, (signal > 0).astype(int), "MLPClassifier"
    if kind == "counts":
        return X, rng.poisson(np.exp(signal)).astype(float), "MLPRegressor"
    return X, signal if kind == "values" else signal[:, 0], "MLPRegressor"


KINDS = ["binary", "classes", "labels", "value", "values"]


def fitted(kind, **parameters):
    """Their estimator and ours, fitted on the same."""
    X, y, name = problem(kind)
    both = []
    for module in (theirs, ours):
        fit = {key: parameters[key] for key in ("sample_weight",) if key in parameters}
        estimator = getattr(module, name)(**{k: v for k, v in parameters.items() if k not in fit})
        both.append(estimator.fit(X, y, **fit))
    return X, *both


def assert_same(expected, found, rtol=1e-6):
    """Every array to `rtol` of its own largest entry; everything that counts exactly."""
    pairs = list(zip(expected.coefs_ + expected.intercepts_, found.coefs_ + found.intercepts_, strict=True))
    for name in ("loss_curve_", "validation_scores_"):
        if getattr(expected, name, None) is not None:
            pairs.append((getattr(expected, name), getattr(found, name)))
    for want, got in pairs:
        want, got = np.asarray(want), np.asarray(got)
        assert want.shape == got.shape and want.dtype == got.dtype
        assert np.abs(got - want).max() <= rtol * np.abs(want).max()
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(expected, name) == getattr(found, name), name
    for name in ("loss_", "best_loss_", "best_validation_score_"):
        want = getattr(expected, name, None)
        assert want is None or getattr(found, name) == pytest.approx(want, rel=rtol), name


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("batch_size", ["auto", 1, 16, 500])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("solver, schedule", SOLVERS)
def test_matrix(solver, schedule, activation, batch_size, early_stopping):
    for kind in ("classes", "values") if batch_size == 1 else KINDS:
        _, expected, found = fitted(
            kind, hidden_layer_sizes=(9, 5), solver=solver, learning_rate=schedule, activation=activation,
            batch_size=batch_size, early_stopping=early_stopping, max_iter=5 if batch_size == 1 else 20,
            random_state=11, learning_rate_init=0.01,
        )  # fmt: skip
        assert_same(expected, found)


OTHERS = {
    "plain descent": dict(solver="sgd", momentum=0, learning_rate_init=0.1),
    "classical momentum": dict(solver="sgd", nesterovs_momentum=False, learning_rate_init=0.05),
    "no shuffle": dict(shuffle=False, batch_size=10),
    "strong penalty": dict(alpha=3.0, batch_size=20),
    "no penalty": dict(alpha=0.0),
    "no hidden layer": dict(hidden_layer_sizes=()),
    "one number": dict(hidden_layer_sizes=4),
    "power": dict(solver="sgd", learning_rate="invscaling", power_t=0.2, learning_rate_init=0.1),
    "betas": dict(beta_1=0.5, beta_2=0.9, epsilon=1e-3),
    "stops": dict(tol=0.05, n_iter_no_change=2, max_iter=100),
    "adapts": dict(solver="sgd", learning_rate="adaptive", tol=0.05, n_iter_no_change=2, max_iter=60),
    "validation": dict(early_stopping=True, validation_fraction=0.3, n_iter_no_change=3, max_iter=80),
    "weights": dict(sample_weight=np.linspace(0, 2, 83), batch_size=16),
    "weights held back": dict(sample_weight=np.linspace(0.1, 2, 83), early_stopping=True),
}


@pytest.mark.parametrize("case", OTHERS)
@pytest.mark.parametrize("kind", [*KINDS, "counts"])
def test_other_parameters(kind, case):
    parameters = dict(hidden_layer_sizes=(6,), max_iter=20, random_state=2) | OTHERS[case]
    if kind == "counts":
        parameters["loss"] = "poisson"
        parameters["learning_rate_init"] = min(parameters.get("learning_rate_init", 1), 0.005)
    assert_same(*fitted(kind, **parameters)[1:])


@pytest.mark.parametrize("kind", [*KINDS, "counts"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_lbfgs_finds_the_same_optimum(kind, activation):
    loss = {"loss": "poisson"} if kind == "counts" else {}
    X, expected, found = fitted(
        kind, solver="lbfgs", hidden_layer_sizes=(4,), activation=activation, alpha=1.0, max_iter=20,
        random_state=1, **loss,
    )  # fmt: skip
    assert found.n_iter_ == expected.n_iter_
    assert found.loss_ == pytest.approx(expected.loss_, rel=1e-6)
    answers = "predict" if kind in ("value", "values", "counts") else "predict_proba"
    want, got = getattr(expected, answers)(X), getattr(found, answers)(X)
    assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_iris])
@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_real_data_as_they_come(load, activation):
    # unscaled: saturated outputs, where scikit-learn cuts its log-loss off
    X, y = load(return_X_y=True)
    both = [
        module.MLPClassifier(activation=activation, max_iter=20, random_state=0).fit(X, y)
        for module in (theirs, ours)
    ]
    assert_same(*both)
    np.testing.assert_allclose(both[1].predict_proba(X), both[0].predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("kind", ["binary", "classes", "values"])
def test_single_precision(kind):
    X, y, name = problem(kind)
    both = [
        getattr(module, name)((9,), max_iter=5, random_state=3)
        if name == "MLPClassifier"
        else getattr(module, name)(hidden_layer_sizes=(9,), max_iter=5, random_state=3)
        for module in (theirs, ours)
    ]
    for estimator in both:
        estimator.fit(X.astype(np.float32), y)
        assert all(array.dtype == np.float32 for array in estimator.coefs_ + estimator.intercepts_)
    assert_same(*both, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit(kind, solver):
    X, y, name = problem(kind)
    both = []
    for module in (theirs, ours):
        estimator = getattr(module, name)(hidden_layer_sizes=(5,), solver=solver, random_state=4)
        # for several labels a sample the classes are the columns
        known = np.arange(3) if kind == "labels" else np.unique(y)
        classes = {"classes": known} if name == "MLPClassifier" else {}
        for start in (0, 30, 60, 0):
            estimator.partial_fit(X[start : start + 30], y[start : start + 30], **classes)
            classes = {}
        both.append(estimator)
    assert_same(*both)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_warm_start(solver, early):
    X, y, _ = problem("classes")
    both = []
    for module in (theirs, ours):
        estimator = module.MLPClassifier(
            (5,), solver=solver, warm_start=True, max_iter=4, random_state=4, early_stopping=early
        )
        for _ in range(3):
            estimator.fit(X, y)
        both.append(estimator)
    if solver == "lbfgs":
        assert both[0].loss_ == pytest.approx(both[1].loss_, rel=1e-8)
    else:
        assert_same(*both)


@pytest.mark.parametrize("form", ["csr_array", "csc_matrix"])
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_sparse(form, solver):
    sparse = pytest.importorskip("scipy.sparse")
    X, y, _ = problem("classes")
    X[np.random.default_rng(0).random(X.shape) < 0.7] = 0
    S = getattr(sparse, form)(X)
    both = [
        module.MLPClassifier((5,), solver=solver, max_iter=10, random_state=0).fit(S, y)
        for module in (theirs, ours)
    ]
    np.testing.assert_allclose(both[1].predict_proba(S), both[0].predict_proba(S), rtol=1e-6)
    np.testing.assert_array_equal(both[1].predict_proba(X), both[1].predict_proba(S))


def test_the_same_is_printed(capsys):
    X, y, _ = problem("classes")
    printed = []
    for module in (theirs, ours):
        for parameters in (
            dict(solver="sgd", learning_rate="adaptive", tol=0.5, n_iter_no_change=1),
            dict(early_stopping=True, tol=0.5, n_iter_no_change=1),
        ):
            module.MLPClassifier((5,), verbose=True, max_iter=30, random_state=0, **parameters).fit(X, y)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] and "Setting learning rate" in printed[0]
