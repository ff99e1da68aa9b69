"""The twin's gradient against central differences, by every weight and bias of every combination."""

import numpy as np
import pytest
from helpers import (
    COMBINATIONS,
    assert_gradient,
    central_differences,
    combination_problem,
    make_problem,
    objective_gradient,
)

from fastnet import reference


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_every_parameter(combination):
    problem = combination_problem(combination, kink=0.01)
    gradient = objective_gradient(reference, problem, combination.l2)
    numeric = central_differences(reference, problem, combination.l2)
    assert_gradient(gradient, numeric, problem.layout)


@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
@pytest.mark.parametrize("sizes", [(1, 1), (1, 1, 1), (3, 2, 1)], ids=str)
def test_one_neuron(sizes, cost):
    problem = make_problem(sizes, ("tanh",) * (len(sizes) - 2) + ("sigmoid",), cost, n=1)
    gradient = objective_gradient(reference, problem, 0.0)
    assert_gradient(gradient, central_differences(reference, problem, 0.0), problem.layout)


@pytest.mark.parametrize("weights", ["none", "zeros"])
def test_gradient_is_overwritten_and_sums_over_chunks(weights):
    # more samples than the twin takes at once, against the mean of the gradients of single samples
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"), n=reference.CHUNK + 3, weights=weights)
    grad = problem.layout.aligned_zeros()
    grad.fill(np.nan)
    cost, weight = problem.engine(reference).gradient(
        problem.features, problem.targets, problem.sample_weight, grad
    )
    np.testing.assert_allclose(grad, objective_gradient(reference, problem, 0.0), atol=1e-14)
    sums = problem.engine(reference).evaluate(problem.features, problem.targets, problem.sample_weight)
    assert (cost, weight) == sums[:2]
    assert np.abs(grad).max() > 1e-3


def test_gradient_of_weightless_samples_is_zero():
    problem = make_problem((3, 4, 2), ("tanh", "sigmoid"))
    grad = problem.layout.aligned_zeros() + 1
    none = np.zeros(problem.features.n)
    assert problem.engine(reference).gradient(problem.features, problem.targets, none, grad) == (0, 0)
    assert not grad.any()


def test_slope_at_zero_is_that_of_the_negative_side():
    for name, slope in (("relu", 0.0), ("leaky_relu", 0.01)):
        problem = make_problem((1, 1), (name,), targets="values", n=1)
        engine = problem.engine(reference, np.zeros_like(problem.params))  # z = 0, a = 0
        grad = problem.layout.aligned_zeros()
        engine.gradient(problem.features, problem.targets, None, grad)
        assert problem.layout.biases(grad, 0)[0] == slope * (0 - problem.y[0, 0])
