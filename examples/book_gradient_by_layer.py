"""Chapter 5: the size of the gradient, layer by layer, in deeper networks. Early layers learn slowly."""

import numpy as np
from book_common import options, picture, quietly, seed, timed

from fastnet.nielsen import mnist_loader, network2

HIDDEN = (2, 3, 4)  # hidden layers of 30 neurons
N_IMAGES = 1000


def speeds(net: network2.Network, x: np.ndarray, y: np.ndarray) -> list[float]:
    """Length of dC/db of each hidden layer, the mean over all images; x (784, n) and y (10, n)."""
    nabla_b, _ = net.backprop(x, y)  # one column of dC/db an image
    return [float(np.linalg.norm(layer.mean(axis=1))) for layer in nabla_b[:-1]]


def main() -> None:
    args = options(__doc__, "book_gradient_by_layer.png", epochs=500)
    training_data = mnist_loader.load_data_wrapper(args.data)[0][:N_IMAGES]
    x = np.hstack([image for image, _ in training_data]).astype(np.float64)
    y = np.hstack([wanted for _, wanted in training_data])
    with picture(args.out, panels=len(HIDDEN)) as axes, timed():
        for ax, n_hidden in zip(axes, HIDDEN, strict=True):
            seed(args.seed)
            net = network2.Network([784, *[30] * n_hidden, 10])
            history = [speeds(net, x, y)]
            print(f"{n_hidden} hidden layers, at first:", " ".join(f"{speed:.4f}" for speed in history[0]))
            for _ in range(args.epochs):
                # Plain gradient descent: one mini-batch of all images.
                quietly(net.SGD, (x.T, y.T), 1, len(training_data), 0.1, lmbda=5.0)
                history.append(speeds(net, x, y))
            for layer, course in enumerate(zip(*history, strict=True), start=1):
                ax.semilogy(course, label=f"hidden layer {layer}")
            ax.set(xlabel="Epoch", ylabel="Length of the gradient, dC/db", title=f"{n_hidden} hidden layers")


if __name__ == "__main__":
    main()
