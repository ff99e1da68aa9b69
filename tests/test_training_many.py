"""fit_many: what fit gives, several at once."""

import numpy as np
import pytest

import fastnet
from fastnet._training import many


def problem(n=300):
    rng = np.random.default_rng(0)
    return rng.random((n, 12), np.float32), rng.integers(0, 3, n)


def networks(count=5):
    kinds = [dict(dtype="float32"), dict(dtype="float64"), dict(input_scale=0.5)]
    return [fastnet.Network([12, 4 + i, 3], rng=i, **kinds[i % 3]) for i in range(count)]


@pytest.mark.parametrize("threads", [None, 1, 2, 7])
def test_every_network_gets_what_fit_gives_it(threads):
    X, y = problem()
    together, alone = networks(), networks()
    rates = [{"learning_rate": 0.1 * (i + 1)} for i in range(5)]
    histories = fastnet.fit_many(
        together, X, y, settings=rates, threads=threads, epochs=3, validation_data=(X, y), progress=False
    )
    for network, own, history, rate in zip(together, alone, histories, rates, strict=True):
        expected = own.fit(X, y, epochs=3, validation_data=(X, y), **rate)
        assert history is network.history_ and history.cost == expected.cost
        assert history.validation_cost == expected.validation_cost
        assert network._params.tobytes() == own._params.tobytes()


def test_one_copy_of_x_for_all_networks_of_a_kind(monkeypatch):
    X, y = problem()
    made = []
    original = many.as_features
    monkeypatch.setattr(many, "as_features", lambda *args, **kw: made.append(args) or original(*args, **kw))
    fastnet.fit_many(networks(6), X, y, epochs=1, progress=False)
    assert len(made) == 3


def test_one_that_diverges_does_not_stop_the_others():
    X, y = problem()
    bad = fastnet.Network([12, 4, 1], activation="identity", output="identity", rng=0)
    good = fastnet.Network([12, 4, 1], rng=1)
    target = (y == 0).astype(float)
    with pytest.raises(fastnet.DivergenceError, match="network 0"):
        fastnet.fit_many(
            [bad, good],
            X,
            target,
            settings=[{"learning_rate": 1e30}, {}],
            epochs=4,
            threads=1,
            progress=False,
        )
    assert len(good.history_) == 4


def test_an_interruption_reaches_all_of_them():
    X, y = problem()

    def interrupt(end):
        raise KeyboardInterrupt

    nets = networks()
    with pytest.raises(KeyboardInterrupt):
        fastnet.fit_many(
            nets, X, y, epochs=10_000, settings=[{"callbacks": (interrupt,)}] + [{}] * 4, threads=2
        )
    assert all(np.isfinite(net._params).all() for net in nets)


@pytest.mark.parametrize(
    "given, error, match",
    [
        (lambda nets: dict(networks=[]), ValueError, "at least one"),
        (lambda nets: dict(networks=nets[0]), TypeError, "sequence"),
        (lambda nets: dict(networks=[nets[0], 3]), TypeError, r"networks\[1\]"),
        (lambda nets: dict(networks=[nets[0], nets[0]]), ValueError, "twice"),
        (lambda nets: dict(settings=[{}]), ValueError, "5 dicts"),
        (lambda nets: dict(threads=0), ValueError, "threads"),
        (lambda nets: dict(resume=True), TypeError, "resume"),
        (lambda nets: dict(epochs=0.5), TypeError, "epochs"),
        (lambda nets: dict(nonsense=1), TypeError, "nonsense"),
    ],
)
def test_wrong_arguments(given, error, match):
    X, y = problem()
    nets = networks()
    arguments = {"networks": nets, **given(nets)}
    before = [net._params.copy() for net in nets]
    with pytest.raises(error, match=match):
        fastnet.fit_many(arguments.pop("networks"), X, y, **arguments)
    assert all(np.array_equal(net._params, old) for net, old in zip(nets, before, strict=True))
