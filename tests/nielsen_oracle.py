"""What the book's two programs compute, in plain NumPy and one example at a time.

Written from their behaviour to hold `fastnet.nielsen` against: names and structure are this file's own.
State is a dict {"b": [...], "w": [...]}; every function changes it or the list it is given, as the
programs do.
"""

from __future__ import annotations

import random

import numpy as np


def fresh(sizes, scaled=False):
    """Draw all biases, then all weights; `scaled` divides a weight by the root of its layer's inputs."""
    b = [np.random.randn(n, 1) for n in sizes[1:]]
    w = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:], strict=False)]
    if scaled:
        w = [matrix / np.sqrt(matrix.shape[1]) for matrix in w]
    return {"b": b, "w": w}


def squash(z):
    return 1 / (1 + np.exp(-z))


def answer(state, x):
    for b, w in zip(state["b"], state["w"], strict=True):
        x = squash(w @ x + b)
    return x


def gradient(state, x, y, cost):
    """Gradient of one example's cost, by the chain rule from the top layer down."""
    a = [x]
    for b, w in zip(state["b"], state["w"], strict=True):
        a.append(squash(w @ a[-1] + b))
    slope = [s * (1 - s) for s in a]
    error = a[-1] - y
    if cost == "quadratic":
        error = error * slope[-1]
    grad_b, grad_w = [], []
    for layer in reversed(range(len(state["w"]))):
        grad_b.insert(0, error)
        grad_w.insert(0, error @ a[layer].T)
        error = (state["w"][layer].T @ error) * slope[layer]
    return grad_b, grad_w


def descend(state, batch, eta, cost="quadratic", decay=0.0):
    """One step along the mean gradient of a mini-batch; `decay` is lmbda / n."""
    total_b = [np.zeros_like(b) for b in state["b"]]
    total_w = [np.zeros_like(w) for w in state["w"]]
    for x, y in batch:
        grad_b, grad_w = gradient(state, x, y, cost)
        for total, part in zip(total_b + total_w, grad_b + grad_w, strict=True):
            total += part
    rate = eta / len(batch)
    state["b"] = [b - rate * g for b, g in zip(state["b"], total_b, strict=True)]
    state["w"] = [(1 - eta * decay) * w - rate * g for w, g in zip(state["w"], total_w, strict=True)]


def epoch(state, examples, size, eta, cost="quadratic", lmbda=0.0):
    """Shuffle the list itself, then take a step for each mini-batch of consecutive examples."""
    random.shuffle(examples)
    for start in range(0, len(examples), size):
        descend(state, examples[start : start + size], eta, cost, lmbda / len(examples))


def right(state, examples):
    """Count the examples whose digit (or whose vector's largest place) is the largest output's place."""
    places = [y if np.ndim(y) == 0 else np.argmax(y) for _, y in examples]
    answers = [np.argmax(answer(state, x)) for x, _ in examples]
    return sum(int(a == place) for a, place in zip(answers, places, strict=True))


def mean_cost(state, examples, cost, lmbda):
    """Mean cost with the penalty on the squared weights; y are vectors, outputs not quite 0 or 1."""
    total = 0.0
    for x, y in examples:
        a = answer(state, x)
        if cost == "quadratic":
            total += 0.5 * float(((a - y) ** 2).sum())
        else:
            total -= float((y * np.log(a) + (1 - y) * np.log(1 - a)).sum())
    penalty = sum(float((w**2).sum()) for w in state["w"])
    return total / len(examples) + lmbda / (2 * len(examples)) * penalty


def one_hot(digit, n=10):
    return np.eye(n)[:, [digit]]


def images(n, seed, n_in=784, n_out=10):
    """Made-up digits: of each class a blurred pattern, four fifths of the pixels zero, 8-bit brightness.

    Returns X (n, n_in) float32, a multiple of 1/256, and y (n,).
    """
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(99).random((n_out, n_in)) < 0.2
    y = rng.integers(0, n_out, n)
    strokes = patterns[y] ^ (rng.random((n, n_in)) < 0.03)
    return (strokes * rng.integers(1, 256, (n, n_in)) / 256).astype(np.float32), y


def training_list(n, seed, n_in=784, n_out=10, one_array=True):
    """Tuples (x, y) of columns: views of one array, or each an array of its own."""
    x, y = images(n, seed, n_in, n_out)
    columns = list(x[:, :, None]) if one_array else [row.copy()[:, None] for row in x]
    return [(column, one_hot(digit, n_out)) for column, digit in zip(columns, y, strict=True)]


def judged_list(n, seed, n_in=784, n_out=10):
    x, y = images(n, seed, n_in, n_out)
    return [(column, int(digit)) for column, digit in zip(x[:, :, None], y, strict=True)]
