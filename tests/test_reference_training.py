"""The twin's trainer: optimisers against formulas in closed form and torch, mini-batches, epochs, sums."""

import numpy as np
import pytest
from helpers import make_problem, simple_targets, train

from fastnet import names, reference

RATES = (0.3, 0.2, 0.07, 0.01)
MU, BETA1, BETA2, EPSILON = 0.8, 0.7, 0.95, 1e-6


def path(optimizer, l2=0.0):
    """Parameters before and after each full-batch update, and the gradients (penalty added) they saw."""
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), targets="values", weights="zeros")
    params = problem.copy()
    engine = reference.Engine(problem.sizes, problem.activations, problem.cost, params)
    moments = [problem.layout.aligned_zeros() for _ in range(names.OPTIMIZERS[optimizer])]
    trainer = reference.Trainer(
        engine, problem.features, problem.targets, problem.sample_weight, batch_size=problem.features.n,
        optimizer=optimizer, moments=moments, l2=l2, momentum=MU, beta1=BETA1, beta2=BETA2, epsilon=EPSILON,
    )  # fmt: skip
    is_weight = problem.layout.aligned_zeros()
    for layer in range(2):
        problem.layout.weights(is_weight, layer)[...] = 1
    w, g = [params.copy()], []
    for rate in RATES:
        grad = problem.layout.aligned_zeros()
        engine.gradient(problem.features, problem.targets, problem.sample_weight, grad)
        g.append(grad if optimizer == "adamw" else grad + l2 * is_weight * params)
        trainer.start_epoch(np.arange(problem.features.n, dtype=np.intp), np.array([rate]))
        assert trainer.run(60.0)
        w.append(params.copy())
    assert all(np.abs(gradient).max() > 1e-3 for gradient in g)
    assert trainer.updates == len(RATES)
    return w, g, is_weight


def velocity(g, t):
    """v_t = -sum_k mu^(t-k) rate_k g_k, for t = 1, 2, ...: the recursion v := mu v - rate g, summed up."""
    return -sum(MU ** (t - k) * RATES[k - 1] * g[k - 1] for k in range(1, t + 1))


def running_mean(values, beta, t):
    """The unbiased exponential mean: a weighted mean with the weights beta^(t-k)."""
    weights = [beta ** (t - k) for k in range(1, t + 1)]
    return sum(a * b for a, b in zip(weights, values[:t], strict=True)) / sum(weights)


def adam_step(g, t):
    m = running_mean(g, BETA1, t)
    v = running_mean([gradient**2 for gradient in g], BETA2, t)
    return m / (np.sqrt(v) + EPSILON)


@pytest.mark.parametrize("l2", [0.0, 0.4])
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_optimizer_follows_its_formula(optimizer, l2):
    w, g, is_weight = path(optimizer, l2)
    for t in range(1, len(RATES) + 1):
        rate, before = RATES[t - 1], w[t - 1]
        expected = {
            "sgd": lambda rate=rate, t=t: -rate * g[t - 1],
            "momentum": lambda t=t: velocity(g, t),
            "nesterov": lambda rate=rate, t=t: MU * velocity(g, t) - rate * g[t - 1],
            "adam": lambda rate=rate, t=t: -rate * adam_step(g, t),
            "adamw": lambda rate=rate, t=t, b=before: -rate * (adam_step(g, t) + l2 * is_weight * b),
        }[optimizer]()
        assert np.abs(expected).max() > 0.01 * rate
        np.testing.assert_allclose(w[t], before + expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_optimizer_agrees_with_torch(optimizer):
    torch = pytest.importorskip("torch", reason="torch is not installed: no second opinion")
    l2, rate = 0.05, 0.02
    problem = make_problem((4, 5, 3), ("tanh", "softmax"), "cross_entropy", n=10)
    layout = problem.layout
    flats = [layout.weights(problem.params, 0), layout.biases(problem.params, 0),
             layout.weights(problem.params, 1), layout.biases(problem.params, 1)]  # fmt: skip
    leaves = [torch.tensor(flat.copy(), requires_grad=True) for flat in flats]
    groups = [
        {"params": leaves[0::2], "weight_decay": l2},
        {"params": leaves[1::2], "weight_decay": 0.0},
    ]
    make = {
        "sgd": lambda: torch.optim.SGD(groups, lr=rate),
        "momentum": lambda: torch.optim.SGD(groups, lr=rate, momentum=0.9),
        "nesterov": lambda: torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True),
        "adam": lambda: torch.optim.Adam(groups, lr=rate),
        "adamw": lambda: torch.optim.AdamW(groups, lr=rate),
    }[optimizer]()
    X, y = torch.tensor(problem.X.copy()), torch.tensor(problem.y.astype(np.int64))
    params = problem.copy()
    engine = reference.Engine(problem.sizes, problem.activations, problem.cost, params)
    moments = [layout.aligned_zeros() for _ in range(names.OPTIMIZERS[optimizer])]
    trainer = reference.Trainer(
        engine, problem.features, problem.targets, None,
        batch_size=4, optimizer=optimizer, moments=moments, l2=l2,
    )  # fmt: skip
    for _ in range(5):
        trainer.start_epoch(np.arange(10, dtype=np.intp), np.array([rate]))
        assert trainer.run(60.0)
        for batch in (slice(0, 4), slice(4, 8), slice(8, 10)):
            make.zero_grad()
            z = torch.tanh(X[batch] @ leaves[0].T + leaves[1]) @ leaves[2].T + leaves[3]
            torch.nn.functional.cross_entropy(z, y[batch]).backward()
            make.step()
    for place, leaf in enumerate(leaves):
        view = (layout.biases if place % 2 else layout.weights)(params, place // 2)
        np.testing.assert_allclose(view, leaf.detach().numpy(), rtol=0, atol=1e-12)
        assert np.abs(view - flats[place]).max() > 1e-4  # it did move


@pytest.mark.parametrize("kind", ["labels", "values"])
def test_short_last_batch_is_divided_by_its_own_weight(kind):
    problem = make_problem((3, 2), ("sigmoid",), n=7, weights="zeros", targets=kind)
    result = train(reference, problem, batch_size=3, optimizer="sgd", epochs=1, rate=1.0)
    order, rates = np.random.default_rng(5).permutation(7), np.linspace(1, 0.5, 3)
    params, grad = problem.copy(), problem.layout.aligned_zeros()
    for rate, which in zip(rates, (order[:3], order[3:6], order[6:]), strict=True):
        part = problem.features.rows(which)
        engine = reference.Engine(problem.sizes, problem.activations, problem.cost, params)
        stand_in = type(problem.features)(n=len(which), rows=lambda w, part=part: part[w])
        targets = simple_targets(problem.y[which])
        if problem.sample_weight[which].sum() > 0:
            engine.gradient(stand_in, targets, problem.sample_weight[which], grad)
            params -= rate * grad
    np.testing.assert_allclose(result.params, params, rtol=0, atol=1e-15)
    assert np.abs(params - problem.params).max() > 1e-2


@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_batch_without_weight_changes_nothing(optimizer):
    problem = make_problem((3, 4, 2), ("relu", "sigmoid"), n=6)
    engine = problem.engine(reference)
    moments = [problem.layout.aligned_zeros() + 0.5 for _ in range(names.OPTIMIZERS[optimizer])]
    w = np.array([0, 0, 0, 1.0, 1.0, 1.0])
    trainer = reference.Trainer(
        engine, problem.features, problem.targets, w,
        batch_size=3, optimizer=optimizer, moments=moments, l2=0.1,
    )  # fmt: skip
    trainer.start_epoch(np.arange(6, dtype=np.intp), np.array([0.1, 0.1]))
    assert not trainer.run(0.0)  # the first mini-batch
    np.testing.assert_array_equal(engine.params, problem.params)
    assert all((moment == 0.5).all() for moment in moments)
    assert (trainer.updates, trainer.weight_sum) == (0, 0.0)
    assert trainer.run(0.0)
    assert np.abs(engine.params - problem.params).max() > 1e-3
    assert (trainer.updates, trainer.weight_sum) == (1, 3.0)


def test_sums_are_of_the_state_before_each_update():
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), n=6, weights="zeros")
    for rate in (0.0, 0.5):
        result = train(reference, problem, batch_size=6, optimizer="sgd", epochs=1, rate=rate)
        expected = problem.engine(reference).evaluate(
            problem.features, problem.targets, problem.sample_weight
        )
        np.testing.assert_allclose(result.sums[0], expected, rtol=1e-14)
        assert np.array_equal(result.params, problem.params) == (rate == 0.0)


@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_stopping_between_batches_changes_nothing(optimizer):
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), n=11)
    whole = train(reference, problem, batch_size=2, optimizer=optimizer, l2=0.01)
    pieces = train(reference, problem, batch_size=2, optimizer=optimizer, l2=0.01, seconds=0.0)
    np.testing.assert_array_equal(whole.params, pieces.params)
    np.testing.assert_array_equal(whole.sums, pieces.sums)
    assert whole.updates == pieces.updates == 12


def test_setting_updates_resumes_adam():
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), n=4)

    def trainer(engine, moments):
        return reference.Trainer(
            engine, problem.features, problem.targets, None, batch_size=2, optimizer="adam", moments=moments
        )

    order, rates = np.arange(4, dtype=np.intp), np.array([0.1])
    moments = [[problem.layout.aligned_zeros() for _ in range(2)] for _ in range(2)]
    straight, stopped = problem.engine(reference), problem.engine(reference)
    one = trainer(straight, moments[0])
    for _ in range(2):
        one.start_epoch(order, rates)
        one.run(60.0)
    two = trainer(stopped, moments[1])
    two.start_epoch(order, rates)
    two.run(60.0)
    three = trainer(stopped, moments[1])
    three.updates = two.updates
    three.start_epoch(order, rates)
    three.run(60.0)
    np.testing.assert_array_equal(straight.params, stopped.params)
    assert three.updates == one.updates == 4


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", names.OPTIMIZERS)
def test_padding_stays_zero_and_the_dtype_stays(optimizer, dtype):
    problem = make_problem((3, 5, 2), ("leaky_relu", "sigmoid"), n=6, dtype=dtype, weights="zeros")
    result = train(reference, problem, batch_size=4, optimizer=optimizer, l2=0.1)
    inside = np.zeros(problem.layout.size, bool)
    for layer in range(2):
        problem.layout.weights(inside, layer)[...] = True
        problem.layout.biases(inside, layer)[...] = True
    for flat in (result.params, *result.moments):
        assert flat.dtype == dtype
        assert not flat[~inside].any()
        assert flat[inside].all()
