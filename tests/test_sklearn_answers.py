"""Answers: the direct path past validation, weights that a user edits, pickles, scikit-learn's machinery."""

import copy
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

import joblib
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastnet.sklearn import MLPClassifier, MLPRegressor, _base

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])
MULTI = np.stack([y == 0, y != 1], axis=1).astype(int)
PROBLEMS = {
    "classes": (MLPClassifier, NAMES[y]),
    "binary": (MLPClassifier, NAMES[(y > 0).astype(int)]),
    "one class": (MLPClassifier, np.full(150, "only")),
    "labels": (MLPClassifier, MULTI),
    "value": (MLPRegressor, y.astype(float)),
    "values": (MLPRegressor, np.stack([y, -y], axis=1).astype(float)),
}


def fitted(kind, dtype=np.float64, **parameters):
    cls, target = PROBLEMS[kind]
    parameters = dict(hidden_layer_sizes=(7, 5), max_iter=5, random_state=0) | parameters
    return cls(**parameters).fit(X.astype(dtype), target)


def answers(estimator, X):
    methods = ["predict"] + ["predict_proba", "predict_log_proba"] * hasattr(estimator, "predict_proba")
    return [getattr(estimator, method)(X) for method in methods]


def assert_equal(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 150])
@pytest.mark.parametrize("kind", PROBLEMS)
def test_the_direct_path_gives_the_same(kind, n, dtype, monkeypatch):
    estimator = fitted(kind, dtype)
    some = X[:n].astype(dtype)
    direct = answers(estimator, some)
    taken = []
    forward = type(estimator)._forward_pass_fast
    monkeypatch.setattr(
        type(estimator), "_forward_pass_fast", lambda *a, **k: taken.append(1) or forward(*a, **k)
    )
    answers(estimator, some)
    assert not taken
    monkeypatch.setattr(_base, "direct_outputs", lambda estimator, X: None)
    assert_equal(answers(estimator, some), direct)
    assert taken


def test_the_direct_path_does_not_let_bad_data_through():
    estimator = fitted("classes")
    for bad, message in [
        (np.where(X == X[0, 0], np.nan, X), "NaN"),
        (np.where(X == X[0, 0], np.inf, X), "infinity"),
        (X[:, :3], "3 features"),
        (X[0], "1D array"),
        (X[:0], "0 sample"),
    ]:
        with pytest.raises(ValueError, match=message):
            estimator.predict(bad)
    for one in (np.full((1, 4), np.nan), np.full((1, 4), np.inf)):
        with pytest.raises(ValueError):
            estimator.predict_proba(one)
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)


@pytest.mark.parametrize(
    "change", ["float32", "int", "fortran", "strided", "list", "read-only", "byte order"]
)
def test_other_arrays_take_the_general_path(change):
    estimator = fitted("classes")
    whole = np.round(X)
    wide = np.empty((150, 8))
    wide[:, ::2] = whole
    given = {
        "float32": whole.astype(np.float32),
        "int": whole.astype(int),
        "fortran": np.asfortranarray(whole),
        "strided": wide[:, ::2],
        "list": whole.tolist(),
        "byte order": whole.astype(whole.dtype.newbyteorder()),
        "read-only": whole.copy(),
    }[change]
    if change == "read-only":
        given.flags.writeable = False
    assert_equal(answers(estimator, given), answers(estimator, whole))


def test_feature_names():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcd"))
    estimator = MLPClassifier((5,), max_iter=3, random_state=0).fit(frame, y)
    np.testing.assert_array_equal(estimator.feature_names_in_, list("abcd"))
    expected = estimator.predict_proba(frame)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        np.testing.assert_array_equal(estimator.predict_proba(X), expected)
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame.rename(columns={"a": "z"}))


@pytest.mark.parametrize("n", [1, 150])
def test_weights_may_be_edited(n):
    estimator = fitted("value", hidden_layer_sizes=(3,), activation="identity")
    some = X[:n]

    def expected():
        (w1, w2), (b1, b2) = estimator.coefs_, estimator.intercepts_
        return ((some @ w1 + b1) @ w2 + b2).ravel()

    def check():
        np.testing.assert_allclose(estimator.predict(some), expected(), rtol=1e-12)

    check()
    estimator.coefs_[0][2, 1] = 7.0
    estimator.intercepts_[1] += 1
    check()
    estimator.coefs_[1] = np.arange(3.0)[:, None]
    check()
    estimator.coefs_[1][0, 0] = -4
    check()
    estimator.coefs_ = [2 * coef for coef in estimator.coefs_]
    check()
    before = estimator.coefs_[0].copy()
    estimator.partial_fit(X, y)
    assert 0 < np.abs(estimator.coefs_[0] - before).max() < 0.01
    check()
    estimator.set_params(activation="tanh")
    (w1, w2), (b1, b2) = estimator.coefs_, estimator.intercepts_
    np.testing.assert_allclose(
        estimator.predict(some), (np.tanh(some @ w1 + b1) @ w2 + b2).ravel(), rtol=1e-9
    )


@pytest.mark.parametrize("kind", PROBLEMS)
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_pickles_and_copies_go_on(kind, solver, tmp_path):
    estimator = fitted(kind, solver=solver)
    joblib.dump(estimator, tmp_path / "model.joblib")
    others = [
        pickle.loads(pickle.dumps(estimator)),
        joblib.load(tmp_path / "model.joblib"),
        joblib.load(tmp_path / "model.joblib", mmap_mode="r"),
        copy.copy(estimator),
        copy.deepcopy(estimator),
    ]
    for other in others:
        assert_equal(answers(other, X), answers(estimator, X))
        assert not any(np.shares_memory(a, b) for a, b in zip(other.coefs_, estimator.coefs_, strict=True))
    if solver == "lbfgs":
        return
    for one in (estimator, *others):
        one.partial_fit(X, PROBLEMS[kind][1])
    for other in others:
        assert_equal(other.coefs_, estimator.coefs_)
        assert other.loss_curve_ == estimator.loss_curve_


def test_in_scikit_learns_machinery():
    pipeline = make_pipeline(
        StandardScaler(), MLPClassifier((8,), learning_rate_init=0.05, max_iter=60, random_state=0)
    )
    scores = cross_val_score(pipeline, X, y, cv=3)
    assert scores.mean() > 0.8
    grid = {"mlpclassifier__alpha": [1e-4, 100.0], "mlpclassifier__activation": ["relu", "tanh"]}
    search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2).fit(X, y)
    assert search.best_params_["mlpclassifier__alpha"] == 1e-4
    assert search.best_score_ >= scores.mean() - 1e-12


def test_clone_and_parameters():
    estimator = MLPRegressor("huber", (3, 4), activation=["gelu", "elu"], dropout=[0.1, 0.2], quantile=0.3)
    parameters = clone(estimator).get_params()
    assert parameters["activation"] == ["gelu", "elu"] and parameters["loss"] == "huber"
    from sklearn import neural_network as theirs

    for ours in (MLPClassifier, MLPRegressor):
        defaults = getattr(theirs, ours.__name__)().get_params()
        assert {name: ours().get_params()[name] for name in defaults} == defaults
    with pytest.raises(TypeError):
        MLPClassifier((3,), "relu", "sgd")


def test_the_data_are_not_changed():
    frozen, target = X.copy(), y.copy()
    fitted("classes", early_stopping=True, dtype=np.float64)
    MLPClassifier((3,), max_iter=3, batch_size=7, random_state=0).fit(frozen, target).predict(frozen)
    np.testing.assert_array_equal(frozen, X)
    np.testing.assert_array_equal(target, y)
