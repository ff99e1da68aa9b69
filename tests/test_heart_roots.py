"""Adam's root: correctly rounded, whatever instructions it is made of."""

import numpy as np
import pytest
from helpers import simple_features, simple_targets

from fastnet import _heart as heart
from fastnet._layout import Layout


def nearest_to_a_middle(most=800):
    """Return doubles whose roots come closest to the middle between two doubles, from both sides.

    The middle is an odd M of 54 bits, and x 2^t = M^2 - d with a small d: M is a root of d modulo 2^t, of
    which Hensel's lifting finds all four.
    """
    found = []
    for t in (54, 55):
        for d in [*range(1, most, 8), *range(-7, -most, -8)]:
            root = 1
            for bit in range(3, t):
                if (root * root - d) % (2 << bit):
                    root += 1 << (bit - 1)
            half = 1 << (t - 1)
            for some in {root % half, -root % half}:
                for M in range(some, 1 << 54, half):
                    x, rest = divmod(M * M - d, 1 << t)
                    if M >= 1 << 53 and rest == 0 and 1 << 52 <= x < 1 << 53:
                        found.append(float(x) * (t - 53))
    return np.array(found)


def squares(dtype):
    """Return numbers to take the root of."""
    rng = np.random.default_rng(0)
    tiny, huge = np.finfo(dtype).tiny, np.finfo(dtype).max / 4
    parts = [
        rng.uniform(1, 4, 50_000),
        np.exp(rng.uniform(np.log(tiny), np.log(huge), 50_000)),
        np.geomspace(tiny, tiny * 1e20, 2000),
        [0.0, tiny, huge, 1.0, 4.0],
    ]
    if dtype == np.float64:
        hard = nearest_to_a_middle()
        assert len(hard) > 100
        parts += [hard, hard * 2.0**-52, hard * 2.0**-1000]
    numbers = np.concatenate(parts).astype(dtype)
    with np.errstate(under="ignore"):
        return numbers[(numbers == 0) | (numbers >= tiny)]


@pytest.mark.parametrize("shift", [0, 1])  # in vectors: neighbours go by different ways
@pytest.mark.parametrize("slowly", [False, True])  # the processor: then all go one way
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_root_is_correctly_rounded(dtype, slowly, shift):
    core = heart.core(np.dtype(dtype).name)
    before = core.work_as(False, False, slowly)
    try:
        check_roots(core, dtype, shift)
    finally:
        assert core.work_as(*before) == (False, False, slowly)


def check_roots(core, dtype, shift):
    square = np.concatenate([np.ones(shift * core.LANES, dtype), squares(dtype)])
    n_out = len(square)
    layout = Layout((1, n_out), dtype)
    params, first, second = layout.aligned_zeros(), layout.aligned_zeros(), layout.aligned_zeros()
    layout.weights(first, 0)[:] = 2  # halved, as the gradient is zero, and so is the square's mean
    layout.weights(second, 0)[:] = 2 * square[:, None]
    engine = core.Engine((1, n_out), ("identity",), "quadratic", params)
    X, y = np.zeros((2, 1), dtype), np.zeros((2, n_out), dtype)
    options = dict(optimizer="adam", beta1=0.5, beta2=0.5, plain_epsilon=True, epsilon=1e-30)
    trainer = core.Trainer(
        engine, simple_features(X), simple_targets(y), None, batch_size=2, moments=[first, second], **options
    )
    trainer.start_epoch(np.arange(2, dtype=np.intp), np.full(1, 2.0**-20))
    assert trainer.run(60)
    step = dtype(2.0**-20 * np.sqrt(0.5) / 0.5)
    expected = -(step * (dtype(1) / (np.sqrt(square) + dtype(1e-30))))
    np.testing.assert_array_equal(layout.weights(params, 0)[:, 0], expected)
