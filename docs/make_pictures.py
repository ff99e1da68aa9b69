"""Train on the real MNIST and make the pictures in docs/pictures, which the README and the guide show.

Run it where fastnet is installed with its extra `plot` (pillow, which comes with matplotlib, makes the files
small); MNIST is found as `fastnet.datasets.load_mnist` finds it:

    python docs/make_pictures.py
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np

import fastnet
from fastnet import inspect, plot

HERE = Path(__file__).resolve().parent
LARGEST = 150_000  # bytes of a picture: they are in the repository


def main() -> None:
    """Make all of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / "pictures", help="default: docs/pictures")
    parser.add_argument("--epochs", type=int, default=40, help="default: 40")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    (X, y), (X_test, y_test) = fastnet.datasets.load_mnist()
    net = fastnet.Network([784, 16, 16, 10], cost="cross_entropy", rng=1)
    net.fit(
        X[:50000], y[:50000], epochs=args.epochs, optimizer="adam", learning_rate=0.01, schedule="cosine",
        batch_size=32, l2=1e-4, validation_data=(X[50000:], y[50000:]), callbacks=[inspect.Path(net)],
    )  # fmt: skip
    evaluation = net.evaluate(X_test, y_test)
    print(f"{evaluation.accuracy:.2%} on the test images")
    for name, figure in {
        "network": plot.network(net, X_test[np.argmax(y_test == 7)], dark=True),
        "weights": plot.weights(net, columns=8),
        "mistakes": plot.mistakes(net, X_test, y_test, n=16, columns=8),
        "edge": plot.weights(edge_detector(), signs=True),
        "history": plot.history(net),
        "confusion": plot.confusion(evaluation),
        "confidence": plot.confidence(net, X_test),
        "gradient": plot.gradient(net, X_test[:1000], y_test[:1000]),
        "landscape": plot.landscape(net, X[:5000], y[:5000]),
    }.items():
        save(figure, args.out / f"{name}.png")


def edge_detector() -> fastnet.Network:
    """Return a network of one neuron that answers a horizontal edge, with weights set by hand."""
    pattern = np.zeros((28, 28))
    pattern[7:10, 6:22], pattern[4:7, 6:22], pattern[10:13, 6:22] = 1, -1, -1
    net = fastnet.Network([784, 1], rng=0)
    net.weights[0], net.biases[0] = pattern.reshape(1, 784), [-10]
    return net


def save(figure: object, path: Path) -> None:
    """Write a picture; one that would be too large gets a palette of 256 colours."""
    from PIL import Image

    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=100)  # type: ignore[attr-defined]
    image = Image.open(data).convert("RGB")
    image.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {size:,} bytes")
    if size > LARGEST:
        raise SystemExit(f"{path.name} is too large for the repository")


if __name__ == "__main__":
    main()
