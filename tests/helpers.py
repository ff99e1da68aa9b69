"""What the tests share: small data, stand-ins for checked inputs, central differences, the registry walk.

A *core* is anything with `Engine` and `Trainer` as ARCHITECTURE.md describes them: the module
`fastnet.reference`, or what `fastnet._heart.core(dtype)` returns. Helpers take one as an argument, so
that both are held to the same tests.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from itertools import product
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from fastnet import names, reference
from fastnet._layout import Layout

# --- Stand-ins for fastnet._inputs: the attributes of the contract and no more -----------------------


def simple_features(X, scale=1.0):
    """Dense features over X (n, n_in), C-contiguous of the network's dtype, or uint8 with a scale."""
    assert X.flags.c_contiguous and X.ndim == 2
    dtype = np.dtype(np.float32 if X.dtype == np.uint8 else X.dtype)

    def rows(which):
        return X[which] * dtype.type(scale) if X.dtype == np.uint8 else X[which]

    return SimpleNamespace(n=len(X), n_in=X.shape[1], kind="dense", array=X, scale=scale, rows=rows)


def compact_features(X, index_dtype=np.uint16, coded=False):
    """Only the non-zero numbers of X (n, n_in): values of its dtype, or 8-bit codes into a table.

    `middle` counts each row's entries in the first of the two chains of ARCHITECTURE.md, which is all of
    them with fewer than 128 inputs; `longest` is the most entries a row has.
    """
    n, n_in = X.shape
    row, column = np.nonzero(X)
    counts = np.bincount(row, minlength=n)
    in_first_chain = column < (n_in // 2 if n_in >= 128 else n_in)
    value, table = X[row, column], None
    if coded:
        distinct = np.unique(np.append(value, 0).astype(X.dtype))
        assert distinct.size <= 256, "too many different numbers for 8-bit codes"
        table = np.zeros(256, X.dtype)
        table[: distinct.size] = distinct
        value = np.searchsorted(distinct, value).astype(np.uint8)
    return SimpleNamespace(
        n=n,
        n_in=n_in,
        kind="compact",
        rowptr=np.append(0, np.cumsum(counts)).astype(np.int64),
        index=column.astype(index_dtype),
        middle=np.bincount(row[in_first_chain], minlength=n).astype(np.uint32),
        longest=int(counts.max()),
        value=value,
        table=table,
        rows=lambda which: X[which],
    )


def simple_targets(y, score=None):
    """Targets over y: labels (n,) int32, or values (n, n_out) of the network's dtype."""
    if y.ndim == 1:
        return SimpleNamespace(labels=y.astype(np.int32), values=None, score=score or "label")
    assert y.flags.c_contiguous
    return SimpleNamespace(labels=None, values=y, score=score or "argmax")


# --- Small problems --------------------------------------------------------------------------------


class Problem(NamedTuple):
    """A network with parameters, and data it can be trained on."""

    sizes: tuple
    activations: tuple
    cost: str
    layout: Layout
    params: np.ndarray
    X: np.ndarray
    y: np.ndarray
    features: SimpleNamespace
    targets: SimpleNamespace
    sample_weight: np.ndarray | None

    def engine(self, core, params=None):
        """An engine of the given core on a copy of the parameters (or on the ones given)."""
        return core.Engine(self.sizes, self.activations, self.cost, self.copy(params))

    def copy(self, params=None):
        """An aligned copy of the parameters."""
        flat = self.layout.aligned_zeros()
        flat[...] = self.params if params is None else params
        return flat


def random_params(layout, rng, scale=1.0):
    """Parameters N(0, scale^2 / n_in), biases N(0, scale^2 / 4), padding zero."""
    flat = layout.aligned_zeros()
    for layer, (_, n_in, n_out, _) in enumerate(layout.blocks):
        layout.weights(flat, layer)[...] = rng.normal(size=(n_out, n_in)) * scale / np.sqrt(n_in)
        layout.biases(flat, layer)[...] = rng.normal(size=n_out) * scale / 2
    return flat


def random_inputs(rng, n, n_in, dtype, zeros=0.0):
    """X (n, n_in) uniform in [-1, 1], with about the given share of exact zeros."""
    X = rng.uniform(-1, 1, size=(n, n_in))
    X[rng.random(X.shape) < zeros] = 0
    return X.astype(dtype)


def random_targets(rng, n, n_out, cost, kind, dtype):
    """Labels, or arbitrary values: of [0, 1] for cross-entropies and Poisson, not summing to one on purpose.

    One output has values always, as in fastnet._inputs; with kind "labels" they are 0 and 1.
    """
    if kind == "labels":
        labels = rng.integers(0, max(n_out, 2), n).astype(np.int32)
        return labels if n_out > 1 else labels[:, None].astype(dtype)
    low = 0 if cost in ("cross_entropy", "log_loss", "poisson") else -1
    return rng.uniform(low, 1, size=(n, n_out)).astype(dtype)


def random_weights(rng, n, kind, dtype):
    """None, or weights of [0.2, 2], with kind "zeros" every third of them zero."""
    if kind == "none":
        return None
    w = rng.uniform(0.2, 2, size=n).astype(dtype)
    if kind == "zeros":
        w[::3] = 0
    return w


def weighted_inputs(sizes, activations, params, X):
    """Every layer's z (n, n_l): for finding samples that sit on the kink of a relu."""
    layout, zs, a = Layout(sizes, params.dtype), [], X
    for layer, name in enumerate(activations):
        zs.append(a @ layout.weights(params, layer).T + layout.biases(params, layer))
        a = reference.ACTIVATION[name](zs[-1])
    return zs


KINKED = ("relu", "leaky_relu", "elu")
KINKED_COSTS = ("absolute_error", "huber", "quantile")


def make_problem(
    sizes, activations, cost="quadratic", *, n=7, dtype=np.float64, targets="labels", weights="none",
    seed=0, zeros=0.0, kink=0.0,
):  # fmt: skip
    """Draw a problem whose gradient is neither zero nor undefined.

    Drawn anew until no relu's z lies nearer to its kink at 0 than `kink`, and some sample passes them all.
    """
    sizes, activations = tuple(sizes), tuple(activations)
    for attempt in range(200):
        rng = np.random.default_rng([seed, attempt])
        layout = Layout(sizes, dtype)
        params = random_params(layout, rng)
        X = random_inputs(rng, n, sizes[0], dtype, zeros)
        zs = weighted_inputs(sizes, activations, params, X)
        kinked = [z for z, name in zip(zs, activations, strict=True) if name in KINKED]
        passes = np.all([(z > 0).any(axis=1) for z in kinked], axis=0)
        y = random_targets(rng, n, sizes[-1], cost, targets, dtype)
        if cost in KINKED_COSTS:
            wanted = y if y.ndim == 2 else np.eye(sizes[-1])[y]
            e = np.abs(zs[-1] - wanted)
            kinked += [e, np.abs(e - 0.5)]  # 1/2: where Huber's cost turns linear
        if np.any(passes) and all(np.abs(z).min() > kink for z in kinked):
            break
    else:
        raise AssertionError("no draw keeps its distance from the kinks")
    w = random_weights(rng, n, weights, dtype)
    score = "threshold" if sizes[-1] == 1 else None
    for array in (X, y, w):
        if array is not None:
            array.flags.writeable = False  # whoever writes into the caller's data fails here
    return Problem(
        sizes, activations, cost, layout, params, X, y, simple_features(X), simple_targets(y, score), w
    )


# --- The registry walk -------------------------------------------------------------------------------


class Combination(NamedTuple):
    """One way to put a network and an objective together."""

    hidden: str
    output: str
    cost: str
    targets: str
    l2: float
    weights: str

    def __str__(self):
        return "-".join(map(str, self))


COST_AND_OUTPUT = [(cost, output) for cost, outputs in names.COST_OUTPUTS.items() for output in outputs]

#: activation x cost x output x targets x penalty x sample weights: every combination there is
COMBINATIONS = [
    Combination(hidden, output, cost, targets, l2, weights)
    for hidden, (cost, output), targets, l2, weights in product(
        names.ACTIVATIONS, COST_AND_OUTPUT, ("labels", "values"), (0.0, 0.3), ("none", "zeros")
    )
]


def combination_problem(combination, sizes=(4, 5, 3, 3), dtype=np.float64, n=7, kink=0.0):
    """A problem for a combination; all layers but the last have the hidden activation."""
    activations = (combination.hidden,) * (len(sizes) - 2) + (combination.output,)
    return make_problem(
        sizes, activations, combination.cost, n=n, dtype=dtype, targets=combination.targets,
        weights=combination.weights, kink=kink, seed=len(str(combination)),
    )  # fmt: skip


# --- Central differences -----------------------------------------------------------------------------


def parameter_indices(layout):
    """For each layer, the places of its weights (n_out, n_in) and biases (n_out,) in the flat array."""
    places = np.arange(layout.size)
    return [(layout.weights(places, i), layout.biases(places, i)) for i in range(len(layout.blocks))]


def objective(core, problem, params, l2):
    """Mean cost + (l2/2) * the sum of the squared weights, the biases left out."""
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    cost, weight, _ = engine.evaluate(problem.features, problem.targets, problem.sample_weight)
    squares = sum(
        np.sum(problem.layout.weights(params, layer) ** 2) for layer in range(len(problem.layout.blocks))
    )
    return cost / weight + l2 / 2 * squares


def central_differences(core, problem, l2, h=1e-3):
    """The objective's derivative by every weight and bias, flat, zero in the padding.

    Four points, (8 [f(h) - f(-h)] - [f(2h) - f(-2h)]) / 12h: its error goes with h^4, so that h can be
    large enough for rounding not to matter (about 1e-12 of both in all, at the sizes used here).
    """
    params = problem.copy()
    numeric = np.zeros(problem.layout.size)
    for place in np.concatenate([p.ravel() for pair in parameter_indices(problem.layout) for p in pair]):
        kept, f = params[place], {}
        for steps in (-2, -1, 1, 2):
            params[place] = kept + steps * h
            f[steps] = objective(core, problem, params, l2)
        params[place] = kept
        numeric[place] = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
    return numeric


def objective_gradient(core, problem, l2):
    """The objective's gradient as training sees it: one full-batch step of sgd with a learning rate of 1."""
    params = problem.copy()
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    trainer = core.Trainer(
        engine, problem.features, problem.targets, problem.sample_weight,
        batch_size=problem.features.n, optimizer="sgd", moments=[], l2=l2,
    )  # fmt: skip
    trainer.start_epoch(np.arange(problem.features.n, dtype=np.intp), np.ones(1))
    assert trainer.run(60.0)
    return problem.params - params


def assert_gradient(gradient, numeric, layout):
    """Hold every entry of a gradient against central differences.

    Each entry's error must be <= 1e-6 of that entry itself, plus the differences' own rounding, 1e-9 of
    the largest entry of its layer's weights or biases. No layer's gradient may be all zero.
    """
    padding = np.ones(layout.size, bool)
    for layer, places in enumerate(parameter_indices(layout)):
        for what, place in zip(("weights", "biases"), places, strict=True):
            g, expected = gradient[place], numeric[place]
            largest = np.abs(expected).max()
            assert largest > 1e-6, f"layer {layer}: the gradient of the {what} is all zero"
            bound = 1e-6 * np.abs(expected) + 1e-9 * largest
            worst = np.abs(g - expected).max() / largest
            assert np.all(np.abs(g - expected) <= bound), f"layer {layer}, {what}: off by {worst:.1e}"
            padding[place] = False
    assert not np.any(gradient[padding]), "the padding must stay zero"


# --- Training ------------------------------------------------------------------------------------------


def train(
    core, problem, *, batch_size, optimizer, epochs=2, rate=0.05, features=None, seconds=60.0, seed=5,
    calls=None, **options,
):  # fmt: skip
    """Train on a copy of the parameters; return everything that training leaves behind."""
    params = problem.copy()
    engine = core.Engine(problem.sizes, problem.activations, problem.cost, params)
    moments = [problem.layout.aligned_zeros() for _ in range(names.OPTIMIZERS[optimizer])]
    features = problem.features if features is None else features
    trainer = core.Trainer(
        engine, features, problem.targets, problem.sample_weight,
        batch_size=batch_size, optimizer=optimizer, moments=moments, **options,
    )  # fmt: skip
    rng, n, sums = np.random.default_rng(seed), features.n, []
    n_updates = -(-n // batch_size)
    for _ in range(epochs):
        order = rng.permutation(n).astype(np.intp)
        trainer.start_epoch(order, rate * np.linspace(1, 0.5, n_updates))
        for _ in range(calls or n_updates + 1):
            if trainer.run(seconds):
                break
        else:
            raise AssertionError("run() did not come to the end of the epoch")
        sums.append((trainer.cost_sum, trainer.weight_sum, trainer.correct_sum))
    return SimpleNamespace(params=params, moments=moments, sums=np.array(sums), updates=trainer.updates)


def same_bits(one, other):
    """Hold two results of `train` to the same bits."""
    for a, b in zip((one.params, *one.moments), (other.params, *other.moments), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one.sums, other.sums)
    assert one.updates == other.updates


# --- Child processes ---------------------------------------------------------------------------------


@contextmanager
def children_obey_ctrl_c():
    """Processes started in here do, even where a shell runs the tests in the background, deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
