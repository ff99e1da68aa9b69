"""y and sample_weight: what they mean, and what is refused."""

import numpy as np
import pytest

import fastnet
from fastnet._inputs.targets import as_targets
from fastnet._inputs.weights import as_sample_weight

F32 = np.dtype(np.float32)


def targets(y, n_out=3, cost="quadratic", output="sigmoid", **more):
    n = len(y) if np.ndim(y) else 1
    return as_targets(y, n, n_out, F32, cost, output, **more)


@pytest.mark.parametrize("y", [[0, 2, 1], (0, 2, 1), np.array([0, 2, 1], np.uint8), [0.0, 2.0, 1.0]])
def test_labels_are_whole_numbers_of_any_type(y):
    found = targets(y)
    assert found.labels.dtype == np.int32 and found.labels.tolist() == [0, 2, 1]
    assert found.values is None and found.score == "label"


def test_booleans_are_labels_of_two_classes():
    assert targets([True, False], 2).labels.tolist() == [1, 0]
    assert targets([True, False], 1).values.tolist() == [[1], [0]]


@pytest.mark.parametrize(
    "y, n_out, output, score",
    [
        (np.eye(3), 3, "sigmoid", "argmax"),
        (np.eye(3) * 0.8 + 0.1, 3, "sigmoid", "argmax"),
        ([[0.2, 0.5, 0.3], [1, 0, 0]], 3, "sigmoid", "argmax"),
        ([[0.2, 0.9, 0.3], [1, 0.5, 0]], 3, "sigmoid", "none"),
        ([[1, 1, 0], [1, 0, 0]], 3, "sigmoid", "none"),
        (np.eye(3), 3, "softmax", "argmax"),
        (np.eye(3), 3, "identity", "none"),
        ([0, 1, 1], 1, "sigmoid", "threshold"),
        ([0, 0.5, 1], 1, "sigmoid", "none"),
        ([[0], [1]], 1, "identity", "none"),
    ],
)
def test_values_stand_for_classes_where_they_look_like_it(y, n_out, output, score):
    found = targets(y, n_out, output=output)
    assert found.score == score and found.labels is None
    assert found.values.shape == (len(y), n_out) and found.values.dtype == F32
    assert found.values.flags.c_contiguous


def test_values_are_copied():
    y = np.eye(3, dtype=np.float32)
    assert not np.shares_memory(targets(y).values, y)


BAD = [
    ([0, 3, 1], {}, ValueError, r"y .*0 to 2.*3 outputs.*1 are out of range.*3 for sample 1"),
    ([0, -1, 1], {}, ValueError, r"y .*-1 for sample 1"),
    ([0, 1.5, 1], {}, ValueError, r"y .*whole.*1.5 for sample 1"),
    ([0, np.nan, 1], {}, ValueError, "y .*nan"),
    ([0, np.inf, 1], {}, ValueError, "y .*inf"),
    (["cat", "dog", "cat"], {}, TypeError, "y .*class indices"),
    (np.array(["a", "b", "c"], object), {}, TypeError, "y "),
    (np.zeros((3, 2)), {}, ValueError, r"y .*\(3, 3\).*\(3, 2\)"),
    (np.zeros((3, 1)), {}, ValueError, r"y .*ravel"),
    (np.zeros((3, 3, 1)), {}, ValueError, "y "),
    (np.full((3, 3), np.nan), {}, ValueError, "y .*finite.*9 are not"),
    (np.full((3, 3), 1e300), {}, ValueError, "y .*finite"),
    (np.full((3, 3), 1.5), dict(cost="cross_entropy"), ValueError, "y .*between 0 and 1"),
    (np.full((3, 3), -0.1), dict(cost="cross_entropy"), ValueError, "y .*between 0 and 1"),
    (np.full((3, 3), -1), dict(cost="cross_entropy", output="softmax"), ValueError, "y .*at least 0"),
    ([[1, 2], [3, 4], [5, 6]], dict(n_out=1), ValueError, r"y .*\(3,\) or \(3, 1\)"),
    ([0, 1, 2], dict(n_out=1, cost="cross_entropy"), ValueError, "y .*between 0 and 1"),
    (None, {}, TypeError, "y "),
]


@pytest.mark.parametrize("y, more, error, message", BAD, ids=range(len(BAD)))
def test_bad_targets_are_refused(y, more, error, message):
    with pytest.raises(error, match=message):
        targets(y, **more)


def test_the_number_of_samples_has_to_fit():
    net = fastnet.Network([2, 3], rng=0)
    for call in (net.fit, net.evaluate, net.gradient, net.partial_fit):
        with pytest.raises(ValueError, match=r"y .*\(4,\).*\(5,\).*X has 4 samples"):
            call(np.zeros((4, 2)), np.zeros(5, int))
    with pytest.raises(ValueError, match=r"validation_data\[1\]"):
        net.fit(np.zeros((4, 2)), np.zeros(4, int), validation_data=(np.zeros((4, 2)), [0]))
    with pytest.raises(TypeError, match="validation_data"):
        net.fit(np.zeros((4, 2)), np.zeros(4, int), validation_data=3)


@pytest.mark.parametrize(
    "weight, error",
    [
        ([1, 2], ValueError),
        ([1, -1, 1], ValueError),
        ([1, np.nan, 1], ValueError),
        ([1, np.inf, 1], ValueError),
        ([0, 0, 0], ValueError),
        ([[1], [1], [1]], ValueError),
        (1.0, ValueError),
        (["a", "b", "c"], TypeError),
    ],
)
def test_bad_sample_weights_are_refused(weight, error):
    with pytest.raises(error, match="sample_weight"):
        as_sample_weight(weight, 3, F32)


def test_sample_weights_are_numbers_of_the_dtype():
    assert as_sample_weight(None, 3, F32) is None
    assert as_sample_weight([0, True, 2], 3, F32).dtype == F32
    assert as_sample_weight([1, 1e-40, 2], 3, F32).tolist() == [1, 0, 2]
