"""Whole fits and single answers of `fastnet.sklearn` against scikit-learn, one thread each.

Every row first makes sure that both do the same: the same number of epochs and the same loss curve. Then
both are timed in the same process. `--require-bars` makes a missed bar an error.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse
from sklearn import datasets, neural_network
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from fastnet import sklearn as ours

#: What two loss curves may differ by, of the largest entry. In single precision rounding grows epoch by
#: epoch: on MNIST with mini-batches of 10, scikit-learn's own curve moves by 0.021 when its inputs are
#: multiplied by 1 + 1e-6.
SAME = {"float32": 0.05, "float64": 1e-6}


@dataclass(frozen=True)
class Fit:
    """One row: an estimator, its data, and how many times as fast as scikit-learn it has to be."""

    key: str
    title: str
    at_least: float
    estimator: str
    load: Callable[[Path, bool], tuple[Any, np.ndarray]]
    epochs: int = 30
    parameters: dict[str, Any] = field(default_factory=dict)

    def make(self, module: Any, epochs: int) -> Any:
        """Return an estimator that trains for exactly so many epochs."""
        return getattr(module, self.estimator)(
            max_iter=epochs, tol=0.0, n_iter_no_change=10**6, random_state=0, **self.parameters
        )


def mnist(folder: Path, quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the images as float32 between 0 and 1, and the digits; a tenth of them in a smoke run."""
    n = 6_000 if quick else 60_000
    images = np.load(folder / "images.npy", mmap_mode="r")[:n]
    return images.astype(np.float32) / np.float32(255), np.load(folder / "labels.npy")[:n]


def small(load: Callable[..., Any]) -> Callable[[Path, bool], tuple[np.ndarray, np.ndarray]]:
    """Return the loader of one of scikit-learn's own data sets, as it comes."""
    return lambda folder, quick: load(return_X_y=True)


def values(folder: Path, quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return 20,000 x 20 inputs and values that depend on them, float32."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2_000 if quick else 20_000, 20)).astype(np.float32)
    return X, (np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + rng.normal(scale=0.1, size=len(X))).astype(np.float32)


def text(folder: Path, quick: bool) -> tuple[Any, np.ndarray]:
    """Return a CSR matrix like TF-IDF's, 20,000 documents x 50,000 words: frequent words are in most rows."""
    n, words = (1_000, 5_000) if quick else (20_000, 50_000)
    rng = np.random.default_rng(0)
    drawn = np.minimum(rng.zipf(1.3, size=(n, 120)), words) - 1
    row = np.repeat(np.arange(n), drawn.shape[1])
    counts = sparse.coo_matrix((np.ones(drawn.size), (row, drawn.ravel())), shape=(n, words)).tocsr()
    counts.sum_duplicates()
    frequency = np.log(n / (1 + np.bincount(counts.indices, minlength=words))) + 1
    counts.data = (1 + np.log(counts.data)) * frequency[counts.indices]
    norm = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(norm, np.diff(counts.indptr))
    return counts, rng.integers(0, 4, n)


FITS = [
    Fit(
        "digits-16-16",
        "MNIST 784-16-16-10 logistic, sgd, batch 10, float32",
        25,
        "MLPClassifier",
        mnist,
        parameters=dict(
            hidden_layer_sizes=(16, 16),
            activation="logistic",
            solver="sgd",
            batch_size=10,
            learning_rate_init=0.1,
        ),
    ),
    Fit("digits-100", "MNIST 784-100-10 relu, adam, batch 200, float32", 5, "MLPClassifier", mnist),
    Fit("wine", "wine, the defaults, float64", 5, "MLPClassifier", small(datasets.load_wine), 200),
    Fit(
        "cancer",
        "breast cancer, the defaults, float64",
        5,
        "MLPClassifier",
        small(datasets.load_breast_cancer),
        200,
    ),
    Fit(
        "small-digits",
        "8 x 8 digits, the defaults, float64",
        4,
        "MLPClassifier",
        small(datasets.load_digits),
        200,
    ),
    Fit(
        "values",
        "regression 20,000 x 20, 64-64, adam, batch 32, float32",
        10,
        "MLPRegressor",
        values,
        parameters=dict(hidden_layer_sizes=(64, 64), batch_size=32),
    ),
    Fit("text", "text 20,000 x 50,000 CSR, hidden 100, adam", 4, "MLPClassifier", text, 3),
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """One thread for BLAS, whoever calls it, and no complaint about fits that have not converged."""
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def seconds(work: Callable[[], Any]) -> float:
    """Return how long one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def report(
    request: pytest.FixtureRequest, benchmark: Any, title: str, theirs: float, at_least: float
) -> None:
    """Note the ratio and, if wanted, insist on the bar."""
    ratio = theirs / benchmark.stats.stats.median
    benchmark.extra_info.update(title=title, sklearn_seconds=theirs, ratio=ratio, at_least=at_least)
    print(f"\n{title}: {ratio:.1f}x scikit-learn ({theirs:.4g} s), at least {at_least:g}x")
    if request.config.getoption("--require-bars"):
        assert ratio >= at_least, f"{title}: {ratio:.2f}x, not {at_least:g}x"


@pytest.mark.parametrize("row", FITS, ids=lambda row: row.key)
def test_fit(
    row: Fit, benchmark: Any, folder: Path, quick: bool, rounds: int, request: pytest.FixtureRequest
) -> None:
    X, y = row.load(folder, quick)
    epochs = min(row.epochs, 3) if quick else row.epochs
    theirs = row.make(neural_network, epochs)
    times = [seconds(lambda: theirs.fit(X, y))]
    again = rounds - 1 if times[0] < 30 else 0  # theirs takes minutes where ours takes seconds
    mine = row.make(ours, epochs).fit(X, y)
    curves = np.array([theirs.loss_curve_, mine.loss_curve_])
    precision = theirs.coefs_[0].dtype.name
    assert theirs.n_iter_ == mine.n_iter_ == epochs and mine.coefs_[0].dtype == precision
    difference = np.abs(curves[1] - curves[0]).max() / curves[0].max()
    assert difference <= SAME[precision], f"loss curves differ by {difference:.1e}"
    benchmark.extra_info.update(difference=difference, last_losses=curves[:, -1].tolist())

    def in_turn() -> None:
        """Before each round but the first, which theirs has been."""
        if 0 < next(turn) <= again:
            times.append(seconds(lambda: row.make(neural_network, epochs).fit(X, y)))

    turn = count()
    benchmark.pedantic(lambda: row.make(ours, epochs).fit(X, y), setup=in_turn, rounds=rounds)
    report(request, benchmark, row.title, median(times), row.at_least)


def test_one_sample(
    benchmark: Any, folder: Path, quick: bool, rounds: int, request: pytest.FixtureRequest
) -> None:
    X, y = datasets.load_digits(return_X_y=True)
    theirs, mine = (
        module.MLPClassifier(max_iter=5, random_state=0).fit(X, y) for module in (neural_network, ours)
    )
    x = X[:1].copy()
    np.testing.assert_allclose(mine.predict_proba(x), theirs.predict_proba(x), rtol=1e-6, atol=1e-12)
    calls = 20 if quick else 2_000
    times = [seconds(lambda: [theirs.predict_proba(x) for _ in range(calls)]) / calls for _ in range(rounds)]
    benchmark.pedantic(mine.predict_proba, args=(x,), rounds=rounds, iterations=calls)
    report(request, benchmark, "predict_proba of one sample", median(times), 10)
